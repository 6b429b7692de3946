"""The mode of a distribution of volumes: the middle of its hill, not the bare top."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BINS_PER_DECADE = 20

# Standard deviation of the smoothing in bins, and the share of the maximum down to which the
# density belongs to the hill: chosen by evidence, docs/benchmarks/mode.md.
SMOOTHING_BINS = 2.0
HILL_SHARE = 0.9

# Distance of the estimate from the top of the density, in log10, that remains for any number of
# subscribers: the bias of the worst population there.
MODE_BIAS_DECADES = 0.008


class Mode(NamedTuple):
    """A mode in bytes per day: as published, on the grid 10^(k/20), and its estimate."""

    grid_bytes: float
    estimate_bytes: float


def mode(bins: Integers, subscribers: Integers) -> Mode:
    """The mode of a distribution over log10(bytes per day).

    Args:
        bins: shape (n,), n > 0: distinct k of bins centred on 10^(k/20) bytes per day, any order.
        subscribers: shape (n,): subscribers in these bins, at least one in total.

    Returns:
        The mode in bytes per day: the estimate (`hill_middles`) and the nearest grid value.

    Source: docs/method.md, rule 7.
    """
    first = int(bins.min())
    counts = np.zeros(int(bins.max()) - first + 1, dtype=np.int64)
    counts[bins - first] = subscribers
    middle = float(hill_middles(counts[None, :])[0])
    nearest = math.floor(middle + 0.5)
    return Mode(
        grid_bytes=10 ** ((first + nearest) / BINS_PER_DECADE),
        estimate_bytes=10 ** ((first + middle) / BINS_PER_DECADE),
    )


def hill_middles(
    counts: npt.NDArray[np.number],
    *,
    smoothing_bins: float = SMOOTHING_BINS,
    hill_share: float = HILL_SHARE,
) -> Floats:
    """Middles of the hills of many histograms over the same bins.

    A histogram is smoothed by a normal kernel. Its hill is the interval around the highest bin in
    which the density is at least `hill_share` of its maximum, edges interpolated between bins.

    Args:
        counts: shape (histograms, bins): subscribers by bin; at least one in each histogram.
        smoothing_bins: standard deviation of the kernel, in bins; 0 does not smooth.
        hill_share: density at the edges of the hill, as a share of its maximum.

    Returns:
        Shape (histograms,): the middles in bins; 0 is the middle of the first bin.

    Source: docs/method.md, rule 7; the constants by docs/benchmarks/mode.md.
    """
    # One more bin on each side, so that the density falls below any share of its maximum.
    density = np.pad(smoothed(counts, smoothing_bins), ((0, 0), (1, 1)))
    margin, length = (density.shape[1] - counts.shape[1]) // 2, density.shape[1]
    top = density.argmax(axis=1)
    threshold = hill_share * density[np.arange(len(density)), top]
    lower = _edges(density[:, ::-1], length - 1 - top, threshold)
    upper = _edges(density, top, threshold)
    middles: Floats = ((length - 1 - lower) + upper) / 2 - margin
    return middles


def smoothed(
    counts: npt.NDArray[np.number], smoothing_bins: float = SMOOTHING_BINS
) -> npt.NDArray[np.float64]:
    """Histograms smoothed by a normal kernel; the sum of each is unchanged.

    Args:
        counts: shape (histograms, bins).
        smoothing_bins: standard deviation of the kernel, in bins.

    Returns:
        Shape (histograms, bins + 2 * reach): the bins, and the reach of the kernel, 4 standard
        deviations, on each side.
    """
    weights = kernel(smoothing_bins)
    margin = len(weights) - 1
    padded = np.pad(counts.astype(np.float64), ((0, 0), (margin, margin)))
    length = padded.shape[1] - margin
    # Added tap by tap, in an order that does not depend on the number of histograms.
    total = np.zeros((len(padded), length))
    for tap, weight in enumerate(weights):
        total += weight * padded[:, tap : tap + length]
    return total


def kernel(smoothing_bins: float) -> Floats:
    """Weights of a normal kernel of this standard deviation in bins, up to 4 of them; sum 1."""
    if smoothing_bins == 0:
        return np.ones(1)
    reach = math.ceil(4 * smoothing_bins)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / smoothing_bins) ** 2)
    normalised: Floats = weights / weights.sum()
    return normalised


def _edges(density: Floats, top: npt.NDArray[np.intp], threshold: Floats) -> Floats:
    """Where each density first falls below its threshold above its top, in bins."""
    rows = np.arange(len(density))
    is_out = (density < threshold[:, None]) & (np.arange(density.shape[1]) > top[:, None])
    outside = is_out.argmax(axis=1)
    high, low = density[rows, outside - 1], density[rows, outside]
    edges: Floats = outside - 1 + (high - threshold) / (high - low)
    return edges
