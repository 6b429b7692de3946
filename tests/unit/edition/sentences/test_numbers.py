"""Numbers of sentences: their decimals, and those of their errors."""

from __future__ import annotations

import pytest
from longflow.edition.sentences.figures import Figure
from longflow.edition.sentences.numbers import level
from longflow.edition.sentences.sentence import Cell
from longflow.edition.statistics.differences import Interval


@pytest.mark.parametrize(
    ("half", "error", "places"), [(0.4, 0.4, 1), (0.5, 0.5, 1), (0.6, 1.0, 0), (2.0, 2.0, 0)]
)
def test_an_error_of_half_the_last_digit_does_not_vanish(
    half: float, error: float, places: int
) -> None:
    cell = Cell("growth-of-businesses", (), "growth_percent")
    figure = Figure(cell, Interval(29.0, 29.0 - half, 29.0 + half), True, None, {})
    number = level(figure, "percent", none=0)
    assert number is not None
    assert (number.value, number.error, number.error_places) == (29.0, error, places)
