"""Densities of a published edition against the simulator's truth."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from longflow.release.second_way.cells import boxes, in_tens

from tests.end_to_end.published.truth import (
    edition,
    least,
    needs_published,
    rounded,
    same,
    step_from,
    table,
    volumes_a_day,
)

pytestmark = needs_published

FIGURES = [("figure-3", "broadband"), ("figure-4", "mobile"), ("figure-11", "broadband")]
FIRST, LAST = 80, 220
BELL = np.exp(-(np.arange(-8, 9) ** 2) / 8)


def density(volumes: np.ndarray) -> np.ndarray:
    """The density at each place of the axis, of bins or of the cells that may be published."""
    places, numbers = np.unique(
        np.floor(20 * np.log10(volumes) + 0.5).astype(int), return_counts=True
    )
    bins: dict[tuple[int, ...], int] = {
        (int(place),): int(number) for place, number in zip(places, numbers, strict=True)
    }
    # Room for what is outside of the axis.
    counts = np.zeros(LAST + 400)
    if least() == 1:
        for (place,), number in bins.items():
            counts[place] += number
    else:
        cells = boxes(bins, least())
        for cell, number in zip(cells, in_tens(cells, least()), strict=True):
            [(low, high)] = cell.bounds
            counts[low:high] += number / (high - low)
    found: np.ndarray = np.convolve(counts, BELL / BELL.sum(), mode="same")
    return np.asarray(20 * found[FIRST : LAST + 1] / counts.sum())


@pytest.mark.parametrize(("name", "service"), FIGURES)
def test_curves(name: str, service: str) -> None:
    rows = table(name)
    years = edition().years if name == "figure-11" else edition().years[-2:]
    curves = rows.partition_by("year", "direction", as_dict=True)
    assert {*curves} == {(year, direction) for year in years for direction in ("in", "out")}
    for (year, direction), curve in curves.items():
        volumes = volumes_a_day(year, service, direction)
        assert curve["log10_bytes"].to_list() == [k / 20 for k in range(FIRST, LAST + 1)]
        if len(volumes) < least():
            assert curve["status"].unique().to_list() == ["withheld"]
            assert curve["density"].null_count() == curve.height
            continue
        step = step_from(4 / len(volumes)) if least() > 1 else 1e-9
        for value, expected in zip(curve["density"], density(volumes), strict=True):
            # A half is rounded either way.
            assert abs(value - expected) <= step / 2 * (1 + 1e-6), (year, direction)
            assert math.isclose(value / step, round(value / step), abs_tol=1e-6) or least() == 1
        outside = [100 * float(np.mean(of)) for of in (volumes < 1e4, volumes >= 1e11)]
        said = [curve["beyond_percent"][place] for place in (0, -1)]
        for value, share in zip(said, outside, strict=True):
            assert same(value, rounded(share, 100 * least() / len(volumes)))
        # Everyone is inside of the axis or outside of it; smoothing reaches over its ends.
        places = np.log10(volumes)
        near = np.mean([min(abs(place - 4), abs(place - 11)) < 0.425 for place in places])
        whole = sum(curve["density"]) / 20 + sum(outside) / 100
        assert whole == pytest.approx(1, abs=141 * step / 40 + near + 1e-6)


@pytest.mark.parametrize(("name", "service"), FIGURES)
def test_intervals_contain_the_plain_density_of_all_consumers(name: str, service: str) -> None:
    """Joining bins and rounding move a curve by less than its error."""
    for (year, direction), curve in (
        table(name).partition_by("year", "direction", as_dict=True).items()
    ):
        volumes = volumes_a_day(year, service, direction)
        if len(volumes) < 300:
            assert curve["density_low"].null_count() == curve.height
            continue
        counts = np.bincount(np.floor(20 * np.log10(volumes) + 0.5).astype(int), minlength=620)
        plain = 20 * np.convolve(counts, BELL / BELL.sum(), mode="same")[FIRST : LAST + 1]
        plain /= len(volumes)
        bounds = curve.select(pl.col("density_low", "density_high").cast(pl.Float64)).to_numpy()
        if np.isnan(bounds).any():  # many consumers were missed
            continue
        assert np.mean((bounds[:, 0] <= plain) & (plain <= bounds[:, 1])) >= 0.95


@pytest.mark.parametrize(
    ("name", "printed"),
    [("figure-3", "table-1"), ("figure-4", "table-2"), ("figure-11", "table-1")],
)
def test_modes_are_those_of_the_tables(name: str, printed: str) -> None:
    modes = {
        (row["year"], row["direction"]): row["mode_mb"]
        for row in table(printed).iter_rows(named=True)
    }
    for (year, direction), curve in (
        table(name).partition_by("year", "direction", as_dict=True).items()
    ):
        marked = curve.filter("is_mode")["log10_bytes"].to_list()
        mode = modes[year, direction]
        expected = [] if mode is None else [pytest.approx(math.log10(mode * 1e6), abs=1e-6)]
        assert marked == expected
