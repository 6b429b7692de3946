"""Cells of enough subscribers: how they are halved, and what they hide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from longflow.edition.statistics.cells import Cell, halved, in_minimums
from longflow.release.second_way.cells import Box, boxes, in_tens


def grid(seed: int, subscribers: int, axes: int) -> npt.NDArray[np.int64]:
    """Places of subscribers around a hill, with a few far from it."""
    random = np.random.default_rng(seed)
    places = random.normal(160, 10, (subscribers, axes))
    places[: subscribers // 50] += random.exponential(30, (subscribers // 50, axes))
    return np.floor(places).astype(np.int64)


def cells_of(places: npt.NDArray[np.int64], minimum: int = 10) -> list[Cell]:
    found, numbers = np.unique(places, axis=0, return_counts=True)
    return halved(found, numbers, minimum)


def of_first(cell: Cell) -> Box:
    """A cell as the second way writes it."""
    around = cell.around and tuple(zip(*cell.around, strict=True))
    return Box(tuple(zip(cell.low, cell.high, strict=True)), cell.subscribers, around)


def inside(cell: Cell, places: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    is_in = np.ones(len(places), dtype=np.bool_)
    for axis, (low, high) in enumerate(zip(cell.low, cell.high, strict=True)):
        is_in &= (places[:, axis] >= low) & (places[:, axis] < high)
    return is_in


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_each_subscriber_is_in_one_cell_and_each_cell_holds_the_minimum(
    seed: int, axes: int
) -> None:
    places = grid(seed, 600, axes)
    cells = cells_of(places)
    counts = [int(inside(cell, places).sum()) for cell in cells]
    assert counts == [cell.subscribers for cell in cells]
    assert sum(counts) == 600
    assert min(counts) >= 10


def test_cells_are_halved_until_a_half_would_hold_too_few() -> None:
    places = np.repeat(np.arange(8), 10)[:, None]
    assert cells_of(places) == [Cell((place,), (place + 1,), 10) for place in range(8)]
    assert [cell.subscribers for cell in cells_of(places, 15)] == [20, 20, 20, 20]


def test_edges_are_round_places_and_not_those_of_subscribers() -> None:
    # Between 12 and 19 any edge would do.
    places = np.array([[11]] * 10 + [[19]] * 10)
    assert [(cell.low, cell.high) for cell in cells_of(places)] == [((11,), (12,)), ((19,), (20,))]
    low = np.array([[place] for place in (3, 5, 6, 7, 9, 10, 11, 11, 11, 11)])
    assert [(cell.low, cell.high) for cell in cells_of(np.concatenate([low, low + 16]))] == [
        ((0,), (16,)),
        ((16,), (32,)),
    ]


def test_the_heaviest_leaves_no_trace_within_its_half_of_a_cell() -> None:
    places = grid(3, 600, 2)
    heaviest = places[:, 0].argmax()
    (cell,) = (cell for cell in cells_of(places) if inside(cell, places)[heaviest])
    middle = (cell.low[0] + cell.high[0]) // 2
    for place in range(middle, cell.high[0]):
        moved = places.copy()
        moved[heaviest, 0] = place
        # Others in that half keep its bounds; alone in it, the heaviest does.
        assert cells_of(moved) == cells_of(places)


def test_many_at_one_place_are_not_spread_over_the_few_around_it() -> None:
    places = np.array([[place] for place in (97, 98, 99, 103, 104, 110, 124)] + [[127]] * 40)
    assert cells_of(places) == [Cell((127,), (128,), 47, ((96,), (128,)))]
    assert cells_of(places[:46]) == [Cell((127,), (128,), 46, ((96,), (128,)))]
    # Of fewer, less than half might be at that place.
    assert cells_of(places[:39]) == [Cell((96,), (128,), 39)]
    both = np.concatenate([places, places], axis=1)
    assert cells_of(both) == [Cell((96, 96), (128, 128), 47)]
    assert cells_of(np.concatenate([both, both[-40:]])) == [
        Cell((127, 127), (128, 128), 87, ((96, 96), (128, 128)))
    ]


def test_who_is_beside_many_at_one_place_leaves_no_trace() -> None:
    places = np.array([[place] for place in (97, 98, 99, 103, 104, 110, 124)] + [[127]] * 60)
    for place in (100, 113, 126, 127):
        moved = places.copy()
        moved[3] = place
        assert cells_of(moved) == cells_of(places)


def test_fewer_than_the_minimum_have_no_cell() -> None:
    assert cells_of(grid(1, 9, 2)) == []


def test_numbers_and_their_sums_are_multiples_of_the_minimum() -> None:
    assert in_minimums([14, 14, 14, 11], 10) == [10, 20, 10, 10]
    assert in_minimums([10, 10], 10) == [10, 10]
    assert in_minimums([7, 1, 2], 1) == [7, 1, 2]


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize(("seed", "minimum"), [(1, 10), (2, 3), (3, 25), (4, 1)])
@pytest.mark.parametrize("crowd", [0, 200])
def test_the_second_way_finds_the_same_cells(
    seed: int, minimum: int, axes: int, crowd: int
) -> None:
    places = np.concatenate([grid(seed, 400, axes), np.full((crowd, axes), 260)])
    found, numbers = np.unique(places, axis=0, return_counts=True)
    cells = halved(found, numbers, minimum)
    other = boxes(dict(zip(map(tuple, found.tolist()), numbers.tolist(), strict=True)), minimum)
    assert [of_first(cell) for cell in cells] == other
    assert in_minimums([cell.subscribers for cell in cells], minimum) == in_tens(other, minimum)
