"""Findings as lines for people."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from longflow.records import Finding
from longflow.settings import Feed
from longflow.week import Week

HOUR_MS = 3_600_000

WEEK = Week.parse("2024-06-03", ZoneInfo("Europe/Berlin"))
NINE = WEEK.start_ms + 9 * HOUR_MS


def finding(start_ms: int | None, end_ms: int | None, sentence: str = "nothing came") -> Finding:
    return Finding(
        rule="coverage.gap",
        severity="warning",
        feed=Feed.FLOWS,
        source="east",
        sentence=sentence,
        count=1,
        unit="slots",
        start_ms=start_ms,
        end_ms=end_ms,
    )


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "when"),
    [
        (NINE, NINE + HOUR_MS, "2024-06-03 09:00 to 2024-06-03 10:00; "),
        (NINE, None, "2024-06-03 09:00; "),
        (WEEK.start_ms, WEEK.end_ms, ""),
        (None, None, ""),
    ],
)
def test_a_line_says_what_part_of_the_week_it_is_about(
    start_ms: int | None, end_ms: int | None, when: str
) -> None:
    line = finding(start_ms, end_ms).line_of(WEEK)
    assert line == f"flows east: nothing came ({when}1 slot) [coverage.gap]"


def test_a_time_that_the_sentence_states_is_not_repeated() -> None:
    stated = finding(NINE, NINE + HOUR_MS, "nothing came from 2024-06-03 09:00 on")
    assert stated.line_of(WEEK) == stated.line
