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


def least() -> int:
    """Fewest subscribers that a value may tell about."""
    return edition().minimum_subscribers


def heaviest(volumes: np.ndarray) -> float:
    """Mean of the heaviest, as many as a value may tell about at least."""
    return float(np.sum(volumes[-least() :]) / least())


def outweighs(volumes: np.ndarray) -> bool:
    """Whether all but the two heaviest have too little to hide the heaviest from the second."""
    return bool(volumes[:-2].sum() < volumes[-1] / least())


def rounded(value: float, least_step: float) -> float:
    """The nearest multiple of a step of 1, 2 or 5 times a power of ten, half up."""
    if least() == 1:
        return value
    step = step_from(least_step)
    return float(math.floor(value / step + 0.5) * step)


def step_from(least_step: float) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that is not under a value."""
    power = 10.0 ** math.floor(math.log10(least_step))
    return next(power * unit for unit in (1, 2, 5, 10) if power * unit >= least_step)


def shared(volumes: np.ndarray, value: float) -> float:
    """A value as coarse as it must be for enough volumes to have the same."""
    if least() == 1:
        return value
    for step in (unit * 10.0**power for power in range(-9, 9) for unit in (1, 2, 5)):
        multiple = math.floor(value / step + 0.5)
        if multiple > 0 and np.sum(np.floor(volumes / step + 0.5) == multiple) >= least():
            return multiple * step
    raise AssertionError(f"no step hides {value}")


def same(value: float, expected: float) -> bool:
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)


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
        # Half a decade around a place smooths enough to tell hill from slope at some hundreds.
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
    told = rows.filter(pl.col("status") == "computed")
    if version is None:
        assert told.filter(protocol="TCP", level="protocol").height == len(years)
    assert told["share_percent"].null_count() == 0
    assert rows.filter(pl.col("status") == "withheld")["share_percent"].drop_nulls().is_empty()
    for row in told.iter_rows(named=True):
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
        # Of mobile nobody knows how many subscribers a row has: as many as have so much on average.
        if service == "mobile" and share:
            of_both = truth(edition().analysis_weeks[row["year"]], "port_week").filter(
                service=service
            )
            part = int(chosen["sampled_bytes"].sum()) / int(of_both["sampled_bytes"].sum())
            numbers = truth(edition().analysis_weeks[row["year"]], "subscriber_day").filter(
                service=service
            )["subscriber"]
            assert least() == 1 or part * numbers.n_unique() >= least() - 1e-6


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


def test_growth_parts() -> None:
    """The parts add up, and each is the integral of what it brings along the way.

    Along a way on which every number and volume grows at a constant rate, an access has the volume
    v(t); what a rate x of one of its factors brings is ∫ v(t) x dt, by trapezes here.
    """
    rows = table("growth-parts")
    years = [year for year in edition().years if year > 2020]
    steps = list(itertools.pairwise(years))
    assert set(rows.filter(service="broadband").select("from", "to").iter_rows()) == {
        *steps,
        (years[0], years[-1]),
    }
    time = np.linspace(0, 1, 20_001)
    told = 0
    for (service, direction, first, last), parts in rows.group_by(
        "service", "direction", "from", "to"
    ):
        points = dict(parts.select("part", "growth_points").iter_rows())
        weeks = [by_access(int(year), service, direction) for year in (first, last)]
        numbers = [sum(number for number, _ in week.values()) for week in weeks]
        volumes = [sum(volume for _, volume in week.values()) for week in weeks]
        growth = 100 * (volumes[1] / volumes[0] - 1)
        more = math.log(numbers[1] / numbers[0])
        expected = {"volume": growth} | dict.fromkeys(
            ("subscribers", "volume_per_subscriber", "access_mix"), 0.0
        )
        for access in weeks[0]:
            (n0, v0), (n1, v1) = (week[access] for week in weeks)
            share = math.log((n1 / numbers[1]) / (n0 / numbers[0]))
            along = 100 * float(np.trapezoid(v0 * (v1 / v0) ** time, time)) / volumes[0]
            expected["subscribers"] += along * more
            expected["volume_per_subscriber"] += along * math.log((v1 / n1) / (v0 / n0))
            expected["access_mix"] += along * share
        if None in points.values():
            assert min(number for week in weeks for number, _ in week.values()) < 3 * least()
            continue
        told += 1
        assert sum(points.values()) == pytest.approx(2 * points["volume"], abs=1e-9)
        ends = [volumes_a_day(int(year), service, direction) for year in (first, last)]
        step = step_from(100 * max(map(heaviest, ends)) / ends[0].sum()) if least() > 1 else 0
        for part, value in points.items():
            moved = step / 2 * (len(points) - 1 if part == "volume" else 1)
            assert value == pytest.approx(expected[part], abs=moved + 1e-5), (service, part)
            assert step == 0 or value / step == pytest.approx(round(value / step), abs=1e-9)
    assert told >= 10


def test_the_report_is_one_file_that_asks_no_other_host() -> None:
    latest = settings().var / "releases" / str(YEAR) / "latest.json"
    report: Path = latest.parent / json.loads(latest.read_text())["release"] / "report.html"
    text = report.read_text(encoding="utf-8")
    assert "table-1" in text
    assert not [word for word in ("src=", "@import", "<link", "url(http") if word in text]
