"""A distribution of volumes over bins so fine that they lose nothing, and its statistics.

The published statistics of a distribution are computed for many histograms over the same bins at
once. A bootstrap needs this, and a million subscribers cost no more than a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from longflow.edition.statistics.mode import BINS_PER_DECADE, hill_middles

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FINE_BINS_PER_DECADE = 400
DAYS = 7

# Fine bins per bin of the mode; half of them are below its middle.
FINER = FINE_BINS_PER_DECADE // BINS_PER_DECADE

TOP_PERCENTS = (1, 10)


@dataclass(frozen=True)
class FineBins:
    """Subscribers with volume in a direction, by their volume.

    Attributes:
        bins: shape (n,), n > 0, rising: k of bins from 10^(k/400) to 10^((k+1)/400) bytes a day.
        subscribers: shape (n,): subscribers in each bin, at least one.
        week_bytes: shape (n,): their bytes of the week.
        variance_bytes2: shape (n,): sampling variances of these bytes; 0 for usage records.
    """

    bins: Integers
    subscribers: Integers
    week_bytes: Floats
    variance_bytes2: Floats

    @property
    def total(self) -> int:
        """Number of subscribers."""
        return int(self.subscribers.sum())

    @property
    def mean_volumes(self) -> Floats:
        """Shape (n,): mean bytes of the week of the subscribers of each bin."""
        return self.week_bytes / self.subscribers


def fine_bins(week_bytes: Floats, variance_bytes2: Floats | None = None) -> FineBins:
    """The distribution of volumes of single subscribers.

    Args:
        week_bytes: shape (subscribers,): bytes of the week; subscribers without any are excluded.
        variance_bytes2: shape (subscribers,): their sampling variances; 0 by default.
    """
    variances = np.zeros_like(week_bytes) if variance_bytes2 is None else variance_bytes2
    seen = week_bytes > 0
    volumes, variances = week_bytes[seen], variances[seen]
    places = np.floor(FINE_BINS_PER_DECADE * np.log10(volumes / DAYS)).astype(np.int64)
    first = int(places.min())
    counts = np.bincount(places - first)
    used = np.flatnonzero(counts)
    sums = [np.zeros(len(counts)), np.zeros(len(counts))]
    for total, values in zip(sums, (volumes, variances), strict=True):
        np.add.at(total, places - first, values)
    return FineBins(first + used, counts[used], *(total[used] for total in sums))


class Estimates(NamedTuple):
    """A statistic of histograms and its standard error by formula, shape (histograms,) each."""

    values: Floats
    errors: Floats


def means(volumes: FineBins, counts: Integers) -> Estimates:
    """Mean bytes per day and the standard error of its logarithm, as of a mean of n subscribers.

    Args:
        volumes: the bins, and the mean volume of a subscriber in each.
        counts: shape (histograms, n): subscribers by bin; the same number in all of them.
    """
    # Here and below no matrix products: their order of summation depends on threads.
    mean = (counts * volumes.mean_volumes).sum(axis=1) / volumes.total
    apart = volumes.mean_volumes / mean[:, None] - 1
    errors = np.sqrt((counts * apart**2).sum(axis=1)) / volumes.total
    return Estimates(mean / DAYS, errors)


def top_shares(volumes: FineBins, counts: Integers, percent: int) -> Estimates:
    """Share of the heaviest, 0 to 1, and the standard error of its logarithm.

    The error is that of the mean influence of single subscribers on the share: with volume x,
    those above the smallest volume c of the heaviest hold x - c more (Cowell & Flachaire 2007).

    Args:
        volumes: the bins, and the mean volume of a subscriber in each.
        counts: shape (histograms, n): subscribers by bin; the same number in all of them.
        percent: the percentage that counts as the heaviest; their number is rounded up.
    """
    rows = np.arange(len(counts))
    total = volumes.total
    held = counts * volumes.mean_volumes
    below, bytes_below = np.cumsum(counts, axis=1), np.cumsum(held, axis=1)
    rest = total + (-total * percent // 100)
    # The bin in which the heaviest begin: only a part of it belongs to them.
    place = (below <= rest).sum(axis=1)
    before = np.maximum(place - 1, 0)
    inside = rest - np.where(place > 0, below[rows, before], 0)
    least = volumes.mean_volumes[place]
    bytes_of_rest = np.where(place > 0, bytes_below[rows, before], 0) + inside * least
    all_bytes = bytes_below[:, -1]
    top = all_bytes - bytes_of_rest
    influence = (
        np.maximum(volumes.mean_volumes - least[:, None], 0) * (total / top)[:, None]
        - volumes.mean_volumes * (total / all_bytes)[:, None]
    )
    mean = (counts * influence).sum(axis=1) / total
    squares = (counts * (influence - mean[:, None]) ** 2).sum(axis=1)
    return Estimates(top / all_bytes, np.sqrt(squares) / total)


def medians(volumes: FineBins, counts: Integers) -> Floats:
    """Medians in bytes per day, interpolated within their bins; shape (histograms,).

    Args:
        volumes: the bins.
        counts: shape (histograms, n): subscribers by bin; the same number in all of them.
    """
    rows = np.arange(len(counts))
    below = np.cumsum(counts, axis=1)
    place = (2 * below < volumes.total).sum(axis=1)
    inside = counts[rows, place]
    part = (volumes.total / 2 - (below[rows, place] - inside)) / inside
    found: Floats = 10 ** ((volumes.bins[place] + part) / FINE_BINS_PER_DECADE)
    return found


def modes(volumes: FineBins, counts: Integers) -> Floats:
    """Estimates of the mode, not moved to the grid, in bytes per day; shape (histograms,)."""
    found: Floats = 10 ** (
        (first_coarse(volumes) + hill_middles(coarse(volumes, counts))) / BINS_PER_DECADE
    )
    return found


def first_coarse(volumes: FineBins) -> int:
    """The bin of the mode that contains the first fine bin."""
    return int((volumes.bins[0] + FINER // 2) // FINER)


def coarse(volumes: FineBins, counts: Integers) -> Integers:
    """Histograms over the bins of the mode, from the first to the last with a fine bin."""
    places = (volumes.bins + FINER // 2) // FINER - first_coarse(volumes)
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    found = np.zeros((len(counts), int(places[-1]) + 1), dtype=np.int64)
    found[:, places[starts]] = np.add.reduceat(counts, starts, axis=1)
    return found
