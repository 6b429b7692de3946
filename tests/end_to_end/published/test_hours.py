"""Hours of a published edition, and tables made of them, against the simulator's truth."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from functools import cache

import polars as pl
import pytest
from longflow.settings import days_of, spans_of

from tests.end_to_end.published.truth import (
    edition,
    needs_published,
    same,
    settings,
    table,
    truth,
)

pytestmark = needs_published


def is_weekday(day: date) -> bool:
    """Whether a day is one of Monday to Friday and no holiday that the edition leaves out."""
    holidays = days_of(settings().holidays) if edition().leave_out_holidays else {}
    return day.weekday() < 5 and day not in holidays


@cache
def weekday_rates(week: date, service: str, direction: str) -> list[float]:
    """Mean octets per second of each hour of the day, Monday to Friday."""
    hours = truth(week, "rate_hour").filter(service=service)
    octets, starts = [0] * 24, [set[int]() for _ in range(24)]
    for start_ms, count in hours.select("hour_start_ms", f"{direction}_octets").iter_rows():
        start = datetime.fromtimestamp(start_ms / 1000, settings().zone)
        if is_weekday(start.date()):
            octets[start.hour] += count
            starts[start.hour].add(start_ms)
    return [octets[hour] / (3600 * len(starts[hour])) for hour in range(24)]


@pytest.mark.parametrize("figure", ["figure-2", "figure-9"])
def test_rates_over_the_base(figure: str) -> None:
    rows = table(figure)
    weeks = {"figure-2": edition().day_weeks, "figure-9": edition().weeks_by_hour()}[figure]
    assert set(rows.select("week", "direction", "hour").iter_rows()) == {
        (str(week), direction, hour)
        for week, direction, hour in itertools.product(weeks, ("in", "out"), range(24))
    }
    base = max(weekday_rates(weeks[0], "broadband", "out"))
    for row in rows.iter_rows(named=True):
        rates = weekday_rates(date.fromisoformat(row["week"]), "broadband", row["direction"])
        assert same(row["relative_rate"], rates[row["hour"]] / base), row


def test_figure_10_is_in_of_figure_9() -> None:
    of_9 = table("figure-9").filter(direction="in").drop("direction")
    assert table("figure-10").equals(of_9)


def daytime(week: date, service: str, direction: str) -> float:
    """Percent of a weekday's traffic in the hours of the daytime."""
    rates = weekday_rates(week, service, direction)
    first, end = edition().daytime_hours
    return 100 * sum(rates[first:end]) / sum(rates)


def test_daytime_share() -> None:
    oldest = edition().weeks_by_hour()[0]
    rows = table("daytime-share")
    assert rows.height == 4 * len(edition().weeks_by_hour())
    for row in rows.iter_rows(named=True):
        of = (row["service"], row["direction"])
        expected = daytime(date.fromisoformat(row["week"]), *of)
        assert same(row["daytime_share_percent"], expected), row
        assert row["change_points"] == pytest.approx(expected - daytime(oldest, *of), abs=1e-9)


def test_hour_peaks() -> None:
    """Heights are flooded from the top: where two islands meet, the lower one ends."""
    rows = table("hour-peaks")
    expected: set[tuple[str, str, str, str, int]] = set()
    prominences = {}
    for week, service, direction, kind in itertools.product(
        edition().weeks_by_hour(), ("broadband", "mobile"), ("in", "out"), ("peak", "dip")
    ):
        rates = weekday_rates(week, service, direction)
        heights = [rate if kind == "peak" else -rate for rate in rates]
        for hour, prominence in islands(heights).items():
            if prominence >= 0.05 * max(rates):
                key = (str(week), service, direction, kind, hour)
                expected.add(key)
                prominences[key] = 100 * prominence / max(rates)
    key_columns = ("week", "service", "direction", "kind", "hour")
    assert set(rows.select(key_columns).iter_rows()) == expected
    for row in rows.iter_rows(named=True):
        key = tuple(row[name] for name in key_columns)
        rates = weekday_rates(date.fromisoformat(row["week"]), row["service"], row["direction"])
        assert same(row["mean_ratio"], 24 * rates[row["hour"]] / sum(rates)), row
        assert row["prominence_percent"] == pytest.approx(prominences[key], rel=1e-9)


