"""The transaction of a load puts new rows in the place of the week's, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from longflow.archive import Archive, open_archive
from longflow.archive.claim import OvertakenError, make_claimable
from longflow.archive.damaged_week import DamagedWeek
from longflow.archive.data_files import DataFiles
from longflow.archive.log import attempts, findings_of
from longflow.archive.renewal import Renewal
from longflow.archive.replacement import Replacement
from longflow.archive.transaction import in_transaction
from longflow.judged_week import JudgedWeek
from longflow.records import Companion, FeedJudgement, FeedLoad, Finding, Judged, Landed, Staged
from longflow.settings import Feed, Settings
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings
from tests.unit.conftest import insert

WEEK = Week(date(2024, 6, 3), ZoneInfo("Asia/Tokyo"))
NEXT = date(2024, 6, 10)
FOUND = Finding(rule="usage.doubled", severity="info", feed=Feed.USAGE, sentence="twice", rows=2)


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings("usage", "subscribers")


@pytest.fixture
def archive(settings: Settings) -> Iterator[Archive]:
    """Volumes of two weeks, those of PPPoE and IPoE lines in one file."""
    with open_archive(settings, read_only=False) as opened:
        rows = [(WEEK.monday, "pppoe", 1), (WEEK.monday, "ipoe", 2), (NEXT, "ipoe", 3)]
        frame = pl.DataFrame(rows, schema=["week", "access", "in_bytes"], orient="row")
        insert(opened.connection, "subscriber_day", frame)
        yield opened


def replacement(archive: Archive, settings: Settings) -> Replacement:
    """A load of usage beside a companion, with one new row."""
    judged = Judged(
        feeds=(
            FeedJudgement(feed=Feed.USAGE, verdict="passed", delivered_rows=9, findings=(FOUND,)),
        )
    )
    run = JudgedWeek(
        settings,
        WEEK,
        Workspace.of(settings, "run", WEEK),
        Landed(feeds=(Feed.USAGE,), files=()),
        Staged(feeds=(Feed.USAGE,), files=(), slots=()),
        judged,
    )
    archive.connection.execute(
        "CREATE OR REPLACE TEMP TABLE new_subscriber_day AS SELECT * REPLACE (7 AS in_bytes) "
        "FROM subscriber_day WHERE week = $week AND access = 'ipoe'",
        {"week": WEEK.monday},
    )
    return Replacement(
        archive.connection,
        run,
        Renewal.of(judged, [Companion(feed=Feed.SUBSCRIBERS, revision=1)]),
        [FeedLoad(feed=Feed.USAGE, revision=1, loaded_rows=9)],
        {Feed.USAGE: "digest"},
        DamagedWeek(WEEK, (), 0),
    )


def write(archive: Archive, settings: Settings, seen: dict[Feed, int]) -> None:
    new = replacement(archive, settings)
    make_claimable(archive.connection, settings, [WEEK])
    files = DataFiles.read(archive.connection, settings)
    in_transaction(archive.connection, lambda: new.write(seen, files))


def volumes(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT week, access, in_bytes FROM subscriber_day ORDER BY ALL"
    ).fetchall()


def test_rows_of_other_feeds_and_weeks_stay(archive: Archive, settings: Settings) -> None:
    write(archive, settings, {})
    assert volumes(archive.connection) == [
        (WEEK.monday, "ipoe", 7),
        (WEEK.monday, "pppoe", 1),
        (NEXT, "ipoe", 3),
    ]


def test_the_log_says_what_was_loaded_and_found(archive: Archive, settings: Settings) -> None:
    write(archive, settings, {})
    (attempt,) = attempts(archive.connection, WEEK)
    assert (attempt.feed, attempt.revision, attempt.verdict) == (Feed.USAGE, 1, "passed")
    assert (attempt.delivered_rows, attempt.loaded_rows) == (9, 9)
    assert attempt.input_digest == "digest"
    assert attempt.aggregates == ("subscriber_day of usage",)
    assert findings_of(archive.connection, WEEK) == [FOUND]


def test_every_new_file_has_its_digest(archive: Archive, settings: Settings) -> None:
    write(archive, settings, {})
    files = DataFiles.read(archive.connection, settings)
    newest = list(files.chosen(archive.snapshot, {"subscriber_day": None, "load_log": None}))
    assert newest
    assert not files.damage(newest)
    assert all(file.sha256 for file in newest if file.week == WEEK.monday)


def test_a_load_that_built_upon_other_revisions_writes_nothing(
    archive: Archive, settings: Settings
) -> None:
    before = volumes(archive.connection)
    with pytest.raises(OvertakenError):
        write(archive, settings, {Feed.USAGE: 1})
    assert volumes(archive.connection) == before
    assert attempts(archive.connection, WEEK) == []
