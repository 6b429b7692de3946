"""The archive's own Parquet files: their entries in the catalogue, their digests, their damage."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from longflow.amounts import counted
from longflow.archive.catalogue import data_folder
from longflow.database import create_from
from longflow.errors import LongflowError, MachineError, OneLineError
from longflow.settings import Settings
from longflow.sqlfile import identifier, query

_TABLE = "data_file"
_MAGIC = b"PAR1"
# Errors of a disk that fails to read one file; others concern the process or the machine.
_DISK_FAILS = {errno.EIO, errno.ESTALE, errno.ENXIO, errno.EBADMSG}


@dataclass(frozen=True)
class DataFile:
    """A Parquet file of the archive, according to catalogue and digests.

    Attributes:
        path: below the folder of the data.
        table: of the archive.
        week: Monday of the week whose rows it holds; None in tables without weeks.
        tells_deleted: it states which rows of another file are deleted.
        rows: number of its rows.
        size_bytes: its size.
        footer_bytes: size of its Parquet footer.
        begin: the first snapshot that it belongs to.
        end: the first that it no longer belongs to; None while it belongs to the newest.
        sha256: its digests as they were taken; empty if none has been taken yet.
        holds: which part of its table it holds, an aggregate or a feed; None if unknown.
    """

    path: str
    table: str
    week: date | None
    tells_deleted: bool
    rows: int
    size_bytes: int
    footer_bytes: int
    begin: int
    end: int | None
    sha256: frozenset[str] = frozenset()
    holds: str | None = None

    def is_in(self, snapshot: int) -> bool:
        """Whether a snapshot reads it."""
        return self.begin <= snapshot and (self.end is None or snapshot < self.end)


@dataclass(frozen=True)
class Damage:
    """A file that is not as it was written; `what` says how it differs.

    `unreadable`: the disk fails to read it, so its content is unknown and may be intact.
    `belongs_to` is where its content belongs, if it is that of another file.
    """

    file: DataFile
    path: Path
    what: str
    unreadable: bool = False
    belongs_to: Path | None = None

    @property
    def of(self) -> str:
        """Table and week that it affects."""
        return self.file.table + (f" of week {self.file.week}" if self.file.week else "")

    @property
    def remedy(self) -> str:
        """How to repair it."""
        if self.unreadable:
            return f"check the disk; if this persists, remove the file and {self._mended_by}"
        if self.belongs_to is not None:
            return (
                f"move it to {self.belongs_to}, and the right one here; otherwise {self._mended_by}"
            )
        return self._mended_by

    @property
    def _mended_by(self) -> str:
        if self.file.end is not None:
            return "only earlier revisions read it: restore it from a backup"
        if self.file.week is not None:
            return (
                "restore it from a backup; or load the week again from its dumps (longflow ingest "
                f"--first {self.file.week}), after which earlier revisions of the week, and "
                "releases made from them, can no longer be read"
            )
        return "restore it from a backup, or import everything again: import-published --anew"

    def error(self, more: int = 0) -> OneLineError:
        """The damage as an error for whoever wanted to read the file, with `more` files damaged."""
        also = f", and {more} more files are damaged (see longflow check)" if more else ""
        kind = MachineError if self.unreadable else LongflowError
        return kind(
            f"a data file of {self.of} {self.what}{also}", file=self.path, remedy=self.remedy
        )


@dataclass(frozen=True)
class DataFiles:
    """All files of an archive that are named in the catalogue."""

    folder: Path | None
    files: tuple[DataFile, ...]
    _by_digest: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, settings: Settings) -> DataFiles:
        """The files as the catalogue names them; the archive is attached at its newest snapshot.

        If an archive's data are not in a local folder, none is listed and so nothing is checked.
        """
        folder = data_folder(settings)
        if folder is None:
            return cls(None, ())
        digests: dict[str, set[str]] = {}
        holds: dict[str, str | None] = {}
        try:
            rows = connection.execute(query("archive", _TABLE, "digests")).fetchall()
        except duckdb.CatalogException:
            # The archive was made by an older version.
            rows = []
        for path, sha256, what in rows:
            digests.setdefault(path, set()).add(sha256)
            holds[path] = what
        listed = connection.execute(query("archive", _TABLE, "listed")).fetchall()
        files = tuple(
            replace(file, sha256=frozenset(digests.get(file.path, ())), holds=holds.get(file.path))
            for file in (DataFile(*row) for row in listed)
        )
        return cls(folder, files, {one: f.path for f in files for one in f.sha256})

    def chosen(
        self, snapshot: int | None, reads: Mapping[str, Collection[date] | None] | None = None
    ) -> Iterator[DataFile]:
        """Files of a snapshot (None: any), of some tables each with its weeks (None: all)."""
        for file in self.files:
            if snapshot is not None and not file.is_in(snapshot):
                continue
            if reads is not None:
                if file.table not in reads:
                    continue
                weeks = reads[file.table]
                if weeks is not None and file.week is not None and file.week not in weeks:
                    continue
            yield file

    def may_hold(self, table: str, first: date, last: date) -> bool:
        """Whether the newest snapshot may have rows of a table in the weeks from first to last.

        No file says that there are none, and spares a query, which takes longer than to ask here.
        """
        return self.folder is None or any(
            file.table == table
            and file.end is None
            and (file.week is None or first <= file.week <= last)
            for file in self.files
        )

    def place(self, file: DataFile) -> Path:
        """The path of a file."""
        assert self.folder is not None  # noqa: S101 - else no file was listed
        return self.folder / file.path

    def damage(self, files: Iterable[DataFile], *, read: bool = True) -> list[Damage]:
        """How files differ from what was written.

        Args:
            files: some of these.
            read: check every byte against the digest; otherwise only that the file exists and has
                the right size, which takes no time.

        Raises:
            OSError: a file cannot be opened now, for want of rights, memory or open files.
        """
        found = []
        for file in files:
            path = self.place(file)
            try:
                damage = self._damage_of(file, path, read=read)
            except FileNotFoundError:
                aside = self.aside(file)
                what = f"was damaged, and lies in {aside}" if aside.exists() else "is missing"
                damage = Damage(file, path, what)
            except OSError as error:
                if error.errno not in _DISK_FAILS:
                    raise
                damage = Damage(file, path, f"cannot be read ({error.strerror})", unreadable=True)
            if damage is not None:
                found.append(damage)
        return found

    def aside(self, file: DataFile) -> Path:
        """Where a damaged file is moved when a load replaces it."""
        assert self.folder is not None  # noqa: S101 - else no file was listed
        return self.folder.parent / "damaged" / file.path.replace("/", "+")

    def _damage_of(self, file: DataFile, path: Path, *, read: bool) -> Damage | None:
        size = path.stat().st_size
        if size == 0:
            return Damage(file, path, "is empty")
        if not (read and file.sha256):
            what = self._other_size(file, size) or _other_form(file, path)
            return None if what is None else Damage(file, path, what)
        digest = sha256_of(path)
        if digest in file.sha256:
            return None
        if (other := self._by_digest.get(digest)) is not None and self.folder is not None:
            what = f"holds the content of another file, {other}"
            return Damage(file, path, what, belongs_to=self.folder / other)
        what = self._other_size(file, size) or "is not as it was written: its bytes have changed"
        return Damage(file, path, what)

    def _other_size(self, file: DataFile, size: int) -> str | None:
        if size < file.size_bytes:
            return f"is cut off at {size:,} of {file.size_bytes:,} bytes"
        return (
            f"has {counted(size - file.size_bytes, 'bytes')} too many"
            if size > file.size_bytes
            else None
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _other_form(file: DataFile, path: Path) -> str | None:
    """Whether a file's beginning or end differs from the catalogue's; None if both agree."""
    with path.open("rb") as opened:
        begin = opened.read(4)
        opened.seek(-8, os.SEEK_END)
        end = opened.read(8)
    if begin == end[4:] == _MAGIC and int.from_bytes(end[:4], "little") == file.footer_bytes:
        return None
    return "is not the Parquet file that was written"


class Written:
    """Digests of the files that an open transaction writes, recorded in that transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: DataFiles) -> None:
        self._connection = connection
        self._folder = files.folder
        self._seen = {file.path for file in files.files}
        self._rows: list[tuple[str, int, str, str | None]] = []

    def note(self, table: str, holds: str, *weeks: date) -> None:
        """Take the digests of the files added to a table since the last call.

        Args:
            table: of the archive.
            holds: what was written into it, an aggregate or a feed.
            weeks: only of these weeks.
        """
        if self._folder is None:
            return
        where = f"WHERE week IN ({', '.join('?' for _ in weeks)})" if weeks else ""
        names = self._connection.execute(
            f"SELECT DISTINCT filename FROM archive.{identifier(table)} {where}", list(weeks)
        ).fetchall()
        for (name,) in names:
            path = Path(name).relative_to(self._folder).as_posix()
            if path not in self._seen:
                self._seen.add(path)
                file = Path(name)
                self._rows.append((path, file.stat().st_size, sha256_of(file), holds))

    def record(self) -> None:
        """Write the collected digests to their table."""
        _record(self._connection, self._rows)


