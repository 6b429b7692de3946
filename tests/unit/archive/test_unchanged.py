"""When a run brings nothing that the archive does not hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from longflow.archive.log import Attempt
from longflow.archive.unchanged import brings_nothing
from longflow.settings import Feed

WEEK = date(2024, 6, 3)
OF_FLOWS = ("port_week", "port_group_hour", "sampling_day")
ATTRIBUTION = ("attribution_week", "subscriber_day of flows")
OF_SUBSCRIBERS = ("subscriber_snapshot",)


def attempt(
    feed: str,
    revision: int,
    snapshot: int,
    *made: str,
    digest: str = "same",
    verdict: str = "passed",
) -> Attempt:
    moment = datetime(2024, 7, 1, tzinfo=UTC)
    counts = (100.0, 1, 1, 0, 0)
    return Attempt(WEEK, Feed(feed), revision, moment, digest, verdict, *counts, snapshot, made)


def nothing_new(
    log: list[Attempt], chosen: str, *, companions: str = "", lacked: str = "", refused: str = ""
) -> bool:
    feeds = {Feed(feed) for feed in chosen.split()}
    return brings_nothing(
        log,
        dict.fromkeys(feeds, "same"),
        feeds - {Feed(feed) for feed in refused.split()},
        {Feed(feed) for feed in companions.split()},
        {Feed(feed) for feed in lacked.split()},
    )


WHOLE = [
    attempt("flows", 1, 5, *OF_FLOWS, *ATTRIBUTION),
    attempt("assignments", 1, 5, "port_week", *ATTRIBUTION),
    attempt("subscribers", 1, 5, "port_week", *ATTRIBUTION, *OF_SUBSCRIBERS),
]


@pytest.mark.parametrize("companions", ["", "flows subscribers"])
def test_the_same_input_over_a_whole_week(companions: str) -> None:
    assert nothing_new(WHOLE, "flows assignments subscribers")
    assert nothing_new(WHOLE, "flows", companions="assignments subscribers")
    assert nothing_new(WHOLE, "assignments", companions=companions)


def test_other_input_or_none_before() -> None:
    assert not nothing_new([], "flows")
    assert not nothing_new([attempt("flows", 1, 5, *OF_FLOWS, digest="other")], "flows")


def test_what_flows_were_not_joined_with_is_there_now() -> None:
    log = [*WHOLE, attempt("flows", 2, 6, *OF_FLOWS, verdict="warned")]
    assert nothing_new(log, "flows")
    assert not nothing_new(log, "flows", companions="assignments subscribers")


def test_what_another_run_has_joined_since_is_not_made_again() -> None:
    log = [
        *WHOLE,
        attempt("flows", 2, 6, *OF_FLOWS, verdict="warned"),
        attempt("assignments", 2, 7, "port_week", *ATTRIBUTION),
    ]
    assert nothing_new(log, "flows", companions="assignments subscribers")


def test_a_feed_that_lacked_another_is_tried_again_when_that_is_there() -> None:
    log = [attempt("assignments", 1, 5, verdict="refused")]
    assert nothing_new(log, "assignments", lacked="assignments")
    assert not nothing_new(log, "assignments", lacked="assignments", companions="flows subscribers")


def test_a_feed_that_the_review_refused_is_tried_again_after_another_was_loaded() -> None:
    log = [attempt("flows", 1, 5, verdict="refused"), attempt("counters", 1, 5, "rate_hour")]
    assert nothing_new(log, "flows counters")
    log.append(attempt("counters", 2, 6, "rate_hour"))
    assert not nothing_new(log, "flows counters")
    # What its own rows speak against stays refused.
    assert nothing_new(log, "flows counters", refused="flows")
