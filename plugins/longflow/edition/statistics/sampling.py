"""The effect of packet sampling on the statistics of a distribution, for fixed subscribers.

Each subscriber's volume has an independent sampling variance. The random error of a statistic is
computed to first order, from its derivative with respect to each subscriber's volume. The
systematic shift is estimated as well: volumes are blurred, and the smallest are not seen
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
# Width of a bin of the mode, in natural logarithms.
_BIN = _LN10 / BINS_PER_DECADE

# Standard deviation of the kernel that gives the density at a median, in decades.
_KERNEL = SMOOTHING_BINS / BINS_PER_DECADE

# Step for the derivative of the mode: this share of the subscribers more or less in a bin.
_STEP = 1e-6

# Minimum number of subscribers that are drawn again.
_DRAWN = 200_000

_erf = np.frompyfunc(math.erf, 1, 1)


def log_errors(volumes: FineBins) -> dict[str, float]:
    """Standard errors of the natural logarithm of each statistic, by packet sampling.

    Args:
        volumes: the distribution with its variances.

    Returns:
        By name: `mean`, `median`, `mode`, `top_1`, `top_10`; all 0 if nothing was sampled.

    Source: docs/method.md, rule 17; for the median, the variance of the number of subscribers
    above it divided by the density there (Serfling 1980, 2.3.3); for the mode, the same with the
    derivative of the estimate with respect to the number of subscribers in each bin.
    """
    names = ("mean", "median", "mode", *(f"top_{percent}" for percent in TOP_PERCENTS))
    if not volumes.variance_bytes2.any():
        return dict.fromkeys(names, 0.0)
    blur = _blur_of(volumes)
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
        median: shift of the natural logarithm of the median.
        mode: shift of the natural logarithm of the mode.
        unseen: share of the subscribers of whom nothing would be sampled again, 0 to 1.
    """

    median: float
    mode: float
    unseen: float


def shift(volumes: FineBins, seed: Sequence[int]) -> Shift:
    """How far sampling once more shifts a distribution, which is about its actual shift.

    Packets of each subscriber are drawn again: a Poisson number of packets of the size that follows
    from volume and variance. This is the first step of simulation and extrapolation (Cook &
    Stefanski 1994); docs/benchmarks/sampling_floor.md measures its accuracy.

    Args:
        volumes: the distribution with its variances.
        seed: whole numbers that identify it: equal input gives equal shifts.
    """
    again, unseen = drawn_again(volumes, seed)
    if again is None:
        return Shift(0.0, 0.0, unseen)
    median, mode = (
        math.log(of(again, again.subscribers[None, :])[0])
        - math.log(of(volumes, volumes.subscribers[None, :])[0])
        for of in (medians, modes)
    )
    return Shift(median, mode, unseen)


