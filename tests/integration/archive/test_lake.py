"""The archive outlives the version that made it, and can be read as it was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.archive.export import export_week
from longflow.archive.log import attempts
from longflow.errors import LongflowError
from longflow.settings import Settings
from longflow.week import Week

from tests.unit.conftest import insert, loads

MONDAY = date(2024, 6, 3)
ROW = """
    INSERT INTO attribution_week BY NAME
    SELECT DATE '2024-06-03' AS week, 'east' AS source, 'none' AS attribution, 1 AS flows,
        $bytes AS bytes
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "longflow.toml"
    file.write_text(
        '[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n\n[[sources]]\nname = "snmp"\n'
        'feed = "counters"\nformat = "csv"\n'
    )
    return Settings.load(file)


def load(settings: Settings, size: int) -> int:
    """Replace the week's row; the snapshot that this left."""
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM attribution_week")
        archive.connection.execute(ROW, {"bytes": size})
        return archive.snapshot


def test_a_column_that_came_later_is_empty_in_older_weeks(settings: Settings) -> None:
    load(settings, 7)
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute("ALTER TABLE attribution_week DROP COLUMN sequence_failures")
    with open_archive(settings, read_only=False) as archive:
        found = archive.connection.execute("SELECT bytes, sequence_failures FROM attribution_week")
        assert found.fetchall() == [(7, None)]


def test_an_older_snapshot_has_the_columns_and_tables_of_today(settings: Settings) -> None:
    load(settings, 7)
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute("ALTER TABLE attribution_week DROP COLUMN sequence_failures")
        archive.connection.execute("DROP TABLE published_figure")
        older = archive.snapshot
    load(settings, 8)
    with open_archive(settings, snapshot=older) as archive:
        found = archive.connection.execute("SELECT bytes, sequence_failures FROM attribution_week")
        assert found.fetchall() == [(7, None)]
        assert archive.connection.execute("FROM published_figure").fetchall() == []


def test_the_log_holds_the_snapshot_of_each_attempt(settings: Settings) -> None:
    snapshots = []
    for revision in (1, 2):
        with open_archive(settings, read_only=False) as archive:
            row = loads([MONDAY], ["counters"]).with_columns(revision=pl.lit(revision))
            insert(archive.connection, "load_log", row)
            snapshots.append(archive.snapshot)
    with open_archive(settings) as archive:
        assert [attempt.snapshot for attempt in attempts(archive.connection)] == snapshots


def test_a_pinned_archive_stays_as_it_was_when_opened(settings: Settings) -> None:
    """And does not keep others from loading."""
    load(settings, 7)
    with open_archive(settings, pinned=True) as archive:
        load(settings, 8)
        found = archive.connection.execute("SELECT bytes FROM attribution_week")
        assert found.fetchall() == [(7,)]


def test_a_week_is_exported_as_an_earlier_snapshot_has_it(
    settings: Settings, tmp_path: Path
) -> None:
    week = Week(MONDAY, settings.zone)
    earlier = load(settings, 7)
    load(settings, 8)
    now, then = tmp_path / "now", tmp_path / "then"
    assert export_week(settings, week, now) == {now / "attribution_week.parquet": 1}
    export_week(settings, week, then, snapshot=earlier)
    files = [folder / "attribution_week.parquet" for folder in (now, then)]
    assert [pl.read_parquet(file)["bytes"].to_list() for file in files] == [[8], [7]]


def test_an_export_overwrites_nothing(settings: Settings, tmp_path: Path) -> None:
    load(settings, 7)
    week = Week(MONDAY, settings.zone)
    export_week(settings, week, tmp_path / "out")
    with pytest.raises(LongflowError, match="already exists"):
        export_week(settings, week, tmp_path / "out")


def test_a_week_that_was_never_loaded_is_reported(settings: Settings, tmp_path: Path) -> None:
    load(settings, 7)
    with pytest.raises(LongflowError, match="holds nothing of week 2024-06-10"):
        export_week(settings, Week(date(2024, 6, 10), settings.zone), tmp_path / "out")


def test_a_snapshot_that_never_was_is_reported(settings: Settings, tmp_path: Path) -> None:
    load(settings, 7)
    with pytest.raises(LongflowError, match="no snapshot 99"):
        export_week(settings, Week(MONDAY, settings.zone), tmp_path / "out", snapshot=99)
