"""Intervals of differences and ratios, for figures with asymmetric intervals."""

from __future__ import annotations

import math

import pytest
from longflow.edition.statistics.differences import Interval, difference, ratio

LATER, EARLIER = Interval(10, 7, 11), Interval(4, 1, 8)


def test_distances_are_added_crosswise_as_squares() -> None:
    found = difference(LATER, EARLIER, independent=True)
    assert (found.value, found.low, found.high) == (6, 6 - math.hypot(3, 4), 6 + math.hypot(1, 3))


def test_distances_of_figures_that_move_together_are_added() -> None:
    found = difference(LATER, EARLIER, independent=False)
    assert (found.value, found.low, found.high) == (6, 6 - 7, 6 + 4)


def test_a_ratio_is_the_difference_of_logarithms() -> None:
    found = ratio(LATER, EARLIER, independent=True)
    down = math.hypot(math.log(10 / 7), math.log(8 / 4))
    up = math.hypot(math.log(11 / 10), math.log(4 / 1))
    assert found.value == 2.5
    assert found.low == pytest.approx(2.5 * math.exp(-down))
    assert found.high == pytest.approx(2.5 * math.exp(up))


@pytest.mark.parametrize(
    ("interval", "beyond"),
    [
        (Interval(2, 1, 3), 1),
        (Interval(2, 0, 3), 0),
        (Interval(0.3, 0.1 + 0.2 - 0.3, 0.6), 0),
        (Interval(-2, -3, -1), -1),
        (Interval(-2, -3, 0.5), 0),
        # The side that faces 0 does not reach it, but ±1.2 is printed.
        (Interval(1.1, 0.1, 2.3), 0),
    ],
)
def test_a_figure_within_its_error_of_nothing_is_not_beyond_it(
    interval: Interval, beyond: int
) -> None:
    assert interval.beyond(0) == beyond


def test_the_half_width_is_the_longer_side() -> None:
    assert (LATER.half_width, EARLIER.half_width) == (3, 4)
