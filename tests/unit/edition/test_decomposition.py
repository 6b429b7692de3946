"""Growth split into parts: laws that hold for any two weeks, values worked out by hand, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.edition.statistics.decomposition import (
    PARTS,
    Floats,
    growth_points,
    sampling_error_points,
)

Weeks = tuple[Floats, Floats]

CELL = st.tuples(st.integers(1, 10**7), st.integers(1, 10**13))
# An access that a week lacks has no subscribers and no volume; one that is silent has no volume.
GAP = st.one_of(st.just((0, 0)), st.tuples(st.integers(1, 10**7), st.just(0)))


@st.composite
def weeks(draw: st.DrawFn, cells: st.SearchStrategy[tuple[int, int]] = CELL) -> Weeks:
    """Subscribers and bytes of the earlier and the later week, shape (2, n) each."""
    accesses = draw(st.integers(1, 4))
    # The first access is there in both weeks, so that neither is empty.
    drawn = [[draw(CELL), *(draw(cells) for _ in range(accesses - 1))] for _ in range(2)]
    array = np.array(drawn, dtype=np.float64)
    return array[:, :, 0], array[:, :, 1] * np.minimum(array[:, :, 0], 1)


WEEKS = st.one_of(weeks(), weeks(st.one_of(CELL, GAP)))


def close(points: Floats, expected: Floats) -> bool:
    """Equal to 1e-12 of the growth and of all its parts."""
    scale = 100 + np.abs(points).sum() + np.abs(expected).sum()
    return bool(np.all(np.abs(points - expected) <= 1e-12 * scale))


@given(WEEKS)
def test_parts_add_up_to_the_growth(both: Weeks) -> None:
    points = growth_points(*both)
    earlier, later = both[1].sum(axis=1)
    assert close(points[:1], np.array([100 * (later - earlier) / earlier]))
    assert close(points[1:].sum(keepdims=True), points[:1])


@given(WEEKS, st.randoms(use_true_random=False))
def test_order_of_accesses_does_not_matter(both: Weeks, random: object) -> None:
    order = list(range(both[0].shape[1]))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert close(growth_points(both[0][:, order], both[1][:, order]), growth_points(*both))


@given(WEEKS)
def test_the_way_back_takes_away_what_the_way_brought(both: Weeks) -> None:
    earlier, later = both[1].sum(axis=1)
    back = growth_points(both[0][::-1], both[1][::-1]) * later
    there = growth_points(*both) * earlier
    assert close(-back / max(earlier, later), there / max(earlier, later))


@given(weeks(st.tuples(st.integers(1, 10**4), st.integers(10**6, 10**9))))
def test_each_part_is_the_integral_of_what_its_factor_brings(both: Weeks) -> None:
    """A second way: along a way of constant rates, a factor x brings Σₐ ∫ Vₐ(t) d ln x."""
    subscribers, volume = both
    places, weights = np.polynomial.legendre.leggauss(40)
    time = (places[:, None] + 1) / 2
    path = volume[0] ** (1 - time) * volume[1] ** time
    along = weights @ path / 2
    number = subscribers.sum(axis=1)
    logs = [
        np.full(len(along), np.log(number[1] / number[0])),
        np.diff(np.log(volume / subscribers), axis=0)[0],
        np.diff(np.log(subscribers / number[:, None]), axis=0)[0],
    ]
    expected = [100 * (along @ log) / volume[0].sum() for log in logs]
    assert close(growth_points(*both)[1:], np.array(expected))


@given(st.lists(st.tuples(*[st.floats(0.01, 1)] * 4), min_size=2, max_size=4))
def test_no_factor_is_taken_before_another(drawn: list[tuple[float, ...]]) -> None:
    """Shares and volumes stand alike in their product: exchanged, so are their parts."""
    numbers = np.array(drawn).T
    shares, volumes = (of / of.sum(axis=1, keepdims=True) for of in (numbers[:2], numbers[2:]))
    points = growth_points(shares, shares * volumes)
    exchanged = growth_points(volumes, shares * volumes)
    assert close(points[[0, 1, 2, 3]], exchanged[[0, 1, 3, 2]])


@given(weeks(), st.floats(0.1, 10))
def test_number_and_volume_of_subscribers_stand_alike(both: Weeks, factor: float) -> None:
    """More subscribers of the same volume bring what more volume of as many does: the mix stays."""
    subscribers, volume = both
    later = np.array([[1.0], [factor]])
    more = growth_points(subscribers * later, volume * later)
    heavier = growth_points(subscribers, volume * later)
    moved = more[1] - heavier[1]
    assert close(more - heavier, np.array([0, moved, -moved, 0]))
    # Both carry the same logarithm on the same weights.
    assert math.copysign(1, moved) == math.copysign(1, factor - 1) or abs(moved) < 1e-9


@given(weeks(), st.floats(0.1, 10))
def test_what_does_not_change_brings_nothing(both: Weeks, factor: float) -> None:
    subscribers, volume = both[0][:1], both[1][:1]
    more = growth_points(
        np.vstack([subscribers, subscribers * factor]), np.vstack([volume, volume * factor])
    )
    heavier = growth_points(
        np.vstack([subscribers, subscribers]), np.vstack([volume, volume * factor])
    )
    growth = 100 * (factor - 1)
    assert close(more, np.array([growth, growth, 0, 0]))
    assert close(heavier, np.array([growth, 0, growth, 0]))


def test_a_move_alone_is_the_part_of_the_mix() -> None:
    """50 of 100 move from an access of 10 a head to one of 30: growth of 100 %, all by the move."""
    points = growth_points(np.array([[100.0, 0], [50, 50]]), np.array([[1000.0, 0], [500, 1500]]))
    assert points == pytest.approx([100, 0, 0, 100])


def test_value_worked_out_by_hand() -> None:
    """A tenth more subscribers with a fifth more each: 32 %, split as ln 1.1 to ln 1.2."""
    points = growth_points(np.array([[100.0], [110]]), np.array([[1000.0], [1320]]))
    whole = math.log(1.32)
    expected = [32, 32 * math.log(1.1) / whole, 32 * math.log(1.2) / whole, 0]
    assert points == pytest.approx(expected)


def test_two_accesses_worked_out_by_hand() -> None:
    """Weights are logarithmic means of the volumes of an access."""
    points = growth_points(np.array([[80.0, 20], [60, 60]]), np.array([[800.0, 400], [720, 1440]]))
    # Shares 0.8 → 0.5 and 0.2 → 0.5; a head 10 → 12 and 20 → 24.
    first = -80 / math.log(720 / 800)
    second = 1040 / math.log(1440 / 400)
    number = (first + second) * math.log(1.2) / 12
    heads = (first * math.log(12 / 10) + second * math.log(24 / 20)) / 12
    mix = (first * math.log(0.5 / 0.8) + second * math.log(0.5 / 0.2)) / 12
    assert points == pytest.approx([80, number, heads, mix])


def test_without_sampling_there_is_no_error() -> None:
    both = np.array([[80.0, 20], [60, 60]]), np.array([[800.0, 400], [720, 1440]])
    assert sampling_error_points(*both, np.zeros((2, 2))).tolist() == [0, 0, 0, 0]


def test_error_of_the_growth_is_that_of_a_ratio() -> None:
    """Of one access the growth is V₁ / V₀: relative variances add."""
    both = np.array([[100.0], [100]]), np.array([[1000.0], [1200]])
    errors = sampling_error_points(*both, np.array([[100.0], [144]]))
    expected = 1.96 * 120 * math.sqrt(1e-4 + 1e-4)
    assert errors == pytest.approx([expected, 0, expected, 0], abs=1e-9)


def test_true_parts_lie_inside_their_bars() -> None:
    """95 % of seeded samples, for each part; 2,000 samples show that to one point."""
    random = np.random.default_rng(7)
    subscribers = np.array([[900.0, 300], [700, 800]])
    volume = np.array([[9e6, 4.5e6], [7.7e6, 1.4e7]])
    sampled = np.array([[1, 0], [1, 0]])  # flows of PPPoE alone are sampled
    variance = sampled * (0.03 * volume) ** 2
    truth = growth_points(subscribers, volume)
    inside = np.zeros(len(PARTS))
    for _ in range(2000):
        seen = volume + random.normal(size=volume.shape) * np.sqrt(variance)
        error = sampling_error_points(subscribers, seen, sampled * (0.03 * seen) ** 2)
        inside += np.abs(growth_points(subscribers, seen) - truth) <= error
    assert ((inside / 2000 > 0.93) & (inside / 2000 < 0.97)).all()
