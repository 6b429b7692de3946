"""What may be published, by a second way that shares nothing with `edition/disclosure`.

Steps and counts come from sorted lists of volumes. For port tables this does not ask which rows
have to be withheld, because there are several solutions, but whether the published rows reveal any
part of the volume with too few subscribers behind it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import polars as pl

Signature = tuple[bool, ...]


def rounded(value: float, step: float) -> float:
    """A value rounded to the nearest multiple of a step, half up."""
    multiple = math.floor(value / step + 0.5)
    return multiple * step if step >= 1 else multiple / round(1 / step)


def step_of(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least a value."""
    exponent = math.floor(math.log10(least))
    steps = (float(f"{digit}e{exponent + more}") for more in (0, 1) for digit in (1, 2, 5))
    return next(step for step in steps if step >= least)


def shared_step(volumes: pl.Series, place_mb: float, minimum: int) -> float | None:
    """The smallest step at which enough subscribers share the rounded position; None without one.

    Args:
        volumes: bytes of the week of every subscriber, smallest first.
        place_mb: a position in the distribution, MB per day.
        minimum: how many subscribers have to share it.
    """
    for step in (float(f"{digit}e{exponent}") for exponent in range(-9, 13) for digit in (1, 2, 5)):
        multiple = math.floor(place_mb / step + 0.5)
        edges = ((multiple - 0.5) * step * 7e6, (multiple + 0.5) * step * 7e6)
        first, last = (int(volumes.search_sorted(edge)) for edge in edges)
        if multiple > 0 and last - first >= minimum:
            return step
    return None


def is_outweighed(total: float, volumes: pl.Series, minimum: int) -> bool:
    """Whether the second heaviest could estimate the heaviest to within one part in `minimum`."""
    *_, second, heaviest = [0, *volumes.tail(2)]
    return bool(total - heaviest - second < heaviest / minimum)


def given_away(
    parts: Iterable[tuple[Signature, int | None, float]],
    published: Sequence[bool],
    share_of: Sequence[int | None],
    minimum: int,
) -> list[str]:
    """What published rows of port tables reveal about too few subscribers.

    Args:
        parts: for each port of the week, the rows that include it, its subscribers (None if
            unknown), and how many average subscribers have its volume.
        published: for each row, whether its value was published.
        share_of: for each row, the row that is 100 % of it; None if that is everything.
        minimum: the smallest number of subscribers.

    Returns:
        One problem for each sum with too few subscribers, and for each needlessly withheld row.
    """
    behind: dict[Signature, tuple[int, float, bool]] = {}
    for signature, subscribers, average in parts:
        most, on_average, unknown = behind.get(signature, (0, 0.0, False))
        behind[signature] = (
            max(most, subscribers or 0),
            on_average + average,
            unknown or subscribers is None,
        )

    def number(signatures: frozenset[Signature]) -> int:
        found = [behind[signature] for signature in signatures]
        if any(unknown for _, _, unknown in found):
            return int(sum(average for _, average, _ in found) + 1e-9)
        return max(most for most, _, _ in found)

    everything = frozenset(behind)
    rows = [frozenset(s for s in behind if s[place]) for place in range(len(published))]
    known: set[frozenset[Signature]] = set()
    for row, is_there, place in zip(rows, published, share_of, strict=True):
        if is_there and row:
            known |= {row, everything if place is None else rows[place]}
    problems = [
        f"row {row + 1} is published with {number(parts)} subscribers behind it"
        for row, parts in enumerate(rows)
        if published[row] and parts and number(parts) < minimum
    ]
    for whole in known:
        inside = [part for part in known if part < whole]
        rests = {whole.difference(*inside), *(whole - part for part in inside)}
        rests |= {whole - one - other for one, other in combinations(inside, 2) if not one & other}
        problems += [
            f"a sum minus its other rows would describe {number(rest)} subscribers"
            for rest in rests
            if rest and number(rest) < minimum
        ]
    small = [parts for parts in rows if parts and number(parts) < minimum]
    if not small and not all(published):
        problems.append("rows are withheld although none describes too few subscribers")
    return problems
