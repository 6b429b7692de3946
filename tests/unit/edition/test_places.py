"""Percentiles and shares above a volume: what they are, and their errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from longflow.edition.intervals import place_intervals
from longflow.edition.statistics.fine_bins import fine_bins
from longflow.edition.statistics.places import quantile, quantile_error, share_above, share_error

from tests.benchmarks.populations import ALL

WEEK_BYTES = 7 * 10 ** ALL[0].draw(10_000, np.random.default_rng(1))
VOLUMES = fine_bins(WEEK_BYTES)


@pytest.mark.parametrize("percent", [1, 5, 50, 95, 99])
def test_a_percentile_is_that_of_the_sorted_volumes(percent: int) -> None:
    expected = np.percentile(WEEK_BYTES / 7, percent)
    assert quantile(VOLUMES, percent / 100) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("day_bytes", [1e6, 1e8, 1e9])
def test_a_share_is_that_of_those_above(day_bytes: float) -> None:
    expected = np.mean(day_bytes < WEEK_BYTES / 7)
    assert share_above(VOLUMES, day_bytes) == pytest.approx(expected, abs=0.002)


def test_the_interval_of_a_percentile_lies_between_two_ranks() -> None:
    error = quantile_error(VOLUMES, 0.9)
    rising = np.sort(WEEK_BYTES) / 7
    reach = 1.96 * math.sqrt(0.9 * 0.1 * 10_000)
    low, middle, high = (rising[round(9000 + move)] for move in (-reach, 0, reach))
    assert error.down == pytest.approx(math.log(middle / low), rel=0.2)
    assert error.up == pytest.approx(math.log(high / middle), rel=0.2)


def test_the_interval_of_a_share_is_the_score_interval() -> None:
    error = share_error(VOLUMES, 1e9)
    assert error is not None
    share = share_above(VOLUMES, 1e9)
    assert error.standard == pytest.approx(math.sqrt((1 - share) / (share * 10_000)))
    # Wilson's bounds solve |bound - share| = 1.96 √(bound (1 - bound) / n).
    for bound in (share * math.exp(-error.down), share * math.exp(error.up)):
        assert abs(bound - share) == pytest.approx(
            1.96 * math.sqrt(bound * (1 - bound) / 10_000), rel=1e-6
        )


def test_a_share_of_nobody_or_everybody_has_no_error() -> None:
    assert share_error(VOLUMES, 1e30) is None
    assert share_error(VOLUMES, 1.0) is None


def test_with_few_subscribers_sampling_moves_a_percentile_by_the_blur_of_one() -> None:
    week_bytes = 7e6 * np.power(10.0, np.arange(9, dtype=np.float64))
    volumes = fine_bins(week_bytes, (0.05 * week_bytes) ** 2)
    assert quantile_error(volumes, 0.5).sampling == pytest.approx(0.05, rel=0.01)


def test_with_many_subscribers_sampling_moves_a_percentile_less_than_one_of_them() -> None:
    volumes = fine_bins(WEEK_BYTES, (0.3 * WEEK_BYTES) ** 2)
    random = np.random.default_rng(2)
    blurred = (
        WEEK_BYTES * np.exp(random.normal(0, math.sqrt(math.log1p(0.09)), len(WEEK_BYTES)))
        for _ in range(200)
    )
    spread = np.std([math.log(np.median(volume)) for volume in blurred])
    assert quantile_error(volumes, 0.5).sampling == pytest.approx(spread, rel=0.2)


def test_too_few_on_one_side_of_a_place_have_no_interval() -> None:
    few = fine_bins(WEEK_BYTES[:399])
    reasons = {
        place: error.reason
        for place in (5.0, 50.0)
        for error in place_intervals(2024, "mobile", "in", few, [("percentile", place)])
    }
    assert reasons == {5.0: "few_subscribers", 50.0: None}
