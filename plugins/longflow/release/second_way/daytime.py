"""Daytime rates of weekdays over the mean of their week, recomputed day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from longflow.release.second_way.hours import NONE, SUMS, Hour, Hours, hour_of

# Rates by week and service; of the daytime also by the year and period of the weekdays.
_Rates = dict[tuple[Any, ...], Hour]


@dataclass(frozen=True)
class Daytime:
    """The daytime of the weekdays in an archive; everything is read only once."""

    hours: Hours

    def days(self, year: int, period: str) -> list[date]:
        """The weekdays of the twelve months that end with a year's growth month."""
        month = self.hours.calendar.growth_month
        first = _month_after(year - 1, month)
        number = (_month_after(year, month) - first).days
        days = [first + timedelta(days=place) for place in range(number)]
        weekdays = [
            day for day in days if day.weekday() < 5 and day not in self.hours.calendar.holidays
        ]
        if period == "all":
            return weekdays
        return [day for day in weekdays if self.in_term(day) == (period == "term")]

    def in_term(self, day: date) -> bool:
        """Whether a day is in school term."""
        return any(first <= day <= last for first, last in self.hours.calendar.terms)

    def of_week(self, row: Mapping[str, Any], day: date) -> tuple[float | None, float]:
        """The ratio of the weekdays around a day that share its year and period, and coverage."""
        monday = day - timedelta(days=day.weekday())
        service, direction = row["service"], row["direction"]
        year = day.year + (day.month > self.hours.calendar.growth_month)
        period = None if row["period"] == "all" else row["period"] == "term"
        whole = self._whole.get((monday, service), NONE)
        daytime = self._daytime.get((monday, service, year, period), NONE)
        rates = whole.rate(direction), daytime.rate(direction)
        if rates[0] is None or rates[1] is None or not rates[0]:
            return None, daytime.coverage_percent
        return rates[1] / rates[0], daytime.coverage_percent

    @cached_property
    def _whole(self) -> _Rates:
        """The rates of whole weeks, by week and service."""
        return self._hours(())

    @cached_property
    def _daytime(self) -> _Rates:
        """Those of daytime by week, service, year and whether in term; None for all its days."""
        return self._hours(("year", "in_term"))

    def _hours(self, keys: tuple[str, ...]) -> _Rates:
        """Rates by week and service: of whole weeks, or of their daytime by year and period."""
        first, end = self.hours.calendar.daytime
        month = self.hours.calendar.growth_month
        frames = []
        for rows in self.hours.observed.files.scan("rate_hour"):
            local = self.hours.local(rows)
            if keys:
                local = local.filter(
                    "is_weekday", pl.col("hour").is_between(first, end, closed="left")
                ).with_columns(
                    year=pl.col("day").dt.year()
                    + (pl.col("day").dt.month() > month).cast(pl.Int32),
                    in_term=pl.any_horizontal(
                        pl.lit(value=False),
                        *(
                            pl.col("day").is_between(since, until)
                            for since, until in self.hours.calendar.terms
                        ),
                    ),
                )
            frames.append(local)
        by = ["week", "service", *keys]
        sums = (
            pl.concat(frames).group_by(*by, "access", "interface").agg(pl.col(SUMS).sum()).collect()
        )
        if keys:
            both = sums.group_by("week", "service", "year", "access", "interface").agg(
                pl.col(SUMS).sum()
            )
            sums = pl.concat(
                [sums, both.with_columns(in_term=pl.lit(None, dtype=pl.Boolean))], how="diagonal"
            )
        interfaces: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for one in sums.iter_rows(named=True):
            interfaces.setdefault(tuple(one[name] for name in by), []).append(one)
        return {
            (week, service, *of): hour_of(rows, self.hours.accesses(week, service))
            for (week, service, *of), rows in interfaces.items()
        }


def _month_after(year: int, month: int) -> date:
    """First day of the month after a month."""
    return date(year + month // 12, month % 12 + 1, 1)
