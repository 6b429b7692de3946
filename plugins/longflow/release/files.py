"""Folders of releases: written whole or not at all, then never changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from longflow.errors import LongflowError

CHECKSUMS = "SHA256SUMS"
LATEST = "latest.json"
MANIFEST = "manifest.json"

_RELEASE_NAME = re.compile(r"\d{8}T\d{6}Z")


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def json_bytes(value: dict[str, Any]) -> bytes:
    """A value as readable JSON, keys in the order given."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def releases(folder: Path) -> list[Path]:
    """Finished releases in the folder of an edition, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _RELEASE_NAME.fullmatch(path.name))


def read_manifest(release: Path) -> dict[str, Any]:
    """The manifest of a release.

    Raises:
        LongflowError: it is missing, or not what was written.
    """
    file = release / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise LongflowError(
            "the manifest is missing",
            file=file,
            remedy="name the folder of a release, or move this folder out of the releases",
        ) from None
    except ValueError:
        raise LongflowError(
            "the manifest is not the JSON that was written",
            file=file,
            remedy="bring the release back from a copy, or move it out of the releases",
        ) from None
    return manifest


def files_of(release: Path) -> list[str]:
    """Names of all files of a release but the list of checksums, relative to its folder."""
    found = (p for p in release.rglob("*") if p.is_file() and p != release / CHECKSUMS)
    return sorted(path.relative_to(release).as_posix() for path in found)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait until no other process publishes into the folder of an edition."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # What a killed run was building is in nobody's hands any more.
        for left_over in folder.glob(".building-*"):
            _remove(left_over)
        yield


def free_name(folder: Path) -> str:
    """A name for the next release: the time in UTC; waits for the next second where it is taken."""
    while (folder / (name := datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))).exists():
        time.sleep(0.1)
    return name


def write_release(release: Path, contents: dict[str, bytes]) -> None:
    """Write a release: built aside, flushed to disk, made read-only, then renamed into place.

    Args:
        release: the folder to be made, in that of the edition, which `one_at_a_time` holds.
        contents: bytes by file name; the list of checksums is added.
    """
    folder = release.parent
    building = folder / f".building-{os.getpid()}"
    sums = "".join(f"{sha256(data)}  {name}\n" for name, data in sorted(contents.items()))
    try:
        for name, data in {**contents, CHECKSUMS: sums.encode()}.items():
            path = building / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_flushed(path, data)
            path.chmod(0o444)
        for directory in sorted((p for p in building.rglob("*") if p.is_dir()), reverse=True):
            _flush_directory(directory)
            directory.chmod(0o555)
        _flush_directory(building)
        building.chmod(0o555)
        building.rename(release)
    except BaseException:
        _remove(building)
        raise
    _flush_directory(folder)


def point_latest(release: Path, content_sha256: str) -> None:
    """Let `latest.json` name a release, in one step."""
    folder = release.parent
    value = {"edition": int(folder.name), "release": release.name, "content_sha256": content_sha256}
    temporary = folder / f".building-{LATEST}"
    _write_flushed(temporary, json_bytes(value))
    temporary.rename(folder / LATEST)
    _flush_directory(folder)


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
