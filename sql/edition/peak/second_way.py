"""The second way of `peak`: fractions without rounding, added hour by hour in plain loops."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from longflow.release.second_way import disclosure
from longflow.release.second_way.model import Basis, Expected, Row, withheld
from longflow.release.second_way.sums import exact_total

# Rates that differ by less than this part are equal.
_EQUAL = Fraction(1, 10**12)


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The busy hour, its ratio, its rate per subscriber, and how much was measured."""
    week, days = _hours(basis, row)
    rates = {hour: _rate(read, row["direction"]) for hour, read in days.items()}
    known = {hour: rate for hour, rate in rates.items() if rate is not None}
    mean = _rate(week, row["direction"])
    figures: dict[str, float | None] = dict.fromkeys(
        ("busy_hour", "peak_ratio", "kbit_per_second_per_subscriber")
    )
    if known and mean:
        top = max(known.values())
        figures["busy_hour"] = min(h for h, rate in known.items() if rate >= top * (1 - _EQUAL))
        figures["peak_ratio"] = float(top / mean)
        per_subscriber = _kbit_per_subscriber(basis, row, float(mean))
        if per_subscriber is not None:
            figures["kbit_per_second_per_subscriber"] = float(top / mean) * per_subscriber
    measured = {"hours": len(known), "coverage_percent": _coverage(days)}
    least = basis.minimum_subscribers
    if 1 < least > _subscribers(basis, row) and figures["peak_ratio"] is not None:
        return {**withheld(figures), **measured}
    return {**figures, **measured, "status": "computed"}


# Of each interface the bytes IN and OUT, the covered and the whole time.
_Read = dict[str, list[int]]


def _hours(basis: Basis, row: Row) -> tuple[_Read, dict[int, _Read]]:
    """Sums of each interface: of the week, and by hour of the day on the days of the row."""
    zone = ZoneInfo(basis.observed.time_zone)
    week: _Read = {}
    days: dict[int, _Read] = {}
    hours = basis.observed.hours(row["year"])
    of_access = hours.filter(service=row["service"], access=row["access"])
    for read in of_access.iter_rows(named=True):
        local = read["hour_start"].astimezone(zone)
        into = [week]
        is_weekend = local.weekday() >= 5
        is_left_out = not is_weekend and local.date() in basis.calendar.holidays
        if not is_left_out and is_weekend == (row["day_type"] == "weekend"):
            into.append(days.setdefault(local.hour, {}))
        for sums in into:
            of_interface = sums.setdefault(read["interface"], [0, 0, 0, 0])
            for place, name in enumerate(("in_bytes", "out_bytes", "covered_ms", "hour_ms")):
                of_interface[place] += read[name]
    return week, days


def _rate(read: _Read, direction: str) -> Fraction | None:
    """Bytes per second, interfaces added; none where an interface has no covered time."""
    if not read or any(not covered for _, _, covered, _ in read.values()):
        return None
    place = ("in", "out").index(direction)
    return sum((Fraction(1000 * of[place], of[2]) for of in read.values()), Fraction())


def _coverage(days: dict[int, _Read]) -> float:
    """Percentage of covered time of the least covered interface."""
    covered: dict[str, int] = {}
    expected_ms: dict[str, int] = {}
    for read in days.values():
        for interface, (_, _, covered_ms, hour_ms) in read.items():
            covered[interface] = covered.get(interface, 0) + covered_ms
            expected_ms[interface] = expected_ms.get(interface, 0) + hour_ms
    return min((100 * covered[name] / expected_ms[name] for name in covered), default=0.0)


def _subscribers(basis: Basis, row: Row) -> int:
    return basis.observed.counted.get((row["year"], row["service"], row["access"]), 0)


def _kbit_per_subscriber(basis: Basis, row: Row, mean: float) -> float | None:
    """The mean of the week, in bytes per second, as kbit/s of a subscriber and as published."""
    subscribers, least = _subscribers(basis, row), basis.minimum_subscribers
    if "totals" not in basis.tables or not subscribers:
        return None
    kbit = mean * 8 / 1000 / subscribers
    if least == 1:
        return kbit
    segments = [of["subscribers"] for of in _of_access(basis, row, "subscriber_snapshot")]
    if any(0 < number < least for number in segments):
        return None
    days = pl.concat(_frames_of_access(basis, row, "subscriber_day"))
    sums = days.group_by("subscriber").agg(pl.col(f"{row['direction']}_bytes").sum()).collect()
    volumes = sums.drop("subscriber").to_series().sort()
    heaviest = sum(volumes.tail(least))
    if not heaviest or disclosure.is_outweighed(exact_total(volumes), volumes, least):
        return None
    share = heaviest / least * 8 / 1000 / (7 * 24 * 3600) / subscribers
    return disclosure.rounded(kbit, disclosure.step_of(share)) or None


def _of_access(basis: Basis, row: Row, table: str) -> Iterable[dict[str, Any]]:
    """Rows of the archive about the year's week, the service and the access of a row."""
    for rows in _frames_of_access(basis, row, table):
        yield from rows.collect().iter_rows(named=True)


def _frames_of_access(basis: Basis, row: Row, table: str) -> list[pl.LazyFrame]:
    return [
        rows.filter(
            pl.col("week") == basis.observed.weeks[row["year"]],
            pl.col("service") == row["service"],
            pl.col("access") == row["access"],
        )
        for rows in basis.observed.files.scan(table)
    ]
