"""The archive's catalogue as a file: where it is, whether it is whole, and what to do if it is not.

The catalogue is one SQLite file. A run that was killed in the middle of a commit leaves a journal
beside it, which the next one that may write rolls back. A *seal* beside it (`<catalogue>.seal`)
holds the SHA-256 of the catalogue as longflow left it, with SQLite's change counter: as long as
that counter stands, the bytes have to agree. Another tool that writes moves the counter, so its
work is no damage; the catalogue is then not sealed until longflow writes next.
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

# Closing a file drops every lock that this process holds on it, so a catalogue is only read as
# bytes while no connection of this process has it open.
_open_here: Counter[Path] = Counter()
_opening = threading.Lock()


def catalogue_file(settings: Settings) -> Path | None:
    """The SQLite file of the catalogue; None where the settings name one of another kind."""
    named = settings.archive_catalogue
    if named is None:
        return VarFolder.of(settings).catalogue
    return Path(named.removeprefix(_KIND)) if named.startswith(_KIND) else None


def data_place(settings: Settings) -> str:
    """The folder of the archive's Parquet files, or its URL."""
    return settings.archive_data or str(VarFolder.of(settings).data)


def data_folder(settings: Settings) -> Path | None:
    """The folder of the archive's Parquet files; None where the settings name a URL."""
    place = data_place(settings)
    return None if "://" in place else Path(place)


def catalogue_exists(settings: Settings) -> bool:
    """Whether an archive was ever made here; one in a database server is taken to exist.

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
        f"files lie in {folder}",
        file=file,
        remedy=_RESTORE,
    )


@contextmanager
def opened(file: Path | None, *, read_only: bool) -> Iterator[None]:
    """While a connection has the catalogue open: checked before by its seal, sealed after writing.

    Raises:
        LongflowError: the catalogue is not as it was sealed.
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
    """Whether the catalogue is as longflow left it; None where that is not known.

    It is not known after another tool wrote, or while a run writes or was killed when it did.
    """
    seal = _Seal.read(file)
    if seal is None:
        return None
    try:
        content = _content(file)
    except sqlite3.OperationalError:
        # Another process writes, or a journal is left: SQLite itself settles both.
        return None
    except sqlite3.DatabaseError:
        return False
    now = _Seal.of(content)
    return None if now.change_counter != seal.change_counter else now == seal


@dataclass(frozen=True)
class _Seal:
    """What a seal says of the catalogue."""

    size_bytes: int
    change_counter: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> _Seal:
        """The seal of a content."""
        changes = int.from_bytes(content[_CHANGE_COUNTER], "big")
        return cls(len(content), changes, hashlib.sha256(content).hexdigest())

    @classmethod
    def read(cls, file: Path) -> _Seal | None:
        """The seal of a catalogue, where there is one that can be read."""
        try:
            seal = json.loads(seal_of(file).read_bytes())
            return cls(int(seal["size_bytes"]), int(seal["change_counter"]), str(seal["sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _content(file: Path) -> bytes:
    """The bytes of the catalogue as they were between two commits."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0)
    with closing(connection):
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        # Not `serialize`, which has zeros for pages that the disk failed to read. Closing the file
        # drops the lock of the connection, which has done its work by then.
        return file.read_bytes()


class _MalformedError(LongflowError):
    """What SQLite read is no sound database: the catalogue is damaged, or the disk failed."""


def _failed_read(file: Path) -> MachineError | None:
    """The fault of a disk that failed to read a sound catalogue; None where it is damaged.

    SQLite calls a database malformed when the disk answers with an I/O error, too.
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
        "the disk failed to read the catalogue of the archive, which is whole",
        file=file,
        remedy="look at the disk and its file system, then run it again",
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
        "the catalogue of the archive is damaged: it is not as it was last written",
        file=file,
        remedy=f"{_RESTORE}; if it was changed on purpose, remove {seal_of(file).name}",
    )


def _write_seal(file: Path) -> None:
    """Seal the catalogue after a run wrote; what cannot be sealed now stays without a valid seal.

    The run itself is done by then, so it does not fail for want of a seal: `longflow check` says
    when there is none.
    """
    with suppress(OSError, sqlite3.Error):
        seal, before, path = _Seal.of(_content(file)), _Seal.read(file), seal_of(file)
        if before is not None and before.change_counter == seal.change_counter:
            # Nothing was written: what may have been damaged since must not be sealed.
            return
        temporary = path.with_name(f"{path.name}.{token()}")
        temporary.write_text(json.dumps(asdict(seal)) + "\n", encoding="utf-8")
        temporary.replace(path)


def roll_back_journal(
    connection: duckdb.DuckDBPyConnection, error: duckdb.Error, file: Path | None
) -> bool:
    """Undo the commit in whose middle a writer was killed; whether there was one, and it could be.

    A reader may not do so by itself: it has to open the catalogue for writing once.

    Args:
        connection: any connection; the catalogue is not attached to it.
        error: what attaching the catalogue gave.
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
    """What an error of the catalogue means for a person; None where it is of something else.

    Returns:
        A `LongflowError` for a damaged catalogue, which a person restores; a `MachineError` for
        one that cannot be opened, written or locked now.
    """
    text = str(error)
    if file is not None and _was_cut_off(error, file):
        return MachineError(
            "a run was cut off while it wrote the catalogue, and what it left cannot be undone "
            "without the right to write here",
            file=file,
            remedy="run any longflow command once as the user who owns the archive, such as "
            "longflow status",
        )
    for words, kind, what, remedy in _FAULTS:
        if words in text:
            return kind(what, file=file, remedy=remedy)
    return None


_NO_DATABASE = "the catalogue of the archive is no SQLite database"
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
        "see that it is there, and that this user may read it and its folder",
    ),
    (
        "readonly database",
        MachineError,
        "the catalogue of the archive may not be written by this user",
        "run longflow as the user who owns the archive, or give it the right to write here",
    ),
    (
        "database is locked",
        MachineError,
        "another process holds the catalogue of the archive",
        "wait until it has ended, or end it; then try again",
    ),
)
