"""The feeds, and the columns in which they are delivered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from longflow.contract import contract
from longflow.errors import WrongUsageError


class Feed(StrEnum):
    """What collectors deliver for each week (docs/method.md#feeds)."""

    FLOWS = "flows"
    ASSIGNMENTS = "assignments"
    USAGE = "usage"
    COUNTERS = "counters"
    SUBSCRIBERS = "subscribers"


def feeds_named(names: Iterable[str] | None) -> tuple[Feed, ...]:
    """Feeds by their names, in the order of `Feed`; all if there are no names.

    Raises:
        WrongUsageError: there is no such feed.
    """
    known, wanted = [feed.value for feed in Feed], set(names or ())
    if unknown := sorted(wanted.difference(known)):
        raise WrongUsageError(
            f"there is no feed '{unknown[0]}'", remedy=f"feeds: {', '.join(known)}"
        )
    return tuple(feed for feed in Feed if not wanted or feed in wanted)


def delivered_columns(feed: Feed) -> dict[str, bool]:
    """Columns in which a feed is delivered; True where a delivery without it is whole."""
    columns = contract("staged", feed).delivered
    return {name: kind == "optional" for name, kind in columns.items()}


def ends(feed: Feed) -> list[str]:
    """Delivered columns that a duration can stand for."""
    columns = contract("staged", feed).delivered
    return [name for name, kind in columns.items() if kind == "or duration"]


# Delivered columns with a time, the one that every record has first.
TIME_COLUMNS: Mapping[Feed, tuple[str, ...]] = {
    Feed.FLOWS: ("first_seen_ms", "last_seen_ms"),
    Feed.ASSIGNMENTS: ("acctstarttime", "acctstoptime", "acctupdatetime"),
    Feed.USAGE: ("start_time", "end_time"),
    Feed.COUNTERS: ("time",),
    Feed.SUBSCRIBERS: (),
}
