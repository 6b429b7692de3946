"""The archive's catalogue as a file: where it is, whether it is intact, and what to do if not.

The catalogue is one SQLite file. A run killed in the middle of a commit leaves a journal beside it,
which the next run with write access rolls back. A *seal* beside it (`<catalogue>.seal`) holds the
SHA-256 of the catalogue as longflow left it, with SQLite's change counter: while that counter is
unchanged, the bytes must agree. Another tool that writes moves the counter, so its work does not
count as damage; the catalogue then has no valid seal until longflow writes again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from longflow.errors import LongflowError, MachineError, OneLineError
from longflow.faults import machine_fault
from longflow.owners import token
from longflow.settings import Settings
from longflow.sqlfile import literal
from longflow.var_folder import VarFolder

_KIND = "sqlite:"
_RESTORE = "restore it from a backup, together with its .seal"
_HEADER = b"SQLite format 3\x00"
# SQLite's header: bytes 24 to 27 count the transactions that wrote.
_CHANGE_COUNTER = slice(24, 28)

# A commit of another process takes milliseconds.
_WAIT_SECONDS = 30

# Closing a file drops every lock that this process holds on it, so the catalogue is read as bytes
# only while no connection of this process has it open.
_open_here: Counter[Path] = Counter()
_opening = threading.Lock()


def catalogue_file(settings: Settings) -> Path | None:
    """The SQLite file of the catalogue; None if the settings name a catalogue of another kind."""
    named = settings.archive_catalogue
    if named is None:
        return VarFolder.of(settings).catalogue
    return Path(named.removeprefix(_KIND)) if named.startswith(_KIND) else None


def data_place(settings: Settings) -> str:
    """The folder of the archive's Parquet files, or its URL."""
    return settings.archive_data or str(VarFolder.of(settings).data)


def data_folder(settings: Settings) -> Path | None:
    """The folder of the archive's Parquet files; None if the settings name a URL."""
    place = data_place(settings)
    return None if "://" in place else Path(place)


def catalogue_exists(settings: Settings) -> bool:
    """Whether an archive was ever made here; one in a database server is assumed to exist.

    Raises:
        LongflowError: there are data files, but their catalogue is missing or empty.
    """
    file = catalogue_file(settings)
    if file is None:
        return True
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        size = -1
    if size > 0:
        return True
    folder = data_folder(settings)
    if folder is None or next(folder.rglob("*.parquet"), None) is None:
        return False
    raise LongflowError(
        f"the catalogue of the archive is {'empty' if size == 0 else 'missing'}, but its data "
        f"files are in {folder}",
        file=file,
        remedy=_RESTORE,
    )


@contextmanager
def opened(file: Path | None, *, read_only: bool) -> Iterator[None]:
    """While a connection has the catalogue open: check its seal first, seal it after writing.

    Raises:
        LongflowError: the catalogue does not agree with its seal.
        MachineError: the disk failed to read it.
    """
    if file is None:
        yield
        return
    key = file.absolute()
    with _opening:
        if not _open_here[key]:
            _check_seal(key)
        _open_here[key] += 1
    try:
        yield
    except _MalformedError as error:
        with _opening:
            fault = _failed_read(key) if _open_here[key] == 1 else None
        raise fault or error from error.__cause__
    finally:
        with _opening:
            _open_here[key] -= 1
            if not read_only and not _open_here[key]:
                _write_seal(key)


def require_as_sealed(settings: Settings) -> None:
    """Check that the catalogue, if there is one, is as it was last written.

    Raises:
        LongflowError: it is damaged.
        MachineError: the disk failed to read it.
    """
    file = catalogue_file(settings)
    if file is None or not catalogue_exists(settings):
        return
    with _opening:
        if not _open_here[file.absolute()]:
            _check_seal(file.absolute())


def seal_of(file: Path) -> Path:
    """The file of a catalogue's seal."""
    return file.with_name(f"{file.name}.seal")


def sealed(file: Path) -> bool | None:
    """Whether the catalogue is as longflow left it; None if that is unknown.

    It is unknown after another tool wrote, while a run writes, and after one was killed writing.
    """
    seal = _Seal.read(file)
    if seal is None:
        return None
    try:
        content = _content(file)
    except sqlite3.OperationalError:
        # Another process is writing, or a journal is left: SQLite itself settles both.
        return None
    except sqlite3.DatabaseError:
        return False
    now = _Seal.of(content)
    return None if now.change_counter != seal.change_counter else now == seal


