"""The time that a file's name states, above all around clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from longflow.landing.naming import FileName, FileTime

BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"


def time_of(name: str, zone: str, minutes: int | None, pattern: str = "f.{time}") -> FileTime:
    time = FileName(pattern, ZoneInfo(zone), minutes).time(name)
    assert time is not None
    return time


def stated(time: FileTime, *, alone: bool = True) -> list[str]:
    """The intervals that the name alone states, or the others, in UTC."""
    return [f"{utc(one.start_ms)}-{utc(one.end_ms)}" for one in time.times if one.told is alone]


def utc(instant_ms: int) -> str:
    return f"{datetime.fromtimestamp(instant_ms / 1000, tz=UTC):%d %H:%M}"


def test_a_name_states_one_slot() -> None:
    time = time_of("f.202406030900", "Asia/Tokyo", 60)
    assert utc(time.start_ms) == "03 00:00"
    assert stated(time) == ["03 00:00-03 01:00"]
    assert stated(time, alone=False) == []


@pytest.mark.parametrize(
    ("zone", "name", "minutes", "slots"),
    [
        (BERLIN, "f.202410270200", 60, ["27 00:00-27 01:00", "27 01:00-27 02:00"]),
        (BERLIN, "f.202410270255", 5, ["27 00:55-27 01:00", "27 01:55-27 02:00"]),
        ("America/New_York", "f.202411030115", 15, ["03 05:15-03 05:30", "03 06:15-03 06:30"]),
        (LORD_HOWE, "f.202404070130", 30, ["06 14:30-06 15:00", "06 15:00-06 15:30"]),
        # Half an hour apart, slots of an hour overlap: the records say which it was.
        (
            LORD_HOWE,
            "f.202404070130",
            60,
            ["06 14:30-06 15:00", "06 15:00-06 15:30", "06 15:30-06 16:00"],
        ),
    ],
)
def test_a_name_of_the_repeated_time_stands_for_both_instants(
    zone: str, name: str, minutes: int, slots: list[str]
) -> None:
    time = time_of(name, zone, minutes)
    assert stated(time) == slots
    assert stated(time, alone=False) == []
    assert not time.is_left_out


def test_a_collector_that_goes_by_the_wall_may_have_half_an_hour_more_in_its_file() -> None:
    """From 01:00 to 02:00 on the wall of Lord Howe were ninety minutes."""
    time = time_of("f.202404070100", LORD_HOWE, 60)
    assert stated(time) == ["06 14:00-06 15:00"]
    assert stated(time, alone=False) == ["06 15:00-06 15:30"]


def test_a_name_in_the_time_that_clocks_left_out() -> None:
    """02:30 by the clock before the change was 03:30 after it; the other way round it is 01:30."""
    time = time_of("f.202403310230", BERLIN, 5)
    assert time.is_left_out
    assert utc(time.start_ms) == "31 01:30"
    assert stated(time) == ["31 01:30-31 01:35"]
    assert stated(time, alone=False) == ["31 00:30-31 00:35"]


@pytest.mark.parametrize(
    ("zone", "name", "day"),
    [
        (BERLIN, "f.20241027", "26 22:00-27 23:00"),
        (BERLIN, "f.20240331", "30 23:00-31 22:00"),
        (LORD_HOWE, "f.20241006", "05 13:30-06 13:00"),
        # Its midnight came twice, and there was none.
        ("America/Havana", "f.20241103", "03 04:00-04 05:00"),
        ("Asia/Beirut", "f.20240331", "30 22:00-31 21:00"),
    ],
)
def test_a_date_is_a_day_of_the_clock_on_the_wall(zone: str, name: str, day: str) -> None:
    time = time_of(name, zone, None, "f.{date}")
    assert stated(time)[0] == day
    assert not time.is_left_out


def test_a_date_is_a_whole_day_however_short_the_slots_are() -> None:
    """Counters of a day, read every five minutes."""
    assert stated(time_of("c-20240603.csv", "UTC", 5, "c-{date}.csv")) == ["03 00:00-04 00:00"]


def test_a_time_without_a_length_is_an_instant() -> None:
    time = time_of("f.202406030900", "UTC", None)
    assert time.times == ()
    assert time.reaches_into(time.start_ms, time.start_ms + 1)
    assert not time.reaches_into(time.start_ms + 1, time.start_ms + 2)


@pytest.mark.parametrize("name", ["f.202413030000", "f.current", "g.202406030000"])
def test_a_name_that_states_no_time(name: str) -> None:
    assert FileName("f.{time}", ZoneInfo("UTC"), 60).time(name) is None


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("nfcapd.{time}{offset}", "nfcapd.202406030800+0900"),
        (
            "flows-{year}-{month}-{day}T{hour}:{minute}:{second}{offset}.csv",
            "flows-2024-06-03T08:00:00+0900.csv",
        ),
        ("{day}.{month}.{year}_{hour}", "03.06.2024_08"),
        ("flows.{date}{hour}*", "flows.2024060308.csv.gz"),
        ("f-{date}-{hour}{minute}", "f-20240603-0800"),
    ],
)
def test_spellings_of_a_time(pattern: str, name: str) -> None:
    time = time_of(name, "Asia/Tokyo", 60, pattern)
    assert stated(time) == ["02 23:00-03 00:00"]


def test_an_offset_counts_whatever_the_zone_of_the_source() -> None:
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        time = time_of("f.202406030800-0330", zone, 5, "f.{time}{offset}")
        assert stated(time) == ["03 11:30-03 11:35"]


@pytest.mark.parametrize(
    ("offset", "slot"), [("+0200", "00:30-27 00:35"), ("+0100", "01:30-27 01:35")]
)
def test_an_offset_tells_the_hour_that_comes_twice_apart(offset: str, slot: str) -> None:
    time = time_of(f"f.202410270230{offset}", BERLIN, 5, "f.{time}{offset}")
    assert stated(time) == [f"27 {slot}"]
    assert stated(time, alone=False) == []


def test_an_offset_in_the_time_that_clocks_left_out_is_an_instant_all_the_same() -> None:
    time = time_of("f.202403310230+0100", BERLIN, 5, "f.{time}{offset}")
    assert (stated(time), time.is_left_out) == (["31 01:30-31 01:35"], False)


def test_an_hour_without_minutes_is_an_hour() -> None:
    assert stated(time_of("f.2024060308", "UTC", None, "f.{date}{hour}")) == ["03 08:00-03 09:00"]
    assert stated(time_of("f.2024060308", "UTC", 15, "f.{date}{hour}")) == ["03 08:00-03 08:15"]


def test_a_date_in_parts_is_a_day() -> None:
    time = time_of("f.2024-06-03", "Asia/Tokyo", 5, "f.{year}-{month}-{day}")
    assert stated(time) == ["02 15:00-03 15:00"]


@pytest.mark.parametrize(
    "name", ["f.202406030800+9900", "f.202406032500+0900", "f.2024060308000900"]
)
def test_an_offset_or_time_that_is_none(name: str) -> None:
    assert FileName("f.{time}{offset}", ZoneInfo("UTC"), 5).time(name) is None
