"""The mode: the middle of the hill of a density over log10."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.edition.statistics.mode import BINS_PER_DECADE, mode

Bins = npt.NDArray[np.int64]

histograms = st.dictionaries(
    st.integers(40, 220), st.integers(1, 10_000), min_size=1, max_size=60
).map(lambda cells: (np.array(list(cells)), np.array(list(cells.values()))))


def histogram(log10_bytes: npt.NDArray[np.float64]) -> tuple[Bins, Bins]:
    bins, subscribers = np.unique(np.rint(BINS_PER_DECADE * log10_bytes), return_counts=True)
    return bins.astype(np.int64), subscribers


def test_one_filled_bin_is_the_mode() -> None:
    found = mode(np.array([120]), np.array([7]))
    assert found.grid_bytes == 10**6
    assert found.estimate_bytes == pytest.approx(10**6)


def test_flat_hill_has_its_mode_in_the_middle_wherever_its_top_lies() -> None:
    hill = np.array([100, 100, 101, 100, 100, 100, 100, 100, 100, 100, 100])
    found = mode(np.arange(100, 111), hill)
    assert found.grid_bytes == 10 ** (105 / 20)


def test_higher_of_two_hills_wins() -> None:
    bins = np.array([100, 101, 102, 150, 151, 152])
    found = mode(bins, np.array([10, 30, 10, 11, 33, 11]))
    assert found.grid_bytes == 10 ** (151 / 20)


@pytest.mark.parametrize(("subscribers", "within_decades"), [(2_000, 0.08), (100_000, 0.02)])
def test_estimate_is_close_to_the_mode_of_a_log_normal(
    subscribers: int, within_decades: float
) -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        centre = random.uniform(6, 10)
        found = mode(*histogram(random.normal(centre, 0.45, subscribers)))
        assert abs(math.log10(found.estimate_bytes) - centre) < within_decades


@given(histograms)
def test_published_mode_is_the_grid_value_nearest_to_the_estimate(cells: tuple[Bins, Bins]) -> None:
    found = mode(*cells)
    k = BINS_PER_DECADE * math.log10(found.grid_bytes)
    assert k == pytest.approx(round(k), abs=1e-9)
    assert abs(BINS_PER_DECADE * math.log10(found.estimate_bytes) - k) <= 0.5 + 1e-9


@given(histograms, st.integers(-40, 40))
def test_scaling_every_volume_by_a_grid_step_scales_the_mode(
    cells: tuple[Bins, Bins], steps: int
) -> None:
    bins, subscribers = cells
    before, after = mode(bins, subscribers), mode(bins + steps, subscribers)
    factor = 10 ** (steps / BINS_PER_DECADE)
    assert after.grid_bytes == pytest.approx(before.grid_bytes * factor)
    assert after.estimate_bytes == pytest.approx(before.estimate_bytes * factor)


@given(histograms)
def test_order_of_bins_does_not_matter(cells: tuple[Bins, Bins]) -> None:
    bins, subscribers = cells
    order = np.argsort(subscribers)
    assert mode(bins[order], subscribers[order]) == mode(bins, subscribers)
