"""Populations of subscribers whose published statistics are all known by formula.

Shared by the benchmarks of statistics: mixtures of normal hills over log10 of the bytes per day.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from tests.benchmarks.mode import POPULATIONS, Population

# In addition to those of the modes, one with heavy uploaders: the top 1 % hold nearly half
# (docs/method.md#what-such-traffic-looks-like).
HEAVY = Population("heavy uploaders", ((0.97, 7.6, 0.5), (0.03, 9.0, 0.6)))
ALL = (*POPULATIONS, HEAVY)

_LN10 = math.log(10)
_below = NormalDist().cdf


def truth(population: Population, subscribers: int) -> dict[str, float]:
    """Mean, median and mode in bytes per day, and top shares, for a number of subscribers."""
    hills = natural_hills(population)
    means = [w * math.exp(centre + width**2 / 2) for w, centre, width in hills]

    def above(place: float) -> float:
        return _above(hills, place)

    def held_above(place: float) -> float:
        parts = zip(means, hills, strict=True)
        return sum(m * (1 - _below((place - c - s**2) / s)) for m, (_, c, s) in parts)

    tops = {}
    for percent in (1, 10):
        part = math.ceil(subscribers * percent / 100) / subscribers
        tops[f"top_{percent}"] = held_above(_place(above, part)) / sum(means)
    return {
        "mean": sum(means),
        "median": math.exp(_place(above, 0.5)),
        "mode": 10 ** population.mode(),
        **tops,
    }


def percentile(population: Population, part: float) -> float:
    """Bytes per day that this part of the subscribers does not exceed."""
    hills = natural_hills(population)
    return math.exp(_place(lambda place: _above(hills, place), 1 - part))


def share_above(population: Population, day_bytes: float) -> float:
    """Share of the subscribers with more bytes per day."""
    return _above(natural_hills(population), math.log(day_bytes))


def natural_hills(population: Population) -> list[tuple[float, float, float]]:
    """Weight, centre and width of each hill, over the natural logarithm."""
    parts = [*population.hills, *([population.spike] if population.spike else [])]
    weights = sum(weight for weight, _, _ in parts)
    return [(w / weights, centre * _LN10, width * _LN10) for w, centre, width in parts]


def _above(hills: list[tuple[float, float, float]], place: float) -> float:
    return sum(w * (1 - _below((place - centre) / width)) for w, centre, width in hills)


def _place(above: Callable[[float], float], part: float) -> float:
    """The value that this share of the subscribers exceeds."""
    low, high = 0.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) > part else (low, middle)
    return low
