"""The second way of `hour-peaks`: walks around the clock from the hour of a row."""

import math

from longflow.release.second_way.hour_figures import describes_few, weekday_rates
from longflow.release.second_way.model import Basis, Expected, Row

_LEAST_PERCENT = 5.0


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """The ratio to the mean, and the prominence, of a peak or dip; nothing if it is none."""
    nothing: Expected = dict.fromkeys(
        ("mean_ratio", "prominence_percent", "coverage_percent", "status")
    )
    week, service, hour = row["week"], row["service"], row["hour"]
    rates = weekday_rates(basis, week, service, row["direction"])
    if rates is None or describes_few(basis, service, week):
        return nothing
    top = max(rates)
    sign = 1 if row["kind"] == "peak" else -1
    if not top:
        return nothing
    prominence = 100 * _prominence([sign * rate / top for rate in rates], hour)
    if round(prominence, 9) < _LEAST_PERCENT:
        return nothing
    return {
        "mean_ratio": rates[hour] * len(rates) / math.fsum(rates),
        "prominence_percent": prominence,
        "coverage_percent": basis.hours.weekday(week, service, hour).coverage_percent,
        "status": "computed",
    }


def _prominence(heights: list[float], hour: int) -> float:
    """How far an hour stands above the lower of the two valleys between it and a higher hour."""
    # Of equal hours the earliest is the higher.
    ranks = [(round(height, 10), -place) for place, height in enumerate(heights)]
    valleys = []
    for step in (1, -1):
        lowest = math.inf
        for distance in range(1, len(heights)):
            other = (hour + step * distance) % len(heights)
            lowest = min(lowest, heights[other])
            if ranks[other] > ranks[hour]:
                break
        valleys.append(lowest)
    return heights[hour] - max(valleys)
