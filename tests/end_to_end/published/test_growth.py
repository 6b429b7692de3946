"""Growth of a published edition, and its parts, against the simulator's truth."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import polars as pl
import pytest

from tests.end_to_end.published.truth import (
    edition,
    heaviest,
    least,
    month_rate,
    needs_published,
    octets_by_month,
    same,
    step_from,
    table,
    truth,
    volumes_a_day,
)

pytestmark = needs_published


def test_growth() -> None:
    rows = table("growth")
    spans = edition().years[-1] - edition().years[0]
    modes = {
        (row["year"], service, row["direction"]): row["mode_mb"]
        for name, service in (("table-1", "broadband"), ("table-2", "mobile"))
        for row in table(name).iter_rows(named=True)
    }
    for row in rows.iter_rows(named=True):
        service, direction = row["service"], row["direction"]
        if "mode" in row["measure"]:
            earlier, later = (modes[int(row[end]), service, direction] for end in ("from", "to"))
            assert row["status"] == ("withheld" if None in (earlier, later) else "computed")
            if None in (earlier, later):
                assert row["value"] is None
                continue
            assert same(row["value"], later / earlier), row
            continue
        base = "out" if row["measure"] == "ratio_to_base" else direction
        earlier = month_rate(row["from"], service, base)
        later = month_rate(row["to"], service, direction)
        expected = {
            "yearly_growth_percent": 100 * (later / earlier - 1),
            "ratio_to_base": later / earlier,
            "five_year_ratio": later / earlier,
            "annualised_ratio": (later / earlier) ** (1 / spans),
            "ipoe_share_percent": 100
            * month_rate(row["to"], service, direction, "ipoe")
            / month_rate(row["to"], service, direction)
            if service == "broadband"
            else math.nan,
        }
        assert same(row["value"], expected[row["measure"]]), row
    assert {
        "yearly_growth_percent",
        "ratio_to_base",
        "five_year_ratio",
        "annualised_ratio",
        "five_year_mode_ratio",
        "yearly_mode_ratio",
        "ipoe_share_percent",
    } == set(rows["measure"])


def test_growth_by_access() -> None:
    rows = table("growth-by-access")
    months = [f"{year}-{edition().growth_month:02}" for year in edition().years]
    measured = set(octets_by_month().filter(service="broadband").select("access", "month").rows())
    keys = ("access", "direction", "from", "to")
    assert set(rows.select(keys).iter_rows()) == {
        (access, direction, *ends)
        for access, direction in itertools.product(("pppoe", "ipoe"), ("in", "out"))
        for ends in itertools.pairwise(months)
        if {(access, month) for month in ends} <= measured
    }
    for row in rows.iter_rows(named=True):
        if row["status"] == "withheld":
            assert row["growth_percent"] is None
            ends = (by_access(int(row[end][:4]), "broadband", "in") for end in ("from", "to"))
            assert min(number for of in ends for number, _ in of.values()) < least()
            continue
        earlier, later = (
            month_rate(row[end], "broadband", row["direction"], row["access"])
            for end in ("from", "to")
        )
        assert same(row["growth_percent"], 100 * (later / earlier - 1)), row


@cache
def by_access(year: int, service: str, direction: str) -> dict[str, tuple[int, int]]:
    """Consumers of each access, with volume or without, and their bytes."""
    consumers = truth(edition().analysis_weeks[year], "subscriber_day").filter(
        (pl.col("service") == service) & (pl.col("segment") == "consumer")
    )
    who = "subscriber" if service == "mobile" else "contract"
    return {
        str(access): (rows[who].n_unique(), int(rows[f"sampled_{direction}_bytes"].sum()))
        for (access,), rows in consumers.group_by("access")
    }


def parts_of_growth(
    service: str, direction: str, first: int, last: int
) -> tuple[dict[str, float], float]:
    """Each part as the integral of what it brings along the way, and the step of its rounding.

    Along a way on which every number and volume grows at a constant rate, an access has the volume
    v(t); what a rate x of one of its factors brings is ∫ v(t) x dt, by trapezes here.
    """
    time = np.linspace(0, 1, 20_001)
    weeks = [by_access(year, service, direction) for year in (first, last)]
    numbers = [sum(number for number, _ in week.values()) for week in weeks]
    volumes = [sum(volume for _, volume in week.values()) for week in weeks]
    more = math.log(numbers[1] / numbers[0])
    expected = {"volume": 100 * (volumes[1] / volumes[0] - 1)} | dict.fromkeys(
        ("subscribers", "volume_per_subscriber", "access_mix"), 0.0
    )
    for access in weeks[0]:
        (n0, v0), (n1, v1) = (week[access] for week in weeks)
        share = math.log((n1 / numbers[1]) / (n0 / numbers[0]))
        along = 100 * float(np.trapezoid(v0 * (v1 / v0) ** time, time)) / volumes[0]
        expected["subscribers"] += along * more
        expected["volume_per_subscriber"] += along * math.log((v1 / n1) / (v0 / n0))
        expected["access_mix"] += along * share
    ends = [volumes_a_day(year, service, direction) for year in (first, last)]
    step = step_from(100 * max(map(heaviest, ends)) / ends[0].sum()) if least() > 1 else 0.0
    return expected, step


def test_growth_parts() -> None:
    """The parts add up, and each is what it brings along the way."""
    rows = table("growth-parts")
    years = [year for year in edition().years if year > 2020]
    steps = list(itertools.pairwise(years))
    assert set(rows.filter(service="broadband").select("from", "to").iter_rows()) == {
        *steps,
        (years[0], years[-1]),
    }
    reported = 0
    for (service, direction, first, last), parts in rows.group_by(
        "service", "direction", "from", "to"
    ):
        points = dict(parts.select("part", "growth_points").iter_rows())
        if None in points.values():
            weeks = [by_access(int(year), service, direction) for year in (first, last)]
            assert min(number for week in weeks for number, _ in week.values()) < 3 * least()
            continue
        reported += 1
        assert sum(points.values()) == pytest.approx(2 * points["volume"], abs=1e-9)
        expected, step = parts_of_growth(service, direction, int(first), int(last))
        for part, value in points.items():
            moved = step / 2 * (len(points) - 1 if part == "volume" else 1)
            assert value == pytest.approx(expected[part], abs=moved + 1e-5), (service, part)
            assert step == 0 or value / step == pytest.approx(round(value / step), abs=1e-9)
    assert reported >= 10