def drawn_again(volumes: FineBins, seed: Sequence[int]) -> tuple[FineBins | None, float]:
    """A distribution as sampling once more would show it, and the share of subscribers it loses.

    Returns:
        The distribution, with as many times the subscribers as make random error small; None if
        nothing is sampled, or nothing would be seen again. And the share, 0 to 1.
    """
    if not volumes.variance_bytes2.any():
        return None, 0.0
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(seed))))
    # A few subscribers are drawn often, so that random error does not hide the shift.
    times = -(-_DRAWN // volumes.total)
    packet_bytes = volumes.variance_bytes2 / volumes.week_bytes
    numbers = times * volumes.subscribers
    size = np.repeat(packet_bytes, numbers)
    week_bytes = np.repeat(volumes.mean_volumes, numbers)
    sampled = size > 0
    drawn = size[sampled] * random.poisson(week_bytes[sampled] / size[sampled])
    week_bytes[sampled] = drawn
    unseen = 1 - float(np.count_nonzero(week_bytes)) / len(week_bytes)
    return (None if unseen == 1 else fine_bins(week_bytes)), unseen


def _blur_of(volumes: FineBins) -> Floats:
    """Standard deviation, by sampling, of the logarithm of a subscriber's volume; shape (n,)."""
    found: Floats = np.sqrt(
        np.log1p(volumes.variance_bytes2 * volumes.subscribers / volumes.week_bytes**2)
    )
    return found


def density_at(volumes: FineBins, day_bytes: float) -> float:
    """Subscribers per unit of the natural logarithm at a place in the distribution."""
    return float(_near(volumes, day_bytes).sum()) / (_KERNEL * _LN10 * math.sqrt(2 * math.pi))


def blur_at(volumes: FineBins, day_bytes: float) -> float:
    """Mean of `_blur_of` over the subscribers near a place; 0 if there are none."""
    near = _near(volumes, day_bytes)
    weight = float(near.sum())
    return float((near * _blur_of(volumes)).sum()) / weight if weight else 0.0


def _near(volumes: FineBins, day_bytes: float) -> Floats:
    """Subscribers by bin, weighted by a normal kernel around a place."""
    distance = np.log(volumes.mean_volumes / (DAYS * day_bytes))
    kernel: Floats = np.exp(-0.5 * (distance / (_KERNEL * _LN10)) ** 2)
    return volumes.subscribers * kernel


def _median_error(volumes: FineBins, blur: Floats) -> float:
    """Spread of the number of subscribers above the median, divided by the density there."""
    median = float(medians(volumes, volumes.subscribers[None, :])[0])
    above = _normal_below(np.log(volumes.mean_volumes / (DAYS * median)), blur)
    variance = (volumes.subscribers * above * (1 - above)).sum()
    return math.sqrt(variance) / density_at(volumes, median)


def _mode_error(volumes: FineBins, blur: Floats) -> float:
    """Spread of the middle of the hill as subscribers move between its bins."""
    counts = coarse(volumes, volumes.subscribers[None, :])[0].astype(np.float64)
    step = _STEP * volumes.total
    steps = step * np.eye(len(counts))
    change = (hill_middles(counts + steps) - hill_middles(counts - steps)) / (2 * step)
    change *= _BIN
    # Where each subscriber could be: probabilities of the bins that affect the mode, by fine bin.
    touched = np.flatnonzero(change)
    if not len(touched):
        return 0.0
    moving = np.arange(touched[0], touched[-1] + 1)
    edges = (first_coarse(volumes) + np.append(moving, moving[-1] + 1) - 0.5) * _BIN
    place = np.log(volumes.mean_volumes / DAYS)
    below = _normal_below(edges[None, :] - place[:, None], blur[:, None])
    chances = np.diff(below, axis=1)
    mean = (chances * change[moving]).sum(axis=1)
    square = (chances * change[moving] ** 2).sum(axis=1)
    return math.sqrt((volumes.subscribers * (square - mean**2)).sum())


def _share_error(volumes: FineBins, percent: int) -> float:
    """Relative error of a share: V = (1-s)²·V_part + s²·V_rest."""
    share = float(top_shares(volumes, volumes.subscribers[None, :], percent).values[0])
    top = -(-volumes.total * percent // 100)
    # Share of each bin in the part: the heaviest bins whole, one of them in part.
    above = np.cumsum(volumes.subscribers[::-1])[::-1]
    part = np.clip((top - (above - volumes.subscribers)) / volumes.subscribers, 0, 1)
    of_part = (part * volumes.variance_bytes2).sum()
    of_rest = volumes.variance_bytes2.sum() - of_part
    error = math.sqrt((1 - share) ** 2 * of_part + share**2 * of_rest)
    return error / (share * float(volumes.week_bytes.sum()))


def _normal_below(distance: Floats, deviation: Floats) -> Floats:
    """Probability that a normal variable around 0 is below a distance; deviations may be 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = np.where(deviation > 0, distance / deviation, np.copysign(np.inf, distance))
    return 0.5 * (1 + np.asarray(_erf(standard / math.sqrt(2)), dtype=np.float64))
