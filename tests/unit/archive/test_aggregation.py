"""Flows are summed a piece at a time, cut at files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest
from longflow.archive import aggregation
from longflow.archive.aggregation import Aggregation
from longflow.archive.renewal import Renewal
from longflow.judged_week import JudgedWeek
from longflow.records import FeedJudgement, Judged, Landed, LandedFile, Staged, StagedFile
from longflow.settings import Feed
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

WEEK = Week(date(2024, 6, 3), ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("rows", "pieces"),
    [
        ([], []),
        ([4, 6], [(0, 1)]),
        ([4, 7], [(0, 0), (1, 1)]),
        ([25, 3, 7, 1], [(0, 0), (1, 2), (3, 3)]),
        ([3, 0, 0, 8], [(0, 2), (3, 3)]),
    ],
    ids=["no file", "fits", "does not fit", "a large file", "empty files"],
)
def test_pieces_hold_whole_files_and_as_many_as_fit(
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[int],
    pieces: list[tuple[int, int]],
) -> None:
    monkeypatch.setattr(aggregation, "_PIECE_ROWS", 10)
    settings = make_settings("flows")
    landed = tuple(
        LandedFile(
            index=index,
            feed=Feed.FLOWS,
            source="east",
            name=str(index),
            size_bytes=1,
            sha256="",
            fetched_at=datetime(2024, 7, 1, tzinfo=UTC),
        )
        for index in range(len(rows))
    )
    judged = Judged(feeds=(FeedJudgement(feed=Feed.FLOWS, verdict="passed"),))
    run = JudgedWeek(
        settings,
        WEEK,
        Workspace.of(settings, "run", WEEK),
        Landed(feeds=(Feed.FLOWS,), files=landed),
        Staged(
            feeds=(Feed.FLOWS,),
            files=tuple(StagedFile(index=n, rows=count, bytes=0) for n, count in enumerate(rows)),
            slots=(),
        ),
        judged,
    )
    made = Aggregation(duckdb.connect(), run, Renewal.of(judged, ()))
    assert list(made.pieces()) == pieces
