"""What the log says of the load in force."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from longflow.archive import Archive, open_archive
from longflow.archive.log import in_force
from longflow.records import LoadInForce, LoggedFile
from longflow.settings import Feed
from longflow.week import Week

from tests.conftest import MakeSettings
from tests.unit.conftest import insert

WEEK = Week(date(2024, 6, 3), ZoneInfo("Asia/Tokyo"))
SLOTS = [
    {"feed": "flows", "source": "east", "slot_minutes": 60, "expected": 168, "missing_ms": [0]}
]
FILE: dict[str, object] = {"source": "east", "name": "a", "sha256": "1"}


def entry(
    revision: int,
    verdict: str,
    rows: int,
    *,
    feed: str = "flows",
    hour: int = 0,
    files: list[dict[str, object]] | None = None,
) -> dict[str, object]:
    return {
        "week": WEEK.monday,
        "feed": feed,
        "revision": revision,
        "loaded_at": datetime(2024, 7, 1, hour, tzinfo=UTC),
        "verdict": verdict,
        "files": json.dumps(files or []),
        "slots": json.dumps(SLOTS),
        "delivered_rows": rows,
        "quarantined_rows": 1,
    }


def loads_in_force(
    make_settings: MakeSettings, *entries: dict[str, object]
) -> dict[Feed, LoadInForce]:
    with open_archive(make_settings("flows"), read_only=False) as archive:
        _write(archive, entries)
        return in_force(archive.connection, WEEK)


def _write(archive: Archive, entries: tuple[dict[str, object], ...]) -> None:
    insert(archive.connection, "load_log", pl.DataFrame(list(entries)))


@pytest.mark.parametrize(
    "later", [entry(2, "refused", 9), entry(2, "held", 9), entry(2, "not_judged", 9)]
)
def test_what_loaded_nothing_leaves_the_load_before_in_force(
    make_settings: MakeSettings, later: dict[str, object]
) -> None:
    load = loads_in_force(make_settings, entry(1, "warned", 5), later)[Feed.FLOWS]
    assert (load.revision, load.delivered_rows, load.accepted_rows) == (1, 5, 4)


def test_of_a_revision_that_is_there_twice_the_one_that_came_last_counts(
    make_settings: MakeSettings,
) -> None:
    load = loads_in_force(
        make_settings, entry(2, "passed", 7, hour=2), entry(2, "passed", 6, hour=1)
    )[Feed.FLOWS]
    assert load.delivered_rows == 7


def test_a_load_in_force_names_its_files_and_slots(make_settings: MakeSettings) -> None:
    counted = {**FILE, "name": "b", "size_bytes": 9, "slot_ms": 5, "rows": 2, "bytes": 3}
    load = loads_in_force(make_settings, entry(1, "passed", 5, files=[FILE, counted]))[Feed.FLOWS]
    # Files of an older version say nothing of their rows.
    assert load.files == (
        LoggedFile(source="east", name="a", sha256="1"),
        LoggedFile(source="east", name="b", sha256="1", size_bytes=9, slot_ms=5, rows=2, bytes=3),
    )
    assert load.contents == {("east", "a", "1"), ("east", "b", "1")}
    (slots,) = load.slots
    assert slots.missing == [(0, 3_600_000)]
