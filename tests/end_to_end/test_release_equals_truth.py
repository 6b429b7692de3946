"""Every value of a published edition against the simulator's truth, recomputed here another way.

Runs on what `make run ONCE=1` left: `LONGFLOW_PUBLISHED` names its settings file. Truth enters
after sampling, so that equality is exact; that estimates lie inside their bars is another matter.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from longflow.settings import Edition, Settings

PUBLISHED = os.environ.get("LONGFLOW_PUBLISHED")
pytestmark = pytest.mark.skipif(
    PUBLISHED is None, reason="needs LONGFLOW_PUBLISHED, the settings of a published demonstration"
)
YEAR = 2024
PROTOCOLS = {
    "TCP": (6,), "UDP": (17,), "ESP": (50,), "GRE": (47,), "IP-ENCAP": (4,), "ICMP": (1, 58),
}  # fmt: skip
CLASSES = {
    "<1024": pl.col("port") < 1024,
    ">=1024": pl.col("port") >= 1024,
    "unknown": pl.col("port").is_null(),
}


@cache
def settings() -> Settings:
    return Settings.load(PUBLISHED)


def edition() -> Edition:
    return settings().edition(YEAR)


def table(name: str) -> pl.DataFrame:
    latest = settings().var / "releases" / str(YEAR) / "latest.json"
    release = json.loads(latest.read_text())["release"]
    return pl.read_csv(latest.parent / release / "tables" / f"{name}.csv")


@cache
def truth(monday: date, name: str) -> pl.DataFrame:
    return pl.read_parquet(settings().var / "truth" / str(monday) / f"{name}.parquet")


@cache
def volumes_a_day(year: int, service: str, direction: str) -> np.ndarray:
    """Bytes a day of every consumer with any, sorted."""
    access = {"mobile": [""], "broadband": ["pppoe"] if year <= 2020 else ["pppoe", "ipoe"]}
    week = (
        truth(edition().analysis_weeks[year], "subscriber_day")
        .filter(
            (pl.col("service") == service)
            & pl.col("access").is_in(access[service])
            & (pl.col("segment") == "consumer")
        )
        .with_columns(
            who=pl.when(pl.lit(service == "mobile")).then("subscriber").otherwise("contract")
        )
        .group_by("who", "access")
        .agg(pl.col(f"sampled_{direction}_bytes").sum().alias("bytes"))
        .filter(pl.col("bytes") > 0)
    )
    return np.sort(week["bytes"].to_numpy()) / 7


def same(value: float, expected: float) -> bool:
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize(("name", "service"), [("table-1", "broadband"), ("table-2", "mobile")])
def test_daily_volumes(name: str, service: str) -> None:
    rows = table(name)
    assert set(rows.select("year", "direction").rows()) == {
        (year, direction) for year in edition().years for direction in ("in", "out")
    }
    for row in rows.iter_rows(named=True):
        volumes = volumes_a_day(row["year"], service, row["direction"])
        assert same(row["mean_mb"], volumes.mean() / 1e6)
        assert same(row["median_mb"], float(np.median(volumes)) / 1e6)
        assert (row["status"], row["coverage_percent"]) == ("computed", 100)


@pytest.mark.parametrize(("name", "service"), [("table-1", "broadband"), ("table-2", "mobile")])
def test_modes_lie_on_the_grid_where_the_density_is_high(name: str, service: str) -> None:
    """A mode has no second formula: it must lie where a plain count finds many subscribers."""
    for row in table(name).iter_rows(named=True):
        step = 20 * math.log10(row["mode_mb"] * 1e6)
        assert abs(step - round(step)) < 1e-6
        assert abs(step - 20 * math.log10(row["mode_estimate_mb"] * 1e6)) <= 0.5 + 1e-6
        places = np.log10(volumes_a_day(row["year"], service, row["direction"]))
        # Half a decade around a place smooths enough to tell hill from slope at some hundreds.
        around = [np.sum(np.abs(places - center) < 0.25) for center in np.arange(4, 12, 0.05)]
        here = np.sum(np.abs(places - math.log10(row["mode_mb"] * 1e6)) < 0.25)
        assert here >= 0.75 * max(around)


def test_concentration() -> None:
    rows = table("concentration")
    assert rows.height > 0
    for row in rows.iter_rows(named=True):
        volumes = volumes_a_day(row["year"], row["service"], row["direction"])
        top = math.ceil(len(volumes) * row["top_percent"] / 100)
        assert same(row["share_percent"], 100 * volumes[-top:].sum() / volumes.sum())


@pytest.mark.parametrize(
    ("name", "service", "version"),
    [
        ("table-3", "broadband", None),
        ("table-4", "mobile", None),
        ("table-4-by-ip-version", "mobile", 4),
        ("table-4-by-ip-version", "mobile", 6),
    ],
)
def test_port_shares(name: str, service: str, version: int | None) -> None:
    rows = table(name)
    if version is not None:
        rows = rows.filter(ip_version=version)
    years = edition().years[-edition().port_years :]
    assert sorted(rows["year"].unique()) == years
    named = {
        (row["protocol"], int(row["port"]))
        for row in rows.filter(pl.col("level") == "port").iter_rows(named=True)
        if str(row["port"]).isdigit()
    }
    for row in rows.iter_rows(named=True):
        week = truth(edition().analysis_weeks[row["year"]], "port_week").filter(
            pl.col("service") == service
        )
        own = week if version is None else week.filter(ip_version=version)
        if row["level"] == "version":
            share = 100 * int(own["sampled_bytes"].sum()) / int(week["sampled_bytes"].sum())
            assert same(row["share_percent"], share), row
            continue
        week = own
        chosen = week.filter(pl.col("protocol").is_in(PROTOCOLS[row["protocol"]]))
        if row["level"] == "class":
            chosen = chosen.filter(CLASSES[row["port"]])
        elif row["level"] == "port" and str(row["port"]).isdigit():
            chosen = chosen.filter(pl.col("port") == int(row["port"]))
        elif row["level"] == "port":
            taken = [port for protocol, port in named if protocol == row["protocol"]]
            rest = pl.col("port").is_not_null() & ~pl.col("port").is_in(taken)
            limits = {
                "other": rest,
                "other <1024": rest & CLASSES["<1024"],
                "other >=1024": rest & CLASSES[">=1024"],
                "unknown": CLASSES["unknown"],
            }
            chosen = chosen.filter(limits[row["port"]])
        share = 100 * int(chosen["sampled_bytes"].sum()) / int(week["sampled_bytes"].sum())
        assert same(row["share_percent"], share), row


@pytest.mark.parametrize(
    ("name", "service", "versions"),
    [
        ("table-3", "broadband", [[4, 6]]),
        ("table-4", "mobile", [[4, 6]]),
        ("table-4-by-ip-version", "mobile", [[4], [6]]),
    ],
)
def test_ports_over_the_threshold_have_a_row(
    name: str, service: str, versions: list[list[int]]
) -> None:
    largest: dict[tuple[int, int], float] = {}
    for year, of in itertools.product(edition().years[-edition().port_years :], versions):
        week = truth(edition().analysis_weeks[year], "port_week").filter(
            (pl.col("service") == service) & pl.col("ip_version").is_in(of)
        )
        by_port = week.filter(pl.col("port").is_not_null()).group_by("protocol", "port")
        for protocol, port, volume in by_port.agg(pl.col("sampled_bytes").sum()).iter_rows():
            share = 100 * int(volume) / int(week["sampled_bytes"].sum())
            largest[protocol, port] = max(share, largest.get((protocol, port), 0))
    rule = edition().port_rows
    over = [key for key, share in largest.items() if share > rule.threshold_percent]
    expected = set(sorted(over, key=lambda key: -largest[key])[: rule.most])

    ports = table(name).filter(
        (pl.col("level") == "port") & pl.col("port").cast(pl.String).str.contains(r"^\d+$")
    )
    numbers = {"TCP": 6, "UDP": 17}
    assert {
        (numbers[p], int(n)) for p, n in ports.select("protocol", "port").iter_rows()
    } == expected


@cache
def month_rate(month: str, service: str, direction: str, access: str | None = None) -> float:
    """Mean rate of a calendar month, octets a second, from the truth of every week of it."""
    total = seconds = 0
    for monday in edition().growth_weeks():
        hours = truth(monday, "rate_hour").filter(pl.col("service") == service)
        starts = {
            ms: datetime.fromtimestamp(ms / 1000, settings().zone)
            for ms in hours["hour_start_ms"].unique()
        }
        inside = [ms for ms, start in starts.items() if f"{start:%Y-%m}" == month]
        part = hours.filter(pl.col("hour_start_ms").is_in(inside))
        seconds += 3600 * len(inside)
        if access is not None:
            part = part.filter(pl.col("access") == access)
        total += int(part[f"{direction}_octets"].sum())
    return total / seconds


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


def test_the_report_is_one_file_that_asks_no_other_host() -> None:
    latest = settings().var / "releases" / str(YEAR) / "latest.json"
    report: Path = latest.parent / json.loads(latest.read_text())["release"] / "report.html"
    text = report.read_text(encoding="utf-8")
    assert "table-1" in text
    assert not [word for word in ("src=", "@import", "<link", "url(http") if word in text]
