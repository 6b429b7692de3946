"""Faults of the machine, recognised in one place whatever library raises them.

Disk, memory, permissions and network fail below every library, and each reports it in its own way:
as an `OSError`, in an exception of its own that quotes the C library or SQLite, or, when it is
short of memory, by ending the process. An exception that is not recognised here is a bug, and keeps
its traceback.
"""

from __future__ import annotations

import errno
import getpass
import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longflow.errors import LongflowError, MachineError

_AGAIN = "then try again"
_NETWORK = f"check that the server and the network are up, {_AGAIN}"
_DISK = f"check the disk and its file system, {_AGAIN}"
_SPACE = f"free space there, {_AGAIN}"
_SIZE = f"raise the limit on file sizes (ulimit -f), or use another file system, {_AGAIN}"
_RIGHTS = "give {user} the right to read and write there, then try again"
_MEMORY = (
    "give the process more memory, or lower database.memory_limit and database.threads, "
    "then try again"
)

# Message and remedy for an error number; for others, the C library's words.
_NUMBERS = {
    errno.ENOSPC: ("no space is left on this disk", _SPACE),
    errno.EDQUOT: ("the quota of this disk is used up", _SPACE),
    errno.EFBIG: ("a file became larger than this disk or a limit allows", _SIZE),
    errno.EIO: ("this disk failed to read or write", _DISK),
    errno.ESTALE: ("this file disappeared from the file server", _DISK),
    errno.ENODEV: ("this disk is gone", _DISK),
    errno.ENXIO: ("this disk is gone", _DISK),
    errno.EBUSY: ("the file is in use by the system", _DISK),
    errno.EROFS: ("the file system is read-only", f"mount it writable, {_AGAIN}"),
    errno.EACCES: ("permission is denied", _RIGHTS),
    errno.EPERM: ("permission is denied", _RIGHTS),
    errno.EMFILE: (
        "too many files are open",
        "raise the limit on open files (ulimit -n, now {files}), then try again",
    ),
    errno.ENFILE: ("too many files are open on this machine", f"close some, {_AGAIN}"),
    errno.ENOMEM: ("memory ran out", _MEMORY),
    errno.EAGAIN: (
        "no more threads or processes can be started",
        "raise the limit on processes (ulimit -u), or lower database.threads, then try again",
    ),
    errno.ECONNREFUSED: ("the connection was refused", _NETWORK),
    errno.ECONNRESET: ("the connection was cut", _NETWORK),
    errno.ECONNABORTED: ("the connection was cut", _NETWORK),
    errno.EPIPE: ("the connection was cut", _NETWORK),
    errno.ETIMEDOUT: ("no answer came in time", _NETWORK),
    errno.EHOSTUNREACH: ("the server cannot be reached", _NETWORK),
    errno.ENETUNREACH: ("the network cannot be reached", _NETWORK),
    errno.ENETDOWN: ("the network is down", _NETWORK),
}
# In the words of the C library, which other libraries pass on.
_WORDS = {os.strerror(number).lower(): number for number in _NUMBERS}
# Error numbers as Rust and Arrow write them.
_WRITTEN_NUMBER = re.compile(r"(?:os error|code:|errno) (\d+)")

# SQLite, which holds the archive's catalogue by default, names no file.
_SQLITE = {
    "database or disk is full": errno.ENOSPC,
    "disk i/o error": errno.EIO,
    "unable to open database file": errno.EACCES,
    "attempt to write a readonly database": errno.EACCES,
    "readonly database": errno.EACCES,
    # After a failed read of the catalogue, every later statement of the transaction says this.
    "current transaction is aborted": errno.EIO,
    # A failed commit has ended the transaction, and DuckDB reports only its own ROLLBACK.
    "cannot rollback - no transaction is active": errno.EIO,
}
_LOCKED = "database is locked"
# Messages of the servers of catalogue and dumps.
_CUT = (
    "server closed the connection",
    "terminating connection",
    "could not connect to server",
    "could not translate host name",
    "connection to server",
)
# Packages that talk to other machines: their own exceptions are about the network.
_REMOTE = {"aiohttp", "asyncssh", "botocore", "paramiko", "requests", "urllib3"}
# Packages that quote the C library in exceptions of their own.
_INFORMATIVE_PACKAGES = {
    *("_duckdb", "duckdb", "duckdb_engine", "sqlalchemy", "sqlite3"),
    *("polars", "pyo3_runtime", "pyarrow", "zstandard", "lz4", "numba", "great_expectations"),
}
_QUOTED_FILE = re.compile(r"""["']((?:/|[a-z0-9]+://)[^"']+)["']""")
_THREADS = ("can't start new thread", "threadpoolbuilderror", "could not spawn threads")


def raise_machine_fault(error: BaseException) -> None:
    """Raise the fault of the machine behind an exception, if it is certain; otherwise return.

    For callers that take an exception for a fault of what they read, such as a release: a disk that
    fails to read it is no verdict on it, but a file that is missing or has the wrong content is.

    Raises:
        MachineError: the fault.
    """
    fault = machine_fault(error, certain=True)
    if fault is not None:
        raise fault from error


def machine_fault(
    error: BaseException, catalogue: Path | None = None, *, certain: bool = False
) -> MachineError | None:
    """The fault of the machine behind an exception.

    Args:
        error: the exception; those it was raised from are examined too.
        catalogue: the file of the archive's catalogue, which SQLite does not name.
        certain: only a fault that must be the machine's: no missing file, and no exception about
            reading or another server without known words.

    Returns:
        None if there is none: an error of the user, which has its own line, or a bug.
    """
    if isinstance(error, LongflowError):
        return None
    for one in _causes(error):
        if isinstance(one, MachineError):
            return one
        fault = None if certain and _may_be_of_input(one) else _fault(one, catalogue)
        if fault is not None:
            return fault
    return None


