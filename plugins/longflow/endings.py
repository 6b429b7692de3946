"""How a failed command ends: a clear line for each error, and the exit status."""

from __future__ import annotations

import sys

from longflow.errors import LongflowError, WrongUsageError
from longflow.faults import machine_fault


def ending(error: BaseException) -> int:
    """Print why a command ended.

    Returns:
        Its exit status: 1 refused, or a fault of input; 2 wrong usage; 3 a fault of the machine:
        disk, memory, permissions, network.

    Raises:
        BaseException: the error itself, if it is a bug and keeps its traceback.
    """
    if isinstance(error, LongflowError):
        lines, status = error.lines, 2 if isinstance(error, WrongUsageError) else 1
    else:
        fault = machine_fault(error)
        if fault is None:
            raise error
        lines, status = (str(fault),), 3
    for line in lines:
        print(f"longflow: {line}", file=sys.stderr)
    return status
