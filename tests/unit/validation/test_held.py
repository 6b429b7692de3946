from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from longflow.records import SourceSlots
from longflow.settings import Feed
from longflow.validation.held import _no_longer_delivered
from longflow.week import Week

WEEK = Week(date(2024, 6, 3), ZoneInfo("Asia/Tokyo"))
HOUR_MS = 3_600_000


def slots(minutes: int, *missing_hours: float) -> SourceSlots:
    """A source's slots of the week, without those that begin this many hours after its start."""
    missing = tuple(WEEK.start_ms + round(hour * HOUR_MS) for hour in missing_hours)
    return SourceSlots(
        feed=Feed.FLOWS, source="east", slot_minutes=minutes, expected=168, missing_ms=missing
    )


@pytest.mark.parametrize(
    ("then", "now", "lost_hours"),
    [
        (slots(60), slots(60), []),
        (slots(60), slots(60, 5), [5]),
        (slots(60, 5), slots(60, 5), []),
        (slots(60, 5), slots(60), []),
        (slots(30), slots(60, 5), [5, 5.5]),
        (slots(60), slots(30, 5.5), [5]),
        (slots(1440), None, [0, 24, 48, 72, 96, 120, 144]),
    ],
    ids=[
        "all again",
        "one is gone",
        "it was never there",
        "it came",
        "longer slots",
        "half of a slot is gone",
        "the source is gone",
    ],
)
def test_slots_that_are_no_longer_delivered(
    then: SourceSlots, now: SourceSlots | None, lost_hours: list[float]
) -> None:
    expected = [WEEK.start_ms + round(hour * HOUR_MS) for hour in lost_hours]
    assert _no_longer_delivered(WEEK, then, now) == expected
