"""A week with damaged files, loaded again: they are set aside, and the load replaces them.

DuckLake reads a file to delete its rows, which is impossible if the file is damaged. So as many
rows without content *stand in* for those of the file, in its place, until the load has deleted
them. The file itself moves to the folder `damaged` beside the data. By its digest the stand-in is
damaged, so if the load is interrupted at any point, no reader takes it for the archive's data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import duckdb

from longflow.archive.aggregates import renewed
from longflow.archive.data_files import Damage, DataFiles
from longflow.contract import contract
from longflow.database import execute_named
from longflow.errors import LongflowError
from longflow.records import Finding
from longflow.settings import Feed, Settings
from longflow.sqlfile import identifier, literal, query, tables
from longflow.week import Week

LOGS = ("load_log", "finding")


@dataclass(frozen=True)
class DamagedWeek:
    """The damaged files of a week that the newest snapshot reads.

    Attributes:
        week: the week.
        damaged: the files.
        attempts: rows of the week's log by the catalogue; no revision has a higher number.
        left: damaged files of tables that a load does not touch.
    """

    week: Week
    damaged: tuple[Damage, ...]
    attempts: int
    left: tuple[Damage, ...] = ()

    @classmethod
    def find(cls, files: DataFiles, snapshot: int, week: Week) -> DamagedWeek:
        """Check every file of the week against its digest.

        Raises:
            MachineError: the disk failed to read one. It may be intact, and is not replaced.
        """
        of_week = {
            table: [week.monday]
            for table in tables("archive")
            if "week" in contract("archive", table).columns
        }
        damaged = files.damage(files.chosen(snapshot, of_week))
        for one in damaged:
            if one.unreadable:
                raise one.error()
        log = files.chosen(snapshot, {"load_log": [week.monday]})
        return cls(week, tuple(damaged), sum(file.rows for file in log))

    @property
    def tables(self) -> set[str]:
        """Tables with a damaged file."""
        return {one.file.table for one in self.damaged}

    @property
    def highest_revision(self) -> int:
        """No revision of the week has a higher number, even if its log is lost."""
        return self.attempts if "load_log" in self.tables else 0

    def of(self, table: str) -> list[str]:
        """Paths of the damaged files of a table, as DuckLake names them."""
        return [str(one.path) for one in self.damaged if one.file.table == table]

    def of_log(self, table: str, accepted: Collection[Feed], settings: Settings) -> list[str]:
        """Paths of the damaged files of a log that hold only feeds which the load accepts."""
        expected = {source.feed.value for source in settings.sources}
        return [
            str(one.path)
            for one in self.damaged
            if one.file.table == table
            and (set(one.file.holds.split(",")) if one.file.holds else expected) <= set(accepted)
        ]

    def set_aside(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: DataFiles,
        accepted: AbstractSet[Feed],
        companions: AbstractSet[Feed],
        expected: AbstractSet[Feed],
    ) -> DamagedWeek:
        """Put rows without content in the place of damaged files that a load replaces.

        Args:
            connection: the archive, open for writing.
            files: its files.
            accepted: feeds that the load takes in.
            companions: feeds that it can use in addition to these.
            expected: all feeds that fill the week's tables.

        Returns:
            The same, with the files set aside separated from those that are left.

        Raises:
            LongflowError: a damaged file may hold rows that the load does not restore.
        """
        renewed_of, expected_of = _made_of(accepted, companions), _made_of(expected, set())
        replaced: list[Damage] = []
        left: list[Damage] = []
        for one in self.damaged:
            new = set(renewed_of.get(one.file.table, ()))
            if one.file.tells_deleted:
                raise one.error()
            if not new and one.file.table not in LOGS:
                left.append(one)
                continue
            holds = one.file.holds.split(",") if one.file.holds else expected_of[one.file.table]
            if not set(holds) <= new:
                raise LongflowError(
                    f"a data file of {one.of} {one.what}, and the file may also hold rows of feeds "
                    "that this run does not load: nothing was loaded",
                    file=one.path,
                    remedy="load the week with all its feeds, or restore the file from a backup",
                )
            replaced.append(one)
        assert not replaced or files.folder is not None  # noqa: S101 - else none was listed
        for one in replaced:
            stand_in(connection, one, files)
        return DamagedWeek(self.week, tuple(replaced), self.attempts, tuple(left))

    def findings(self, feed: Feed) -> list[Finding]:
        """What the load replaces, for people."""
        return [
            Finding(
                rule="archive.damaged",
                severity="warning",
                feed=feed,
                file=one.path.name,
                sentence=f"this data file of {one.file.table} {one.what}; this revision replaces "
                "it, and only earlier revisions are lost with it",
                count=1,
                unit="files",
            )
            for one in self.damaged
        ]

    def remove_stand_ins(self) -> None:
        """Remove stand-ins: only earlier snapshots name them, and they lack the content."""
        for one in self.damaged:
            one.path.unlink(missing_ok=True)


def _made_of(
    feeds: AbstractSet[Feed], companions: AbstractSet[Feed]
) -> Mapping[str, Collection[str]]:
    """By table, what a load of some feeds writes: names of aggregates, or feeds of the log."""
    made = defaultdict(list)
    for aggregate in renewed(feeds, companions):
        made[aggregate.table].append(aggregate.name)
    logged = dict.fromkeys(LOGS, sorted(feed.value for feed in feeds))
    return {**made, "week_load": ["week_load"], **logged}


def stand_in(connection: duckdb.DuckDBPyConnection, damage: Damage, files: DataFiles) -> None:
    """Put rows without content in the place of a damaged file, which is set aside.

    Raises:
        LongflowError: the file is too small for that.
    """
    assert files.folder is not None  # noqa: S101 - else no file was listed
    aside = files.aside(damage.file)
    aside.parent.mkdir(parents=True, exist_ok=True)
    # A stand-in of an earlier, interrupted run is no loss.
    if damage.path.exists() and not aside.exists():
        damage.path.rename(aside)
    damage.path.parent.mkdir(parents=True, exist_ok=True)
    table = damage.file.table
    ids = connection.execute(query("archive", "data_file", "column_ids"), {"table": table})
    numbers = {name: number for name, number in ids.fetchall() if name in _CONTENT}
    values = ", ".join(f"{_CONTENT[name]} AS {identifier(name)}" for name in numbers)
    field_ids = ", ".join(f"{identifier(name)}: {number}" for name, number in numbers.items())
    temporary = damage.path.with_name(f"{damage.path.name}.stand-in")
    execute_named(
        connection,
        f"COPY (SELECT {values} FROM range({damage.file.rows})) TO {literal(temporary)} "
        f"(FORMAT parquet, FIELD_IDS {{{field_ids}}})",
        {"week": damage.file.week},
    )
    temporary.write_bytes(_as_long_as(damage, temporary.read_bytes()))
    temporary.replace(damage.path)


# Columns that conditions on rows use; all others are absent, and so empty.
_CONTENT = {"week": "$week::DATE", "access": "''", "feed": "''", "table_id": "''"}


def _as_long_as(damage: Damage, parquet: bytes) -> bytes:
    """A Parquet file padded to the sizes that the catalogue has for a file and its footer.

    DuckLake looks for the footer there. It does not read beyond the footer's last field.
    """
    file = damage.file
    length = int.from_bytes(parquet[-8:-4], "little")
    data, footer = parquet[: -8 - length], parquet[-8 - length : -8]
    between = file.size_bytes - 8 - file.footer_bytes - len(data)
    behind = file.footer_bytes - len(footer)
    if min(between, behind) < 0:
        raise LongflowError(
            f"a data file of {damage.of} {damage.what}, and longflow cannot put a replacement "
            "of that size in its place",
            file=damage.path,
            remedy="restore it from a backup",
        )
    return b"".join(
        (
            data,
            bytes(between),
            footer,
            bytes(behind),
            file.footer_bytes.to_bytes(4, "little"),
            b"PAR1",
        )
    )
