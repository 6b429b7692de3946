"""The shim, `shim.c`: built, preloaded, and armed in a process forked for one fault."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OPEN_READ, OPEN_WRITE, READ, WRITE, SYNC, MAKE, REMOVE, CHANGE = (1 << n for n in range(8))
_CHANGING = OPEN_WRITE | WRITE | SYNC | MAKE | REMOVE | CHANGE
_COUNT, _KILL = 0, -1


@dataclass(frozen=True)
class Kind:
    """A kind of fault: the calls it strikes, and what happens to them."""

    name: str
    classes: int
    fault: int
    # Whether all later calls fail too, as on a disk that stays full.
    lasting: bool = False


KINDS = (
    Kind("killed", _CHANGING, _KILL),
    Kind("no space", OPEN_WRITE | WRITE | SYNC | MAKE, errno.ENOSPC, lasting=True),
    Kind("no space for a moment", OPEN_WRITE | WRITE | SYNC | MAKE, errno.ENOSPC),
    Kind("I/O error", OPEN_READ | OPEN_WRITE | READ | WRITE | SYNC | MAKE | REMOVE, errno.EIO),
    Kind("I/O errors", READ | WRITE | SYNC, errno.EIO, lasting=True),
    Kind("too many open files", OPEN_READ | OPEN_WRITE, errno.EMFILE, lasting=True),
    Kind("read-only", OPEN_WRITE | MAKE | REMOVE | CHANGE, errno.EROFS, lasting=True),
    Kind("not permitted", OPEN_WRITE | MAKE | REMOVE | CHANGE, errno.EACCES),
)


class _Report(ctypes.Structure):
    _fields_ = (
        ("calls", ctypes.c_int),
        ("struck", ctypes.c_int),
        ("call", ctypes.c_char * 32),
        ("path", ctypes.c_char * 512),
    )


class Report:
    """What the shim did in another process, including one that it killed."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.shared = _Report.from_buffer(self._memory)

    @property
    def struck(self) -> str | None:
        """The call that was struck: its name and path."""
        if not self.shared.struck:
            return None
        return f"{self.shared.call.decode()} {self.shared.path.decode(errors='replace')}"


def arm(report: Report, folder: Path, kind: Kind, number: int) -> None:
    """From now on the `number`-th call of a kind on files below a folder fails, or kills us."""
    _library().endure_arm(
        ctypes.byref(report.shared),
        os.fsencode(folder),
        kind.classes,
        kind.fault,
        number,
        int(kind.lasting),
    )


def record(report: Report, folder: Path, file: int) -> None:
    """From now on log every call on files below a folder to an open file: class, name, path."""
    everything = (1 << 8) - 1
    _library().endure_arm(
        ctypes.byref(report.shared), os.fsencode(folder), everything, _COUNT, file, 0
    )


def disarm() -> None:
    """Leave all calls alone again."""
    _library().endure_disarm()


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(os.environ["LD_PRELOAD"])


def preload(folder: Path, module: str, arguments: Sequence[str]) -> None:
    """Continue only in a process with the shim preloaded: restart the module if necessary.

    Args:
        folder: where the library is built.
        module: the program, as for `python -m`.
        arguments: its arguments.
    """
    if "LD_PRELOAD" in os.environ:
        return
    library = folder / "shim.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).with_name("shim.c")
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source],
        check=True,
    )
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)  # noqa: S606
