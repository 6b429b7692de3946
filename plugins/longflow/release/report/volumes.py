"""The layout `volumes`: mean, median and mode of both directions, a row a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, decimals_of
from longflow.settings import Edition


@dataclass(frozen=True)
class VolumeRow:
    """A year.

    Attributes:
        directions: cells by column of the table, IN and OUT; None where there is no such row.
        is_break: whether it does not count the same subscribers as the year before.
    """

    year: int
    directions: tuple[Mapping[str, Cell] | None, Mapping[str, Cell] | None]
    population: str
    coverage: float | None
    published: bool
    is_break: bool


@dataclass(frozen=True)
class Volumes:
    """All years, and with how many decimals each column is printed."""

    places: Mapping[str, int]
    rows: tuple[VolumeRow, ...]


def volumes(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> Volumes:
    """The body of a table of daily volumes."""
    places = decimals_of(table)
    rows: list[VolumeRow] = []
    for (year,), cells in frame.group_by("year", maintain_order=True):
        by_direction = {
            row["direction"]: {
                name: Cell(row[name], bars.of(table, name, row, places[name])) for name in places
            }
            for row in cells.iter_rows(named=True)
        }
        population = cells["population"][0]
        rows.append(
            VolumeRow(
                year=int(str(year)),
                directions=(by_direction.get("in"), by_direction.get("out")),
                population=population,
                coverage=cells.select(pl.col("coverage_percent").min()).item(),
                published="published" in cells["status"],
                is_break=bool(rows) and rows[-1].population != population,
            )
        )
    return Volumes(places, tuple(rows))
