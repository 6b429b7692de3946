"""The interval of the difference, or of the ratio, of two figures with intervals of their own.

Source: docs/method.md, rule 25. The method of variance estimates recovery (MOVER; Zou & Donner
2008) squares the distances of each figure from the two ends of its interval, so that intervals may
be asymmetric, and adds them crosswise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_SLACK = 1e-9


@dataclass(frozen=True)
class Interval:
    """A figure and the ends of its 95 % interval, in the unit of the figure."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """The longer side."""
        return max(self.value - self.low, self.high - self.value)

    def each(self, of: Callable[[float], float]) -> Interval:
        """The interval of a rising function of the figure."""
        return Interval(of(self.value), of(self.low), of(self.high))

    def beyond(self, standard: float) -> int:
        """1 or -1 if the figure lies above or below a value by more than its error, otherwise 0.

        The error is the longer side, which is printed. A distance that equals it, but for the last
        digits of a double, is not more.
        """
        slack = _SLACK * max(abs(self.value), abs(standard), 1)
        apart = self.value - standard
        return (apart > self.half_width + slack) - (-apart > self.half_width + slack)


def difference(later: Interval, earlier: Interval, *, independent: bool) -> Interval:
    """The difference of two figures.

    Args:
        later: the figure from which the other is subtracted.
        earlier: the other one.
        independent: whether chance moves them independently. If not, their distances are added as
            they are, which holds for any correlation.
    """
    down = _together(later.value - later.low, earlier.high - earlier.value, independent)
    up = _together(later.high - later.value, earlier.value - earlier.low, independent)
    value = later.value - earlier.value
    return Interval(value, value - down, value + up)


def ratio(later: Interval, earlier: Interval, *, independent: bool) -> Interval:
    """The ratio of two figures above 0: the difference of their logarithms, as a ratio.

    Raises:
        ValueError: an end of an interval is not above 0.
    """
    logs = difference(later.each(math.log), earlier.each(math.log), independent=independent)
    return Interval(later.value / earlier.value, math.exp(logs.low), math.exp(logs.high))


def _together(one: float, other: float, independent: bool) -> float:
    return math.hypot(one, other) if independent else one + other
