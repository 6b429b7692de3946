"""From the staged rows of a week to the rows of its aggregates, in temporary tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import duckdb

from longflow.archive.aggregates import PORT_SUBSCRIBERS
from longflow.archive.renewal import Renewal
from longflow.archive.transaction import NAME
from longflow.archive.week_input import (
    FLOW_SUMS,
    create_calendar,
    create_coverage,
    create_empty_parts,
    create_staged_views,
    create_subscribers,
    week_parameters,
)
from longflow.database import execute_named, sums_fit
from longflow.judged_week import JudgedWeek
from longflow.records import Judged
from longflow.settings import Feed
from longflow.sqlfile import identifier, literal, query

# Flows joined and split at a time; each takes some 60 bytes of memory.
_PIECE_ROWS = 4_000_000


@dataclass
class Aggregation:
    """The aggregates that a load makes: temporary tables `new_<table>`.

    All the work is done here, before the transaction, which then only moves rows.

    Attributes:
        connection: the archive, with the functions that queries of a week share.
        run: the week as the judge left it.
        renewal: what is replaced.
    """

    connection: duckdb.DuckDBPyConnection
    run: JudgedWeek
    renewal: Renewal

    @cached_property
    def _of_week(self) -> dict[str, object]:
        return week_parameters(self.run.settings, self.run.week)

    @property
    def parameters(self) -> dict[str, object]:
        """Values of the parameters in the week's queries."""
        return {**self._of_week, "attributed": self.renewal.is_attributed}

    def make(self, key: bytes) -> None:
        """Compute every aggregate.

        Args:
            key: of the pseudonyms.

        Raises:
            LongflowError: a sum is too large to count.
        """
        with _beside_archive(self.connection):
            self._make(key)

    def _make(self, key: bytes) -> None:
        connection, run, used = self.connection, self.run, self.renewal.used
        create_calendar(connection, run.week)
        create_coverage(connection, run.settings, run.week, run.landed, run.staged)
        create_staged_views(connection, run.settings, run.workspace, run.landed, used)
        if Feed.SUBSCRIBERS in used:
            create_subscribers(connection, key, used)
        if Feed.ASSIGNMENTS in used:
            self._table("port_claim")
            self._table("holding")
        with sums_fit(Feed.FLOWS):
            self._flow_parts()
        with sums_fit(Feed.USAGE):
            self._table("usage_part", "query" if Feed.USAGE in used else "none")
        if Feed.COUNTERS in used:
            with sums_fit(Feed.COUNTERS):
                self._table("counter_pair")
                self._table("counter_part")
        main = {one.table: one.main for one in reversed(self.renewal.aggregates)}
        for table in sorted(main):
            with sums_fit(main[table]):
                self._aggregate(table)

    def settle(self, judged: Judged, archived: frozenset[str]) -> None:
        """Apply the review: leave every feed that it refused out of every aggregate.

        The parts of the week stay as they are, and so do aggregates: each is made only from parts
        of its own feeds. Only ports count their subscribers, where flows are attributed, by other
        feeds.

        Args:
            judged: the judgements after the review.
            archived: names of the aggregates for which the archive has rows of the week.
        """
        was_attributed = self.renewal.is_attributed
        self.renewal = self.renewal.after(judged)
        is_attributed = self.renewal.is_attributed
        if "port_week" in self.renewal.tables:
            if is_attributed != was_attributed:
                self._aggregate("port_week")
            if not is_attributed and PORT_SUBSCRIBERS in archived:
                self.connection.execute(
                    "CREATE OR REPLACE TEMP TABLE new_port_week AS "
                    + query("archive", "port_week", "subscribers_kept"),
                    {"week": self.run.week.monday},
                )
        self.renewal = self.renewal.reporting_what_stays(archived)

    def _aggregate(self, table: str) -> None:
        """Turn the parts of the week into the rows of a table of the archive."""
        execute_named(
            self.connection,
            f"CREATE OR REPLACE TEMP TABLE {identifier('new_' + table)} AS "
            + query("archive", table),
            self.parameters,
        )

    def _flow_parts(self) -> None:
        """Sum up the flows, a piece of the week at a time, so that memory stays constant."""
        create_empty_parts(self.connection)
        if Feed.FLOWS not in self.renewal.used:
            return
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW sampling_ledger AS "
            f"SELECT * FROM read_parquet({literal(self.run.workspace.sampling_ledger)})"
        )
        self._view("broadband_flow")
        if self.renewal.is_attributed:
            self._table("exporter_scope")
            self._table("endpoint_owner")
            if self._has_shared_addresses:
                self._table("shared_address")
                self._table("port_cell")
        # By default the optimizer builds the hash table of a lookup from the flows, because it does
        # not know how many a Parquet file holds. The queries name the smaller side last instead.
        self.connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
        for first_file, last_file in self.pieces():
            piece: dict[str, object] = {"first_file": first_file, "last_file": last_file}
            if self.renewal.is_attributed:
                self._table("piece_owner", more=piece)
                if self._has_shared_addresses:
                    self._table("piece_port_owner")
                    self._view("flow_owned", "attributed_by_port")
                else:
                    self._view("flow_owned", "attributed")
            else:
                self._view("flow_owned", "unattributed")
            self._table("flow_placed", more=piece)
            self._table("flow_split")
            self._view("flow_part")
            self._table("port_hour")
            for part in FLOW_SUMS:
                self.connection.execute(f"INSERT INTO {part} BY NAME {query('week', part)}")
        self.connection.execute("RESET disabled_optimizers")

    @cached_property
    def _has_shared_addresses(self) -> bool:
        """Whether sessions of the week hold port ranges; only then are flows looked up by port."""
        return bool(self.connection.execute("SELECT count(*) FROM port_claim").fetchall()[0][0])

    def pieces(self) -> Iterator[tuple[int, int]]:
        """First and last file number of each piece of the flows."""
        first, last, rows = -1, -1, 0
        of_flows = self.run.staged.files_of(Feed.FLOWS, self.run.landed)
        for file in sorted(of_flows, key=lambda f: f.index):
            if rows and rows + file.rows > _PIECE_ROWS:
                yield first, last
                rows = 0
            first = first if rows else file.index
            last = file.index
            rows += file.rows
        if rows:
            yield first, last

    def _table(
        self, name: str, variant: str = "query", more: Mapping[str, object] | None = None
    ) -> None:
        text = f"CREATE OR REPLACE TEMP TABLE {name} AS {query('week', name, variant)}"
        execute_named(self.connection, text, {**self.parameters, **(more or {})})

    def _view(self, name: str, variant: str = "query") -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS {query('week', name, variant)}"
        )


@contextmanager
def _beside_archive(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Resolve plain names without the archive, which holds none of what staged rows become.

    DuckDB looks for tables and functions in the default catalogue first, and DuckLake's then reads
    its current snapshot for each statement, which takes longer than a small one.
    """
    connection.execute("USE memory")
    try:
        yield
    finally:
        connection.execute(f"USE {NAME}")
