"""Processes that must not outlive us: each starts in its own session and ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def start(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command in a new session, so that Ctrl-C does not reach it; output goes to a log."""
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - commands are ours, no shell reads them
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill_session(leader: int) -> bool:
    """Kill every process of a session, whatever process group it has moved to.

    Returns:
        Whether there was one.
    """
    found = False
    # Without /proc, only the leader's process group can be found.
    listed = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    if not listed:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
            found = True
    for pid in listed:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader:
                os.kill(pid, signal.SIGKILL)
                found = True
    return found


def port_is_free(host: str, port: int) -> bool:
    """Whether nobody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
