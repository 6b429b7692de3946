"""The connection to the archive: a DuckLake whose tables come from the contracts."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from longflow.archive import catalogue
from longflow.archive.catalogue import catalogue_exists, catalogue_file, data_place
from longflow.archive.data_files import Damage, DataFiles, adopt
from longflow.archive.orphans import noted_writer, remove_explained
from longflow.archive.transaction import ATTEMPTS, NAME, in_transaction, is_conflict, roll_back
from longflow.contract import contract
from longflow.database import connect, load_extension
from longflow.errors import LongflowError, OneLineError
from longflow.faults import machine_fault
from longflow.left_overs import left_drafts, remove_all
from longflow.settings import Settings
from longflow.sqlfile import identifier, literal, tables

log = logging.getLogger(__name__)
_LOG = "load_log"
_DIGESTS = "data_file"
# This many rows of digests may lie in the catalogue at once, which is more than any load writes.
_ROWS_IN_CATALOGUE = 1_000_000


@dataclass(frozen=True)
class Archive:
    """An open archive: its tables are visible by their plain names.

    Attributes:
        connection: on which they are visible.
        data_files: all its files, if it was opened for writing or with `reads`.
        left_out: damaged files whose weeks are hidden.
    """

    connection: duckdb.DuckDBPyConnection
    data_files: DataFiles | None = None
    left_out: tuple[Damage, ...] = ()
    _shown: Collection[Path] = ()
    _reads: Collection[str] = ()

    @property
    def snapshot(self) -> int:
        """Number of the snapshot that is read."""
        # Fetched whole: an open result keeps the catalogue locked for every writer.
        ((snapshot,),) = self.connection.execute(
            f"SELECT id FROM {NAME}.current_snapshot()"
        ).fetchall()
        return int(snapshot)

    def files(self, table: str) -> list[tuple[str, str | None]]:
        """The Parquet files of a table at this snapshot: rows, and which of them are deleted.

        For a table opened with a selection of weeks, only the files of those.
        """
        try:
            rows = self.connection.execute(
                "SELECT data_file, delete_file"
                " FROM ducklake_list_files($archive, $table, snapshot_version => $snapshot)",
                {"archive": NAME, "table": table, "snapshot": self.snapshot},
            ).fetchall()
        except duckdb.CatalogException:
            # The snapshot is older than the table.
            return []
        return [
            (data, deleted)
            for data, deleted in rows
            if table not in self._reads or Path(data) in self._shown
        ]


@contextmanager
def open_archive(
    settings: Settings,
    *,
    read_only: bool = True,
    snapshot: int | None = None,
    pinned: bool = False,
    tidy: bool = True,
    reads: Mapping[str, Collection[date] | None] | None = None,
    leave_out_damage_of: Collection[str] = (),
) -> Iterator[Archive]:
    """Open the archive.

    Args:
        settings: where catalogue and data are; by default `var/archive`.
        read_only: refuse to write; an archive that was never made is then an error.
        snapshot: read this earlier snapshot instead of the newest.
        pinned: read the snapshot that is the newest now, whatever is loaded meanwhile. One long
            transaction would do the same, but would keep the catalogue locked against those loads.
        tidy: if it may write: first remove what killed writers left behind.
        reads: the tables to be read, each with its weeks, or None for all: other weeks of these
            tables are hidden, and every byte of their files is checked against its digest first.
        leave_out_damage_of: check files of these tables against their digests, and hide the weeks
            of damaged ones; `left_out` names the files.

    Raises:
        LongflowError: nothing was ever loaded, there is no such snapshot, or the catalogue or a
            file is damaged.
        MachineError: disk, memory or the catalogue's server failed, here or while the archive is
            in use.
    """
    file = catalogue_file(settings)
    if not catalogue_exists(settings) and read_only:
        raise LongflowError(
            "the archive is empty: no week has been loaded",
            file=None if file is None else file.parent,
            remedy="load a week first: longflow ingest --first MONDAY",
        )
    with catalogue.opened(file, read_only=read_only), ExitStack() as stack:
        if not read_only:
            stack.enter_context(noted_writer(settings))
        connection = stack.enter_context(closing(connect(settings)))
        with _faults_named(connection, settings, file):
            if read_only:
                archive = _open_to_read(
                    connection, settings, snapshot, pinned, reads, leave_out_damage_of
                )
            else:
                archive = _open_to_write(connection, settings, tidy=tidy)
            yield archive


@contextmanager
def _faults_named(
    connection: duckdb.DuckDBPyConnection, settings: Settings, file: Path | None
) -> Iterator[None]:
    """Name the file in faults of catalogue and data, of disk and of memory."""
    try:
        yield
    except duckdb.Error as error:
        fault = (
            catalogue.fault(error, file)
            or _fault_of_data(connection, settings, error)
            or machine_fault(error, file, certain=True)
        )
        if fault is None:
            raise
        raise fault from error


def _open_to_write(
    connection: duckdb.DuckDBPyConnection, settings: Settings, *, tidy: bool
) -> Archive:
    _attach(connection, settings, read_only=False, snapshot=None)
    in_transaction(connection, lambda: _make_tables(connection))
    if tidy:
        for line in remove_all(left_drafts(settings)):
            log.warning("%s", line)
        remove_explained(settings, connection)
    if not _digests_lie_in_catalogue(connection):
        in_transaction(connection, lambda: _keep_digests_in_catalogue(connection))
    files = DataFiles.read(connection, settings)
    found: list[DataFiles] = []
    in_transaction(connection, lambda: found.append(adopt(connection, files)))
    connection.execute(f"USE {NAME}")
    return Archive(connection, found[-1])


def _open_to_read(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    snapshot: int | None,
    pinned: bool,
    reads: Mapping[str, Collection[date] | None] | None,
    leave_out_damage_of: Collection[str],
) -> Archive:
    checked = reads is not None or bool(leave_out_damage_of)
    # An older snapshot does not contain digests taken after it.
    first = None if checked or pinned else snapshot
    _attach(connection, settings, read_only=True, snapshot=first)
    files = DataFiles.read(connection, settings) if checked else None
    shown = Archive(connection).snapshot if pinned or (checked and snapshot is None) else snapshot
    if shown != first and (pinned or snapshot is not None):
        connection.execute(f"DETACH {NAME}")
        _attach(connection, settings, read_only=True, snapshot=shown)
    if files is None:
        _show_as_of_today(connection, {})
        return Archive(connection)
    if reads is not None:
        read = list(files.chosen(shown, reads))
        damaged = files.damage(read)
        if damaged:
            raise damaged[0].error(len(damaged) - 1)
        _show_as_of_today(connection, only_weeks(reads))
        return Archive(connection, files, (), {files.place(one) for one in read}, frozenset(reads))
    damaged = files.damage(files.chosen(shown, dict.fromkeys(leave_out_damage_of)))
    _show_as_of_today(connection, without_weeks(damaged))
    return Archive(connection, files, tuple(damaged))


def only_weeks(reads: Mapping[str, Collection[date] | None]) -> dict[str, str]:
    """By table, the SQL condition that selects some weeks only, so that no other file is opened."""
    return {
        table: f"week IN ({', '.join(f'DATE {literal(str(week))}' for week in sorted(weeks))})"
        if weeks
        else "false"
        for table, weeks in reads.items()
        if weeks is not None
    }


def without_weeks(damaged: Collection[Damage]) -> dict[str, str]:
    """By table, the SQL condition that leaves out the weeks of damaged files."""
    weeks: dict[str, set[date | None]] = {}
    for one in damaged:
        weeks.setdefault(one.file.table, set()).add(one.file.week)
    # DuckLake skips the files of a week for a comparison with it, but not for NOT IN.
    return {
        table: "false"
        if None in of
        else " AND ".join(f"week <> DATE {literal(str(week))}" for week in sorted(map(str, of)))
        for table, of in weeks.items()
    }


def _digests_lie_in_catalogue(connection: duckdb.DuckDBPyConnection) -> bool:
    (known,) = connection.execute(
        "SELECT count(*) FROM ducklake_options($archive)"
        " WHERE option_name = 'data_inlining_row_limit' AND scope_entry = 'main.' || $table",
        {"archive": NAME, "table": _DIGESTS},
    ).fetchall()[0]
    return bool(known)


def _keep_digests_in_catalogue(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep rows of digests in the catalogue: a file of theirs would need a digest itself."""
    # Another writer may have done so first.
    if not _digests_lie_in_catalogue(connection):
        connection.execute(
            f"CALL ducklake_set_option({literal(NAME)}, 'data_inlining_row_limit', "
            f"{_ROWS_IN_CATALOGUE}, table_name => {literal(_DIGESTS)})"
        )


