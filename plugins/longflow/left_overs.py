"""What killed runs leave behind, and how it is removed: by the next run, and by `tidy`.

Nothing that a live run may use is removed. A name states its owner (`owners.py`): the thing is left
over when that process is gone. What no process of this host made — the workspace of an Airflow run,
whose tasks are separate processes with hours between them, or anything of another host — is left
over when nothing has been written there for `tidy.after_days`.
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

from longflow.amounts import counted
from longflow.owners import TOKEN, lives
from longflow.settings import Settings
from longflow.var_folder import VarFolder

# A run of the command line: its name is never used again.
_OF_COMMAND_LINE = re.compile(rf"cli-\d{{8}}T\d{{6}}-{TOKEN.pattern}")


@dataclass(frozen=True)
class LeftOver:
    """Files that nobody needs any more: a folder with its contents, or one file."""

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
        files, size = counted(self.files, "files"), counted(self.bytes, "bytes")
        return f"{self.path}: {self.what}, {files}, {size}"

    def remove(self) -> None:
        """Remove it; a folder above is removed when it becomes empty.

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
    """Workspaces of runs that will not resume.

    Args:
        settings: where they are, and after how long one is given up.
        week: Monday of the week; every week if omitted.
        own: name of a run to leave out.
    """
    found = []
    for path in sorted(VarFolder.of(settings).workspaces.glob(f"*/{week}")):
        run = path.parent.name
        if run != own and is_left(settings, path, run if _OF_COMMAND_LINE.fullmatch(run) else ""):
            found.append(LeftOver.of(path, "workspace of a run that will not resume"))
    return found


def left_spill(settings: Settings) -> list[LeftOver]:
    """Data that DuckDB spilled for processes that are gone."""
    return [
        LeftOver.of(path, "spilled by DuckDB for a process that is gone")
        for path in sorted(VarFolder.of(settings).spill.glob("duckdb-*"))
        if is_left(settings, path, path.name)
    ]


def left_drafts(settings: Settings) -> list[LeftOver]:
    """Unfinished releases, keys, pages and quarantines."""
    found = []
    var = VarFolder.of(settings)
    for lock in sorted(var.releases.glob("*/.lock")):
        with _if_free(lock) as free:
            drafts = sorted(lock.parent.glob(".building-*")) if free else []
            found += [LeftOver.of(path, "an unfinished release") for path in drafts]
    for folder, pattern, what in (
        (var.archive, ".key.*", "an unfinished key"),
        (var.archive, "*.seal.*", "an unfinished seal"),
        (var.data_docs, "*.new", "an unfinished page"),
        (var.quarantine, "*/*/tmp_*", "an unfinished quarantine"),
        (var.quarantine, "*/*/*.new", "an unfinished quarantine"),
    ):
        for path in sorted(folder.glob(pattern)):
            if is_left(settings, path, path.name):
                found.append(LeftOver.of(path, what))
    return found


def remove_all(found: Sequence[LeftOver]) -> list[str]:
    """Remove left-overs; one line for each that was removed.

    What cannot be removed stays until next time: a run that needs the space reports what it lacks.
    """
    lines = []
    for one in found:
        with contextlib.suppress(OSError):
            one.remove()
            lines.append(f"removed {one.line}")
    return lines


def is_left(settings: Settings, path: Path, owner: str) -> bool:
    """Whether nobody will use a path again: its owner is gone, or it is old.

    Args:
        settings: the age at which it is old.
        path: a file or folder.
        owner: a text with the token of its owner; without one, no process owns it.
    """
    alive = lives(owner)
    if alive is None:
        try:
            newest = max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
        except FileNotFoundError:
            # Something disappeared while we looked: it is in use.
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
