"""Weeks, slots and hours in the provider's time."""

from __future__ import annotations

from datetime import date

import pytest
from longflow.simulator.clock import WeekClock
from longflow.simulator.provider import Provider

BERLIN = Provider(time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("monday", "hours"),
    [(date(2024, 6, 3), 168), (date(2024, 3, 25), 167), (date(2024, 10, 21), 169)],
)
def test_a_week_with_a_clock_change_has_an_hour_more_or_less(monday: date, hours: int) -> None:
    clock = WeekClock.of(BERLIN, monday)
    assert clock.end_ms - clock.start_ms == hours * 3_600_000
    edges_ms, names = clock.slots()
    assert len(names) == len(edges_ms) - 1 == hours + 6


def test_slots_are_named_by_local_time_from_monday_to_the_end_of_the_grace() -> None:
    _, names = WeekClock.of(Provider(slot_minutes=30), date(2024, 6, 3)).slots()
    assert names[:2] == ["202406030000", "202406030030"]
    assert names[-1] == "202406100530"


def test_two_slots_have_one_name_when_clocks_are_set_back() -> None:
    _, names = WeekClock.of(BERLIN, date(2024, 10, 21)).slots()
    assert names.count("202410270200") == 2


def test_five_minutes_know_their_day() -> None:
    clock = WeekClock.of(BERLIN, date(2024, 10, 21))
    assert clock.bin_day[[0, 287, 288, -1]].tolist() == [1, 1, 2, 7]
    assert (clock.bin_day == 7).sum() == 25 * 12
