"""What runs leave behind that were killed, and how it goes: by the next run, and by `tidy`.

Nothing goes that a live run may use. Whose a thing is stands in its name (`owners.py`): it is left
over when that process is gone. What no process of this host made — the workspace of an Airflow run,
whose tasks are processes of their own with hours between them, or anything of another host — is
left over when nothing was written there for `tidy.after_days`.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from longflow.owners import TOKEN, lives
from longflow.settings import Settings
from longflow.var_folder import VarFolder

# Run of the command line: it never comes back under the same name.
_OF_COMMAND_LINE = re.compile(rf"cli-\d{{8}}T\d{{6}}-{TOKEN.pattern}")


@dataclass(frozen=True)
class LeftOver:
    """Files that nobody needs any more: a folder with all in it, or one file."""

    path: Path
    what: str
    files: int
    bytes: int

    @classmethod
    def of(cls, path: Path, what: str) -> LeftOver:
        """A path with the number and size of its files."""
        sizes = [one.lstat().st_size for one in _files(path)]
        return cls(path, what, len(sizes), sum(sizes))

    @property
    def line(self) -> str:
        """The left-over in one line for people."""
        return f"{self.path}: {self.what}, {self.files:,} files, {self.bytes:,} bytes"

    def remove(self) -> None:
        """Take it away; a folder above goes with the last thing in it.

        Raises:
            OSError: it cannot be removed.
        """
        if self.path.is_dir():
            for folder in [self.path, *(p for p in self.path.rglob("*") if p.is_dir())]:
                folder.chmod(0o755)  # releases are read-only
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()


def left_workspaces(settings: Settings, week: str = "*", own: str = "") -> list[LeftOver]:
    """Workspaces of runs that will not come back.

    Args:
        settings: where they are, and after how long one is given up.
        week: Monday of the week; every week when left out.
        own: name of a run that is none of them.
    """
    found = []
    for path in sorted(VarFolder.of(settings).workspaces.glob(f"*/{week}")):
        run = path.parent.name
        if run != own and is_left(settings, path, run if _OF_COMMAND_LINE.fullmatch(run) else ""):
            found.append(LeftOver.of(path, "workspace of a run that will not come back"))
    return found


def left_spill(settings: Settings) -> list[LeftOver]:
    """What DuckDB had put aside for processes that are gone."""
    return [
        LeftOver.of(path, "put aside by DuckDB for a process that is gone")
        for path in sorted(VarFolder.of(settings).spill.glob("duckdb-*"))
        if is_left(settings, path, path.name)
    ]


def left_drafts(settings: Settings) -> list[LeftOver]:
    """Releases, keys, pages and quarantine that were being written."""
    found = []
    var = VarFolder.of(settings)
    for lock in sorted(var.releases.glob("*/.lock")):
        with _if_free(lock) as free:
            drafts = sorted(lock.parent.glob(".building-*")) if free else []
            found += [LeftOver.of(path, "a release that was being built") for path in drafts]
    for folder, pattern, what in (
        (var.archive, ".key.*", "a key that was being made"),
        (var.archive, "*.seal.*", "a seal that was being written"),
        (var.data_docs, "*.new", "a page that was being written"),
        (var.quarantine, "*/*/tmp_*", "a quarantine that was being written"),
        (var.quarantine, "*/*/*.new", "a quarantine that was being written"),
    ):
        for path in sorted(folder.glob(pattern)):
            if is_left(settings, path, path.name):
                found.append(LeftOver.of(path, what))
    return found


def remove_all(found: Sequence[LeftOver]) -> list[str]:
    """Remove left-overs; a line for each that went.

    What cannot be removed stays for the next time: a run that needs the disk says what it lacks.
    """
    lines = []
    for one in found:
        with contextlib.suppress(OSError):
            one.remove()
            lines.append(f"removed {one.line}")
    return lines


def is_left(settings: Settings, path: Path, owner: str) -> bool:
    """Whether nobody will use a path again: its owner is gone, or nothing was written for long.

    Args:
        settings: how long.
        path: a file or folder.
        owner: a text with the token of its owner; one without says that no process owns it.
    """
    alive = lives(owner)
    if alive is None:
        try:
            newest = max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
        except FileNotFoundError:
            # Something went while we looked: it is in use.
            return False
        return newest < time.time() - settings.tidy.after_days * 86_400
    return not alive


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from (one for one in path.rglob("*") if not one.is_dir())


@contextlib.contextmanager
def _if_free(lock: Path) -> Iterator[bool]:
    """Hold a lock for a while, if nobody else does."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
