"""Data that modules of the second way exchange: rows, figures, and tables of a release."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl

from longflow.release.second_way import disclosure
from longflow.release.second_way.calendar import NO_CALENDAR, Calendar
from longflow.release.second_way.daytime import Daytime
from longflow.release.second_way.hours import Hours
from longflow.release.second_way.observed import Observed
from longflow.release.second_way.port_hours import PortHours, port_hours

TOLERANCE = 1e-9

Row = Mapping[str, Any]

# The expected row, by column; an empty figure was not given, or was withheld.
Expected = dict[str, float | str | None]

# Each table of volumes or ports is about one service.
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
    """The inputs from which a row is computed.

    Attributes:
        observed: the analysis weeks in the archive's files.
        tables: the released tables by id, which state the population of each figure.
        minimum_subscribers: the smallest number of subscribers that a value may describe.
        minimum_month_coverage_percent: the smallest coverage of a month that has a rate.
        minimum_hour_coverage_percent: the smallest coverage of an hour of the port curves.
        calendar: the days that the settings name.
        remembered: what several rows need and what takes long, by a name.
    """

    observed: Observed
    tables: Mapping[str, pl.DataFrame]
    minimum_subscribers: int
    minimum_month_coverage_percent: float
    minimum_hour_coverage_percent: float
    calendar: Calendar = NO_CALENDAR
    remembered: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def volumes(self, year: int, service: str, direction: str) -> pl.DataFrame:
        """`Observed.volumes` of the population in the released tables."""
        rows = self.tables[VOLUMES[service]].filter(year=year)
        (population,) = rows["population"].unique().to_list()
        return self.observed.volumes(year, service, population, direction)

    @cached_property
    def modes(self) -> dict[tuple[int, str, str], float | None]:
        """The released modes in MB per day, by year, service and direction."""
        return {
            (row["year"], service, row["direction"]): row["mode_mb"]
            for service, table in VOLUMES.items()
            if table in self.tables
            for row in self.tables[table].iter_rows(named=True)
        }

    @cached_property
    def snapshots(self) -> dict[str, dict[date, dict[str, int]]]:
        """Subscribers by service, week and access, in the snapshots that tables by hour use.

        These are the snapshots of the analysis weeks and of the weeks that figures by hour draw.
        """
        drawn = (self.tables[table]["week"] for table in ("figure-2", "figure-9"))
        weeks = {*self.observed.weeks.values(), *chain.from_iterable(drawn)}
        found: dict[str, dict[date, dict[str, int]]] = {}
        for week in weeks & self.observed.snapshots.keys():
            for (service, access), number in self.observed.snapshots[week].items():
                found.setdefault(service, {}).setdefault(week, {})[access] = number
        return found

    @cached_property
    def hours(self) -> Hours:
        """The hours of weeks in the archive."""
        return Hours(self.observed, self.calendar)

    @cached_property
    def daytime(self) -> Daytime:
        """The daytime of weekdays in the archive."""
        return Daytime(self.hours)

    @cached_property
    def _port_hours(self) -> dict[tuple[int, str], PortHours]:
        return {}

    def port_hours(self, year: int, service: str) -> PortHours:
        """The hours of a service in a year's week, by port group."""
        if (year, service) not in self._port_hours:
            self._port_hours[year, service] = port_hours(
                self.observed,
                year,
                service,
                subscribers=self.minimum_subscribers,
                coverage_percent=self.minimum_hour_coverage_percent,
            )
        return self._port_hours[year, service]

    def of_neighbours(self, offset_weeks: int) -> Basis:
        """The same tables over weeks with an offset from the analysis weeks."""
        return replace(self, observed=self.observed.shifted(offset_weeks), remembered={})


def withheld(figures: Mapping[str, object]) -> Expected:
    """The row for figures that may not be published."""
    return {**dict.fromkeys(figures), "status": "withheld"}


def rounded(figures: Mapping[str, float], steps: Mapping[str, float | None]) -> Expected:
    """The row for figures published with these steps; without a step, they are unrounded."""
    return {
        **{
            name: value if (step := steps.get(name)) is None else disclosure.rounded(value, step)
            for name, value in figures.items()
        },
        "status": "computed",
    }


def agree(value: float | str | None, expected: float | str | None) -> bool:
    """Whether a released value is the expected one, except for the last digits of a double."""
    if isinstance(value, str) or isinstance(expected, str) or value is None or expected is None:
        return value == expected
    return math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=1e-12)
