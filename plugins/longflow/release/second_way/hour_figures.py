"""Figures by hour of the day: rates over the base, and the subscribers behind them."""

from __future__ import annotations

from datetime import date

from longflow.release.second_way.hours import HOURS, Hours
from longflow.release.second_way.model import Basis, Expected, Row, withheld


def relative_rate(basis: Basis, table: str, row: Row) -> Expected:
    """The rate of broadband in a week and hour over the base of the figure."""
    hours = basis.hours
    hour = hours.weekday(row["week"], "broadband", row["hour"])
    rate = hour.rate(row["direction"])
    found: Expected = {"relative_rate": None, "coverage_percent": hour.coverage_percent}
    base = _base(hours, basis.tables[table]["week"].unique().sort().to_list())
    if rate is None or base is None:
        return {**found, "status": "computed"}
    week, top = base
    if describes_few(basis, "broadband", row["week"], week):
        return {**found, **withheld({"relative_rate": None})}
    return {**found, "relative_rate": rate / top, "status": "computed"}


def _base(hours: Hours, weeks: list[date]) -> tuple[date, float] | None:
    """The oldest week with a rate, and its highest hourly OUT rate."""
    for week in weeks:
        rates = (hours.weekday(week, "broadband", hour).out_rate for hour in HOURS)
        known = [rate for rate in rates if rate is not None]
        if known:
            return (week, max(known)) if max(known) else None
    return None


def describes_few(basis: Basis, service: str, *weeks: date) -> bool:
    """Whether too few subscribers are behind the rates of one of these weeks to publish them."""
    least = basis.minimum_subscribers
    return least > 1 and any(least > _fewest_subscribers(basis, week, service) for week in weeks)


def _fewest_subscribers(basis: Basis, week: date, service: str) -> int:
    """Subscribers of the smallest access behind the rates of a week."""
    snapshots = basis.snapshots.get(service, {})
    before = max((of for of in snapshots if of <= week), default=None)
    after = min((of for of in snapshots if of >= week), default=None)
    return min(
        (
            snapshots[of].get(access, 0)
            for of in (before, after)
            if of is not None
            for access in basis.hours.accesses(week, service)
        ),
        default=0,
    )


def weekday_rates(basis: Basis, week: date, service: str, direction: str) -> list[float] | None:
    """The rate of each hour of a weekday; None if one of them has none."""
    rates = [basis.hours.weekday(week, service, hour).rate(direction) for hour in HOURS]
    known = [rate for rate in rates if rate is not None]
    return known if len(known) == len(rates) else None
