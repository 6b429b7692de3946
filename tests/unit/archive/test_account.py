"""Every row and byte of a feed is loaded, quarantined or out of week."""

from __future__ import annotations

import duckdb
import pytest
from longflow.archive.account import account
from longflow.errors import LongflowError
from longflow.records import FeedJudgement, FeedLoad
from longflow.settings import Feed

WEEK: dict[str, object] = {"week_start_ms": 1_000, "week_end_ms": 2_000}


@pytest.fixture
def readings() -> duckdb.DuckDBPyConnection:
    """Two readings within the week, one of them at its very end, and one before it."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE counters AS FROM (VALUES (999), (1000), (2000)) AS c (time_ms)"
    )
    return connection


def test_rows_are_loaded_quarantined_or_out_of_week(readings: duckdb.DuckDBPyConnection) -> None:
    judgement = FeedJudgement(
        feed=Feed.COUNTERS, verdict="warned", delivered_rows=7, quarantined_rows=4
    )
    assert account(readings, judgement, 3, WEEK) == FeedLoad(
        feed=Feed.COUNTERS, revision=3, loaded_rows=2, quarantined_rows=4, out_of_week_rows=1
    )


def test_a_refused_feed_counts_as_quarantined(readings: duckdb.DuckDBPyConnection) -> None:
    judgement = FeedJudgement(
        feed=Feed.COUNTERS,
        verdict="refused",
        delivered_rows=3,
        delivered_bytes=50,
        quarantined_rows=1,
    )
    assert account(readings, judgement, 1, WEEK) == FeedLoad(
        feed=Feed.COUNTERS, revision=1, quarantined_rows=3, quarantined_bytes=50
    )


@pytest.mark.parametrize(
    ("rows", "size", "words"),
    [
        (4, 0, r"4 rows were delivered, .* are 2 \+ 0 \+ 1"),
        (3, 9, r"9 bytes were delivered, .* 0 \+ 0 \+ 0"),
    ],
    ids=["rows", "bytes"],
)
def test_what_does_not_add_up_is_not_loaded(
    readings: duckdb.DuckDBPyConnection, rows: int, size: int, words: str
) -> None:
    judgement = FeedJudgement(
        feed=Feed.COUNTERS, verdict="passed", delivered_rows=rows, delivered_bytes=size
    )
    with pytest.raises(LongflowError, match=words):
        account(readings, judgement, 1, WEEK)
