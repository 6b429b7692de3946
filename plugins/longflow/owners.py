"""Which process a file belongs to: a token in its name, and whether that process is still alive.

No lock is used: some file servers do not keep locks, and a run holds none between two of its
processes. A process is named by its number and start time, on a host, since a boot of that host, in
a space of process numbers (containers have their own). Only if all three are our own can the
process be looked up.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
from functools import cache
from pathlib import Path

TOKEN = re.compile(r"(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)")


def token() -> str:
    """The name of this process, for names of files: 40 to 60 digits, letters a to f and dashes."""
    pid = os.getpid()
    return "-".join([str(pid), started_at(pid) or "0", *_place()])


def lives(token: str) -> bool | None:
    """Whether the process of a token is alive.

    Returns:
        None if that is unknown here: the text has no token, or the process belongs to another host
            or container.
    """
    found = TOKEN.search(token)
    if not found:
        return None
    pid, started, *place = found.groups()
    host, boot, space = _place()
    if place[0] != host:
        return None
    if place[1] != boot:
        # This host has rebooted since, so nothing from before is alive.
        return False
    if place[2] != space:
        return None
    return (started_at(int(pid)) or "0") == started if started != "0" else _exists(int(pid))


def started_at(pid: int) -> str | None:
    """When a process started, in the kernel's ticks: with its id, this names it for good.

    Returns:
        None if there is no such process, it has ended, or there is no /proc.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    # A zombie has ended; only its parent has not yet asked for its status.
    return None if fields[0] == "Z" else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@cache
def _place() -> tuple[str, str, str]:
    """Host, its boot, and the space of process numbers; short, for names of files."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        space = str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        boot, space = "", "0"
    return _short(socket.gethostname()), _short(boot), space


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
