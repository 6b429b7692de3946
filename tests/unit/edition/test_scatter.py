"""Points of consumers by both directions: how many, where, and what can be learnt from them."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from longflow.edition.statistics.cells import Cell
from longflow.edition.statistics.scatter import Points, number_drawn, scatter

Integers = npt.NDArray[np.int64]


def consumers(number: int, seed: int = 1) -> Integers:
    """Places of consumers on the grid, OUT and IN, with a few heavy uploaders."""
    random = np.random.default_rng(seed)
    out = random.normal(9.1, 0.5, number)
    sent = out - 1.1 + random.normal(0, 0.35, number)
    sent[: number // 30] += random.normal(1, 0.5, number // 30)
    return np.floor(16 * np.stack([out, sent], axis=1)).astype(np.int64)


def published(places: Integers) -> list[Points]:
    found, numbers = np.unique(places, axis=0, return_counts=True)
    return scatter(found, numbers, 10)


def cell_of(place: Integers, cells: list[Points]) -> Cell:
    (found,) = (
        points.cell for points in cells
        if (place >= points.cell.low).all() and (place < points.cell.high).all()
    )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("subscribers", "minimum", "drawn"),
    [(1_000_000, 10, 5000), (5000, 10, 5000), (4999, 10, 2000), (1999, 10, 1000), (640, 10, 500),
     (12, 10, 10), (640, 1, 640), (9999, 1, 5000)],
)  # fmt: skip
def test_a_round_number_is_drawn_of_fewer_than_five_thousand(
    subscribers: int, minimum: int, drawn: int
) -> None:
    assert number_drawn(subscribers, minimum) == drawn


@pytest.mark.parametrize("number", [600, 7_000, 40_000])
def test_points_are_in_proportion_to_the_consumers_of_a_cell(number: int) -> None:
    found = published(consumers(number))
    drawn, total = number_drawn(number, 10), sum(of.cell.subscribers for of in found)
    assert sum(of.points for of in found) == drawn
    for of in found:
        assert abs(of.points - drawn * of.cell.subscribers / total) <= 1
        assert of.low <= of.points <= of.high


def test_heavy_users_do_not_vanish() -> None:
    places = consumers(7_000)
    heavy = np.array([[16 * 10 + 9, 16 * 9 + place] for place in range(10)])
    found = published(np.concatenate([places, heavy]))
    above = [of for of in found if of.cell.low[0] >= 16 * 10 + 8]
    assert sum(of.points for of in above) >= 7


def test_intervals_contain_the_number_that_many_consumers_give() -> None:
    many = consumers(200_000, 99)
    held = []
    for of in published(consumers(7_000)):
        is_in = ((many >= of.cell.low) & (many < of.cell.high)).all(axis=1)
        held.append(of.low <= 5000 * is_in.mean() <= of.high)
    assert np.mean(held) > 0.9


def test_who_knows_every_consumer_but_one_does_not_learn_where_in_its_cell_it_is() -> None:
    places = consumers(400)
    cells = published(places)
    victims = [
        places[:, 0].argmax(),
        places[:, 1].argmax(),
        places[:, 1].argmin(),
        *range(0, 60, 15),
    ]
    known = []
    for victim in victims:
        cell = cell_of(places[victim], cells)
        others = np.delete(places, victim, axis=0)
        sides = [range(low, high) for low, high in zip(cell.low, cell.high, strict=True)]
        possible = [
            place
            for place in product(*sides)
            if published(np.concatenate([others, [place]])) == cells
        ]
        assert tuple(places[victim].tolist()) in possible
        known.append(len(possible) / np.prod([len(side) for side in sides]))
    # A bound that only the last one reaches says in which half, along either side.
    assert min(known) >= 1 / 4 - 1e-9
    assert np.median(known) == 1


def test_who_compares_two_releases_finds_only_whole_tens() -> None:
    places = consumers(400)
    before = {of.cell[:2]: of.cell.subscribers for of in published(places)}
    for victim in range(0, 400, 20):
        after = {
            of.cell[:2]: of.cell.subscribers
            for of in published(np.delete(places, victim, axis=0))
        }  # fmt: skip
        same = before.keys() & after.keys()
        assert {(before[box] - after[box]) % 10 for box in same} <= {0}
        assert min(after.values()) >= 10
