"""The analysis weeks in the archive: volumes, ports, subscribers and monthly rates."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from longflow.release.second_way.data_files import DataFiles
from longflow.release.second_way.spread import DaySpread, day_spreads
from longflow.release.second_way.sums import exact_total, total

_DIRECTIONS = ("in", "out")
_SUMMED = ("bytes", "variance_bytes2", "sampled_packets")

# Key columns of a row and their values, by name.
RowKey = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class ByAccess:
    """Consumers of one access in one week and direction.

    Attributes:
        number: number of consumers in the customer system.
        volumes: bytes of consumers with any, smallest first.
        bytes: sum of the volumes.
        variance: sampling variance of the sum.
        packets: sampled packets behind the sum.
    """

    number: int
    volumes: pl.Series
    bytes: int
    variance: float
    packets: int


@dataclass(frozen=True)
class Observed:
    """Some weeks in the archive's files; everything is read only once.

    Attributes:
        files: the archive's files.
        weeks: Monday of each year's analysis week.
        time_zone: time zone of the months.
        protocols: names of protocols by number.
    """

    files: DataFiles
    weeks: Mapping[int, date]
    time_zone: str
    protocols: Mapping[int, str]
    _volumes: dict[tuple[int, str, str, str], pl.DataFrame] = field(default_factory=dict)
    _ports: dict[tuple[int, str], pl.DataFrame] = field(default_factory=dict)
    _accesses: dict[tuple[int, str, str, str], ByAccess] = field(default_factory=dict)
    _shifted: dict[int, Observed] = field(default_factory=dict)
    _hours: dict[int, pl.DataFrame] = field(default_factory=dict)
    _spreads: dict[tuple[int, str, str], dict[str, DaySpread]] = field(default_factory=dict)

    def shifted(self, offset_weeks: int) -> Observed:
        """The same for weeks with an offset."""
        if offset_weeks not in self._shifted:
            later = timedelta(weeks=offset_weeks)
            weeks = {year: week + later for year, week in self.weeks.items()}
            self._shifted[offset_weeks] = Observed(
                self.files, weeks, self.time_zone, self.protocols
            )
        return self._shifted[offset_weeks]

    def _week_of(self, table: str, year: int) -> list[pl.LazyFrame]:
        return [rows.filter(pl.col("week") == self.weeks[year]) for rows in self.files.scan(table)]

    def _consumer_days(self, year: int, service: str, population: str) -> list[pl.LazyFrame]:
        """The days of the consumers of a population."""
        return [
            rows.filter(
                (pl.col("service") == service)
                & (pl.col("segment") == "consumer")
                & pl.col("access").is_in(accesses_of(service, population))
            )
            for rows in self._week_of("subscriber_day", year)
        ]

    def day_spread(
        self, year: int, service: str, population: str, direction: str, beside: int
    ) -> DaySpread:
        """How far apart the days of consumers are, with so many of them beside the median."""
        name = (year, service, population)
        if name not in self._spreads:
            days = self._consumer_days(year, service, population)
            self._spreads[name] = day_spreads(days, beside)
        return self._spreads[name][direction]

    def volumes(self, year: int, service: str, population: str, direction: str) -> pl.DataFrame:
        """Consumers with any bytes in a direction, smallest first.

        Returns:
            One row per consumer for the week: `bytes` and the sampling variance `variance_bytes2`.
        """
        name = (year, service, population, direction)
        if name not in self._volumes:
            self._add_up(year, service, population)
        return self._volumes[name]

    def pairs(self, year: int, service: str, population: str) -> pl.DataFrame:
        """Consumers with bytes in both directions: `out_bytes` and `in_bytes` of the week."""
        days = [
            rows.select("subscriber", "out_bytes", "in_bytes")
            for rows in self._consumer_days(year, service, population)
        ]
        totals = pl.concat(days).group_by("subscriber").agg(pl.col("out_bytes", "in_bytes").sum())
        both = (pl.col("out_bytes") > 0) & (pl.col("in_bytes") > 0)
        return totals.filter(both).select("out_bytes", "in_bytes").collect()

    def by_access(self, year: int, service: str, direction: str, access: str) -> ByAccess:
        """Consumers of an access in the customer system, and their observed volume."""
        name = (year, service, direction, access)
        if name not in self._accesses:
            self._add_up(year, service, None)
        return self._accesses[name]

    def _add_up(self, year: int, service: str, population: str | None) -> None:
        """Keep the weeks of a service's consumers, added up from their days once for all uses.

        Args:
            year: of the analysis week.
            service: broadband or mobile.
            population: whose volumes are wanted; None: nobody's.
        """
        is_own = (pl.col("service") == service) & (pl.col("segment") == "consumer")
        sums = (f"{of}_{column}" for of in _DIRECTIONS for column in _SUMMED)
        weeks = (
            pl.concat(self._week_of("subscriber_day", year))
            .filter(is_own)
            .group_by("access", "subscriber")
            .agg(pl.col(*sums).sum())
            .collect()
        )
        listed = pl.concat(self._week_of("subscriber_snapshot", year)).filter(is_own).collect()
        for direction in _DIRECTIONS:
            for access in accesses_of(service, "pppoe+ipoe"):
                self._accesses[year, service, direction, access] = _of_access(
                    weeks.filter(access=access), listed.filter(access=access), direction
                )
            if population is not None:
                accesses = accesses_of(service, population)
                self._volumes[year, service, population, direction] = _volumes(
                    weeks.lazy().filter(pl.col("access").is_in(accesses)), direction
                )

    def ports(self, year: int, service: str) -> pl.DataFrame:
        """Rows of `port_week` of a service, with the protocol's `name`; IPv6-ICMP is ICMP."""
        if (year, service) not in self._ports:
            rows = pl.concat(self._week_of("port_week", year)).filter(service=service).collect()
            self._ports[year, service] = rows.with_columns(
                name=pl.col("protocol")
                .replace({58: 1})
                .replace_strict(dict(self.protocols), default=pl.col("protocol").cast(pl.String))
            )
        return self._ports[year, service]

    def port_groups(self, year: int, service: str) -> pl.DataFrame:
        """Rows of `port_group_hour` of a service."""
        rows = pl.concat(self._week_of("port_group_hour", year))
        return rows.filter(service=service).collect()

    def hours(self, year: int) -> pl.DataFrame:
        """Rows of `rate_hour` of a year's analysis week."""
        if year not in self._hours:
            self._hours[year] = pl.concat(self._week_of("rate_hour", year)).collect()
        return self._hours[year]

    @cached_property
    def snapshots(self) -> dict[date, dict[tuple[str, str], int]]:
        """Subscribers of all segments in each week's snapshot, by service and access."""
        found: dict[date, dict[tuple[str, str], int]] = {}
        for rows in self.files.scan("subscriber_snapshot"):
            columns = rows.select("week", "service", "access", "subscribers").collect()
            for week, service, access, number in columns.iter_rows():
                numbers = found.setdefault(week, {})
                numbers[service, access] = numbers.get((service, access), 0) + number
        return found

    @cached_property
    def counted(self) -> dict[tuple[int, str, str], int]:
        """Subscribers in the snapshot of each year's analysis week, by service and access."""
        return {
            (year, service, access): number
            for year, week in self.weeks.items()
            for (service, access), number in self.snapshots.get(week, {}).items()
        }

    def subscribers(self, year: int, service: str) -> int:
        """All subscribers of a service in the snapshot of a year's analysis week."""
        return sum(n for (*of, _), n in self.counted.items() if of == [year, service])

    @cached_property
    def _month_rates(self) -> dict[tuple[str, str, str], tuple[float, float, float]]:
        """Rates by month, service and access.

        Octets per second IN and OUT, added over interfaces, and the covered seconds of the least
        covered interface.
        """
        hours = (
            pl.concat(list(self.files.scan("rate_hour")))
            .with_columns(
                month=pl.col("hour_start").dt.convert_time_zone(self.time_zone).dt.strftime("%Y-%m")
            )
            .group_by("month", "service", "access", "interface")
            .agg(pl.col("in_bytes", "out_bytes", "covered_ms").sum())
            .sort("month", "service", "access", "interface")
            .collect()
        )
        rates: dict[tuple[str, str, str], tuple[float, float, float]] = {}
        for row in hours.iter_rows(named=True):
            seconds = row["covered_ms"] / 1000
            name = (row["month"], row["service"], row["access"])
            before = rates.get(name, (0.0, 0.0, math.inf))
            rates[name] = (
                before[0] + (row["in_bytes"] / seconds if seconds else 0),
                before[1] + (row["out_bytes"] / seconds if seconds else 0),
                min(before[2], seconds),
            )
        return rates

    @cached_property
    def measured_since(self) -> dict[tuple[str, str], str]:
        """The first month in which an access was measured, by service and access."""
        since: dict[tuple[str, str], str] = {}
        for month, service, access in sorted(self._month_rates, reverse=True):
            since[service, access] = month
        return since

    def covered_seconds(self, month: str, service: str, access: str) -> float:
        """Covered time of the least covered interface of an access in a month (`2024-06`)."""
        return self._month_rates.get((month, service, access), (0.0, 0.0, 0.0))[2]

    def rate(self, month: str, service: str, direction: str, access: str | None = None) -> float:
        """Mean octets per second of a month (`2024-06`), for one access or all of them."""
        return math.fsum(
            rate[direction == "out"]
            for (of, name, by), rate in self._month_rates.items()
            if (of, name) == (month, service) and access in {None, by}
        )

    @cached_property
    def imported(self) -> dict[str, dict[RowKey, dict[str, float]]]:
        """Imported figures by table and key: column and value."""
        found: dict[str, dict[RowKey, dict[str, float]]] = {}
        for rows in self.files.scan("published_figure"):
            for row in rows.collect().iter_rows(named=True):
                if row["value"] is not None:
                    key = tuple(sorted(json.loads(row["key"]).items()))
                    of_row = found.setdefault(row["table_id"], {}).setdefault(key, {})
                    of_row[row["column_name"]] = row["value"]
        return found


def accesses_of(service: str, population: str) -> list[str]:
    """Accesses of the subscribers of a population; mobile has only one."""
    return [""] if service == "mobile" else population.split("+")


def _volumes(weeks: pl.LazyFrame, direction: str) -> pl.DataFrame:
    """The volumes above 0 of consumers, smallest first; a consumer with two accesses is one."""
    volume, variance = (pl.col(f"{direction}_{of}") for of in ("bytes", "variance_bytes2"))
    totals = weeks.group_by("subscriber").agg(
        bytes=volume.sum(), variance_bytes2=variance.sum().cast(pl.Float64)
    )
    return totals.filter(pl.col("bytes") > 0).drop("subscriber").sort("bytes").collect()


def _of_access(weeks: pl.DataFrame, listed: pl.DataFrame, direction: str) -> ByAccess:
    """The consumers of an access: those of the snapshot, and what was observed of them."""
    volumes = weeks[f"{direction}_bytes"]
    return ByAccess(
        number=sum(listed["subscribers"]),
        volumes=volumes.filter(volumes > 0).sort(),
        bytes=exact_total(volumes),
        variance=total(weeks[f"{direction}_variance_bytes2"]),
        packets=exact_total(weeks[f"{direction}_sampled_packets"]),
    )
