"""The layout `parts`: a group a service, a row a period, the parts of both directions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, PeriodRow, decimals_of
from longflow.settings import Edition

# In the order of the report.
_PARTS = ("volume", "subscribers", "volume_per_subscriber", "access_mix")


@dataclass(frozen=True)
class PartsGroup:
    """The periods of a service; their cells are by direction and part."""

    service: str
    rows: tuple[PeriodRow, ...]


@dataclass(frozen=True)
class Parts:
    """All services; `parts` are the parts that there are."""

    places: int
    parts: tuple[str, ...]
    groups: tuple[PartsGroup, ...]


def parts(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> Parts:
    """The body of the table of what growth comes from."""
    places = decimals_of(table)["growth_points"]
    present = set(frame["part"])
    groups = tuple(
        PartsGroup(
            service=str(service),
            rows=tuple(
                PeriodRow(
                    period=f"{first} → {last}",
                    cells={
                        (row["direction"], row["part"]): Cell(
                            row["growth_points"],
                            bars.of(table, "growth_points", row, places),
                            row["status"] == "published",
                        )
                        for row in rows.iter_rows(named=True)
                    },
                )
                for (first, last), rows in cells.group_by("from", "to", maintain_order=True)
            ),
        )
        for (service,), cells in frame.group_by("service", maintain_order=True)
    )
    return Parts(places, tuple(part for part in _PARTS if part in present), groups)