@dataclass(frozen=True)
class _Seal:
    """What a seal says about the catalogue."""

    size_bytes: int
    change_counter: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> _Seal:
        """The seal for a content."""
        changes = int.from_bytes(content[_CHANGE_COUNTER], "big")
        return cls(len(content), changes, hashlib.sha256(content).hexdigest())

    @classmethod
    def read(cls, file: Path) -> _Seal | None:
        """The seal of a catalogue, if there is one that can be read."""
        try:
            seal = json.loads(seal_of(file).read_bytes())
            return cls(int(seal["size_bytes"]), int(seal["change_counter"]), str(seal["sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _content(file: Path, *, wait_seconds: float = 0) -> bytes:
    """The bytes of the catalogue as they were between two commits."""
    uri = f"{file.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=wait_seconds)
    with closing(connection):
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        # Not `serialize`, which fills pages that the disk failed to read with zeros. Closing the
        # file drops the lock of the connection, which is no longer needed by then.
        return file.read_bytes()


def copy_catalogue(file: Path, target: Path) -> None:
    """Copy the catalogue as it was between two commits.

    Who reads the copy keeps no lock that a load would have to wait for.

    Raises:
        MachineError: another process keeps it locked, or the disk fails.
    """
    try:
        with _opening:
            target.write_bytes(_content(file, wait_seconds=_WAIT_SECONDS))
    except sqlite3.Error as error:
        fault = machine_fault(error, file)
        if fault is None:
            raise
        raise fault from error


class _MalformedError(LongflowError):
    """SQLite read an invalid database: the catalogue is damaged, or the disk failed."""


def _failed_read(file: Path) -> MachineError | None:
    """The fault of a disk that failed to read an intact catalogue; None if it is damaged.

    SQLite also calls a database malformed when the disk answers with an I/O error.
    """
    try:
        whole = sealed(file)
        if whole is None:
            whole = _is_sound(file)
    except OSError as error:
        return machine_fault(error)
    if not whole:
        return None
    return MachineError(
        "the disk failed to read the catalogue of the archive, which is intact",
        file=file,
        remedy="check the disk and its file system, then try again",
    )


def _is_sound(file: Path) -> bool:
    """Whether SQLite finds nothing wrong with the pages of a catalogue."""
    file.read_bytes()
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0)) as opened:
            return opened.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    except sqlite3.DatabaseError:
        return False


def _check_seal(file: Path) -> None:
    if not file.exists() or sealed(file) is not False:
        return
    size, seal = file.stat().st_size, _Seal.read(file)
    with file.open("rb") as opened:
        begins_whole = opened.read(len(_HEADER)) == _HEADER
    if seal is not None and size < seal.size_bytes and begins_whole:
        raise LongflowError(
            f"the catalogue of the archive is damaged: it is cut off at {size:,} of "
            f"{seal.size_bytes:,} bytes",
            file=file,
            remedy=_RESTORE,
        )
    raise LongflowError(
        "the catalogue of the archive is damaged: it differs from what was last written",
        file=file,
        remedy=f"{_RESTORE}; if it was changed on purpose, remove {seal_of(file).name}",
    )


def _write_seal(file: Path) -> None:
    """Seal the catalogue after a run wrote; if it cannot be sealed now, it has no valid seal.

    The run itself is complete by then, so it does not fail for want of a seal; `longflow check`
    reports a missing one.
    """
    with suppress(OSError, sqlite3.Error):
        seal, before, path = _Seal.of(_content(file)), _Seal.read(file), seal_of(file)
        if before is not None and before.change_counter == seal.change_counter:
            # Nothing was written: a catalogue that may have been damaged since must not be sealed.
            return
        temporary = path.with_name(f"{path.name}.{token()}")
        temporary.write_text(json.dumps(asdict(seal)) + "\n", encoding="utf-8")
        temporary.replace(path)


def roll_back_journal(
    connection: duckdb.DuckDBPyConnection, error: duckdb.Error, file: Path | None
) -> bool:
    """Roll back the commit of a killed writer; whether there was one and it could be undone.

    A reader may not do so by itself: the catalogue has to be opened for writing once.

    Args:
        connection: any connection; the catalogue is not attached to it.
        error: the error from attaching the catalogue.
        file: the catalogue.
    """
    if file is None or not _was_cut_off(error, file):
        return False
    try:
        connection.execute(f"ATTACH {literal(file)} AS cut_off (TYPE sqlite)")
        try:
            connection.execute("SELECT count(*) FROM cut_off.ducklake_snapshot").fetchall()
        finally:
            connection.execute("DETACH cut_off")
    except duckdb.Error:
        return False
    return True


def _was_cut_off(error: duckdb.Error, file: Path) -> bool:
    return "readonly database" in str(error) and file.with_name(f"{file.name}-journal").exists()


def fault(error: duckdb.Error, file: Path | None) -> OneLineError | None:
    """What an error of the catalogue means for a person; None if it is about something else.

    Returns:
        A `LongflowError` for a damaged catalogue, which a person restores; a `MachineError` for
        one that cannot be opened, written or locked at present.
    """
    text = str(error)
    if file is not None and _was_cut_off(error, file):
        return MachineError(
            "a run was killed while it wrote the catalogue, and rolling its commit back needs "
            "write access",
            file=file,
            remedy="run any longflow command once as the user who owns the archive, such as "
            "longflow status",
        )
    for words, kind, what, remedy in _FAULTS:
        if words in text:
            return kind(what, file=file, remedy=remedy)
    return None


_NO_DATABASE = "the catalogue of the archive is not an SQLite database"
_DAMAGED = "the catalogue of the archive is damaged"
_FAULTS: tuple[tuple[str, type[OneLineError], str, str], ...] = (
    (
        "file is not a database",
        _MalformedError,
        _NO_DATABASE,
        _RESTORE,
    ),
    ("disk image is malformed", _MalformedError, _DAMAGED, _RESTORE),
    ("malformed database schema", _MalformedError, _DAMAGED, _RESTORE),
    (
        "unable to open database file",
        MachineError,
        "the catalogue of the archive cannot be opened",
        "check that it exists, and that this user may read it and its folder",
    ),
    (
        "readonly database",
        MachineError,
        "this user may not write the catalogue of the archive",
        "run longflow as the user who owns the archive, or grant write access",
    ),
    (
        "database is locked",
        MachineError,
        "another process holds the catalogue of the archive",
        "wait until it has ended, or end it; then try again",
    ),
)