def adopt(connection: duckdb.DuckDBPyConnection, files: DataFiles) -> DataFiles:
    """Take the digests of files without one: an older version or a compaction wrote them.

    Only of files that agree with the catalogue and can be read to their last row; others remain
    without a digest, and `longflow check` names them.

    Returns:
        The files, with the digests that were taken.
    """
    rows: list[tuple[str, int, str, str | None]] = []
    for file in files.files:
        if not file.sha256 and not files.damage([file]) and _reads(connection, files, file):
            path = files.place(file)
            rows.append((file.path, file.size_bytes, sha256_of(path), None))
    if not rows:
        return files
    _record(connection, rows)
    taken = {path: frozenset([digest]) for path, _, digest, _ in rows}
    now = (replace(file, sha256=taken.get(file.path, file.sha256)) for file in files.files)
    return DataFiles(files.folder, tuple(now))


def _reads(connection: duckdb.DuckDBPyConnection, files: DataFiles, file: DataFile) -> bool:
    try:
        rows = connection.execute(
            "SELECT count(*), bit_xor(hash(one)) FROM read_parquet($path) AS one",
            {"path": str(files.place(file))},
        ).fetchall()
    except duckdb.Error:
        return False
    return bool(rows[0][0] == file.rows)


def _record(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[str, int, str, str | None]]
) -> None:
    if not rows:
        return
    schema = {
        "path": pl.String,
        "size_bytes": pl.Int64,
        "sha256": pl.String,
        "holds": pl.String,
    }
    create_from(connection, "written", pl.DataFrame(rows, schema=schema, orient="row"))
    connection.execute(
        f"INSERT INTO archive.data_file BY NAME {query('archive', _TABLE)}",
        {"recorded_at": datetime.now(UTC)},
    )
