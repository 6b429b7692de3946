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
    """The manifest of a release."""
    manifest: dict[str, Any] = json.loads((release / MANIFEST).read_bytes())
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


def write_release(folder: Path, contents: dict[str, bytes]) -> Path:
    """Write a release: built aside, flushed to disk, made read-only, then renamed into place.

    Args:
        folder: the folder of the edition; held by `one_at_a_time`.
        contents: bytes by file name; the list of checksums is added.

    Returns:
        The folder of the release, named by the time of writing in UTC.
    """
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
        release = _free_name(folder)
        building.rename(release)
    except BaseException:
        _remove(building)
        raise
    _flush_directory(folder)
    return release


def point_latest(release: Path, content_sha256: str) -> None:
    """Let `latest.json` name a release, in one step."""
    folder = release.parent
    value = {"edition": int(folder.name), "release": release.name, "content_sha256": content_sha256}
    temporary = folder / f".building-{LATEST}"
    _write_flushed(temporary, json_bytes(value))
    temporary.rename(folder / LATEST)
    _flush_directory(folder)


def _free_name(folder: Path) -> Path:
    while True:
        release = folder / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        if not release.exists():
            return release
        # Two releases in one second: the name of the second one is the next second.
        time.sleep(0.1)


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
