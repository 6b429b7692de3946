"""Folders of releases: written completely or not at all, then never changed.

The folder of an edition contains, by name:

- `<UTC time>`: a release; it was verified before it got this name.
- `<UTC time>.unverified`: a release that waits to be verified.
- `<UTC time>.rejected`, with the reason in `<UTC time>.rejected.txt`: a release that failed.
- `<UTC time>.minisig`: the signature of a release.
- `latest.json`: names the release in force.
- `changes-<former>-<now>.json`: what moved when an earlier release came back into force.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from longflow.errors import LongflowError
from longflow.faults import faults_in, raise_machine_fault
from longflow.var_folder import VarFolder

CHECKSUMS = "SHA256SUMS"
LATEST = "latest.json"
MANIFEST = "manifest.json"
REPORT = "report.html"
PAPER = "report.pdf"
WORKBOOK = "workbook.xlsx"
DATAPACKAGE = "datapackage.json"
DICTIONARY = "dictionary.md"
CITATION = "CITATION.cff"
README = "README.md"

UNVERIFIED = ".unverified"
REJECTED = ".rejected"

_CHECKSUM_LINE = re.compile(r"[0-9a-f]{64}  \S.*")
_RELEASE_NAME = re.compile(r"\d{8}T\d{6}Z")
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"


def in_language(name: str, language: str, languages: Sequence[str]) -> str:
    """The name of a file in a language: `report.ja.html`; in the first language, as it is."""
    if language == languages[0]:
        return name
    folder, slash, file = name.rpartition("/")
    stem, dot, kind = file.partition(".")
    return f"{folder}{slash}{stem}.{language}{dot}{kind}"


def drawing_files(
    table: str, language: str = "en", languages: Sequence[str] = ("en",)
) -> tuple[str, str, str, str]:
    """Names of the drawings of a figure in a language: SVG, narrow SVG, PNG, Vega-Lite.

    Args:
        table: id of the figure.
        language: that of the drawings.
        languages: those of the edition, the first one first.
    """
    svg, narrow, png, vega_lite = (
        in_language(f"figures/{table}{ending}", language, languages)
        for ending in (".svg", "-narrow.svg", ".png", ".vl.json")
    )
    return svg, narrow, png, vega_lite


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def json_bytes(value: dict[str, Any]) -> bytes:
    """A value as readable JSON, with keys in the given order."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def is_release_name(name: str) -> bool:
    """Whether this can be the name of a release: the UTC time at which it was made."""
    return _time_of(name) is not None


