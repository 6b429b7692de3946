"""Compare every row of a release with the second way, table by table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

import polars as pl

from longflow.release.second_way.calendar import NO_CALENDAR, Calendar
from longflow.release.second_way.data_files import DataFiles, Files
from longflow.release.second_way.imported import imported
from longflow.release.second_way.intervals import SecondIntervals
from longflow.release.second_way.methods import methods
from longflow.release.second_way.model import Basis, Expected, Row, agree
from longflow.release.second_way.observed import Observed
from longflow.release.second_way.port_share import given_away


@dataclass(frozen=True)
class SecondWay:
    """The archive's files at a snapshot, and the inputs of the release.

    Every row of a table is taken literally (this year, this population, this port), and its value
    is computed from the files that DuckLake's catalogue names for the snapshot. This does not check
    which rows a table has; rebuilding the tables does.

    Attributes:
        files_of: the files of a table of the archive.
        snapshot: number of the snapshot.
        weeks: Monday of each year's analysis week.
        minimum_subscribers: the smallest number of subscribers that a value may describe.
        minimum_month_coverage_percent: the smallest coverage of a month that has a rate.
        minimum_hour_coverage_percent: the smallest coverage of an hour of the port curves.
        time_zone: time zone of the months.
        protocols: names of protocols by number.
        calendar: the days that the settings name.
    """

    files_of: Callable[[str], Files]
    snapshot: int
    weeks: Mapping[int, date]
    minimum_subscribers: int
    minimum_month_coverage_percent: float
    minimum_hour_coverage_percent: float
    time_zone: str
    protocols: Mapping[int, str]
    calendar: Calendar = NO_CALENDAR

    @cached_property
    def _observed(self) -> Observed:
        files = DataFiles(self.files_of, self.snapshot)
        return Observed(files, self.weeks, self.time_zone, self.protocols)

    def compare(self, tables: Mapping[str, pl.DataFrame]) -> tuple[dict[str, int], list[str]]:
        """Recompute the values of tables.

        Args:
            tables: the released tables by id.

        Returns:
            The number of recomputed values by table, and a line for each that differs.
        """
        basis = Basis(
            self._observed,
            tables,
            minimum_subscribers=self.minimum_subscribers,
            minimum_month_coverage_percent=self.minimum_month_coverage_percent,
            minimum_hour_coverage_percent=self.minimum_hour_coverage_percent,
            calendar=self.calendar,
        )
        counts: dict[str, int] = {}
        problems: list[str] = []
        for table in (name for name in tables if name in methods()):
            for number, row in enumerate(tables[table].iter_rows(named=True), start=1):
                expected = _expected(basis, table, row)
                counts[table] = counts.get(table, 0) + len(expected.keys() - {"status"})
                problems += [
                    f"tables/{table}.parquet: row {number}, {column}: {row[column]},"
                    f" a second way gives {value}"
                    for column, value in expected.items()
                    if not agree(row[column], value)
                ]
        if self.minimum_subscribers > 1:
            problems += given_away(basis)
        if "errors" in tables:
            own = {
                table: partial(method.expected_error, basis)
                for table, method in methods().items()
                if method.expected_error is not None
            }
            errors = SecondIntervals(tables, basis.volumes, self.minimum_subscribers > 1, own)
            counts["errors"], of_errors = errors.compare()
            problems += of_errors
        return counts, problems


def _expected(basis: Basis, table: str, row: Row) -> Expected:
    method = methods()[table]
    # A figure of other tables knows where its figures of earlier reports come from.
    if row.get("status") == "published" and not method.is_about_others:
        return imported(basis, table, row)
    return method.expected(basis, table, row)
