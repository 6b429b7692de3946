"""The transaction of a load: the week's new rows replace its old ones, and the log is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from longflow.archive.aggregates import Aggregate
from longflow.archive.claim import check_keys, claim
from longflow.archive.damaged_week import LOGS, DamagedWeek
from longflow.archive.data_files import DataFiles, Written
from longflow.archive.log_entries import write_attempt, write_findings
from longflow.archive.renewal import Renewal
from longflow.judged_week import JudgedWeek
from longflow.records import FeedLoad
from longflow.settings import Feed
from longflow.sqlfile import identifier, literal


@dataclass(frozen=True)
class Replacement:
    """The new rows of a load; they replace the week's old rows, which it deletes.

    Attributes:
        connection: the archive, with the new rows in temporary tables `new_<table>`.
        run: the week as the judge left it.
        renewal: what is replaced, and the final judgements.
        loads: what became of each feed's rows.
        digests: of each feed's input.
        damaged: damaged files of the week; stand-ins of those set aside are removed.
    """

    connection: duckdb.DuckDBPyConnection
    run: JudgedWeek
    renewal: Renewal
    loads: Sequence[FeedLoad]
    digests: Mapping[Feed, str]
    damaged: DamagedWeek

    def write(self, seen: Mapping[Feed, int], files: DataFiles) -> None:
        """Within a transaction: replace the week, and write the log.

        Args:
            seen: newest revision of each feed of the week that the load builds upon.
            files: the archive's files before it; new files get their digests in addition.

        Raises:
            OvertakenError: another run has loaded feeds of the week since.
        """
        week, judged = self.run.week, self.renewal.judged
        written = Written(self.connection, files)
        claim(self.connection, week, seen)
        written.note("week_load", "week_load", week.monday)
        for aggregate in self.renewal.aggregates:
            table = identifier(aggregate.table)
            # Since no other run has loaded the week, as many files hold it as before.
            kept = files.may_hold(aggregate.table, week.monday, week.monday) and self._delete(
                aggregate
            )
            if kept:
                self.connection.execute(f"INSERT INTO {table} BY NAME FROM kept")
                written.note(aggregate.table, "", week.monday)
            self.connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * FROM "
                f"{identifier('new_' + aggregate.table)} WHERE {aggregate.rows}"
            )
            written.note(aggregate.table, aggregate.name, week.monday)
        for table in LOGS:
            if lost := self.damaged.of_log(table, self.renewal.accepted, self.run.settings):
                self.connection.execute(
                    f"DELETE FROM {identifier(table)} WHERE week = $week AND filename IN "
                    f"({', '.join(map(literal, lost))})",
                    {"week": week.monday},
                )
        for load in self.loads:
            write_attempt(self.connection, self.run, self.renewal, load, self.digests[load.feed])
            written.note("load_log", load.feed.value, week.monday)
        numbers = {one.feed: len(one.findings) for one in judged.feeds}
        if any(numbers[load.feed] for load in self.loads):
            write_findings(self.connection, week, judged, self.loads)
            written.note("finding", ",".join(load.feed.value for load in self.loads), week.monday)
        keys = {(load.feed, load.revision): numbers[load.feed] for load in self.loads}
        check_keys(self.connection, week, keys)
        written.record()

    def _delete(self, aggregate: Aggregate) -> bool:
        """Delete the old rows, always as whole files; whether other rows return from `kept`.

        Deleting part of a file would need a delete file beside it.
        """
        table, week = identifier(aggregate.table), {"week": self.run.week.monday}
        shared = [
            name
            for (name,) in self.connection.execute(
                f"SELECT filename FROM {table} WHERE week = $week GROUP BY filename "
                f"HAVING bool_or({aggregate.rows}) AND NOT bool_and({aggregate.rows})",
                week,
            ).fetchall()
        ]
        if shared:
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM {table} WHERE week = $week "
                f"AND NOT ({aggregate.rows}) AND filename IN ({', '.join(map(literal, shared))})",
                week,
            )
        whole = [*shared, *self.damaged.of(aggregate.table)]
        also = f" OR filename IN ({', '.join(map(literal, whole))})" if whole else ""
        self.connection.execute(
            f"DELETE FROM {table} WHERE week = $week AND ({aggregate.rows}{also})", week
        )
        return bool(shared)
