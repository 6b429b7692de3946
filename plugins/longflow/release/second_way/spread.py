"""How far apart the days of consumers are, from the days in the archive's files.

The squared distances from the mean of seven days are added up for each consumer; a day without a
row counts as one without bytes. Source: docs/method.md, rule 27.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

_DAYS = 7
_DIRECTIONS = ("in", "out")
_LEAST_PACKETS = 70
# Standard error by what remains of sampling in the spread of a sampled consumer.
_REMAINS = 0.01
# Width of the kernel that gives the density at the median, of a natural logarithm.
_WIDTH = 0.1 * math.log(10)


@dataclass(frozen=True)
class DaySpread:
    """The spreads of the consumers of a week, in percent.

    Attributes:
        consumers: those with bytes in the direction.
        measured: those of whom enough packets were sampled, or whose volume is not sampled.
        median: of the spreads; None if nobody is measured.
        beside: the spreads next to the median, so many on either side as asked for, ascending.
        half_width: half width of the 95 % interval of the median.
        sampling: standard error of the median's logarithm by sampling.
    """

    consumers: int
    measured: int
    median: float | None
    beside: pl.Series
    half_width: float
    sampling: float


def day_spreads(days: Iterable[pl.LazyFrame], beside: int) -> dict[str, DaySpread]:
    """The spreads of consumers, by direction.

    Args:
        days: their rows of `subscriber_day` of one week.
        beside: how many spreads on either side of the median are wanted.
    """
    columns = {
        f"{direction}_{of}": pl.Int64 if of == "sampled_packets" else pl.Float64
        for direction in _DIRECTIONS
        for of in ("bytes", "variance_bytes2", "sampled_packets")
    }
    weeks = (
        pl.concat(
            [
                rows.select("subscriber", *(pl.col(name).cast(of) for name, of in columns.items()))
                for rows in days
            ]
        )
        .group_by("subscriber")
        .agg(
            pl.col(*columns).sum(),
            *(pl.col(f"{of}_bytes").var(ddof=0).alias(f"{of}_within") for of in _DIRECTIONS),
            rows=pl.len(),
        )
        .drop("subscriber")
        .collect()
    )
    return {direction: _day_spread(weeks, direction, beside) for direction in _DIRECTIONS}


def _day_spread(weeks: pl.DataFrame, direction: str, beside: int) -> DaySpread:
    volume, rows = pl.col(f"{direction}_bytes"), pl.col("rows")
    mean = volume / _DAYS
    # Of days with a row from their own mean, of that mean from the week's, and of the other days.
    squares = (
        pl.col(f"{direction}_within") * rows
        + rows * (volume / rows - mean) ** 2
        + (_DAYS - rows) * mean**2
    )
    seen = weeks.lazy().filter(volume > 0)
    enough = (
        seen.select(
            noise=pl.col(f"{direction}_variance_bytes2") / _DAYS / mean**2,
            square=squares / (_DAYS - 1) / mean**2,
            packets=f"{direction}_sampled_packets",
        )
        .filter((pl.col("noise") == 0) | (pl.col("packets") >= _LEAST_PACKETS))
        .filter(pl.col("noise") < _DAYS)
        .with_columns(
            square=(pl.col("square") - pl.col("noise")) / (1 - pl.col("noise") / _DAYS),
        )
        .select("noise", percent=100 * pl.col("square").clip(0).sqrt())
        .sort("percent")
        .collect()
    )
    return _summary(seen.select(pl.len()).collect().item(), enough, beside)


def _summary(consumers: int, enough: pl.DataFrame, beside: int) -> DaySpread:
    spreads, count = enough["percent"], enough.height
    if not count:
        return DaySpread(consumers, 0, None, spreads, 0.0, 0.0)
    lower, upper = (count - 1) // 2, count // 2
    median = float(spreads[lower] + spreads[upper]) / 2
    reach = 0.98 * math.sqrt(count)
    low, high = (
        float(spreads[min(max(round((count - 1) / 2 + sign * reach), 0), count - 1)])
        for sign in (-1, 1)
    )
    sampled = float((enough["noise"] > 0).sum()) / count
    half_width = math.hypot((high - low) / 2, 1.96 * _REMAINS * sampled * median)
    first = max(upper - beside, 0)
    return DaySpread(
        consumers,
        count,
        median,
        spreads.slice(first, lower + beside + 1 - first),
        half_width,
        _sampling(enough, median) if median > 0 else 0.0,
    )


def _sampling(enough: pl.DataFrame, median: float) -> float:
    """How far sampling moves the median, as a standard error of its logarithm."""
    near = (-0.5 * ((pl.col("percent").clip(1e-9) / median).log() / _WIDTH) ** 2).exp()
    square = (pl.col("percent") / 100).clip(1e-3) ** 2
    noise = pl.col("noise")
    blur = (noise / (6 * square) + noise**2 / (12 * square**2) + noise / _DAYS).sqrt()
    weight, blurred = enough.select(near.sum(), blurred=(near * blur).sum()).row(0)
    density, mean_blur = weight / (_WIDTH * math.sqrt(2 * math.pi)), blurred / weight
    return float(min(math.sqrt(density * mean_blur / math.sqrt(math.pi)) / density, mean_blur))
