"""The simulator's truth about a published edition, and how a figure may be rounded.

Of what `make run ONCE=1` left: `LONGFLOW_PUBLISHED` names its settings file. Truth enters after
sampling, so that equality is exact; that estimates lie inside their bars is another matter.
"""

from __future__ import annotations

import json
import math
import os
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from longflow.settings import Edition, Settings

PUBLISHED = os.environ.get("LONGFLOW_PUBLISHED")

needs_published = pytest.mark.skipif(
    PUBLISHED is None, reason="needs LONGFLOW_PUBLISHED, the settings of a published demonstration"
)

YEAR = 2024


@cache
def settings() -> Settings:
    return Settings.load(PUBLISHED)


def edition() -> Edition:
    return settings().edition(YEAR)


def release() -> Path:
    """The folder of the release in force."""
    latest = settings().var / "releases" / str(YEAR) / "latest.json"
    return latest.parent / str(json.loads(latest.read_text())["release"])


def table(name: str) -> pl.DataFrame:
    return pl.read_csv(release() / "tables" / f"{name}.csv")


@cache
def truth(monday: date, name: str) -> pl.DataFrame:
    return pl.read_parquet(settings().var / "truth" / str(monday) / f"{name}.parquet")


def _consumer_days(year: int, service: str, segment: str) -> pl.DataFrame:
    """The days of the consumers, or businesses, of a year's population, with who they are."""
    access = {"mobile": [""], "broadband": ["pppoe"] if year <= 2020 else ["pppoe", "ipoe"]}
    return (
        truth(edition().analysis_weeks[year], "subscriber_day")
        .filter(
            (pl.col("service") == service)
            & pl.col("access").is_in(access[service])
            & (pl.col("segment") == segment)
        )
        .with_columns(
            who=pl.when(pl.lit(service == "mobile")).then("subscriber").otherwise("contract")
        )
    )


@cache
def volumes_a_day(year: int, service: str, direction: str, segment: str = "consumer") -> np.ndarray:
    """Bytes a day of every consumer, or business, with any, sorted."""
    week = (
        _consumer_days(year, service, segment)
        .group_by("who", "access")
        .agg(pl.col(f"sampled_{direction}_bytes").sum().alias("bytes"))
        .filter(pl.col("bytes") > 0)
    )
    return np.sort(week["bytes"].to_numpy()) / 7


def spreads_of_days(year: int, service: str, direction: str, which: str) -> np.ndarray:
    """Coefficient of variation, in percent, of the seven days of every consumer with bytes, sorted.

    Args:
        year: of the analysis week.
        service: broadband or mobile.
        direction: in or out.
        which: `true` bytes, or those `sampled`.
    """
    days = (
        _consumer_days(year, service, "consumer")
        .group_by("who", "access", "day")
        .agg(pl.col(f"{which}_{direction}_bytes").sum().alias("bytes"))
    )
    weeks = days.pivot(on="day", index=["who", "access"], values="bytes").fill_null(0)
    volumes = weeks.select(pl.exclude("who", "access")).to_numpy().astype(float)
    volumes = np.hstack([volumes, np.zeros((len(volumes), 7 - volumes.shape[1]))])
    volumes = volumes[volumes.sum(axis=1) > 0]
    return np.sort(100 * volumes.std(axis=1, ddof=1) / volumes.mean(axis=1))


@cache
def octets_by_month() -> pl.DataFrame:
    """Octets by month (`2024-06`), service and access in every week whose counters were delivered.

    `seconds` is how much of the month these weeks cover.
    """
    delivered = sorted((settings().var / "truth").glob("*/rate_hour.parquet"))
    zone = str(settings().zone)
    hour = pl.from_epoch("hour_start_ms", time_unit="ms").dt.replace_time_zone("UTC")
    return (
        pl.concat([pl.read_parquet(file) for file in delivered])
        .group_by(
            hour.dt.convert_time_zone(zone).dt.strftime("%Y-%m").alias("month"), "service", "access"
        )
        .agg(pl.col("in_octets", "out_octets").sum(), seconds=3600 * pl.len())
        .sort("month", "service", "access")
    )


@cache
def month_rate(month: str, service: str, direction: str, access: str | None = None) -> float:
    """Mean rate of a calendar month, octets a second, over the weeks delivered of it."""
    part = octets_by_month().filter(month=month, service=service)
    if access is not None:
        part = part.filter(access=access)
    return float((part[f"{direction}_octets"] / part["seconds"]).sum())


def least() -> int:
    """Fewest subscribers that a value may describe."""
    return edition().minimum_subscribers


def heaviest(volumes: np.ndarray) -> float:
    """Mean of the heaviest, as many as a value must at least describe."""
    return float(np.sum(volumes[-least() :]) / least())


def growth_of_businesses(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    """Growth in percent of the volumes of two weeks, IN and OUT, as it is published."""
    sizes = [sum(float(volumes.sum()) for volumes in week) for week in (before, after)]
    parts = [
        max(heaviest(volumes) / float(volumes.sum()) for volumes in week)
        for week in (before, after)
    ]
    growth = 100 * (sizes[1] / sizes[0] - 1)
    return rounded(growth, max(100 * parts[0], (100 + growth) * parts[1]))


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


def coarsest_step(value: float) -> float:
    """The largest step of 1, 2 or 5 times a power of ten to which a value can have been rounded."""
    steps = [unit * 10.0**power for power in range(-9, 9) for unit in (1, 2, 5)]
    return max(step for step in steps if math.isclose(value / step, max(round(value / step), 1)))


def same(value: float, expected: float) -> bool:
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)
