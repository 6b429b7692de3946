"""Holidays and terms: dates, ranges and files, and what is wrong with them."""

from __future__ import annotations

from datetime import date

import pytest
from longflow.errors import LongflowError
from longflow.settings import Settings, Span, days_of, spans_of

from tests.conftest import MakeSettings


def with_file(
    make_settings: MakeSettings, text: str | bytes, section: str = "holidays"
) -> Settings:
    """Settings whose calendar is a file with this text, beside the settings file."""
    folder = make_settings("counters").file.parent
    content = text.encode() if isinstance(text, str) else text
    (folder / "days.csv").write_bytes(content)
    return make_settings("counters", extra=f'[[{section}]]\npath = "days.csv"\n')


def test_dates_and_ranges_name_each_of_their_days(make_settings: MakeSettings) -> None:
    settings = make_settings(
        "counters",
        extra="""
[[holidays]]
first = 2024-05-03
last = 2024-05-05
name = "Golden Week"
[[holidays]]
date = 2024-04-29
[[holidays]]
date = 2024-05-05
name = "Children's Day"
""",
    )

    assert days_of(settings.holidays) == {
        date(2024, 4, 29): "",
        date(2024, 5, 3): "Golden Week",
        date(2024, 5, 4): "Golden Week",
        date(2024, 5, 5): "Golden Week",
    }


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (
            "date,name\n2024-05-03, Constitution  Day \n\n2024-04-29,\n",
            ["2024-04-29", "2024-05-03"],
        ),
        ("\ufeffdate\r\n2024-05-03\r\n", ["2024-05-03"]),
    ],
)
def test_a_file_of_days(make_settings: MakeSettings, text: str, spans: list[str]) -> None:
    found = spans_of(with_file(make_settings, text).holidays)
    assert [str(span.first) for span in found] == spans
    assert all(span.first == span.last for span in found)
    assert found[-1].name in {"", "Constitution Day"}


def test_a_file_of_ranges(make_settings: MakeSettings) -> None:
    settings = with_file(make_settings, "name,first,last\nFirst,2024-04-08,2024-07-19\n", "terms")
    assert spans_of(settings.terms) == (Span(date(2024, 4, 8), date(2024, 7, 19), "First"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,name\n2024-05-03,x\n", "line 1 names the columns 'day, name'"),
        ("date,name\n", "there are no days in it"),
        ("", "line 1 names the columns"),
        ("date\n2024/05/03\n", "line 2: '2024/05/03' is not a date; write it as 2024-06-03"),
        ("date\n20240503\n", "line 2: '20240503' is not a date"),
        ("date,name\n2024-05-03\n", "line 2 has 1 cell, not 2"),
        ("first,last\n2024-05-03,2024-05-01\n", "line 2: 2024-05-01 lies before the first day"),
        ("first,last\n2024-05-03,2054-05-03\n", "is longer than a year"),
        (b"date\n\xff\n", "not UTF-8"),
        (b"x" * 1_100_000, "more than 1,048,576 bytes"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(
    make_settings: MakeSettings, text: str | bytes, message: str
) -> None:
    with pytest.raises(LongflowError) as error:
        with_file(make_settings, text)
    assert message in str(error.value)
    assert "holidays.#1.path" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('path = "no-such.csv"', "no such file or directory"),
        ('path = "."', "is a directory"),
        ('path = "days.csv"\ndate = 2024-05-03', "names a file and days"),
        ("date = 2024-05-03\nlast = 2024-05-04", "names a day and a range"),
        ('name = "x"', "names no days; write date, or first and last, or path"),
        ("first = 2024-05-03", "names no days"),
        ("first = 2024-05-03\nlast = 2024-05-01", "lies before the first day"),
        ('date = "May"', "'May' is not a date"),
        ("dat = 2024-05-03", "did you mean date?"),
    ],
)
def test_a_wrong_entry_is_named(make_settings: MakeSettings, entry: str, message: str) -> None:
    with pytest.raises(LongflowError, match="holidays") as error:
        make_settings("counters", extra=f"[[holidays]]\n{entry}\n")
    assert message in str(error.value)


def test_weeks_compared_by_hour_begin_with_the_oldest_hour_week(
    make_settings: MakeSettings,
) -> None:
    text = """
[editions.2024]
title = "Test"
[editions.2024.analysis_weeks]
2019 = 2019-06-03
2024 = 2024-06-03
"""
    named = f"{text}[editions.2024.hour_weeks]\nFebruary = 2020-02-17\n"
    both = [date(2019, 6, 3), date(2024, 6, 3)]
    assert make_settings("counters", extra=text).edition(2024).weeks_by_hour() == both
    assert make_settings("counters", extra=named).edition(2024).weeks_by_hour() == [
        date(2020, 2, 17),
        date(2024, 6, 3),
    ]
