from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.landing.naming import FileName
from longflow.landing.wildcards import fit

TOKYO = ZoneInfo("Asia/Tokyo")
MIDNIGHT = round(datetime(2024, 6, 2, 15, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("pattern", "name", "slot"),
    [
        ("nfcapd.{time}", "nfcapd.202406030000", MIDNIGHT),
        ("cdr-{date}.csv", "cdr-20240603.csv", MIDNIGHT),
        ("*-{date}*", "east-20240603-part2.csv", MIDNIGHT),
        # Where the time could be read at several places, the last one counts.
        ("*{date}*", "19990101-20240603.csv", MIDNIGHT),
        ("*{date}", "1220240603", MIDNIGHT),
        ("cdr-{date}.csv", "cdr-20241303.csv", None),
        ("cdr-{date}.csv", "cdr-00010101.csv", -62135630339000),
        ("cdr-{date}.csv", "cdr-٢٠٢٤٠٦٠٣.csv", None),
        ("*.csv", "cdr.csv", None),
    ],
)
def test_the_slot_that_a_name_tells(pattern: str, name: str, slot: int | None) -> None:
    time = FileName(pattern, TOKYO, 60).time(name)
    assert (time and time.start_ms) == slot


def test_a_pattern_of_many_stars_is_matched_at_once() -> None:
    # As one expression this would not end within a lifetime.
    assert fit("*a" * 100 + "b", "a" * 250) is None
    assert fit("*a" * 100 + "b", "a" * 249 + "b") is not None


@given(st.text("ab*?", max_size=8), st.text("ab/", max_size=8))
def test_stars_and_question_marks_fit_as_the_plain_expression_does(pattern: str, name: str) -> None:
    expression = "".join({"*": "[^/]*", "?": "[^/]"}.get(sign, sign) for sign in pattern)
    assert (fit(pattern, name) is not None) == bool(re.fullmatch(expression, name))
