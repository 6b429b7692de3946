"""The layout `concentration`: shares of the heaviest by service and direction, a row a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, Way, decimals_of, ways_of
from longflow.settings import Edition


@dataclass(frozen=True)
class ConcentrationRow:
    """A year; its cells by service, direction and percent of subscribers."""

    year: int
    cells: Mapping[tuple[str, str, int], Cell]
    published: bool


@dataclass(frozen=True)
class Concentration:
    """All years; in each column a share for each of `tops`, percent of subscribers."""

    places: int
    columns: tuple[Way, ...]
    tops: tuple[int, ...]
    rows: tuple[ConcentrationRow, ...]


def concentration(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> Concentration:
    """The body of the table of shares of the heaviest consumers."""
    places = decimals_of(table)["share_percent"]
    rows = tuple(
        ConcentrationRow(
            year=int(str(year)),
            cells={
                (row["service"], row["direction"], row["top_percent"]): Cell(
                    row["share_percent"], bars.of(table, "share_percent", row, places)
                )
                for row in cells.iter_rows(named=True)
            },
            published="published" in cells["status"],
        )
        for (year,), cells in frame.group_by("year", maintain_order=True)
    )
    return Concentration(places, ways_of(frame), tuple(frame["top_percent"].unique().sort()), rows)
