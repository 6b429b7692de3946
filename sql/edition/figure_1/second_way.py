"""The second way of `figure-1`: rates and covered time of each month, from the archive's files."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from longflow.release.second_way.model import Basis, Expected, Row, withheld


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The ratio to the base month, and how much of the month was measured."""
    service, direction = row["service"], row["direction"]
    coverage = _coverage(basis, row, row["month"])
    base = {**row, "access": "all"}
    figures: dict[str, float | None] = {"ratio_to_base": None}
    rate, base_month = basis.observed.rate, f"{row['base_month']:%Y-%m}"
    enough = basis.minimum_month_coverage_percent
    base_rate = rate(base_month, service, "out")
    if coverage >= enough and _coverage(basis, base, row["base_month"]) >= enough and base_rate:
        access = None if row["access"] == "all" else row["access"]
        own = rate(f"{row['month']:%Y-%m}", service, direction, access)
        figures["ratio_to_base"] = own / base_rate
        if 1 < basis.minimum_subscribers > _subscribers(basis, row):
            return {**withheld(figures), "coverage_percent": coverage}
    return {**figures, "coverage_percent": coverage, "status": "computed"}


def _coverage(basis: Basis, row: Row, month: date) -> float:
    """Percentage of the month for the least covered access of the row that is known by then."""
    name = f"{month:%Y-%m}"
    known = [
        access
        for (service, access), since in basis.observed.measured_since.items()
        if service == row["service"] and since <= name and row["access"] in {"all", access}
    ]
    zone = ZoneInfo(basis.observed.time_zone)
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    starts, ends = (
        datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        for day in (month, following)
    )
    covered = (basis.observed.covered_seconds(name, row["service"], access) for access in known)
    return 100 * min(covered, default=0.0) / (ends - starts)


def _subscribers(basis: Basis, row: Row) -> int:
    """The fewest subscribers that a row describes, in the snapshots of the analysis weeks."""
    observed, service, month = basis.observed, row["service"], row["month"]
    with_snapshot = {year for year, of, _ in observed.counted if of == service}
    least = [observed.subscribers(year, service) for year in with_snapshot]
    if row["access"] != "all":
        weeks = {observed.weeks[year]: year for year in with_snapshot}
        until = [week for week in weeks if (week.year, week.month) <= (month.year, month.month)]
        since = [week for week in weeks if week >= month]
        beside = [*([max(until)] if until else []), *([min(since)] if since else [])]
        least += [
            observed.counted.get((weeks[week], service, access), 0)
            for week in beside
            for access in ("pppoe", "ipoe")
        ]
    return min(least, default=0)
