"""An aggregate was made by the newest load that replaced it, joined with what was in force then."""

from __future__ import annotations

from datetime import UTC, date, datetime

from longflow.archive.aggregates import AGGREGATES
from longflow.archive.log import Attempt
from longflow.explain.loads import loads_of
from longflow.settings import Feed

PORTS, OF_FLOWS = AGGREGATES[0], AGGREGATES[4]


def load(feed: Feed, revision: int, snapshot: int, *aggregates: str) -> Attempt:
    return Attempt(
        week=date(2024, 6, 3),
        feed=feed,
        revision=revision,
        loaded_at=datetime(2024, 6, 10, tzinfo=UTC),
        input_digest="",
        verdict="passed",
        coverage_percent=100.0,
        delivered_rows=1,
        loaded_rows=1,
        quarantined_rows=0,
        out_of_week_rows=0,
        snapshot=snapshot,
        aggregates=aggregates,
    )


def named(attempts: list[Attempt]) -> list[tuple[str, int]]:
    return [(one.feed.value, one.revision) for one in attempts]


def test_feeds_that_are_joined_count_as_they_were_then() -> None:
    of_week = [
        load(Feed.FLOWS, 1, 5, "port_week", "subscriber_day of flows"),
        load(Feed.ASSIGNMENTS, 1, 5, "subscriber_day of flows"),
        load(Feed.SUBSCRIBERS, 1, 5, "subscriber_day of flows", "subscriber_snapshot"),
        # later alone, when volumes could not be made anew
        load(Feed.SUBSCRIBERS, 2, 7, "subscriber_snapshot"),
    ]
    assert named(loads_of(OF_FLOWS, of_week)) == [
        ("flows", 1),
        ("assignments", 1),
        ("subscribers", 1),
    ]


def test_the_newest_load_that_replaced_it_counts() -> None:
    of_week = [load(Feed.FLOWS, 1, 5, "port_week"), load(Feed.FLOWS, 2, 6, "port_week")]
    assert named(loads_of(PORTS, of_week)) == [("flows", 2)]


def test_a_log_that_names_no_aggregates_counts_by_feed() -> None:
    of_week = [load(Feed.FLOWS, 1, 5), load(Feed.USAGE, 1, 5)]
    assert named(loads_of(PORTS, of_week)) == [("flows", 1)]
