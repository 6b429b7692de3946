"""Whether a run brings anything that the archive does not already hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from longflow.archive.aggregates import lacking, renewed
from longflow.archive.log import Attempt
from longflow.settings import Feed


def brings_nothing(
    log: Sequence[Attempt],
    digests: Mapping[Feed, str],
    accepted: AbstractSet[Feed],
    companions: AbstractSet[Feed],
    lacked: AbstractSet[Feed],
) -> bool:
    """Whether a run would produce nothing that the archive does not already hold.

    Every feed must have come with the same input before, and every aggregate that can be made now
    must have been made since each of its feeds was last loaded. A feed that was refused for reasons
    outside its dump is tried again when these may be gone: a feed that it lacked has come, or
    another feed of the week, which the review may have compared it with, was loaded since.

    Args:
        log: every attempt to load the week, oldest first.
        digests: of the run's input, by feed.
        accepted: feeds of the run that the judge accepted.
        companions: feeds that can be used in addition to those of the run.
        lacked: feeds whose newest attempt was refused because nothing could be made of them.
    """
    latest = {attempt.feed: attempt for attempt in log}
    if any(f not in latest or latest[f].input_digest != digest for f, digest in digests.items()):
        return False
    loaded = {attempt.feed: attempt for attempt in log if attempt.loaded}
    refused = {feed for feed in digests if not latest[feed].loaded} & accepted
    for feed in refused:
        if feed in lacked:
            again = not lacking(feed, accepted - (refused - lacked) | companions)
        else:
            others = (other for other in loaded.values() if other.feed is not feed)
            again = any(other.snapshot > latest[feed].snapshot for other in others)
        if again:
            return False
    for aggregate in renewed(accepted - refused, companions):
        made = max(
            (a.snapshot for a in log if a.loaded and aggregate.name in a.aggregates), default=-1
        )
        if any(loaded[feed].snapshot > made for feed in aggregate.feeds):
            return False
    return True