@contextmanager
def faults_in(folder: Path) -> Iterator[None]:
    """Give faults of the machine that name no file the folder in which the work is done.

    A full disk, for example: no library says which file it was writing.

    Raises:
        MachineError: such a fault, if it is certainly the machine's.
    """
    try:
        yield
    except Exception as error:
        fault = machine_fault(error, certain=True)
        if fault is None or fault.file is not None or fault.remedy not in {_SPACE, _SIZE, _DISK}:
            raise
        raise MachineError(fault.what, file=folder, remedy=fault.remedy) from error


def fault_in_words(text: str) -> MachineError | None:
    """The fault of the machine in another library's message; None if there is none."""
    return _in_words(" ".join(text.split()), None)


def require_address_space(memory_limit: str | None = None) -> None:
    """Check that a limit on address space (`ulimit -v`) leaves room for the work.

    Below it, libraries end the process or hang where they should raise. They reserve several times
    what they use, and more with every core, because each starts threads in three pools. Measured
    on two cores: 1.9 GB to read the archive, 3.4 GB to take in a small week.

    Args:
        memory_limit: that of the database, for work that takes in a week or compiles an edition;
            None for work that only reads.

    Raises:
        MachineError: it leaves too little.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    cores = os.cpu_count() or 1
    if memory_limit is None:
        needed_mb = 1_600 + 200 * cores
    else:
        needed_mb = 3_000 + 250 * cores + _megabytes(memory_limit)
    if limit < needed_mb * 1_000_000:
        raise MachineError(
            f"the limit on address space (ulimit -v) is {limit // 1_000_000:,} MB, but this needs "
            f"{needed_mb:,} MB",
            remedy="raise it (ulimit -v unlimited); to bound the memory in use, set "
            "database.memory_limit, and a limit on the container or service",
        )


def _megabytes(size: str) -> int:
    """A size as DuckDB writes it (`1GB`, `512 MiB`) in megabytes; 0 if the text is no size."""
    found = re.fullmatch(r"([\d.]+)\s*([KMGT])i?B", size.strip(), flags=re.IGNORECASE)
    if not found:
        return 0
    return int(float(found[1]) * 1000 ** ("KMGT".index(found[2].upper()) - 1))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it was raised from; SQLAlchemy keeps what it wraps in `orig`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, getattr(one, "orig", None)]


def _may_be_of_input(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return False
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno not in _NUMBERS
    text = " ".join(str(error).split())
    return "OutOfMemory" not in type(error).__name__ and _in_words(text, None) is None


def _fault(error: BaseException, catalogue: Path | None) -> MachineError | None:
    text = " ".join(str(error).split())
    kinds = {kind.__name__ for kind in type(error).__mro__}
    package = type(error).__module__.partition(".")[0]
    if isinstance(error, OSError):
        return _of_os_error(error, text)
    if isinstance(error, MemoryError) or "OutOfMemoryException" in kinds:
        return _machine_error(
            errno.ENOMEM, None, text if package in _INFORMATIVE_PACKAGES else None
        )
    if isinstance(error, RuntimeError) and any(word in text.lower() for word in _THREADS):
        return _machine_error(errno.EAGAIN, None)
    if package in _REMOTE or "HTTPException" in kinds:
        return MachineError(text or type(error).__name__, remedy=_NETWORK)
    if package not in _INFORMATIVE_PACKAGES:
        return None
    fault = _in_words(text, catalogue)
    if fault is None and "IOException" in kinds:
        fault = MachineError(text, file=_file_in(text), remedy=_DISK)
    return fault


def _of_os_error(error: OSError, text: str) -> MachineError:
    name = error.filename
    file = os.fsdecode(name) if isinstance(name, str | bytes) else _file_in(text)
    if error.errno is None:
        return _in_words(text, None) or MachineError(
            text or type(error).__name__, file=file, remedy=_NETWORK
        )
    return _machine_error(error.errno, file)


def _in_words(text: str, catalogue: Path | None) -> MachineError | None:
    """The fault that another library's text describes."""
    low = text.lower()
    number = next((number for words, number in _SQLITE.items() if words in low), None)
    if number is not None:
        return _machine_error(number, catalogue or "the archive's catalogue")
    if _LOCKED in low:
        return MachineError(
            "another process keeps the archive's catalogue locked",
            file=catalogue,
            remedy=f"wait until the process that uses the archive has ended, {_AGAIN}",
        )
    written = _WRITTEN_NUMBER.search(low)
    numbers = [number for words, number in _WORDS.items() if words in low]
    numbers += [int(written[1])] if written else []
    numbers += [errno.EAGAIN] if any(word in low for word in _THREADS) else []
    known = [number for number in numbers if number in _NUMBERS]
    if known:
        return _machine_error(known[0], _file_in(text))
    if any(words in low for words in _CUT):
        return MachineError(text, remedy=_NETWORK)
    return None


def _machine_error(number: int, file: str | Path | None, more: str | None = None) -> MachineError:
    what, remedy = _NUMBERS.get(number, (os.strerror(number).lower(), f"fix that, {_AGAIN}"))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MachineError(
        f"{what} ({more})" if more else what,
        file=file,
        remedy=remedy.format(user=_user(), files=files),
    )


def _user() -> str:
    try:
        return f"user {getpass.getuser()}"
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _file_in(text: str) -> str | None:
    found = _QUOTED_FILE.search(text)
    return found[1] if found else None
