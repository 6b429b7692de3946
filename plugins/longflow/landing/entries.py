"""What lies in a folder: files that can be fetched, and what cannot, with the reason."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

# What no file system of this machine can hold.
_LONGEST_NAME_BYTES = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_REGULAR = "it is not a regular file"

Kind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True)
class Entry:
    """A file of a folder, as its listing describes it.

    Attributes:
        name: without the folder.
        path: by which the file system knows it.
        size_bytes: None if the listing does not state it.
        version: what changes when the file does: time of change or entity tag; None if not stated.
        modified_at: time of change, if stated with its offset from UTC.
    """

    name: str
    path: str
    size_bytes: int | None
    version: str | None
    modified_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Listing:
    """What lies in a folder.

    Attributes:
        files: regular files, by name.
        others: names of what is neither a file nor a folder, and why it cannot be fetched.
    """

    files: Mapping[str, Entry]
    others: Mapping[str, str]


class Found(NamedTuple):
    """A thing in a folder, and why it cannot be fetched; None if nothing is against it."""

    entry: Entry
    kind: Kind
    problem: str | None = None


def listing_of(found: Iterator[Found]) -> Listing:
    """Sort what was found in a folder; folders are left out."""
    files: dict[str, Entry] = {}
    others: dict[str, str] = {}
    for entry, kind, problem in found:
        if kind == "folder" or not entry.name:
            continue
        wrong = problem_of_name(entry.name) or problem
        if wrong is None and kind != "file":
            wrong = _NOT_REGULAR
        if wrong is None:
            files[entry.name] = entry
        else:
            others[readable(entry.name)] = wrong
    return Listing(files, others)


def problem_of_name(name: str) -> str | None:
    """Why no copy can have a name."""
    if _is_bytes(name):
        return "its name is not UTF-8"
    if "/" in name or name in {".", ".."}:
        return "its name is a path"
    if _CONTROL.search(name):
        return "its name has control characters"
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        return f"its name is longer than {_LONGEST_NAME_BYTES} bytes"
    return None


def _is_bytes(name: str) -> bool:
    """Whether a name has bytes that are no UTF-8, which Python keeps as surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False


def readable(name: str) -> str:
    """A name that can be printed: what is no UTF-8 or no text as escapes."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return _CONTROL.sub(lambda one: one[0].encode("unicode_escape").decode(), text)


def in_local_folder(folder: Path, root: Path) -> Iterator[Found]:
    """What a folder of this machine holds, links within the tree as what they lead to.

    Args:
        folder: the folder.
        root: the tree.

    Raises:
        OSError: the disk or the file server fails to say.
    """
    real_root = Path(os.path.realpath(root))
    with os.scandir(folder) as things:
        for one in things:
            try:
                yield _local(one, root, real_root)
            except FileNotFoundError:
                # It was there when the folder was read: a collector may rename what it finishes.
                continue


def _local(one: os.DirEntry[str], root: Path, real_root: Path) -> Found:
    status = one.stat(follow_symlinks=False)
    problem = None
    if stat.S_ISLNK(status.st_mode):
        try:
            status = one.stat()
        except OSError:
            # It leads nowhere, or in circles.
            return Found(_local_entry(one, status), "link")
        if not Path(os.path.realpath(one.path)).is_relative_to(real_root):
            problem = f"it is a link to a place outside {root}"
    kind: Kind = "other"
    if stat.S_ISDIR(status.st_mode):
        kind = "folder"
    elif stat.S_ISREG(status.st_mode):
        kind = "file"
    return Found(_local_entry(one, status), kind, problem)


def _local_entry(one: os.DirEntry[str], status: os.stat_result) -> Entry:
    return local_entry(one.name, one.path, status)


def local_entry(name: str, path: str, status: os.stat_result) -> Entry:
    """A file of this machine."""
    modified_at = datetime.fromtimestamp(status.st_mtime, tz=UTC)
    return Entry(name, path, status.st_size, str(status.st_mtime_ns), modified_at)


def remote(name: str, found: Mapping[str, Any]) -> Found:
    """A thing as a driver of fsspec describes it."""
    kinds: Mapping[str, Kind] = {"file": "file", "directory": "folder", "link": "link"}
    return Found(remote_entry(name, found), kinds.get(found["type"], "other"))


def remote_entry(name: str, found: Mapping[str, Any]) -> Entry:
    """A file as a driver of fsspec describes it: its entity tag, or else its time of change."""
    size = found.get("size")
    stated = [found.get(key) for key in ("ETag", "mtime", "LastModified", "Last-Modified")]
    version = next((str(one) for one in stated if one), None)
    modified_at = next(filter(None, map(_instant, stated[1:])), None)
    return Entry(name, found["name"], None if size is None else int(size), version, modified_at)


def _instant(stated: object) -> datetime | None:
    if isinstance(stated, datetime):
        return stated if stated.tzinfo else None
    return http_time(stated) if isinstance(stated, str) else None


def http_time(text: str) -> datetime | None:
    """A time as headers of HTTP state it; None if it is none."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
