"""Rates by hour of the day, recomputed: sums of columns, then plain loops over hours."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from longflow.release.second_way.calendar import Calendar
from longflow.release.second_way.observed import Observed

HOURS = range(24)
# Columns of `rate_hour` that add up over hours.
SUMS = ("in_bytes", "out_bytes", "covered_ms", "hour_ms")


@dataclass(frozen=True)
class Hour:
    """The rates of a service in an hour of the day; None where an access has none.

    Attributes:
        in_rate: bytes per second that subscribers send.
        out_rate: bytes per second that they receive.
        coverage_percent: of the least covered interface.
    """

    in_rate: float | None
    out_rate: float | None
    coverage_percent: float

    def rate(self, direction: str) -> float | None:
        """The rate of a direction."""
        return self.in_rate if direction == "in" else self.out_rate


NONE = Hour(None, None, 0.0)


@dataclass(frozen=True)
class Hours:
    """Hours of weeks, from the archive's files; each week is read only once."""

    observed: Observed
    calendar: Calendar
    _weeks: dict[date, dict[tuple[str, int], Hour]] = field(default_factory=dict)

    def weekday(self, week: date, service: str, hour: int) -> Hour:
        """The mean rates of an hour from Monday to Friday, without holidays."""
        if week not in self._weeks:
            self._weeks[week] = self._read(week)
        return self._weeks[week].get((service, hour), NONE)

    @cached_property
    def since(self) -> dict[tuple[str, str], date]:
        """The first week of each service and access with counters."""
        weeks = pl.concat(
            rows.group_by("service", "access").agg(pl.col("week").min())
            for rows in self.observed.files.scan("rate_hour")
        )
        first = weeks.group_by("service", "access").agg(pl.col("week").min()).collect()
        return {(service, access): week for service, access, week in first.iter_rows()}

    def accesses(self, week: date, service: str) -> list[str]:
        """The accesses of a service that were measured in a week or before it."""
        return sorted(
            access
            for (name, access), since in self.since.items()
            if name == service and since <= week
        )

    def local(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows of `rate_hour` with local `day`, `hour` and `is_weekday`, holidays excluded."""
        local = pl.col("hour_start").dt.convert_time_zone(self.observed.time_zone)
        is_holiday = pl.col("day").is_in([*self.calendar.holidays])
        return rows.with_columns(day=local.dt.date(), hour=local.dt.hour()).with_columns(
            is_weekday=(pl.col("day").dt.weekday() < 6) & ~is_holiday
        )

    def _read(self, week: date) -> dict[tuple[str, int], Hour]:
        hours = pl.concat(
            self.local(rows.filter(pl.col("week") == week)).filter("is_weekday")
            for rows in self.observed.files.scan("rate_hour")
        )
        sums = hours.group_by("service", "access", "interface", "hour").agg(pl.col(SUMS).sum())
        by_hour: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for row in sums.collect().iter_rows(named=True):
            by_hour.setdefault((row["service"], row["hour"]), []).append(row)
        return {
            (service, hour): hour_of(rows, self.accesses(week, service))
            for (service, hour), rows in by_hour.items()
        }


def hour_of(interfaces: list[dict[str, Any]], accesses: list[str]) -> Hour:
    """The rates of some interfaces together, of all these accesses."""
    if {row["access"] for row in interfaces} != {*accesses}:
        return NONE
    coverage = min(100 * row["covered_ms"] / row["hour_ms"] for row in interfaces)
    if any(not row["covered_ms"] for row in interfaces):
        return Hour(None, None, coverage)
    in_rate, out_rate = (
        math.fsum(row[f"{direction}_bytes"] / row["covered_ms"] for row in interfaces) * 1000
        for direction in ("in", "out")
    )
    return Hour(in_rate, out_rate, coverage)
