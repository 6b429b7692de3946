"""The hours of an analysis week in the archive's flows, by port group, in plain loops."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from longflow.release.second_way.observed import Observed

# The port groups that have a curve, by service.
DRAWN = {
    "broadband": ("tcp_80", "tcp_443", "tcp_dynamic", "udp_443"),
    "mobile": ("tcp_80", "tcp_443", "udp_443"),
}
_OF_GROUP = {
    "tcp_80": (pl.col("name") == "TCP") & (pl.col("port") == 80),
    "tcp_443": (pl.col("name") == "TCP") & (pl.col("port") == 443),
    "tcp_dynamic": (pl.col("name") == "TCP") & (pl.col("port") >= 1024),
    "udp_443": (pl.col("name") == "UDP") & (pl.col("port") == 443),
}
# Broadband flows are those of PPPoE.
_ACCESS = {"broadband": "pppoe", "mobile": ""}
_FEWEST_PACKETS = 30

# The first instant of an hour, and a port group.
Place = tuple[datetime, str]


@dataclass(frozen=True)
class Volume:
    """Bytes, their sampling variance, and the sampled packets behind them."""

    bytes: int = 0
    variance: int = 0
    packets: int = 0

    def __add__(self, other: Volume) -> Volume:
        """Both together."""
        return Volume(
            self.bytes + other.bytes,
            self.variance + other.variance,
            self.packets + other.packets,
        )


def instant(text: str) -> datetime:
    """An instant from its local time with offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True)
class PortHours:
    """Volumes of a service in an analysis week, by hour and port group.

    Attributes:
        cells: volume of each hour and port group with flows.
        coverages: percentage of each hour that was delivered.
        of_week: subscribers known to have flows of a drawn group in the week; None if unknown.
        subscribers: those in the snapshot who can have such flows.
        minimum_subscribers: the smallest number of subscribers that a value may describe.
        minimum_coverage_percent: the smallest coverage of an hour with a value.
        time_zone: time zone of the hours.
    """

    cells: Mapping[Place, Volume]
    coverages: Mapping[datetime, float]
    of_week: Mapping[str, int | None]
    subscribers: int
    minimum_subscribers: int
    minimum_coverage_percent: float
    time_zone: str

    def week_hour(self, at: datetime) -> int:
        """The hour of the week by the clock."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        return 24 * local.weekday() + local.hour

    def coverage(self, at: datetime) -> float:
        """Percentage of an hour that was delivered; 0 without flows."""
        return self.coverages.get(at, 0.0)

    @cached_property
    def covered(self) -> frozenset[datetime]:
        """The hours with enough coverage."""
        least = self.minimum_coverage_percent
        return frozenset(at for at, percent in self.coverages.items() if percent >= least)

    @cached_property
    def totals(self) -> Mapping[datetime, Volume]:
        """Volume of each covered hour over all protocols."""
        found = dict.fromkeys(sorted(self.covered), Volume())
        for (at, _), volume in self.cells.items():
            if at in found:
                found[at] += volume
        return found

    @cached_property
    def peak(self) -> datetime | None:
        """The covered hour with the highest volume, the first of several; None without volume."""
        most = max((volume.bytes for volume in self.totals.values()), default=0)
        return next((at for at, v in self.totals.items() if v.bytes == most > 0), None)

    def relative(self, at: datetime, group: str) -> tuple[float, tuple[float, float] | None]:
        """The volume relative to the peak, with its interval unless too few packets were sampled.

        The variance of a ratio is that of its linearisation: what the group adds to the volume of
        the peak is counted once, in the peak's own hour.
        """
        if self.peak is None:
            raise LookupError("no hour has a volume")
        peak, part = self.totals[self.peak], self.cells.get((at, group), Volume())
        value = part.bytes / peak.bytes
        is_sampled = self.totals[at].variance + peak.variance > 0
        if is_sampled and min(part.packets, peak.packets) < _FEWEST_PACKETS:
            return value, None
        ratio = Fraction(part.bytes, peak.bytes)
        own = 1 - ratio if at == self.peak else 1
        rest = peak.variance - part.variance if at == self.peak else peak.variance
        variance = own**2 * part.variance + ratio**2 * rest
        half_width = 1.96 * math.sqrt(variance) / peak.bytes
        return value, (max(value - half_width, 0.0), min(value + half_width, 1.0))

    @cached_property
    def withheld(self) -> frozenset[Place]:
        """Hours and groups whose value describes too few subscribers, or reveals one that does."""
        least = self.minimum_subscribers
        if least == 1 or self.peak is None:
            return frozenset()
        behind = self._behind()
        gone = {place for place, number in behind.items() if number < least}
        peak = self.totals[self.peak].bytes
        seen = [place for place in behind if place[0] == self.peak and place not in gone]
        hidden = peak - sum(self.cells[place].bytes for place in seen)
        if seen and 0 < hidden * self.subscribers < least * peak:
            gone.add(min(seen, key=self._size))
        for group in self.of_week:
            apart = [place for place in gone if place[1] == group]
            left = [place for place in behind if place[1] == group and place not in gone]
            few = len(apart) == 1 or all(behind[place] < least for place in apart)
            if apart and left and few:
                gone.add(min(left, key=self._size))
        return frozenset(gone)

    def _behind(self) -> dict[Place, int]:
        """How many subscribers each volume of a drawn group counts as."""
        mean = Fraction(sum(v.bytes for v in self.totals.values()), len(self.totals))
        found: dict[Place, int] = {}
        for (at, group), volume in self.cells.items():
            if at in self.totals and group in self.of_week and volume.bytes:
                of_hour = max(Fraction(self.totals[at].bytes), mean)
                number = math.floor(volume.bytes * self.subscribers / of_hour)
                known = self.of_week[group]
                found[at, group] = number if known is None else min(number, known)
        return found

    def _size(self, place: Place) -> tuple[int, Place]:
        return self.cells[place].bytes, place


def port_hours(
    observed: Observed, year: int, service: str, *, subscribers: int, coverage_percent: float
) -> PortHours:
    """The hours of a service in a year's analysis week.

    Args:
        observed: the analysis weeks in the archive's files.
        year: the year.
        service: the service.
        subscribers: the smallest number that a value may describe.
        coverage_percent: the smallest coverage of an hour with a value.
    """
    cells: dict[Place, Volume] = {}
    coverages: dict[datetime, float] = {}
    for row in observed.port_groups(year, service).iter_rows(named=True):
        at = row["hour_start"].astimezone(UTC)
        volume = Volume(row["bytes"], int(row["variance_bytes2"]), row["sampled_packets"])
        cells[at, row["port_group"]] = volume
        coverages[at] = row["coverage_percent"]
    of_week: dict[str, int | None] = {}
    for group in DRAWN[service]:
        numbers = observed.ports(year, service).filter(_OF_GROUP[group])["subscribers"].to_list()
        of_week[group] = None if None in numbers else max(numbers, default=None)
    return PortHours(
        cells,
        coverages,
        of_week,
        subscribers=observed.counted.get((year, service, _ACCESS[service]), 0),
        minimum_subscribers=subscribers,
        minimum_coverage_percent=coverage_percent,
        time_zone=observed.time_zone,
    )
