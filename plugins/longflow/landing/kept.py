"""Copies that an earlier try of a run has made, and which of them can be used again.

A journal beside the copies has a line for each that is whole. It is no manifest: a line is trusted
only if the copy has its digest and the place describes the file as it did then.
"""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from longflow.landing.copying import Copied, differ
from longflow.landing.entries import Entry
from longflow.landing.place import Place
from longflow.workspace import Workspace

_JOURNAL = "copies.jsonl"


class _Line(BaseModel):
    """A whole copy: of what, as the place described it, and its digest."""

    model_config = ConfigDict(frozen=True)

    copy_path: str
    url: str
    path: str
    size_bytes: int | None
    version: str | None
    copied_bytes: int
    sha256: str
    fetched_at: datetime


class Kept(NamedTuple):
    """A copy of an earlier try that can be used again."""

    copied: Copied
    fetched_at: datetime


class Journal:
    """The copies of a week's run."""

    def __init__(self, workspace: Workspace) -> None:
        """Read it; a line that a killed run has left unfinished is none.

        Raises:
            OSError: the disk failed.
        """
        self._root = workspace.root
        self._path = workspace.root / _JOURNAL
        self._writing = threading.Lock()
        self._lines: dict[str, _Line] = {}
        if self._path.exists():
            for text in self._path.read_bytes().splitlines():
                try:
                    line = _Line.model_validate_json(text)
                except ValidationError:
                    continue
                self._lines[line.copy_path] = line

    def add(self, place: Place, copied: Copied, copy: Path, fetched_at: datetime) -> None:
        """Record a copy that is whole.

        Raises:
            OSError: the disk failed.
        """
        line = _Line(
            copy_path=str(copy.relative_to(self._root)),
            url=place.url,
            path=copied.stated.path,
            size_bytes=copied.stated.size_bytes,
            version=copied.stated.version,
            copied_bytes=copied.size_bytes,
            sha256=copied.sha256,
            fetched_at=fetched_at,
        )
        with self._writing, self._path.open("a", encoding="utf-8") as file:
            # It begins with the end of a line, in case the last one is torn.
            file.write(f"\n{line.model_dump_json()}\n")

    def kept(self, place: Place, entry: Entry, copy: Path) -> Kept | None:
        """A copy of an earlier try, if it is whole and the file has not changed since.

        Over HTTP that costs a request, because index pages round times and sizes.

        Raises:
            FileNotFoundError: the file is gone.
            OSError: the disk or the server failed.
        """
        line = self._lines.get(str(copy.relative_to(self._root)))
        if line is None or (line.url, line.path) != (place.url, entry.path):
            return None
        then = Entry(entry.name, line.path, line.size_bytes, line.version)
        stated = place.now(entry) if place.is_page else entry
        if stated.version is None or line.version is None or differ(then, stated):
            return None
        if not _holds(copy, line.sha256):
            return None
        copied = Copied(entry, stated, line.copied_bytes, line.sha256, is_unsure=False)
        return Kept(copied, line.fetched_at)


def _holds(copy: Path, sha256: str) -> bool:
    try:
        with copy.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False