def _time_of(name: str) -> datetime | None:
    if _RELEASE_NAME.fullmatch(name) is None:
        return None
    try:
        return datetime.strptime(name, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def time_of(name: str) -> datetime:
    """The UTC time at which a release was made, which is its name.

    Raises:
        ValueError: it is not the name of a release.
    """
    time = _time_of(name)
    if time is None:
        raise ValueError(f"{name} is not the name of a release")
    return time


def releases(folder: Path) -> list[Path]:
    """Verified releases in the folder of an edition, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if is_release_name(path.name))


def name_of(release: Path) -> str:
    """The name of a release, including one that is unverified or rejected."""
    return release.name.removesuffix(UNVERIFIED).removesuffix(REJECTED)


def edition_folder(release: Path, var: Path, edition: int) -> Path:
    """The folder with the other releases of an edition: beside a release, or where all are."""
    beside = release.resolve().parent
    return beside if beside.name == str(edition) else VarFolder(var).releases / str(edition)


def in_force(folder: Path, may_be: Callable[[Path], bool] = lambda _: True) -> Path | None:
    """The release that `latest.json` names; without such a file, the newest one.

    Args:
        folder: the folder of an edition.
        may_be: which releases can be in force if `latest.json` is missing.

    Raises:
        LongflowError: `latest.json` is damaged, or the release that it names is gone.
    """
    file = folder / LATEST
    try:
        name = json.loads(file.read_bytes())["release"]
    except FileNotFoundError:
        return next((path for path in reversed(releases(folder)) if may_be(path)), None)
    except (ValueError, KeyError, TypeError):
        name = None
    if not isinstance(name, str) or not is_release_name(name):
        raise LongflowError(
            "it does not name a release",
            file=file,
            remedy="restore it from a backup, or remove it: the newest release is then in force",
        )
    if not (folder / name).is_dir():
        raise LongflowError(
            f"the release {name}, which is in force, is gone",
            file=file,
            remedy="restore that release from a backup, or remove this file: the newest release"
            " is then in force",
        )
    return folder / name


def read_manifest(release: Path) -> dict[str, Any]:
    """The manifest of a release.

    Raises:
        LongflowError: it is missing, or not what was written.
    """
    file = release / MANIFEST
    try:
        manifest = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise LongflowError(
            "the manifest is missing",
            file=file,
            remedy="name the folder of a release, or move this folder out of the releases",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise_machine_fault(error)
        manifest = None
    if not isinstance(manifest, dict):
        raise LongflowError(
            "the manifest is not the JSON that was written",
            file=file,
            remedy="restore the release from a backup, or move it out of the releases",
        )
    return manifest


def checksums(release: Path) -> dict[str, str]:
    """The list of checksums of a release: SHA-256 by file name.

    Raises:
        LongflowError: it is missing, or not what was written.
    """
    file = release / CHECKSUMS
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise LongflowError(
            "the list of checksums is missing",
            file=file,
            remedy="name the folder of a release, or restore the release from a backup",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise_machine_fault(error)
        raise LongflowError(
            f"cannot be read: {error}", file=file, remedy="restore the release from a backup"
        ) from None
    if not lines:
        raise LongflowError("is empty", file=file, remedy="restore the release from a backup")
    for number, line in enumerate(lines, start=1):
        if _CHECKSUM_LINE.fullmatch(line) is None:
            raise LongflowError(
                "not a checksum and the name of a file",
                file=file,
                place=f"line {number}",
                remedy="restore the release from a backup",
            )
    return {line[66:]: line[:64] for line in lines}


def files_of(release: Path) -> list[str]:
    """Names of all files of a release except the list of checksums, relative to its folder."""
    found = (p for p in release.rglob("*") if p.is_file() and p != release / CHECKSUMS)
    return sorted(path.relative_to(release).as_posix() for path in found)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process publishes into the folder of an edition."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Nobody needs what a killed run was building.
        for left_over in folder.glob(".building-*"):
            _remove(left_over)
        yield


def free_name(folder: Path) -> str:
    """A name for the next release: the UTC time, later than any other name.

    If the clock was set back, or the second is taken, it is the second after the newest name.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    taken = [time for path in folder.iterdir() if (time := _time_of(path.name[:16]))]
    return max(now, *(time + timedelta(seconds=1) for time in taken), now).strftime(_TIME_FORMAT)


def write_release(release: Path, contents: dict[str, bytes]) -> None:
    """Write a release: build it apart, flush it to disk, make it read-only, rename it into place.

    Args:
        release: the folder to create, in that of the edition, which `one_at_a_time` holds.
        contents: bytes by file name; the list of checksums is added.
    """
    folder = release.parent
    building = folder / f".building-{os.getpid()}"
    sums = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(contents.items()))
    try:
        with faults_in(folder):
            _build(building, {**contents, CHECKSUMS: sums.encode()})
        building.rename(release)
    except BaseException:
        _remove(building)
        raise
    _flush_directory(folder)


def _build(building: Path, contents: dict[str, bytes]) -> None:
    for name, data in contents.items():
        path = building / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_flushed(path, data)
        path.chmod(0o444)
    for directory in sorted((p for p in building.rglob("*") if p.is_dir()), reverse=True):
        _flush_directory(directory)
        directory.chmod(0o555)
    _flush_directory(building)
    building.chmod(0o555)


def unverified(folder: Path) -> list[Path]:
    """Releases that runs wrote and did not verify, oldest first."""
    return sorted(folder.glob(f"*{UNVERIFIED}"))


def accept(release: Path) -> Path:
    """Give a verified release its name; returns its folder."""
    return _renamed(release, release.with_name(name_of(release)))


def reject(release: Path, reason: str) -> Path:
    """Set a failed release apart, with the reason in a file; returns that file."""
    rejected = release.with_name(name_of(release) + REJECTED)
    file = rejected.with_name(f"{rejected.name}.txt")
    write_whole(file, reason.encode())
    _renamed(release, rejected)
    return file


def remove(release: Path) -> None:
    """Remove a release that a run wrote and did not verify."""
    _remove(release)


def point_latest(release: Path, content_sha256: str, **more: str) -> None:
    """Make `latest.json` name a release, in one step.

    Args:
        release: the release that comes into force.
        content_sha256: digest of its content.
        more: further entries for readers.
    """
    value = {
        "edition": int(release.parent.name),
        "release": release.name,
        "content_sha256": content_sha256,
        **more,
    }
    write_whole(release.with_name(LATEST), json_bytes(value))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside the releases in one step: either all of it or the former content."""
    temporary = path.with_name(f".building-{path.name}")
    _write_flushed(temporary, data)
    _renamed(temporary, path)


def _renamed(path: Path, target: Path) -> Path:
    path.rename(target)
    _flush_directory(target.parent)
    return target


def _write_flushed(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        for directory in [path, *(p for p in path.rglob("*") if p.is_dir())]:
            directory.chmod(0o755)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
