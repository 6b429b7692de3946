"""The layout `totals`: numbers of consumers and their volume, a row a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from longflow.release.bars import Bars
from longflow.release.report.cells import Way, decimals_of, ways_of
from longflow.settings import Edition


@dataclass(frozen=True)
class TotalsCell:
    """Consumers and their volume in the week, TB."""

    known_subscribers: int | None
    counted_subscribers: int | None
    week_tb: float | None


@dataclass(frozen=True)
class TotalsRow:
    """A year; its cells by service and direction."""

    year: int
    cells: Mapping[tuple[str, str], TotalsCell]


@dataclass(frozen=True)
class Totals:
    """All years, and with how many decimals each figure is printed."""

    places: Mapping[str, int]
    columns: tuple[Way, ...]
    rows: tuple[TotalsRow, ...]


def totals(table: str, frame: pl.DataFrame, _: Bars, __: Edition) -> Totals:
    """The body of the table of totals, which have no errors."""
    rows = tuple(
        TotalsRow(
            int(str(year)),
            {
                (row["service"], row["direction"]): TotalsCell(
                    row["known_subscribers"], row["counted_subscribers"], row["week_tb"]
                )
                for row in cells.iter_rows(named=True)
            },
        )
        for (year,), cells in frame.group_by("year", maintain_order=True)
    )
    return Totals(decimals_of(table), ways_of(frame), rows)
