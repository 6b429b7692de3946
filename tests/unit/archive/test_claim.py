"""Two loads of one week, in transactions that the catalogue allows at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from longflow.archive import open_archive
from longflow.archive.claim import OvertakenError, claim, make_claimable, newest_revisions
from longflow.archive.data_files import DataFiles
from longflow.archive.transaction import in_transaction
from longflow.settings import Feed, Settings
from longflow.week import Week

from tests.conftest import MakeSettings
from tests.unit.conftest import insert, loads

Connection = duckdb.DuckDBPyConnection


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path: Path) -> Settings:
    """An archive whose catalogue, unlike SQLite, keeps no writer waiting."""
    return make_settings("counters").model_copy(
        update={"archive_catalogue": str(tmp_path / "catalogue.ducklake")}
    )


@pytest.fixture
def two(settings: Settings) -> Iterator[tuple[Connection, Connection]]:
    """Two connections to it."""
    with open_archive(settings, read_only=False) as archive:
        other = archive.connection.cursor()
        other.execute("USE archive")
        yield archive.connection, other


@pytest.fixture
def week() -> Week:
    return Week.parse("2024-06-03", ZoneInfo("Asia/Tokyo"))


def settle_week(connection: Connection, week: Week) -> None:
    """The first load of a week's flows, within a transaction."""
    claim(connection, week, {})
    insert(connection, "load_log", loads([week.monday], ["flows"]))


def test_a_load_that_another_one_overtook_does_not_commit(
    two: tuple[Connection, Connection], settings: Settings, week: Week
) -> None:
    one, other = two
    make_claimable(one, settings, [week])
    begun: list[bool] = []

    def settle() -> None:
        settle_week(one, week)
        if not begun:
            # At this moment the other load of the week commits.
            begun.append(True)
            in_transaction(other, lambda: settle_week(other, week))

    with pytest.raises(OvertakenError):
        in_transaction(one, settle)

    assert one.execute("SELECT feed, revision FROM load_log").fetchall() == [("flows", 1)]
    assert one.execute("FROM week_load").fetchall() == [(week.monday, 1)]


def test_loads_of_two_weeks_both_commit(
    two: tuple[Connection, Connection], settings: Settings, week: Week
) -> None:
    one, other = two
    next_week = Week.parse("2024-06-10", ZoneInfo("Asia/Tokyo"))
    for of_week in (week, next_week):
        make_claimable(one, settings, [of_week])
    begun: list[bool] = []

    def settle() -> None:
        settle_week(one, week)
        if not begun:
            begun.append(True)
            in_transaction(other, lambda: settle_week(other, next_week))

    in_transaction(one, settle)

    for of_week in (week, next_week):
        assert newest_revisions(one, of_week) == {Feed.FLOWS: 1}
    assert one.execute("FROM week_load ORDER BY week").fetchall() == [
        (week.monday, 1),
        (next_week.monday, 1),
    ]


def test_the_row_that_a_load_replaces_has_a_digest(
    two: tuple[Connection, Connection], settings: Settings, week: Week
) -> None:
    make_claimable(two[0], settings, [week])
    files = DataFiles.read(two[0], settings).files
    assert [(file.table, len(file.sha256)) for file in files] == [("week_load", 1)]


def test_two_first_loads_that_both_made_the_weeks_row(
    two: tuple[Connection, Connection], week: Week
) -> None:
    one, other = two
    one.execute("INSERT INTO week_load VALUES (?, 0), (?, 0)", [week.monday, week.monday])

    in_transaction(other, lambda: claim(other, week, {}))

    assert one.execute("FROM week_load").fetchall() == [(week.monday, 1)]
