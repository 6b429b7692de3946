from __future__ import annotations

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.errors import LongflowError
from longflow.week import Week, mondays_of_month, weeks_between

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAYS = st.dates(date(2018, 1, 1), date(2030, 1, 1)).map(
    lambda day: date.fromordinal(day.toordinal() - day.weekday())
)
ZONES = st.sampled_from(
    ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
).map(ZoneInfo)


def test_a_week_runs_from_monday_to_monday_in_the_provider_zone() -> None:
    week = Week.parse("2024-06-03", TOKYO)

    assert week.start_ms == 1717340400000  # 2024-06-02 15:00 UTC
    assert week.end_ms - week.start_ms == 7 * 86_400_000


def test_another_day_names_the_monday_that_was_meant() -> None:
    with pytest.raises(LongflowError, match=r"Wednesday.*did you mean 2024-06-03\?"):
        Week.parse("2024-06-05", TOKYO)


def test_a_text_that_is_no_date() -> None:
    with pytest.raises(LongflowError, match="'2024-W23' is not a date"):
        Week.parse("2024-W23", TOKYO)


@pytest.mark.parametrize(("monday", "hours"), [("2024-03-25", 167), ("2024-10-21", 169)])
def test_weeks_with_a_clock_change(monday: str, hours: int) -> None:
    assert len(Week.parse(monday, ZoneInfo("Europe/Berlin")).hour_edges_ms()) - 1 == hours


@given(MONDAYS, ZONES)
def test_hours_fill_the_week_and_every_day_edge_is_an_hour_edge(
    monday: date, zone: ZoneInfo
) -> None:
    week = Week(monday, zone)
    hours = week.hour_edges_ms()

    assert (hours[0], hours[-1]) == (week.start_ms, week.end_ms)
    assert all(0 < b - a <= 3_600_000 for a, b in pairwise(hours))
    assert set(week.day_edges_ms()) <= set(hours)


@given(MONDAYS, ZONES)
def test_every_edge_is_a_whole_quarter_of_an_hour_from_the_start(
    monday: date, zone: ZoneInfo
) -> None:
    """The archive's queries find the hour of an instant by its quarter."""
    week = Week(monday, zone)
    assert all((edge - week.start_ms) % 900_000 == 0 for edge in week.hour_edges_ms())


@pytest.mark.parametrize(("minutes", "count"), [(5, 2016), (60, 168), (1440, 7), (10080, 1)])
def test_slots_of_a_week(minutes: int, count: int) -> None:
    assert len(Week.parse("2024-06-03", TOKYO).slots(minutes)) == count


def test_weeks_between_includes_both_ends() -> None:
    weeks = weeks_between(Week.parse("2024-05-27", TOKYO), Week.parse("2024-06-10", TOKYO))
    assert [week.key for week in weeks] == ["2024-05-27", "2024-06-03", "2024-06-10"]


def test_a_range_the_wrong_way_round() -> None:
    with pytest.raises(LongflowError, match="before the first"):
        list(weeks_between(Week.parse("2024-06-10", TOKYO), Week.parse("2024-06-03", TOKYO)))


@pytest.mark.parametrize(
    ("month", "first", "last", "weeks"),
    [
        (date(2024, 6, 1), date(2024, 5, 27), date(2024, 6, 24), 5),
        (date(2020, 6, 1), date(2020, 6, 1), date(2020, 6, 29), 5),
        (date(2020, 1, 1), date(2019, 12, 30), date(2020, 1, 27), 5),
        (date(2021, 2, 1), date(2021, 2, 1), date(2021, 2, 22), 4),
        (date(2022, 12, 1), date(2022, 11, 28), date(2022, 12, 26), 5),
    ],
)
def test_mondays_of_the_weeks_that_touch_a_month(
    month: date, first: date, last: date, weeks: int
) -> None:
    found = mondays_of_month(month)
    assert (found[0], found[-1], len(found)) == (first, last, weeks)
