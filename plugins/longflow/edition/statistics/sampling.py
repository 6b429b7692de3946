"""What the sampling of packets does to the statistics of a distribution, subscribers as they are.

Each subscriber's volume has a variance by sampling; they are independent. What a statistic makes of
them by chance is taken in first order: the change of the statistic with each subscriber's volume.
And what sampling moves whatever the chance: volumes are blurred, and the smallest are not seen
(docs/method.md, rule 19).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from longflow.edition.statistics.fine_bins import (
    DAYS,
    TOP_PERCENTS,
    FineBins,
    coarse,
    fine_bins,
    first_coarse,
    medians,
    modes,
    top_shares,
)
from longflow.edition.statistics.mode import BINS_PER_DECADE, SMOOTHING_BINS, hill_middles

Floats = npt.NDArray[np.float64]

_LN10 = math.log(10)
# Width of a bin of the mode, of the natural logarithm.
_BIN = _LN10 / BINS_PER_DECADE

# Standard deviation of the kernel that gives the density at a median, in decades.
_KERNEL = SMOOTHING_BINS / BINS_PER_DECADE

# The change of the mode is that with so small a part of the subscribers more or less in a bin.
_STEP = 1e-6

# So many subscribers are drawn anew at least.
_DRAWN = 200_000

_erf = np.frompyfunc(math.erf, 1, 1)


def log_errors(volumes: FineBins) -> dict[str, float]:
    """Standard errors by sampling of the natural logarithm of each statistic.

    Args:
        volumes: the distribution with its variances.

    Returns:
        By name: `mean`, `median`, `mode`, `top_1`, `top_10`; all 0 where nothing was sampled.

    Source: docs/method.md, rule 17; for the median the variance of the number of subscribers
    above it by the density there (Serfling 1980, 2.3.3); for the mode the same with the change of
    the estimate with the number of subscribers in each bin.
    """
    names = ("mean", "median", "mode", *(f"top_{percent}" for percent in TOP_PERCENTS))
    if not volumes.variance_bytes2.any():
        return dict.fromkeys(names, 0.0)
    blur = np.sqrt(np.log1p(volumes.variance_bytes2 * volumes.subscribers / volumes.week_bytes**2))
    shares = {f"top_{percent}": _share_error(volumes, percent) for percent in TOP_PERCENTS}
    return {
        "mean": math.sqrt(volumes.variance_bytes2.sum()) / float(volumes.week_bytes.sum()),
        "median": _median_error(volumes, blur),
        "mode": _mode_error(volumes, blur),
        **shares,
    }


class Shift(NamedTuple):
    """How far sampling moves a distribution.

    Attributes:
        median: of the natural logarithm of the median.
        mode: of that of the mode.
        unseen: share of the subscribers of whom nothing is sampled any more, 0 to 1.
    """

    median: float
    mode: float
    unseen: float


def shift(volumes: FineBins, seed: Sequence[int]) -> Shift:
    """How far sampling once more moves a distribution, which is about how far it was moved.

    Of each subscriber packets are drawn anew: a Poisson number of packets of the size that volume
    and variance tell. The first step of simulation and extrapolation (Cook & Stefanski 1994); how
    good it is shows docs/benchmarks/sampling_floor.md.

    Args:
        volumes: the distribution with its variances.
        seed: whole numbers that name it: equal input gives equal shifts.
    """
    if not volumes.variance_bytes2.any():
        return Shift(0.0, 0.0, 0.0)
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(seed))))
    # Few subscribers are drawn often, so that chance does not stand for the shift.
    times = -(-_DRAWN // volumes.total)
    packet_bytes = volumes.variance_bytes2 / volumes.week_bytes
    numbers = times * volumes.subscribers
    size = np.repeat(packet_bytes, numbers)
    week_bytes = np.repeat(volumes.mean_volumes, numbers)
    sampled = size > 0
    drawn = size[sampled] * random.poisson(week_bytes[sampled] / size[sampled])
    week_bytes[sampled] = drawn
    unseen = 1 - float(np.count_nonzero(week_bytes)) / len(week_bytes)
    if unseen == 1:
        return Shift(0.0, 0.0, unseen)
    again = fine_bins(week_bytes)
    median, mode = (
        math.log(of(again, again.subscribers[None, :])[0])
        - math.log(of(volumes, volumes.subscribers[None, :])[0])
        for of in (medians, modes)
    )
    return Shift(median, mode, unseen)


def _median_error(volumes: FineBins, blur: Floats) -> float:
    """Spread of the number of subscribers above the median, by the density there."""
    median = float(medians(volumes, volumes.subscribers[None, :])[0])
    distance = np.log(volumes.mean_volumes / (DAYS * median))
    above = _normal(distance, blur)
    variance = (volumes.subscribers * above * (1 - above)).sum()
    kernel = np.exp(-0.5 * (distance / (_KERNEL * _LN10)) ** 2)
    density = (volumes.subscribers * kernel).sum() / (_KERNEL * _LN10 * math.sqrt(2 * math.pi))
    return math.sqrt(variance) / float(density)


def _mode_error(volumes: FineBins, blur: Floats) -> float:
    """Spread of the middle of the hill, as subscribers move between its bins."""
    counts = coarse(volumes, volumes.subscribers[None, :])[0].astype(np.float64)
    step = _STEP * volumes.total
    steps = step * np.eye(len(counts))
    change = (hill_middles(counts + steps) - hill_middles(counts - steps)) / (2 * step)
    change *= _BIN
    # Where each subscriber could lie: chances of the bins that change the mode, by fine bin.
    touched = np.flatnonzero(change)
    if not len(touched):
        return 0.0
    moving = np.arange(touched[0], touched[-1] + 1)
    edges = (first_coarse(volumes) + np.append(moving, moving[-1] + 1) - 0.5) * _BIN
    place = np.log(volumes.mean_volumes / DAYS)
    below = _normal(edges[None, :] - place[:, None], blur[:, None])
    chances = np.diff(below, axis=1)
    mean = (chances * change[moving]).sum(axis=1)
    square = (chances * change[moving] ** 2).sum(axis=1)
    return math.sqrt((volumes.subscribers * (square - mean**2)).sum())


def _share_error(volumes: FineBins, percent: int) -> float:
    """V = (1-s)² of the part and s² of the rest, by the share."""
    share = float(top_shares(volumes, volumes.subscribers[None, :], percent).values[0])
    top = -(-volumes.total * percent // 100)
    # How much of each bin is in the part: the heaviest ones whole, of one only a part.
    above = np.cumsum(volumes.subscribers[::-1])[::-1]
    part = np.clip((top - (above - volumes.subscribers)) / volumes.subscribers, 0, 1)
    of_part = (part * volumes.variance_bytes2).sum()
    of_rest = volumes.variance_bytes2.sum() - of_part
    error = math.sqrt((1 - share) ** 2 * of_part + share**2 * of_rest)
    return error / (share * float(volumes.week_bytes.sum()))


def _normal(distance: Floats, deviation: Floats) -> Floats:
    """Chance of a normal variable around 0 to lie under a distance; deviations may be 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = np.where(deviation > 0, distance / deviation, np.copysign(np.inf, distance))
    return 0.5 * (1 + np.asarray(_erf(standard / math.sqrt(2)), dtype=np.float64))
