"""The density of a distribution of volumes: the smoothed histogram that the mode is taken from.

Source: docs/method.md, rule 6; how it hides single subscribers: docs/decisions/disclosure.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from longflow.edition.statistics.cells import halved, in_minimums
from longflow.edition.statistics.fine_bins import (
    FINE_BINS_PER_DECADE,
    FineBins,
    coarse,
    first_coarse,
)
from longflow.edition.statistics.mode import BINS_PER_DECADE, SMOOTHING_BINS, kernel, smoothed

Floats = npt.NDArray[np.float64]

# The drawn axis, in log10 of the bytes a day, and its bins.
AXIS = (4, 11)
AXIS_BINS = np.arange(AXIS[0] * BINS_PER_DECADE, AXIS[1] * BINS_PER_DECADE + 1)

# Half width of the 95 % interval of a normal variable, in standard deviations.
_NORMAL_95 = 1.96


class Interval(NamedTuple):
    """Values and their 95 % intervals; arrays of equal shape."""

    values: Floats
    low: Floats
    high: Floats


def curve(volumes: FineBins, again: FineBins | None, minimum: int) -> Interval:
    """The density per decade at each bin of the axis; it integrates to 1 over everyone.

    The interval is the score interval of a proportion (Wilson 1927) for subscribers who count with
    the weights of the kernel. The shift by sampling counts as one more standard error. So does, in
    joined bins, where in them the subscribers are.

    Args:
        volumes: the distribution, of at least the minimum.
        again: the distribution as sampling once more would show it; None if nothing is sampled.
        minimum: the smallest number of subscribers of a cell; at 1 bins are not joined.
    """
    first = first_coarse(volumes)
    counts = coarse(volumes, volumes.subscribers[None, :])[0]
    joined = _Joined(first, counts, minimum)
    number = float(joined.subscribers.sum())
    scale = BINS_PER_DECADE / number
    seen = _on_axis(smoothed(joined.subscribers[None, :])[0], joined.first)
    weights = kernel(SMOOTHING_BINS)
    squares = _on_axis(_convolved(joined.subscribers, weights**2), joined.first)
    # Subscribers far from a bin count little, and none of them near it is no evidence of none.
    weight = np.maximum(
        np.divide(squares, seen, out=np.zeros_like(seen), where=seen > 0), (weights**2).sum()
    )
    z_square = _NORMAL_95**2
    divisor = 1 + z_square / number
    middle = (seen + z_square * weight / 2) / divisor
    reach = np.sqrt(np.maximum(middle**2 - seen**2 / divisor, 0))
    shift = np.zeros_like(seen)
    if again is not None:
        moved = joined.spread(
            first_coarse(again), coarse(again, again.subscribers[None, :])[0].astype(np.float64)
        )
        then = _on_axis(smoothed(moved[None, :])[0], joined.first) * number / again.total
        shift = _NORMAL_95 * (then - seen)
    unknown = np.hypot(shift, joined.leeway())
    low = seen - np.hypot(seen - (middle - reach), unknown)
    high = seen + np.hypot(middle + reach - seen, unknown)
    return Interval(scale * seen, scale * np.maximum(low, 0), scale * high)


def beyond(volumes: FineBins, again: FineBins | None) -> Interval:
    """Shares of the subscribers below the axis and above it, 0 to 1; shape (2,).

    The interval is the score interval of a proportion (Wilson 1927), with the shift by sampling as
    one more standard error.
    """
    shares = _beyond(volumes)
    z_square, count = _NORMAL_95**2, volumes.total
    center = (shares + z_square / (2 * count)) / (1 + z_square / count)
    reach = np.sqrt(np.maximum(center**2 - shares**2 / (1 + z_square / count), 0))
    shift = np.zeros(2) if again is None else _NORMAL_95 * (_beyond(again) - shares)
    low = shares - np.hypot(shares - (center - reach), shift)
    high = shares + np.hypot(center + reach - shares, shift)
    return Interval(shares, np.maximum(low, 0), np.minimum(high, 1))


def _beyond(volumes: FineBins) -> Floats:
    low, high = (end * FINE_BINS_PER_DECADE for end in AXIS)
    outside = [volumes.bins < low, volumes.bins >= high]
    return np.array([volumes.subscribers[of].sum() / volumes.total for of in outside])


class _Joined:
    """A histogram whose bins with few subscribers are joined to cells of at least the minimum.

    A number of subscribers is a multiple of the minimum, and is spread evenly over its cell.
    """

    def __init__(self, first: int, counts: npt.NDArray[np.int64], minimum: int) -> None:
        self.minimum = minimum
        self.crowds: list[tuple[int, int]] = []
        used = np.flatnonzero(counts)
        cells = halved((first + used)[:, None], counts[used], minimum)
        if minimum == 1:
            self.edges = np.arange(first, first + len(counts) + 1)
            numbers = counts.astype(np.float64)
        else:
            # Between two cells there may be empty bins, which are cells without subscribers.
            lows, highs = (
                np.array([getattr(cell, end)[0] for cell in cells]) for end in ("low", "high")
            )
            self.edges = np.unique(np.concatenate([lows, highs]))
            self.crowds = [
                (cell.around[0][0], cell.around[1][0]) for cell in cells if cell.around is not None
            ]
            numbers = np.zeros(len(self.edges) - 1)
            numbers[np.searchsorted(self.edges, lows)] = in_minimums(
                [cell.subscribers for cell in cells], minimum
            )
        self.first = int(self.edges[0])
        self.subscribers = self._evenly(numbers)

    def _evenly(self, numbers: Floats) -> Floats:
        widths = np.diff(self.edges)
        return np.repeat(numbers / widths, widths)

    def leeway(self) -> Floats:
        """How far joining and rounding may move the smoothed histogram on the axis.

        The root of the sum of squares of: for each cell, the change if all its subscribers were in
        one of its halves; for each edge between two, 1.96 standard deviations of the rounding of
        the number below it; for each cell that became one place, the minimum of subscribers,
        wherever around it they change most. 0 where nothing is joined.
        """
        if self.minimum == 1:
            return np.zeros(len(AXIS_BINS))
        widths = np.diff(self.edges)
        evenly = np.zeros((len(widths), len(self.subscribers)))
        evenly[np.repeat(np.arange(len(widths)), widths), np.arange(evenly.shape[1])] = np.repeat(
            1 / widths, widths
        )
        middles = (self.edges[:-1] + self.edges[1:] - 1) / 2 - self.first
        halves = evenly * np.sign(np.arange(evenly.shape[1]) - middles[:, None])
        numbers = np.add.reduceat(self.subscribers, self.edges[:-1] - self.first)
        within = numbers[:, None] * _on_axis(smoothed(halves), self.first)
        across = np.diff(_on_axis(smoothed(evenly), self.first), axis=0)
        rounding = _NORMAL_95 * self.minimum / math.sqrt(12) * across
        beside = np.zeros(len(AXIS_BINS))
        for low, high in self.crowds:
            beside += (self.minimum * _most_weight(low, high)) ** 2
        found: Floats = np.sqrt((within**2).sum(axis=0) + (rounding**2).sum(axis=0) + beside)
        return found

    def spread(self, first: int, counts: Floats) -> Floats:
        """Another histogram in the same cells; what is outside of them is left out."""
        places = np.clip(self.edges - first, 0, len(counts))
        sums = np.concatenate([[0.0], np.cumsum(counts)])
        return self._evenly(np.diff(sums[places]))


def _most_weight(low: int, high: int) -> Floats:
    """At each bin of the axis, the largest weight that a bin from `low` and below `high` has."""
    weights = kernel(SMOOTHING_BINS)
    reach = len(weights) // 2
    away = np.maximum(np.maximum(low - AXIS_BINS, AXIS_BINS - (high - 1)), 0)
    found: Floats = np.where(away <= reach, weights[reach + np.minimum(away, reach)], 0.0)
    return found


def _convolved(numbers: Floats, weights: Floats) -> Floats:
    """Numbers by bin, each spread by the weights; with the reach of the weights on each side."""
    found: Floats = np.zeros(len(numbers) + len(weights) - 1)
    for tap, weight in enumerate(weights):
        found[tap : tap + len(numbers)] += weight * numbers
    return found


def _on_axis(density: Floats, first: int) -> Floats:
    """Values of the bins of the axis, from smoothed histograms whose margins are included."""
    places = AXIS_BINS - first + math.ceil(4 * SMOOTHING_BINS)
    inside = (places >= 0) & (places < density.shape[-1])
    found = np.zeros((*density.shape[:-1], len(AXIS_BINS)))
    found[..., inside] = density[..., places[inside]]
    return found
