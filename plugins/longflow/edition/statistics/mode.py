"""The mode of a distribution of volumes: the middle of its hill, not the bare top."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BINS_PER_DECADE = 20

# Standard deviation of the smoothing, in bins: 0.1 decades. The bare top of bins of 0.05 decades
# scatters by 0.15 decades at 2,000 subscribers; the hills are several times as wide.
SMOOTHING_BINS = 2.0

# The hill is where the density is at least this share of its maximum.
HILL_SHARE = 0.9


class Mode(NamedTuple):
    """A mode in bytes a day: as published, on the grid 10^(k/20), and the estimate beside it."""

    grid_bytes: float
    estimate_bytes: float


def mode(bins: npt.NDArray[np.int64], subscribers: npt.NDArray[np.int64]) -> Mode:
    """The mode of a distribution over log10(bytes a day).

    The density over bins of 0.05 decades is smoothed. The estimate is the middle, on the
    logarithmic axis, of the interval around the highest bin in which the density is at least 90 %
    of its maximum, edges interpolated between bins. Published is the nearest grid value.

    Args:
        bins: shape (n,), n > 0: distinct k of the bins centred on 10^(k/20) bytes a day, any order.
        subscribers: shape (n,): subscribers in these bins, at least one in all.

    Returns:
        The mode in bytes a day, both ways.

    Source: DOMAIN.md, rule 7.
    """
    reach = int(np.ceil(4 * SMOOTHING_BINS))
    first = int(bins.min()) - reach
    counts = np.zeros(int(bins.max()) + reach - first + 1, dtype=np.int64)
    counts[bins - first] = subscribers
    density = np.convolve(counts, _gaussian(reach), mode="same")

    top = int(density.argmax())
    threshold = HILL_SHARE * density[top]
    middle = (_edge(density, top, threshold, -1) + _edge(density, top, threshold, +1)) / 2
    nearest = math.floor(middle + 0.5)
    return Mode(
        grid_bytes=10 ** ((first + nearest) / BINS_PER_DECADE),
        estimate_bytes=10 ** ((first + middle) / BINS_PER_DECADE),
    )


def _gaussian(reach: int) -> npt.NDArray[np.float64]:
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / SMOOTHING_BINS) ** 2)
    normalised: npt.NDArray[np.float64] = weights / weights.sum()
    return normalised


def _edge(density: npt.NDArray[np.float64], top: int, threshold: float, step: int) -> float:
    """Where the density crosses the threshold on one side of its top, in bins.

    The density falls to almost nothing at both ends, so there is always such a place.
    """
    place = top
    while density[place + step] >= threshold:
        place += step
    inside, outside = density[place], density[place + step]
    return float(place + step * (inside - threshold) / (inside - outside))
