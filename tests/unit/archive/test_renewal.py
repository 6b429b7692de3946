"""What a load replaces from the feeds at hand, and what stays as it was."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.archive.data_files import DataFiles
from longflow.archive.renewal import Renewal, archived_aggregates
from longflow.records import Companion, FeedJudgement, Finding, Judged
from longflow.settings import Feed
from longflow.week import Week

from tests.conftest import MakeSettings
from tests.unit.conftest import insert

WEEK = Week(date(2024, 6, 3), ZoneInfo("Asia/Tokyo"))


def judged(feeds: str) -> Judged:
    return Judged(
        feeds=tuple(FeedJudgement(feed=Feed(feed), verdict="passed") for feed in feeds.split())
    )


def test_flows_alone_are_not_attributed() -> None:
    renewal = Renewal.of(judged("flows"), ())
    assert renewal.tables == {"port_week", "port_group_hour", "sampling_day"}
    assert not renewal.is_attributed


def test_companions_that_can_be_used_attribute_flows() -> None:
    renewal = Renewal.of(
        judged("flows"), [Companion(feed=Feed.ASSIGNMENTS), Companion(feed=Feed.SUBSCRIBERS)]
    )
    assert renewal.accepted == {Feed.FLOWS}
    assert renewal.used == {Feed.FLOWS, Feed.ASSIGNMENTS, Feed.SUBSCRIBERS}
    assert renewal.is_attributed


def test_a_feed_of_which_nothing_can_be_made_is_refused_with_the_reason() -> None:
    lacking = Companion(feed=Feed.SUBSCRIBERS, lack="the archive has no load of it")
    renewal = Renewal.of(judged("usage"), [lacking])
    assert not renewal.accepted
    assert not renewal.aggregates
    (finding,) = renewal.judged.feeds[0].findings
    assert lacking.lack in finding.sentence


def test_what_the_review_refuses_takes_its_aggregates_along() -> None:
    before = Renewal.of(judged("flows assignments subscribers"), ())
    refused = Finding(
        rule="attribution.unexplained", severity="critical", feed=Feed.ASSIGNMENTS, sentence="none"
    )
    after = before.after(before.judged.with_findings([refused]))
    assert before.tables - after.tables == {"attribution_week", "subscriber_day"}
    assert not after.is_attributed


@pytest.mark.parametrize(
    ("archived", "rule"),
    [({"attribution_week"}, "load.not_renewed"), (set(), "load.not_made")],
    ids=["the archive holds it", "it was never made"],
)
def test_what_cannot_be_made_anew_is_reported(archived: set[str], rule: str) -> None:
    renewal = Renewal.of(judged("flows assignments"), ())
    (flows, _) = renewal.reporting_what_stays(archived).judged.feeds
    rules = [one.rule for one in flows.findings if "attribution_week" in one.sentence]
    assert rules == [rule]


def test_aggregates_that_the_archive_holds_of_a_week(make_settings: MakeSettings) -> None:
    settings = make_settings("counters")
    other = date(2024, 6, 10)
    with open_archive(settings, read_only=False) as archive:
        connection = archive.connection
        insert(connection, "rate_hour", pl.DataFrame({"week": [other]}))
        insert(
            connection, "subscriber_day", pl.DataFrame({"week": [WEEK.monday], "access": ["ipoe"]})
        )
        insert(connection, "port_week", pl.DataFrame({"week": [WEEK.monday]}))
        # Ports without subscribers are there, and their subscribers are not.
        files = DataFiles.read(connection, settings)
        held = {"subscriber_day of usage", "port_week"}
        assert archived_aggregates(connection, files, WEEK, ()) == held
        assert archived_aggregates(connection, files, WEEK, ["rate_hour"]) == held | {"rate_hour"}
