"""Cells of a grid that each hold enough subscribers, for pictures of single subscribers.

A picture shows how many subscribers a cell has, and nothing of where they are within it. Cells are
halved as long as each half keeps the minimum, at the roundest edge where that holds: edges follow
from the grid, not from single subscribers. A cell of many that cannot be halved has nearly all of
them at one place, and becomes that place. Source: docs/method.md, rule 21; what can still be
learnt: docs/decisions/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

Place = tuple[int, ...]

# Along an axis a cell that cannot be halved has fewer than the minimum on either side of one place.
# From so many times the minimum on, at least half of its subscribers are at that place.
_CROWD = 4


class Cell(NamedTuple):
    """A box of the grid, and its subscribers.

    Attributes:
        low: for each axis, its first place.
        high: for each axis, the place behind its last one.
        subscribers: how many are in it.
        around: of a cell that became one place, the bounds that it had: low and high. Along each
            axis fewer than the minimum on either side are counted in the cell instead.
    """

    low: Place
    high: Place
    subscribers: int
    around: tuple[Place, Place] | None = None


def halved(places: Integers, subscribers: Integers, minimum: int) -> list[Cell]:
    """The finest cells that each hold the minimum.

    Args:
        places: shape (n, axes), n > 0: whole numbers of distinct places that have subscribers.
        subscribers: shape (n,): how many are at each place, at least one.
        minimum: the smallest number of subscribers of a cell.

    Returns:
        The cells, those next to each other in one part of the grid in a row; no two overlap. There
        are none if all subscribers together are fewer than the minimum.
    """
    if subscribers.sum() < minimum:
        return []
    nowhere = np.iinfo(np.int64).max // 4
    axes = places.shape[1]
    found: list[Cell] = []
    _halve(places, subscribers, minimum, [-nowhere] * axes, [nowhere] * axes, found)
    return found


def _halve(
    places: Integers,
    subscribers: Integers,
    minimum: int,
    low: Sequence[int],
    high: Sequence[int],
    found: list[Cell],
) -> None:
    """Append the cells of a part of the grid."""
    box = [
        _trimmed(int(least), int(most) + 1, *between)
        for least, most, *between in zip(
            places.min(axis=0), places.max(axis=0), low, high, strict=True
        )
    ]
    # The longer side first; of equal ones the first.
    for axis in sorted(range(len(box)), key=lambda axis: box[axis][0] - box[axis][1]):
        edge = _edge(places[:, axis], subscribers, minimum)
        if edge is not None:
            is_below = places[:, axis] < edge
            upper, lower = [*low], [*high]
            upper[axis] = lower[axis] = edge
            is_above = ~is_below
            _halve(places[is_below], subscribers[is_below], minimum, low, lower, found)
            _halve(places[is_above], subscribers[is_above], minimum, upper, high, found)
            return
    everyone = int(subscribers.sum())
    low_end, high_end = tuple(first for first, _ in box), tuple(behind for _, behind in box)
    if everyone < _CROWD * len(box) * minimum:
        found.append(Cell(low_end, high_end, everyone))
        return
    place = tuple(_middle(places[:, axis], subscribers) for axis in range(len(box)))
    behind_it = tuple(along + 1 for along in place)
    around = None if (place, behind_it) == (low_end, high_end) else (low_end, high_end)
    found.append(Cell(place, behind_it, everyone, around))


def _middle(along: Integers, subscribers: Integers) -> int:
    """The place of the subscriber in the middle."""
    order = along.argsort(kind="stable")
    up_to = subscribers[order].cumsum()
    return int(along[order[np.searchsorted(2 * up_to, up_to[-1])]])


def _trimmed(first: int, behind: int, low: int, high: int) -> tuple[int, int]:
    """Round bounds of a cell along an axis, at most two of their own steps apart.

    A bound that followed its outermost subscriber would reveal where that one is. In a cell of two
    steps it says that somebody is in this half of the cell.
    """
    step = 1
    while -(-behind // step) - first // step > 2:
        step *= 2
    return max(first // step * step, low), min(-(-behind // step) * step, high)


def _edge(along: Integers, subscribers: Integers, minimum: int) -> int | None:
    """The roundest edge with the minimum on either side; None if there is none."""
    total = int(subscribers.sum())
    if total < 2 * minimum:
        return None
    order = along.argsort(kind="stable")
    up_to = subscribers[order].cumsum()
    first = int(along[order[up_to.searchsorted(minimum)]]) + 1
    last = int(along[order[up_to.searchsorted(total - minimum, side="right")]])
    return _roundest(first, last) if first <= last else None


def _roundest(first: int, last: int) -> int:
    """Of the whole numbers of an interval the one that the highest power of two divides."""
    step, found = 1, first
    while (multiple := -(-first // step) * step) <= last:
        found = multiple
        if multiple == 0:
            break
        step *= 2
    return found


def in_minimums(numbers: Sequence[int], minimum: int) -> list[int]:
    """Numbers of subscribers as multiples of the minimum, rounded so that their sums are, too.

    Each sum of the first ones is rounded half up. A number of at least the minimum stays at least
    that, and one subscriber more or fewer changes no sum by more than one multiple.
    """
    sums = [0, *np.cumsum(np.asarray(numbers, dtype=np.int64)).tolist()]
    rounded = [(2 * total + minimum) // (2 * minimum) * minimum for total in sums]
    return [later - before for before, later in pairwise(rounded)]
