"""The parts of a week that files cover, compared with minutes enumerated one by one.

The second way goes through the time zone database minute by minute and knows nothing of what names
can mean: a collector writes each minute's records into the file that is named by the local time at
which the slot of that minute began, and appends where there is a file of that name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.landing.naming import FileName, FileTime
from longflow.spans import Span, without
from longflow.staging.file_time import TimeCount, TimeWindow, delivered_spans
from longflow.week import Week

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
LORD_HOWE = "Australia/Lord_Howe"
# Sundays on which clocks go back, go forward, and stay as they are.
DAYS = [
    ("Europe/Berlin", date(2024, 10, 27)),
    ("Europe/Berlin", date(2024, 3, 31)),
    ("America/New_York", date(2024, 11, 3)),
    ("America/New_York", date(2024, 3, 10)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),
    ("Asia/Tokyo", date(2024, 10, 27)),
]
LENGTHS = [5, 15, 30, 60, 1440]
# How collectors turn their slots over: counted on from the first instant of the week or, as nfcapd
# does, from midnight UTC, or by the clock on the wall.
TURNS = ["from the week's start", "by UTC", "by the wall"]


@dataclass(frozen=True)
class Collector:
    """Writes a file a slot from before a Sunday to after it.

    `zone` is that of the week's Sunday, `clock` that of the collector.
    """

    zone: str
    sunday: date
    minutes: int
    turn: str
    clock: str

    @cached_property
    def day(self) -> Span:
        """The Sunday."""
        first, last = Week(self.sunday - timedelta(days=6), ZoneInfo(self.zone)).day_edges_ms()[6:]
        return first, last

    def slots(self) -> dict[int, list[int]]:
        """Minutes by the start of their slot."""
        slots: dict[int, list[int]] = {}
        start, number = None, None
        first, last = self.day
        around = 2 * DAY_MS if self.minutes >= 1440 else DAY_MS // 8
        for minute in range(first - around, last + around, MINUTE_MS):
            before, number = number, self._number(minute)
            if before not in {None, number}:
                start = minute
            if start is not None:
                slots.setdefault(start, []).append(minute)
        return slots

    def _number(self, minute: int) -> int:
        """Number of the slot that a minute lies in."""
        minutes = (minute - self.day[0] + 7 * DAY_MS) // MINUTE_MS
        if self.turn == "by UTC":
            minutes = minute // MINUTE_MS
        if self.turn == "by the wall" or self.minutes >= 1440:
            shown = datetime.fromtimestamp(minute / 1000, tz=ZoneInfo(self.clock))
            minutes = shown.toordinal() * 1440 + shown.hour * 60 + shown.minute
        return minutes // self.minutes

    def name(self, start: int) -> str:
        """Name of the file of a slot."""
        return f"f.{datetime.fromtimestamp(start / 1000, tz=ZoneInfo(self.clock)):%Y%m%d%H%M}"


@cache
def slots_of(one: Collector) -> dict[int, tuple[str, list[int]]]:
    """Name and minutes of every slot."""
    return {start: (one.name(start), minutes) for start, minutes in one.slots().items()}


@cache
def time_of(one: Collector, name: str) -> FileTime:
    time = FileName("f.{time}", ZoneInfo(one.clock), one.minutes).time(name)
    assert time is not None
    return time


def missing(one: Collector, lost: Collection[int] = ()) -> list[Span]:
    """What longflow says is missing of the Sunday, where the slots that begin so do not come."""
    files: dict[str, list[int]] = {}
    for start, (name, minutes) in slots_of(one).items():
        if start not in lost:
            # Two records a minute.
            files.setdefault(name, []).extend(m + n for m in minutes for n in (0, 20_000))
    delivered: list[Span] = []
    for name, records in files.items():
        times = time_of(one, name).times
        count = TimeCount()
        if len(times) > 1:
            ends = np.array(records, dtype=np.int64)
            window = TimeWindow(0, 2**60, [(time.start_ms, time.end_ms) for time in times])
            count.add(window, ends, ends)
        delivered += delivered_spans(times, count.ended_in)
    return without([one.day], delivered)


def minutes_in(spans: Iterable[Span]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end, MINUTE_MS)}


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("minutes", LENGTHS)
@pytest.mark.parametrize(("zone", "sunday"), DAYS)
def test_a_source_that_delivered_everything_covers_the_day(
    zone: str, sunday: date, minutes: int, turn: str
) -> None:
    assert missing(Collector(zone, sunday, minutes, turn, zone)) == []


@pytest.mark.parametrize("minutes", [15, 60, 1440])
@pytest.mark.parametrize("clock", ["UTC", "America/New_York", "Asia/Kathmandu", LORD_HOWE])
def test_a_source_with_a_clock_of_its_own_covers_the_day(clock: str, minutes: int) -> None:
    assert missing(Collector(*DAYS[0], minutes, "by UTC", clock)) == []
    assert missing(Collector(*DAYS[4], minutes, "by UTC", clock)) == []


@pytest.mark.parametrize(("zone", "sunday"), DAYS[:-1])
@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_every_slot_around_the_change_is_missed_by_itself(
    zone: str, sunday: date, minutes: int
) -> None:
    """Also one of two that share a name: their file holds the records of the other alone."""
    one = Collector(zone, sunday, minutes, "from the week's start", zone)
    slots = slots_of(one)
    around = [start for start in slots if 0 <= start - one.day[0] < 5 * 3_600_000]
    assert len(around) == 300 // minutes
    for start in around[:: 1 if minutes > 5 else 5]:
        assert minutes_in(missing(one, [start])) == set(slots[start][1])


@given(st.sampled_from(DAYS), st.sampled_from([30, 60]), st.data())
def test_what_is_missing_is_what_was_not_delivered(
    day: tuple[str, date], minutes: int, data: st.DataObject
) -> None:
    one = Collector(*day, minutes, "from the week's start", day[0])
    slots = slots_of(one)
    lost = data.draw(st.sets(st.sampled_from(sorted(slots)), max_size=40))
    expected = {minute for start in lost for minute in slots[start][1]}
    assert minutes_in(missing(one, lost)) == expected & minutes_in([one.day])


def test_a_file_of_few_records_stands_for_all_that_its_name_tells() -> None:
    """Seven flows at night: that none came in the second slot is chance."""
    times = FileName("f.{time}", ZoneInfo("Europe/Berlin"), 5).time("f.202410270200")
    assert times is not None
    assert len(delivered_spans(times.times, [7, 0])) == 2
    assert len(delivered_spans(times.times, [8, 0])) == 1
    assert len(delivered_spans(times.times, [0, 0])) == 2


def test_records_of_the_end_of_the_first_slot_do_not_show_it_where_only_the_second_came() -> None:
    """nfcapd receives flows seconds to minutes after they ended: 5 of 60 minutes lie before."""
    time = FileName("f.{time}", ZoneInfo("Europe/Berlin"), 60).time("f.202410270200")
    assert time is not None
    (delivered,) = delivered_spans(time.times, [50, 600])
    assert datetime.fromtimestamp(delivered[0] / 1000, tz=UTC).hour == 1


def test_a_name_that_clocks_left_out_means_what_its_records_say() -> None:
    time = FileName("f.{time}", ZoneInfo("Europe/Berlin"), 60).time("f.202403310200")
    assert time is not None
    hours = [
        [datetime.fromtimestamp(start / 1000, tz=UTC).hour for start, _ in spans]
        for spans in (
            delivered_spans(time.times, counts) for counts in ([0, 0], [0, 900], [900, 0])
        )
    ]
    assert hours == [[1], [1], [0]]


def test_records_that_touch_the_time_of_their_file() -> None:
    count = TimeCount()
    window = TimeWindow(1_717_340_400_000, 1_717_344_000_000, [])
    first = np.array([-5, -5_000, 3_599_999, 3_600_000, -9]) + window.first_ms
    last = np.array([0, -1, 9_000_000, 9_000_000, 9_000_000]) + window.first_ms
    count.add(window, first, last)
    # A clock that was never set says nothing of the file.
    count.add(window, np.array([86_400_000]), np.array([86_400_001]))
    count.add(window, first[:0], last[:0])
    assert (count.timed, count.in_time) == (5, 3)
