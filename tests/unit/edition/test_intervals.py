"""Errors of distributions: bootstrap over subscribers and sampling, against what is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from longflow.edition import CompiledEdition
from longflow.edition.intervals import MINIMUM_SUBSCRIBERS, volume_intervals
from longflow.edition.statistics import bootstrap, sampling
from longflow.edition.statistics.fine_bins import fine_bins
from longflow.edition.tables import figure_columns, promise_of

from tests.benchmarks.errors import estimates, holds
from tests.benchmarks.populations import ALL, truth
from tests.benchmarks.traffic import sampled_volumes

LOG_NORMAL, NEAR = ALL[0], ALL[1]


def consumers(count: int, seed: int) -> npt.NDArray[np.float64]:
    """Bytes of the week."""
    return 7 * 10 ** NEAR.draw(count, np.random.default_rng(seed))


def plain(week_bytes: npt.NDArray[np.float64]) -> dict[str, float]:
    """Statistics without bins, but for the mode."""
    rising = np.sort(week_bytes)
    count = len(rising)
    return {
        "mean": float(rising.mean()),
        "median": float(np.median(rising)),
        "mode": estimates(fine_bins(rising))["mode"],
        "top_10": float(rising[-math.ceil(count / 10) :].sum() / rising.sum()),
        "top_1": float(rising[-math.ceil(count / 100) :].sum() / rising.sum()),
    }


def spread(of: list[dict[str, float]]) -> dict[str, float]:
    """Standard deviation of the logarithm of each statistic."""
    return {name: float(np.std([math.log(each[name]) for each in of])) for name in of[0]}


def test_statistics_of_fine_bins_are_those_of_the_subscribers() -> None:
    week_bytes = consumers(10_000, 1)
    expected = plain(week_bytes)
    found = estimates(fine_bins(week_bytes))
    assert found["mean"] * 7 == pytest.approx(expected["mean"])
    assert found["median"] * 7 == pytest.approx(expected["median"], rel=2e-3)
    for top in ("top_1", "top_10"):
        assert found[top] == pytest.approx(expected[top], rel=1e-4)


def test_agrees_with_the_plain_bootstrap_at_ten_thousand_subscribers() -> None:
    week_bytes = consumers(10_000, 2)
    random = np.random.default_rng(3)
    expected = spread([plain(random.choice(week_bytes, len(week_bytes))) for _ in range(400)])
    found = bootstrap.log_errors(fine_bins(week_bytes), [4])
    for name, error in found.items():
        # A spread by 400 draws is known to 3.5 % itself, by 1,000 to 2.2 %.
        assert error.standard == pytest.approx(expected[name], rel=0.13), name


def test_bars_hold_the_true_value_as_often_as_they_say() -> None:
    """Seeded; docs/benchmarks/errors.md has more populations and sizes."""
    held: list[bool] = []
    for number, population in enumerate((LOG_NORMAL, NEAR)):
        random = np.random.default_rng([5, number])
        true = truth(population, 3000)
        for repeat in range(60):
            volumes = fine_bins(7 * 10 ** population.draw(3000, random))
            errors = volume_intervals(repeat, "mobile", "in", volumes, draws=200)
            held += holds(
                estimates(volumes), [e for e in errors if e.reason is None], true
            ).values()
    assert 0.93 <= np.mean(held) <= 0.97


def test_equal_input_gives_equal_errors() -> None:
    volumes = fine_bins(consumers(2_000, 6))
    assert volume_intervals(2024, "mobile", "in", volumes) == volume_intervals(
        2024, "mobile", "in", volumes
    )
    assert volume_intervals(2024, "mobile", "in", volumes) != volume_intervals(
        2023, "mobile", "in", volumes
    )


def test_sampling_errors_are_those_of_sampling_again() -> None:
    week_bytes = consumers(10_000, 7) / 10
    random = np.random.default_rng(8)
    seen = [sampled_volumes(week_bytes, "in", 8192, random) for _ in range(150)]
    expected = spread([estimates(fine_bins(each.bytes)) for each in seen])
    found = sampling.log_errors(fine_bins(seen[0].bytes, seen[0].variance))
    for name, error in found.items():
        assert error == pytest.approx(expected[name], rel=0.3), name


def test_without_sampling_its_error_is_zero() -> None:
    assert set(sampling.log_errors(fine_bins(consumers(500, 9))).values()) == {0.0}


def test_shift_by_sampling_is_about_what_sampling_did() -> None:
    true = 7 * 10 ** (NEAR.draw(100_000, np.random.default_rng(10)) - 1)
    random = np.random.default_rng(11)
    seen = sampled_volumes(true, "in", 16384, random)
    shift = sampling.shift(fine_bins(seen.bytes, seen.variance), [1])
    moved = {
        name: math.log(value / estimates(fine_bins(true))[name])
        for name, value in estimates(fine_bins(seen.bytes)).items()
    }
    # Modes go up by a tenth; medians stay but for a few percent.
    assert moved["mode"] == pytest.approx(shift.mode, abs=0.05)
    assert 0.05 < shift.mode < 0.15
    assert abs(moved["median"]) < 0.03
    assert abs(shift.median) < 0.03


def test_median_and_mode_of_consumers_who_are_mostly_not_seen_have_no_bar() -> None:
    true = 7 * 10 ** (NEAR.draw(20_000, np.random.default_rng(12)) - 2.5)
    seen = sampled_volumes(true, "in", 16384, np.random.default_rng(13))
    volumes = fine_bins(seen.bytes, seen.variance)
    reasons = {e.statistic: e.reason for e in volume_intervals(2024, "broadband", "in", volumes)}
    assert reasons["median"] == reasons["mode"] == "few_packets"
    assert reasons["mean"] is None


def test_too_few_subscribers_are_flagged() -> None:
    reasons = {
        e.statistic: e.reason
        for e in volume_intervals(2024, "x", "in", fine_bins(consumers(999, 1)))
    }
    few = {name for name, least in MINIMUM_SUBSCRIBERS.items() if least > 999}
    assert {name for name, reason in reasons.items() if reason == "few_subscribers"} == few != set()


def test_one_subscriber_is_no_distribution_and_no_fault() -> None:
    one = fine_bins(np.array([1e9]), np.array([1e12]))
    for error in volume_intervals(2024, "mobile", "in", one):
        assert all(math.isfinite(v) for v in (error.standard_log, error.down_log, error.up_log))


def figures(edition: CompiledEdition) -> dict[tuple[Any, ...], float]:
    """Every computed figure by table, key and column."""
    return {
        (table, column, *(row[name] for name in promise_of(table).key)): row[column]
        for table, frame in edition.tables.items()
        # The error of a figure's value would stand in its own row.
        if table != "errors" and not table.startswith("figure-")
        for row in frame.iter_rows(named=True)
        for column in figure_columns(promise_of(table))
        if row["status"] == "computed" and row[column] is not None
    }


def test_every_computed_figure_has_a_row(compiled: CompiledEdition) -> None:
    rows = {
        (
            row["table_id"],
            row["column_name"],
            *(row[name] for name in promise_of(row["table_id"]).key),
        ): row["value"]
        for row in compiled.tables["errors"].iter_rows(named=True)
    }
    assert rows == figures(compiled)
