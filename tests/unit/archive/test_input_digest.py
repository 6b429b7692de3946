"""What the digest of a load hangs on, and what not."""

from __future__ import annotations

from datetime import UTC, datetime

import longflow
import pytest
from longflow.archive import input_digest
from longflow.archive.input_digest import input_digests
from longflow.records import FeedJudgement, Finding, Judged, Landed, LandedFile
from longflow.settings import Feed, Settings

from tests.conftest import MakeSettings

FOUND = Finding(rule="coverage.gap", severity="warning", feed=Feed.FLOWS, sentence="a gap")


def digest(settings: Settings, *, sha256: str = "1", found: tuple[Finding, ...] = ()) -> str:
    file = LandedFile(
        index=0,
        feed=Feed.FLOWS,
        source="east",
        name="flows.csv",
        size_bytes=1,
        sha256=sha256,
        fetched_at=datetime(2024, 7, 1, tzinfo=UTC),
    )
    landed = Landed(feeds=(Feed.FLOWS,), files=(file,))
    judged = Judged(feeds=(FeedJudgement(feed=Feed.FLOWS, verdict="passed", findings=found),))
    return input_digests(settings, landed, judged)[Feed.FLOWS]


def test_equal_input_has_an_equal_digest(make_settings: MakeSettings) -> None:
    assert digest(make_settings("flows")) == digest(make_settings("flows"))


def test_another_file_or_finding_has_another(make_settings: MakeSettings) -> None:
    settings = make_settings("flows")
    digests = {digest(settings), digest(settings, sha256="2"), digest(settings, found=(FOUND,))}
    assert len(digests) == 3


def test_settings_of_the_feed_and_of_the_week_count(make_settings: MakeSettings) -> None:
    plain = digest(make_settings("flows"))
    assert plain != digest(make_settings("flows", extra="[week]\ngrace_hours = 30\n"))
    # Settings of other feeds are in the digests of those.
    assert plain == digest(make_settings("flows", "counters"))


def test_the_version_of_the_load_counts_and_that_of_the_package_does_not(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings("flows")
    before = digest(settings)
    monkeypatch.setattr(longflow, "__version__", "99.0.0")
    assert digest(settings) == before
    monkeypatch.setattr(input_digest, "LOAD_VERSION", input_digest.LOAD_VERSION + 1)
    assert digest(settings) != before
