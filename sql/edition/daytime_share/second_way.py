"""The second way of `daytime-share`: rates hour by hour, in the weeks of `figure-9`."""

import math
from datetime import date

from longflow.release.second_way.hour_figures import describes_few, weekday_rates
from longflow.release.second_way.model import Basis, Expected, Row, withheld


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The share of the daytime, its change, and the least covered hour."""
    week, service, direction = row["week"], row["service"], row["direction"]
    figures: dict[str, float | None] = {"daytime_share_percent": None, "change_points": None}
    measured = {
        "coverage_percent": min(
            basis.hours.weekday(week, service, hour).coverage_percent for hour in range(24)
        )
    }
    share = _share(basis, week, service, direction)
    if share is not None:
        oldest = min(
            of
            for of in basis.tables["figure-9"]["week"].unique()
            if _share(basis, of, service, direction) is not None
        )
        if describes_few(basis, service, week, oldest):
            return {**withheld(figures), **measured}
        figures["daytime_share_percent"] = share
        figures["change_points"] = share - (_share(basis, oldest, service, direction) or 0)
    return {**figures, **measured, "status": "computed"}


def _share(basis: Basis, week: date, service: str, direction: str) -> float | None:
    """Percentage of a weekday's traffic in the daytime; None where an hour has no rate."""
    rates = weekday_rates(basis, week, service, direction)
    if rates is None or not any(rates):
        return None
    first, end = basis.calendar.daytime
    return 100 * math.fsum(rates[first:end]) / math.fsum(rates)
