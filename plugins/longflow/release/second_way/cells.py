"""Cells of a grid of at least the minimum, by a second way: lists of subscribers, one by one.

Source: docs/method.md, rule 21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Place = tuple[int, ...]
Bounds = tuple[tuple[float, float], ...]


class Box(NamedTuple):
    """Bounds of a cell along each axis, from and below, and its number of subscribers.

    `around` are the bounds before a cell of many became the place of nearly all of them.
    """

    bounds: tuple[tuple[int, int], ...]
    number: int
    around: tuple[tuple[int, int], ...] | None = None


def boxes(numbers: Mapping[Place, int], minimum: int) -> list[Box]:
    """The cells of a grid, in the order in which halving finds them, lower halves first.

    Args:
        numbers: how many subscribers are at each place of the grid.
        minimum: the smallest number in a cell.
    """
    axes = len(next(iter(numbers)))
    found: list[Box] = []
    waiting = [(dict(numbers), ((float("-inf"), float("inf")),) * axes)]
    while waiting:
        inside, limits = waiting.pop()
        bounds = tuple(
            _round_bounds([place[axis] for place in inside], *limits[axis]) for axis in range(axes)
        )
        widths = [high - low for low, high in bounds]
        for axis in sorted(range(axes), key=lambda axis: (-widths[axis], axis)):
            if (edge := _edge(inside, axis, bounds[axis], minimum)) is not None:
                low, high = limits[axis]
                halves = [
                    ({place: n for place, n in inside.items() if (place[axis] < edge) == is_low},
                     (*limits[:axis], (low, edge) if is_low else (edge, high), *limits[axis + 1 :]))
                    for is_low in (False, True)
                ]  # fmt: skip
                waiting += halves
                break
        else:
            found.append(_box(inside, bounds, minimum))
    return found


def _box(inside: Mapping[Place, int], bounds: tuple[tuple[int, int], ...], minimum: int) -> Box:
    number = sum(inside.values())
    if number < 4 * len(bounds) * minimum:
        return Box(bounds, number)
    middles = []
    for axis in range(len(bounds)):
        along = sorted(place[axis] for place, times in inside.items() for _ in range(times))
        middles.append(along[(number - 1) // 2])
    narrow = tuple((middle, middle + 1) for middle in middles)
    return Box(narrow, number, None if narrow == bounds else bounds)


def in_tens(found: list[Box], minimum: int) -> list[int]:
    """The numbers of cells as multiples of the minimum, of which the sums are rounded half up."""
    rounded, total, before = [], 0, 0
    for box in found:
        total += box.number
        now = minimum * int(total / minimum + 0.5)
        rounded.append(now - before)
        before = now
    return rounded


def _edge(
    inside: Mapping[Place, int], axis: int, bounds: tuple[int, int], minimum: int
) -> int | None:
    """Of the edges that leave the minimum on either side the one with most factors of two."""
    along: dict[int, int] = {}
    for place, number in inside.items():
        along[place[axis]] = along.get(place[axis], 0) + number
    everyone, below, possible = sum(along.values()), 0, []
    for edge in range(bounds[0] + 1, bounds[1]):
        below += along.get(edge - 1, 0)
        if below >= minimum and everyone - below >= minimum:
            possible.append(edge)
    return max(possible, key=_twos, default=None)


def _twos(edge: int) -> int:
    return 99 if edge == 0 else (edge & -edge).bit_length()


def _round_bounds(places: list[int], low: float, high: float) -> tuple[int, int]:
    """Multiples of the smallest power of two of which two steps hold all the places."""
    for power in range(64):
        step = 2**power
        first, last = min(places) // step, max(places) // step
        if last - first < 2:
            return int(max(first * step, low)), int(min((last + 1) * step, high))
    raise ValueError("the places of a grid are too far apart")
