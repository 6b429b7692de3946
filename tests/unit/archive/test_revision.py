"""Files that a revision adds, changes or lacks, compared with the load in force."""

from __future__ import annotations

from datetime import UTC, datetime

from longflow.archive.revision import file_changes
from longflow.records import Landed, LandedFile, LoadInForce, LoggedFile, Staged, StagedFile
from longflow.settings import Feed


def test_files_that_came_changed_and_went_are_counted_by_source() -> None:
    before = LoadInForce(
        feed=Feed.FLOWS,
        revision=4,
        files=tuple(
            LoggedFile(source=source, name=name, sha256=name)
            for source, name in (("east", "a"), ("east", "b"), ("west", "a"))
        ),
        slots=(),
        delivered_rows=0,
        quarantined_rows=0,
        quarantined_bytes=0,
    )
    now = [("east", "a", "a"), ("east", "b", "other"), ("east", "c", "c")]
    landed = Landed(
        feeds=(Feed.FLOWS,),
        files=tuple(
            LandedFile(
                index=index,
                feed=Feed.FLOWS,
                source=source,
                name=name,
                size_bytes=1,
                sha256=sha256,
                fetched_at=datetime(2024, 7, 1, tzinfo=UTC),
            )
            for index, (source, name, sha256) in enumerate(now)
        ),
    )
    staged = Staged(
        feeds=(Feed.FLOWS,),
        files=tuple(StagedFile(index=index, rows=10 + index, bytes=index) for index in range(3)),
        slots=(),
    )
    found = file_changes([before], landed, staged)
    assert [(f.source, f.rule, f.severity, f.count, f.rows) for f in found] == [
        ("east", "revision.files_added", "info", 1, 12),
        ("east", "revision.files_changed", "info", 1, 11),
        ("west", "revision.files_gone", "warning", 1, 0),
    ]
    assert all("replaces revision 4" in finding.sentence for finding in found)
