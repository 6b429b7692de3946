"""What the modules of the second way hand to each other: rows, figures, and tables of a release."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from longflow.release.second_way import disclosure
from longflow.release.second_way.observed import Observed

TOLERANCE = 1e-9

Row = Mapping[str, Any]

# What a row should hold, by column; an empty figure is one that was not given or withheld.
Expected = dict[str, float | str | None]

# The tables of volumes and ports are of one service each.
SERVICES = {
    "table-1": "broadband",
    "table-2": "mobile",
    "table-3": "broadband",
    "table-4": "mobile",
    "table-4-by-ip-version": "mobile",
}
# The table of the volumes of a service's consumers.
VOLUMES = {"broadband": "table-1", "mobile": "table-2"}


@dataclass(frozen=True)
class Basis:
    """What a row is worked out from.

    Attributes:
        observed: what the archive's files hold of the analysis weeks.
        tables: the released tables by id, which say what population each figure is about.
        minimum_subscribers: fewest subscribers that a value may describe.
    """

    observed: Observed
    tables: Mapping[str, pl.DataFrame]
    minimum_subscribers: int

    def volumes(self, year: int, service: str, direction: str) -> pl.DataFrame:
        """`Observed.volumes` of the population that the released tables count."""
        rows = self.tables[VOLUMES[service]].filter(year=year)
        (population,) = rows["population"].unique().to_list()
        return self.observed.volumes(year, service, population, direction)

    @cached_property
    def modes(self) -> dict[tuple[int, str, str], float | None]:
        """The released modes in MB a day, by year, service and direction."""
        return {
            (row["year"], service, row["direction"]): row["mode_mb"]
            for service, table in VOLUMES.items()
            if table in self.tables
            for row in self.tables[table].iter_rows(named=True)
        }

    def of_neighbours(self, offset_weeks: int) -> Basis:
        """The same tables over the weeks so many weeks after the analysis weeks."""
        return Basis(self.observed.shifted(offset_weeks), self.tables, self.minimum_subscribers)


def withheld(figures: Mapping[str, object]) -> Expected:
    """The row of figures that may not be published."""
    return {**dict.fromkeys(figures), "status": "withheld"}


def rounded(figures: Mapping[str, float], steps: Mapping[str, float | None]) -> Expected:
    """The row of figures that are published to these steps; without a step, as they are."""
    return {
        **{
            name: value if (step := steps.get(name)) is None else disclosure.rounded(value, step)
            for name, value in figures.items()
        },
        "status": "computed",
    }


def agree(value: float | str | None, expected: float | str | None) -> bool:
    """Whether a released value is the expected one, but for the last digits of a double."""
    if isinstance(value, str) or isinstance(expected, str) or value is None or expected is None:
        return value == expected
    return math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=1e-12)
