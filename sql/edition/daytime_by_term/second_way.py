"""The second way of `daytime-by-term`: the weekdays of a year, one after the other."""

import math

from longflow.release.second_way.hour_figures import describes_few
from longflow.release.second_way.model import Basis, Expected, Row


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The daytime rate over the mean of the week, and how much of it was measured."""
    daytime = basis.daytime
    days = daytime.days(row["year"], row["period"])
    ratios, covered = [], []
    for day in days:
        ratio, coverage = daytime.of_week(row, day)
        if ratio is not None:
            ratios.append(ratio)
            covered.append(coverage)
    coverage_percent = math.fsum(covered) / len(days)
    measured = {"days": len(ratios), "coverage_percent": coverage_percent}
    if coverage_percent < basis.minimum_month_coverage_percent or not ratios:
        return {"daytime_ratio": None, **measured, "status": "computed"}
    if describes_few(basis, row["service"], basis.observed.weeks[row["year"]]):
        return {"daytime_ratio": None, **measured, "status": "withheld"}
    return {
        "daytime_ratio": math.fsum(ratios) / len(ratios),
        **measured,
        "status": "computed",
    }
