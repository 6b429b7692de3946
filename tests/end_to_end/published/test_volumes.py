"""Volumes, modes and concentration of a published edition against the simulator's truth."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import polars as pl
import pytest

from tests.end_to_end.published.truth import (
    coarsest_step,
    edition,
    growth_of_businesses,
    heaviest,
    least,
    needs_published,
    outweighs,
    release,
    rounded,
    same,
    shared,
    spreads_of_days,
    step_from,
    table,
    volumes_a_day,
)

pytestmark = needs_published


@pytest.mark.parametrize(("name", "service"), [("table-1", "broadband"), ("table-2", "mobile")])
def test_daily_volumes(name: str, service: str) -> None:
    rows = table(name)
    assert set(rows.select("year", "direction").rows()) == {
        (year, direction) for year in edition().years for direction in ("in", "out")
    }
    for row in rows.iter_rows(named=True):
        volumes = volumes_a_day(row["year"], service, row["direction"]) / 1e6
        assert row["coverage_percent"] == 100
        if row["status"] == "withheld":
            assert [row[name] for name in ("mean_mb", "median_mb", "mode_mb")] == [None] * 3
            assert len(volumes) < 3 * least() or outweighs(volumes)
            continue
        assert not outweighs(volumes)
        assert same(row["mean_mb"], rounded(volumes.mean(), heaviest(volumes) / len(volumes)))
        assert same(row["median_mb"], shared(volumes, float(np.median(volumes))))
    shown = rows.filter(pl.col("status") == "computed").height
    assert shown >= rows.height / 2


@pytest.mark.parametrize(("name", "service"), [("table-1", "broadband"), ("table-2", "mobile")])
def test_modes_lie_on_the_grid_where_the_density_is_high(name: str, service: str) -> None:
    """A mode has no second formula: it must lie where a plain count finds many subscribers."""
    for row in table(name).filter(pl.col("status") == "computed").iter_rows(named=True):
        step = 20 * math.log10(row["mode_mb"] * 1e6)
        assert abs(step - round(step)) < 1e-6
        # The estimate is rounded until enough share it, which is coarse among some hundred.
        apart = 0.5 + 1e-6 if least() == 1 else 4
        assert abs(step - 20 * math.log10(row["mode_estimate_mb"] * 1e6)) <= apart
        places = np.log10(volumes_a_day(row["year"], service, row["direction"]))
        # Half a decade around a place smooths enough to separate hill from slope at some hundreds.
        around = [np.sum(np.abs(places - center) < 0.25) for center in np.arange(4, 12, 0.05)]
        here = np.sum(np.abs(places - math.log10(row["mode_mb"] * 1e6)) < 0.25)
        assert here >= 0.75 * max(around)


def test_concentration() -> None:
    rows = table("concentration")
    assert rows.height > 0
    for row in rows.iter_rows(named=True):
        volumes = volumes_a_day(row["year"], row["service"], row["direction"])
        tops = {percent: math.ceil(len(volumes) * percent / 100) for percent in (1, 10)}
        top = tops[row["top_percent"]]
        between = top - (tops[1] if row["top_percent"] == 10 and tops[1] >= least() else 0)
        few = min(between, len(volumes) - top) < least() or outweighs(volumes[-top:])
        assert row["status"] == ("withheld" if few else "computed")
        if few:
            assert row["share_percent"] is None
            continue
        share = 100 * volumes[-top:].sum() / volumes.sum()
        assert same(row["share_percent"], rounded(share, 100 * heaviest(volumes) / volumes.sum()))


def test_out_over_in_of_segments() -> None:
    rows = table("segments")
    assert set(rows.select("year", "service", "segment").iter_rows()) == set(
        itertools.product(edition().years, ("broadband", "mobile"), ("consumer", "business"))
    )
    computed = 0
    for row in rows.iter_rows(named=True):
        of = (row["year"], row["service"])
        each = [volumes_a_day(*of, direction, row["segment"]) for direction in ("in", "out")]
        few = min(map(len, each)) < least() or any(map(outweighs, each))
        assert row["status"] == ("withheld" if few else "computed"), row
        if few:
            assert row["out_in_ratio"] is None
            continue
        computed += 1
        ratio = each[1].sum() / each[0].sum()
        step = ratio * max(heaviest(volumes) / volumes.sum() for volumes in each)
        assert same(row["out_in_ratio"], rounded(ratio, step)), row
    assert computed >= rows.height / 2


def test_growth_of_businesses() -> None:
    rows = table("growth-of-businesses")
    pairs = [(year - 1, year) for year in edition().years if year - 1 in edition().years]
    # PPPoE alone, and both accesses, are different populations.
    assert set(rows.select("service", "from", "to").iter_rows()) == {
        (service, earlier, later)
        for service in ("broadband", "mobile")
        for earlier, later in pairs
        if service == "mobile" or later != edition().ipoe_since_year
    }
    computed = 0
    for row in rows.iter_rows(named=True):
        weeks = [
            [
                volumes_a_day(int(row[end]), row["service"], direction, "business")
                for direction in ("in", "out")
            ]
            for end in ("from", "to")
        ]
        few = any(
            len(volumes) < least() or outweighs(volumes) for week in weeks for volumes in week
        )
        assert row["status"] == ("withheld" if few else "computed"), row
        if few:
            assert row["growth_percent"] is None
            continue
        computed += 1
        assert row["coverage_percent"] == 100
        assert same(row["growth_percent"], growth_of_businesses(*weeks)), row
    assert computed >= rows.height / 2


def test_spread_from_day_to_day() -> None:
    rows = table("day-to-day-spread")
    assert set(rows.select("year", "service", "direction").iter_rows()) == set(
        itertools.product(edition().years, ("broadband", "mobile"), ("in", "out"))
    )
    computed = 0
    for row in rows.filter(status="computed").iter_rows(named=True):
        of = (row["year"], row["service"], row["direction"])
        computed += 1
        if row["service"] == "mobile":
            # Charging records are not sampled: all are measured, without error.
            spreads = spreads_of_days(*of, "sampled")
            assert row["measured_percent"] == 100
            assert same(row["spread_percent"], shared(spreads, float(np.median(spreads))))
            continue
        # The truth does not know how many packets a router sampled, and so not who is measured: the
        # median of any part of all consumers lies between two percentiles of all.
        spreads = spreads_of_days(*of, "true")
        least_measured = row["measured_percent"] - step_from(100 * least() / len(spreads)) / 2
        low, high = np.percentile(spreads, (least_measured / 2, 100 - least_measured / 2))
        half_step = coarsest_step(row["spread_percent"]) / 2
        assert 0.9 * low - half_step <= row["spread_percent"] <= 1.1 * high + half_step, row
    assert computed >= rows.height / 2


def test_percentiles_and_shares_above_a_volume() -> None:
    rows = table("percentiles")
    for row in rows.filter(pl.col("status") == "computed").iter_rows(named=True):
        volumes = volumes_a_day(row["year"], row["service"], row["direction"]) / 1e6
        if row["measure"] == "percentile":
            assert row["share_percent"] is None
            value = float(np.percentile(volumes, row["place"]))
            assert same(row["volume_mb"], shared(volumes, value))
        else:
            assert row["volume_mb"] is None
            share = 100 * float(np.mean(volumes > 1000 * row["place"]))
            assert same(row["share_percent"], rounded(share, 100 * least() / len(volumes)))
    medians = rows.filter(measure="percentile", place=50)
    assert medians.filter(status="computed").height >= medians.height / 2


def test_the_report_is_one_file_that_asks_no_other_host() -> None:
    for page in release().glob("report*.html"):
        text = page.read_text(encoding="utf-8")
        assert "table-1" in text
        # A link to the page in another language is followed by a click alone.
        others = re.sub(
            r'<link rel="alternate" hreflang="[a-z]+" href="report[.a-z]*\.html">', "", text
        )
        assert not [word for word in ("src=", "@import", "<link", "url(http") if word in others]
