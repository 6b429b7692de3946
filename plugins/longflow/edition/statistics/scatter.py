"""Consumers by the volumes of both directions, as cells and numbers of points to draw.

Source: docs/method.md, rule 21; what can still be learnt: docs/decisions/disclosure.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from longflow.edition.statistics.cells import Cell, halved, in_minimums

# Places of the grid per decade of daily volume, in either direction.
CELLS_PER_DECADE = 16

MOST_POINTS = 5000

# Half width of the 95 % interval of a normal variable, in standard deviations.
_NORMAL_95 = 1.96


class Points(NamedTuple):
    """The points of a cell.

    Attributes:
        cell: its bounds; its subscribers are a multiple of the minimum.
        points: how many are drawn in it.
        low: lower end of the 95 % interval of that number, if others had been counted.
        high: upper end.
    """

    cell: Cell
    points: int
    low: int
    high: int


def scatter(
    places: npt.NDArray[np.int64], subscribers: npt.NDArray[np.int64], minimum: int
) -> list[Points]:
    """Cells of at least the minimum, each with its part of the points.

    The interval is the score interval of a proportion (Wilson 1927), with what rounding to
    multiples of the minimum adds, and with those who may be beside a cell that became one place.

    Args:
        places: shape (n, axes), n > 0: distinct places of the grid that have subscribers.
        subscribers: shape (n,): how many are at each place.
        minimum: the smallest number of subscribers of a cell.

    Returns:
        The cells; none if all subscribers together are fewer than the minimum.
    """
    cells = halved(places, subscribers, minimum)
    numbers = in_minimums([cell.subscribers for cell in cells], minimum)
    total, drawn = sum(numbers), number_drawn(int(subscribers.sum()), minimum)
    # Of the difference of two sums, each rounded.
    rounding = _NORMAL_95 * math.sqrt((minimum**2 - 1) / 6) / total if total else 0.0
    found, before, before_points = [], 0, 0
    for cell, number in zip(cells, numbers, strict=True):
        before += number
        points = (2 * drawn * before + total) // (2 * total) - before_points
        before_points += points
        # So many may be beside the place that a cell of many became.
        beside = 2 * len(cell.low) * (minimum - 1) / total if cell.around else 0.0
        share, square = number / total, _NORMAL_95**2 / total
        middle = (share + square / 2) / (1 + square)
        reach = _NORMAL_95 * math.sqrt(share * (1 - share) / total + square / total / 4)
        low, high = (
            share + sign * math.hypot(middle + sign * reach / (1 + square) - share, rounding, more)
            for sign, more in ((-1, beside), (1, 0.0))
        )
        found.append(
            Points(
                cell._replace(subscribers=number),
                points,
                min(points, math.floor(drawn * max(low, 0.0))),
                max(points, math.ceil(drawn * high)),
            )
        )
    return found


def number_drawn(subscribers: int, minimum: int) -> int:
    """How many points are drawn for a number of subscribers.

    A smaller number than the most is 1, 2 or 5 times a power of ten, so that it does not reveal the
    number of subscribers; where nothing is to be hidden, all of them are drawn.
    """
    if minimum == 1 or subscribers >= MOST_POINTS:
        return min(subscribers, MOST_POINTS)
    unit = 10 ** (len(str(subscribers)) - 1)
    return max(int(part * unit) for part in (1, 2, 5) if part * unit <= subscribers)
