"""Port curves of a published edition against the simulator's truth."""

from __future__ import annotations

import itertools
import math
from datetime import datetime

import polars as pl
import pytest

from tests.end_to_end.published.truth import (
    edition,
    least,
    needs_published,
    settings,
    step_from,
    table,
    truth,
)

pytestmark = needs_published

GROUPS = {
    "broadband": ["tcp_80", "tcp_443", "tcp_dynamic", "udp_443"],
    "mobile": ["tcp_80", "tcp_443", "udp_443"],
}


def volumes(year: int, service: str, kind: str) -> pl.DataFrame:
    """Bytes of each hour and port group of the year's week, true or after sampling."""
    hours = truth(edition().analysis_weeks[year], "port_group_hour").filter(service=service)
    return hours.select("hour_start_ms", "port_group", bytes=f"{kind}_bytes")


def subscribers(year: int, service: str) -> int:
    """Everyone who can have such flows."""
    access = "pppoe" if service == "broadband" else ""
    days = truth(edition().analysis_weeks[year], "subscriber_day").filter(
        service=service, access=access
    )
    return days["contract" if service == "broadband" else "subscriber"].n_unique()


@pytest.mark.parametrize(("name", "service"), [("figure-7", "broadband"), ("figure-8", "mobile")])
def test_port_curves(name: str, service: str) -> None:
    rows = table(name)
    years = edition().years[-2:]
    assert rows.select("year", "port_group").unique().height == len(years) * len(GROUPS[service])
    within = given = 0
    for year in years:
        hours = volumes(year, service, "sampled")
        true = volumes(year, service, "true")
        peak = hours.group_by("hour_start_ms").agg(pl.col("bytes").sum())["bytes"].max()
        true_peak = true.group_by("hour_start_ms").agg(pl.col("bytes").sum())["bytes"].max()
        step = step_from(1 / subscribers(year, service)) if least() > 1 else 0.0
        of_cell = {(at, group): volume for at, group, volume in hours.iter_rows()}
        of_true = {(at, group): volume for at, group, volume in true.iter_rows()}
        for row in rows.filter(year=year).iter_rows(named=True):
            start = datetime.fromisoformat(row["hour_start"])
            local = start.astimezone(settings().zone)
            assert start.utcoffset() == local.utcoffset()
            assert row["week_hour"] == 24 * local.weekday() + local.hour
            assert row["coverage_percent"] == 100
            if row["status"] == "withheld":
                assert row["relative_volume"] is None
                continue
            place = (round(start.timestamp() * 1000), row["port_group"])
            value = of_cell.get(place, 0) / peak
            assert row["relative_volume"] == pytest.approx(value, rel=1e-9, abs=0.5001 * step), row
            if row["relative_volume_low"] is not None:
                given += 1
                true_value = of_true.get(place, 0) / true_peak
                within += row["relative_volume_low"] <= true_value <= row["relative_volume_high"]
    # The estimated peak is the highest of many, and values of a year share its error.
    assert within >= 0.8 * given


@pytest.mark.parametrize(("name", "service"), [("figure-7", "broadband"), ("figure-8", "mobile")])
def test_port_curves_give_nothing_of_few(name: str, service: str) -> None:
    if least() == 1:
        pytest.skip("nothing is withheld")
    rows = table(name)
    for year, group in itertools.product(edition().years[-2:], GROUPS[service]):
        hours = volumes(year, service, "sampled")
        totals = dict(hours.group_by("hour_start_ms").agg(pl.col("bytes").sum()).iter_rows())
        own = dict(hours.filter(port_group=group).select("hour_start_ms", "bytes").iter_rows())
        number = subscribers(year, service)
        gone = 0
        for row in rows.filter(year=year, port_group=group).iter_rows(named=True):
            at = round(datetime.fromisoformat(row["hour_start"]).timestamp() * 1000)
            part = number * own.get(at, 0) / totals.get(at, math.inf)
            gone += row["status"] == "withheld"
            assert row["status"] == "withheld" or part == 0 or part >= least() - 1e-6, row
        # A single one would be what the others leave of the week's share.
        assert gone != 1
