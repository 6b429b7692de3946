"""Which aggregates a week's load makes of which feeds, and what falls when a feed is missing."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from longflow.records import Finding, Judged
from longflow.settings import Feed


@dataclass(frozen=True)
class Aggregate:
    """Rows of an archive table that a week's load replaces together.

    `feeds` must all be accepted, else these rows stay as they were; `rows` is the SQL condition
    that tells them from the table's other rows of the week.
    """

    table: str
    feeds: frozenset[Feed]
    rows: str = "true"
    # `subscriber_day` is filled from two sources that can be accepted apart.
    label: str = ""

    @property
    def name(self) -> str:
        """How people and the log call it."""
        return self.label or self.table

    @property
    def main(self) -> Feed:
        """The feed whose rows it is made of; assignments only say whose they are."""
        return next(feed for feed in Feed if feed is not Feed.ASSIGNMENTS and feed in self.feeds)


# Feeds that attribution joins: flows to whoever held their addresses, and these to subscribers.
ATTRIBUTION = frozenset({Feed.FLOWS, Feed.ASSIGNMENTS, Feed.SUBSCRIBERS})
AGGREGATES = (
    Aggregate("port_week", frozenset({Feed.FLOWS})),
    Aggregate("port_group_hour", frozenset({Feed.FLOWS})),
    Aggregate("sampling_day", frozenset({Feed.FLOWS})),
    Aggregate("attribution_week", ATTRIBUTION),
    Aggregate("subscriber_day", ATTRIBUTION, "access = 'pppoe'", "subscriber_day of flows"),
    Aggregate(
        "subscriber_day",
        frozenset({Feed.USAGE, Feed.SUBSCRIBERS}),
        "access <> 'pppoe'",
        "subscriber_day of usage",
    ),
    Aggregate("subscriber_snapshot", frozenset({Feed.SUBSCRIBERS})),
    Aggregate("rate_hour", frozenset({Feed.COUNTERS})),
)


def lacking(feed: Feed, usable: AbstractSet[Feed]) -> tuple[Feed, ...]:
    """Feeds for want of which no aggregate at all can be made of a feed; empty when one can.

    Args:
        feed: a feed that was accepted.
        usable: every feed that aggregates can be made of.
    """
    missing = [
        aggregate.feeds - usable - {feed} for aggregate in AGGREGATES if feed in aggregate.feeds
    ]
    fewest = min(missing, key=len)
    return tuple(other for other in Feed if other in fewest)


def refuse_unusable(judged: Judged) -> Judged:
    """The judgements, with every feed refused of which no aggregate can be made.

    Assignments say nothing without flows and subscribers, and charging records nothing without
    subscribers. What is passed must be in the aggregates, else a manifest would name it in vain.
    """
    accepted = judged.accepted()
    judgements = []
    for judgement in judged.feeds:
        others = lacking(judgement.feed, accepted) if judgement.feed in accepted else ()
        judgements.append(
            judgement.with_findings([_nothing_without(judgement.feed, others)])
            if others
            else judgement
        )
    return Judged(feeds=tuple(judgements))


def _nothing_without(feed: Feed, others: tuple[Feed, ...]) -> Finding:
    named = " and ".join(others)
    return Finding(
        rule="load.feed_lacking",
        severity="critical",
        feed=feed,
        sentence=f"nothing can be made of {feed} without {named} of the same week, so none of it "
        f"is loaded; have {named} delivered or corrected, and take the week in again",
    )
