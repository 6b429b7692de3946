"""What the layouts of the report share: figures with their errors, and which columns there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from longflow.edition.tables import promise_of


class Cell(NamedTuple):
    """A figure, what stands beside it (`Bars.of`), and whether an earlier report printed it."""

    value: float | None
    bar: str
    published: bool = False


@dataclass(frozen=True)
class PeriodRow:
    """A period; its cells by the columns of the layout."""

    period: str
    cells: Mapping[tuple[str, str], Cell]


class Way(NamedTuple):
    """A column of the report: a direction of a service."""

    service: str
    direction: str


def ways_of(frame: pl.DataFrame) -> tuple[Way, ...]:
    """The columns that a table has, in the order of the report."""
    present = set(frame.select("service", "direction").iter_rows())
    return tuple(
        Way(service, direction)
        for service in ("broadband", "mobile")
        for direction in ("in", "out")
        if (service, direction) in present
    )


def decimals_of(table: str) -> dict[str, int]:
    """How many decimals the figures of a table have that are printed."""
    return {
        name: column.decimals
        for name, column in promise_of(table).columns.items()
        if column.decimals is not None
    }
