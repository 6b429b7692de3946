"""Whether the archive's list of files rules out that a table has rows of some weeks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from longflow.archive.data_files import DataFile, DataFiles

WEEK = date(2024, 6, 3)


def files(*, week: date | None = WEEK, end: int | None = None) -> DataFiles:
    return DataFiles(
        Path("data"), (DataFile("a.parquet", "rate_hour", week, False, 1, 1, 1, 1, end),)
    )


@pytest.mark.parametrize(
    ("first", "last", "may_hold"),
    [
        (WEEK, WEEK, True),
        (WEEK - timedelta(weeks=4), WEEK, True),
        (WEEK, WEEK + timedelta(weeks=4), True),
        (WEEK - timedelta(weeks=4), WEEK - timedelta(weeks=1), False),
        (WEEK + timedelta(weeks=1), WEEK + timedelta(weeks=4), False),
    ],
)
def test_a_file_of_a_week(first: date, last: date, *, may_hold: bool) -> None:
    assert files().may_hold("rate_hour", first, last) is may_hold
    assert files().may_hold("port_week", first, last) is False


def test_a_file_that_a_load_has_replaced_holds_nothing() -> None:
    assert files(end=2).may_hold("rate_hour", WEEK, WEEK) is False


def test_a_file_of_an_unknown_week_may_hold_any() -> None:
    assert files(week=None).may_hold("rate_hour", WEEK, WEEK) is True


def test_without_a_list_everything_may_be_held() -> None:
    assert DataFiles(None, ()).may_hold("rate_hour", WEEK, WEEK) is True
