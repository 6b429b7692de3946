"""What sentences about volumes should say: of consumers, businesses and the heaviest."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.end_to_end.published.said import DIRECTIONS, Expected, Values
from tests.end_to_end.published.test_growth import parts_of_growth
from tests.end_to_end.published.truth import (
    edition,
    growth_of_businesses,
    heaviest,
    rounded,
    shared,
    table,
    volumes_a_day,
)


def growth_parts(of: Values) -> Expected:
    parts, step = parts_of_growth(of["service"], "out", of["start"], of["end"])
    if step:
        parts = {part: step * np.floor(value / step + 0.5) for part, value in parts.items()}
    # What is published as the whole is the sum of its rounded parts.
    return {**parts, "volume": sum(value for part, value in parts.items() if part != "volume")}


def businesses(of: Values) -> Expected:
    """Growth of businesses, and of consumers by the sum of its rounded parts."""

    def grown(earlier: int, later: int) -> float:
        return growth_of_businesses(
            *(
                [volumes_a_day(year, of["service"], way, "business") for way in ("in", "out")]
                for year in (earlier, later)
            )
        )

    found = {"businesses": grown(of["start"], of["end"])}
    rows = table("growth-of-businesses").filter(
        pl.col("status") == "computed", service=of["service"], to=of["start"]
    )
    if rows.height:
        found["year_before"] = grown(of["start"] - 1, of["start"])
    for way in DIRECTIONS:
        parts, step = parts_of_growth(of["service"], way, of["start"], of["end"])
        whole = parts.pop("volume")
        if step:
            whole = sum(step * np.floor(value / step + 0.5) for value in parts.values())
        found[f"consumers_{way}"] = whole
    return found


def out_over_in_by_segment(of: Values) -> Expected:
    found = {}
    for name, segment in (("consumers", "consumer"), ("businesses", "business")):
        each = [volumes_a_day(of["year"], of["service"], way, segment) for way in ("in", "out")]
        ratio = each[1].sum() / each[0].sum()
        step = ratio * max(heaviest(volumes) / volumes.sum() for volumes in each)
        found[name] = rounded(ratio, step)
    return {**found, "apart": found["consumers"] / found["businesses"]}


def of_volumes(of: Values, statistic: Callable[[np.ndarray], float]) -> Expected:
    found = {}
    for way in DIRECTIONS:
        now, then = (
            None if year is None else statistic(volumes_a_day(year, of["service"], way) / 1e6)
            for year in (of["year"], of["before"])
        )
        assert now is not None
        found[f"{way}_volume"] = now
        if then is not None:
            found[f"{way}_change"] = 100 * (now / then - 1)
    return found


def median(of: Values) -> Expected:
    return of_volumes(of, lambda volumes: shared(volumes, float(np.median(volumes))))


def mean(of: Values) -> Expected:
    return of_volumes(
        of, lambda volumes: rounded(float(volumes.mean()), heaviest(volumes) / len(volumes))
    )


@cache
def modes(service: str, direction: str) -> dict[int, float]:
    """The published modes: that they lie where the density is high has a test of its own."""
    rows = table({"broadband": "table-1", "mobile": "table-2"}[service]).filter(direction=direction)
    return dict(rows.drop_nulls("mode_mb").select("year", "mode_mb").iter_rows())


def mode(of: Values) -> Expected:
    found = {}
    for way in DIRECTIONS:
        known = modes(of["service"], way)
        found[f"{way}_volume"] = known[of["year"]]
        if of["before"] in known:
            found[f"{way}_ratio"] = known[of["year"]] / known[of["before"]]
    return found


def largest_step(of: Values) -> Expected:
    known = modes(of["service"], of["direction"])
    since = {"broadband": edition().ipoe_since_year, "mobile": 0}[of["service"]]
    steps = {
        year: known[year] / known[year - 1]
        for year in known
        # PPPoE alone, and both accesses, are different populations.
        if year - 1 in known and (year >= since) == (year - 1 >= since)
    }
    largest, second = sorted(steps.values(), reverse=True)[:2]
    assert steps[of["end"]] == pytest.approx(largest)
    return {"ratio": largest, "ahead": largest / second}


def day_to_day(of: Values) -> Expected:
    """The published spreads: how they compare with the truth has a test of its own."""
    rows = table("day-to-day-spread").filter(year=of["year"])
    found = {
        f"{service}_{way}": spread
        for service, way, spread in rows.select(
            "service", "direction", "spread_percent"
        ).iter_rows()
    }
    apart = {
        f"{way}_apart": found[f"mobile_{way}"] - found[f"broadband_{way}"] for way in DIRECTIONS
    }
    return {**found, **apart}


def beyond_the_axis(of: Values) -> Expected:
    """The published shares: they have a test of their own (`test_densities.py`)."""
    rows = table({"broadband": "figure-3", "mobile": "figure-4"}[of["service"]])
    return {
        f"{way}_{name}": rows.filter(year=of["year"], direction=way, log10_bytes=end)[
            "beyond_percent"
        ].item()
        for way in DIRECTIONS
        for name, end in (("below", 4.0), ("above", 11.0))
    }


def heaviest_share(year: int, service: str, way: str, percent: int) -> float:
    volumes = volumes_a_day(year, service, way)
    top = volumes[-int(np.ceil(len(volumes) * percent / 100)) :]
    return rounded(100 * top.sum() / volumes.sum(), 100 * heaviest(volumes) / float(volumes.sum()))


def heaviest_consumers(of: Values) -> Expected:
    found = {
        f"{way}_{percent}": heaviest_share(of["year"], of["service"], way, percent)
        for way in DIRECTIONS
        for percent in (1, 10)
    }
    if of["before"] is not None:
        found |= {
            f"{way}_change": found[f"{way}_10"]
            - heaviest_share(of["before"], of["service"], way, 10)
            for way in DIRECTIONS
        }
    return found
