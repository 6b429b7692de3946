"""Work in a separate process, forked from this one, with everything that it printed."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.endure import shim

_SECONDS_TO_END = 300


@dataclass(frozen=True)
class Ended:
    """How a forked run ended; `status` is negative if a signal ended it."""

    status: int
    output: str
    seconds: float


def forked(work: Callable[[], int], log: Path, limit_s: float = _SECONDS_TO_END) -> Ended:
    """Do some work in a separate process that writes to a log."""
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            os.setsid()
            with log.open("wb") as out:
                os.dup2(out.fileno(), 1)
                os.dup2(out.fileno(), 2)
            faulthandler.enable()
            status = work()
        except BaseException:
            shim.disarm()
            traceback.print_exc()
        finally:
            shim.disarm()
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)
    while True:
        ended, code = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() - began > limit_s:
            # The process prints the stack of each thread, and ends.
            os.kill(pid, signal.SIGABRT)
            time.sleep(1)
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return Ended(-1000, f"hung: {log.read_text(errors='replace')}", limit_s)
        time.sleep(0.02)
    status = os.waitstatus_to_exitcode(code)
    return Ended(status, log.read_text(errors="replace"), time.monotonic() - began)