def islands(heights: list[float]) -> dict[int, float]:
    """The prominence of each local top of a circle of heights."""
    top_of: dict[int, int] = {}
    found = {}
    for hour in sorted(range(24), key=lambda place: -heights[place]):
        beside = {top_of[near % 24] for near in (hour - 1, hour + 1) if near % 24 in top_of}
        highest = max(beside, key=lambda top: heights[top], default=hour)
        for lower in beside - {highest}:
            found[lower] = heights[lower] - heights[hour]
        top_of[hour] = highest
        top_of |= {place: highest for place, top in top_of.items() if top in beside}
    (last,) = set(top_of.values())
    return {**found, last: heights[last] - min(heights)}


@cache
def rates_by_hour(week: date, service: str, access: str, direction: str) -> dict[datetime, float]:
    """Octets per second over the interfaces of an access, in each hour of a week."""
    octets = f"{direction}_octets"
    hours = truth(week, "rate_hour").filter(service=service, access=access)
    return {
        datetime.fromtimestamp(start_ms / 1000, settings().zone): count / 3600
        for start_ms, count in hours.group_by("hour_start_ms").agg(pl.col(octets).sum()).iter_rows()
    }


def busy_hour(
    week: date, service: str, access: str, direction: str, day_type: str
) -> tuple[int, float]:
    """The hour of the day with the highest mean rate, and its ratio to the week's mean."""
    rates = rates_by_hour(week, service, access, direction)
    of_hour: dict[int, list[float]] = {}
    for start, rate in rates.items():
        is_weekend = start.weekday() >= 5
        if is_weekday(start.date()) if day_type == "weekday" else is_weekend:
            of_hour.setdefault(start.hour, []).append(rate)
    means = {hour: sum(of) / len(of) for hour, of in of_hour.items()}
    busiest = min(means, key=lambda hour: (-means[hour], hour))
    return busiest, means[busiest] / (sum(rates.values()) / len(rates))


def test_busy_hours() -> None:
    rows = table("peak").with_columns(pl.col("access").fill_null(""))
    computed = rows.filter(status="computed")
    assert computed.height >= rows.height / 2
    for row in computed.iter_rows(named=True):
        week = edition().analysis_weeks[row["year"]]
        key = [row[name] for name in ("service", "access", "direction", "day_type")]
        hour, ratio = busy_hour(week, *key)
        assert (row["busy_hour"], same(row["peak_ratio"], ratio)) == (hour, True), row


def in_term(day: date) -> bool:
    return any(span.first <= day <= span.last for span in spans_of(settings().terms))


def test_daytime_by_term() -> None:
    """The mean over days of the year for which counters were loaded."""
    rows = table("daytime-by-term")
    month = edition().growth_month
    first_hour, end_hour = edition().daytime_hours
    for row in rows.iter_rows(named=True):
        first, last = date(row["year"] - 1, month + 1, 1), date(row["year"], month + 1, 1)
        ratios: list[float] = []
        for week in {day - timedelta(days=day.weekday()) for day in days_between(first, last)}:
            if not (settings().var / "truth" / str(week)).is_dir():
                continue
            hours = truth(week, "rate_hour").filter(service=row["service"])
            octets = hours.group_by("hour_start_ms").agg(pl.col(f"{row['direction']}_octets").sum())
            whole = octets[f"{row['direction']}_octets"].sum() / (3600 * octets.height)
            inside = [
                (start.date(), count)
                for start_ms, count in octets.iter_rows()
                if is_weekday(
                    (start := datetime.fromtimestamp(start_ms / 1000, settings().zone)).date()
                )
                and first <= start.date() < last
                and first_hour <= start.hour < end_hour
                and (row["period"] == "all" or in_term(start.date()) == (row["period"] == "term"))
            ]
            if inside:
                rate = sum(count for _, count in inside) / (3600 * len(inside))
                ratios += [rate / whole] * len({day for day, _ in inside})
        assert row["days"] == len(ratios), row
        # Of most years a small demonstration loads the counters of a few weeks.
        assert row["coverage_percent"] == pytest.approx(
            100 * len(ratios) / weekdays(row["period"], first, last), abs=1e-9
        ), row
        if row["daytime_ratio"] is not None:
            assert same(row["daytime_ratio"], sum(ratios) / len(ratios)), row


def weekdays(period: str, first: date, end: date) -> int:
    """The weekdays of a period that are no holidays."""
    return sum(
        is_weekday(day) and (period == "all" or in_term(day) == (period == "term"))
        for day in days_between(first, end)
    )


def days_between(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((end - first).days)]
