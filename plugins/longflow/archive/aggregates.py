"""Which aggregates a week's load makes from which feeds, and what is missing without a feed."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from longflow.records import Finding, Judged
from longflow.settings import Feed


@dataclass(frozen=True)
class Aggregate:
    """Rows of an archive table that a week's load replaces together.

    `feeds` must all be accepted; otherwise these rows stay as they were. `rows` is the SQL
    condition that selects them among the table's rows of the week. The feeds `beside` contribute
    one more column; without them the other columns are made all the same.
    """

    table: str
    feeds: frozenset[Feed]
    rows: str = "true"
    # `subscriber_day` is filled from two sources that can be accepted separately.
    label: str = ""
    beside: frozenset[Feed] = frozenset()

    @property
    def name(self) -> str:
        """The name of the aggregate for people and in the log."""
        return self.label or self.table

    @property
    def main(self) -> Feed:
        """The feed whose rows it is made of; assignments only identify their owners."""
        return next(feed for feed in Feed if feed is not Feed.ASSIGNMENTS and feed in self.feeds)

    def reported_under(self, accepted: AbstractSet[Feed]) -> Feed:
        """The feed of a run under which findings about the aggregate are reported."""
        if self.main in accepted:
            return self.main
        return next(feed for feed in Feed if feed in accepted & (self.feeds | self.beside))


# Feeds that attribution joins: flows with the holders of their addresses, and those with
# subscribers.
ATTRIBUTION = frozenset({Feed.FLOWS, Feed.ASSIGNMENTS, Feed.SUBSCRIBERS})
AGGREGATES = (
    Aggregate("port_week", frozenset({Feed.FLOWS}), beside=ATTRIBUTION - {Feed.FLOWS}),
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


def joined_with(feeds: AbstractSet[Feed]) -> frozenset[Feed]:
    """Feeds, in addition to these, that their aggregates are made of."""
    return frozenset(feed for one in AGGREGATES if one.feeds & feeds for feed in one.feeds - feeds)


def renewed(accepted: AbstractSet[Feed], companions: AbstractSet[Feed]) -> list[Aggregate]:
    """The aggregates that a run replaces.

    Args:
        accepted: feeds of the run that were accepted.
        companions: feeds that are not the run's own and can be used.
    """
    usable = accepted | companions
    return [
        one
        for one in AGGREGATES
        if one.feeds <= usable
        and (one.feeds & accepted or (one.beside & accepted and one.feeds | one.beside <= usable))
    ]


def lacking(feed: Feed, usable: AbstractSet[Feed]) -> tuple[Feed, ...]:
    """Feeds whose absence prevents every aggregate of a feed; empty if any can be made.

    Args:
        feed: a feed that was accepted.
        usable: all feeds that aggregates can be made of.
    """
    missing = [
        aggregate.feeds - usable - {feed} for aggregate in AGGREGATES if feed in aggregate.feeds
    ]
    fewest = min(missing, key=len)
    return tuple(other for other in Feed if other in fewest)


LACKING = "load.feed_lacking"


def refuse_unusable(
    judged: Judged, companions: AbstractSet[Feed], reasons: Mapping[Feed, str]
) -> Judged:
    """The judgements, with every feed refused of which no aggregate can be made.

    Assignments mean nothing without flows and subscribers, nor charging records without
    subscribers. A feed that passes must be in the aggregates, or a manifest would wrongly name it.

    Args:
        judged: the judgements.
        companions: feeds that can be used in addition to those of the run.
        reasons: why other companions cannot be used.
    """
    usable = judged.accepted() | companions
    judgements = []
    for judgement in judged.feeds:
        others = lacking(judgement.feed, usable) if judgement.feed in usable else ()
        judgements.append(
            judgement.with_findings([_nothing_without(judgement.feed, others, reasons)])
            if others
            else judgement
        )
    return judged.model_copy(update={"feeds": tuple(judgements)})


def _nothing_without(feed: Feed, others: tuple[Feed, ...], reasons: Mapping[Feed, str]) -> Finding:
    return Finding(
        rule=LACKING,
        severity="critical",
        feed=feed,
        sentence=f"no aggregate of {feed} can be made without {_named(others)} of the same week"
        f"{_because(others, reasons)}, so none of it is loaded; have {_named(others)} delivered "
        f"or corrected, and load {_named((feed, *others))} together",
    )


def not_renewed(
    accepted: AbstractSet[Feed],
    companions: AbstractSet[Feed],
    reasons: Mapping[Feed, str],
    chosen: AbstractSet[Feed],
    held: AbstractSet[str],
) -> list[Finding]:
    """Findings about aggregates of the accepted feeds that could not be replaced.

    Args:
        accepted: feeds of the run that were accepted.
        companions: feeds that can be used in addition to those of the run.
        reasons: why other companions cannot be used.
        chosen: all feeds of the run.
        held: names of aggregates for which the archive has rows of the week, possibly
            `PORT_SUBSCRIBERS`.
    """
    usable = accepted | companions
    made = renewed(accepted, companions)
    left = [(one.name, one) for one in AGGREGATES if one.feeds & accepted and one not in made]
    left += [
        (PORT_SUBSCRIBERS, one)
        for one in made
        if one.beside and not one.feeds | one.beside <= usable
    ]
    groups: dict[tuple[Feed, tuple[Feed, ...], bool], list[str]] = {}
    for name, one in left:
        # A companion left out for want of another one needs no finding.
        causes = ((one.feeds | one.beside) - usable) & (chosen | reasons.keys())
        missing = tuple(feed for feed in Feed if feed in causes)
        groups.setdefault((one.reported_under(accepted), missing, name in held), []).append(name)
    return [
        Finding(
            rule="load.not_renewed" if stays else "load.not_made",
            severity="warning" if stays else "info",
            feed=feed,
            sentence=f"{_named(names)} {'were not updated' if stays else 'were not made'}, because "
            f"{_named(missing)} could not be used{_because(missing, reasons)}"
            + (f"; load {_named((feed, *missing))} together" if stays else ""),
        )
        for (feed, missing, stays), names in groups.items()
    ]


# The column of `port_week` that is made from the feeds beside.
PORT_SUBSCRIBERS = "subscribers of port_week"


def _named(names: tuple[Feed, ...] | list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else str(last)


def _because(feeds: tuple[Feed, ...], reasons: Mapping[Feed, str]) -> str:
    known = "; ".join(f"{feed}: {reasons[feed]}" for feed in feeds if feed in reasons)
    return f" ({known})" if known else ""