def _fault_of_data(
    connection: duckdb.DuckDBPyConnection, settings: Settings, error: duckdb.Error
) -> OneLineError | None:
    """The damaged file behind a reading error; None if every file is as it was written."""
    if type(error) is not duckdb.Error and not isinstance(
        error, duckdb.IOException | duckdb.InvalidInputException | duckdb.SerializationException
    ):
        return None
    try:
        roll_back(connection)
        files = DataFiles.read(connection, settings)
    except duckdb.Error:
        return None
    named = [file for file in files.files if Path(file.path).name in str(error)]
    damaged = files.damage(named or files.files)
    return damaged[0].error(len(damaged) - 1) if damaged else None


def _attach(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    read_only: bool,
    snapshot: int | None,
) -> None:
    load_extension(connection, "ducklake")
    file = catalogue_file(settings)
    if file is not None:
        load_extension(connection, "sqlite_scanner")
        file.parent.mkdir(parents=True, exist_ok=True)
    place = settings.archive_catalogue or f"sqlite:{file}"
    data = data_place(settings)
    # Rows always go to Parquet, never into the catalogue, so that any tool can read the archive.
    # The settings say where the data are, so that an installation can be moved.
    options = [
        f"DATA_PATH {literal(data)}",
        "OVERRIDE_DATA_PATH TRUE",
        "DATA_INLINING_ROW_LIMIT 0",
    ]
    if read_only:
        options.append("READ_ONLY")
    if snapshot is not None:
        options.append(f"SNAPSHOT_VERSION {int(snapshot)}")
    statement = f"ATTACH {literal('ducklake:' + place)} AS {NAME} ({', '.join(options)})"
    for attempt in range(ATTEMPTS):
        try:
            connection.execute(statement)
            return
        except duckdb.Error as error:
            if catalogue.roll_back_journal(connection, error, file):
                continue
            # Two processes may create the catalogue at the same moment.
            if attempt + 1 == ATTEMPTS or not is_conflict(error):
                if snapshot is not None and "snapshot" in str(error).lower():
                    raise LongflowError(
                        f"the archive has no snapshot {snapshot}: it has expired, or belongs to"
                        " another archive",
                        file=settings.file,
                        remedy="restore a backup that contains it, or name the settings of that"
                        " archive with --settings",
                    ) from None
                raise
            time.sleep(0.05 * 2 ** min(attempt, 6))


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create missing tables, and missing columns in tables of an older version."""
    present = _present(connection)
    for name in tables("archive"):
        table = f"{NAME}.{identifier(name)}"
        promise = contract("archive", name)
        if name not in present:
            connection.execute(f"CREATE TABLE {table} ({promise.column_definitions()})")
            if "week" in promise.columns:
                connection.execute(f"ALTER TABLE {table} SET PARTITIONED BY (week)")
            continue
        for column, described in promise.columns.items():
            if column not in present[name]:
                # Weeks loaded earlier have no value there.
                connection.execute(
                    f"ALTER TABLE {table} ADD COLUMN {identifier(column)} {described.type}"
                )


def _show_as_of_today(connection: duckdb.DuckDBPyConnection, conditions: Mapping[str, str]) -> None:
    """Show the archive's tables by their plain names, with the columns of this version.

    Of a table named in `conditions`, only the rows that meet its condition are shown.

    Where an older version or an older snapshot lacks tables they are empty, and missing columns
    have no value. The log also shows in which snapshot each row came, a column that DuckLake does
    not count among a table's own. Nothing is written.
    """
    # Views, because with the archive as the default database every statement searches its
    # catalogue, even those that read none of its tables: ten times as long for the small ones.
    # One transaction, because each opens the catalogue.
    connection.execute("BEGIN TRANSACTION")
    present = _present(connection)
    for name in tables("archive"):
        columns = contract("archive", name).columns
        missing = [column for column in columns if column not in present.get(name, set())]
        more = [f"NULL::{columns[one].type} AS {identifier(one)}" for one in missing]
        if name == _LOG:
            more.append("snapshot_id" if name in present else "NULL::BIGINT AS snapshot_id")
        rows = f"SELECT {', '.join(['*', *more])} FROM {NAME}.{identifier(name)}"
        if name in conditions:
            rows += f" WHERE {conditions[name]}"
        if name not in present:
            rows = f"SELECT {', '.join(more)} WHERE false"
        connection.execute(f"CREATE TEMP VIEW {identifier(name)} AS {rows}")
    connection.execute("COMMIT")


def _present(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The actual columns of the archive's tables, by table."""
    present: dict[str, set[str]] = {}
    for table_name, column_name in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = $name",
        {"name": NAME},
    ).fetchall():
        present.setdefault(table_name, set()).add(column_name)
    return present
