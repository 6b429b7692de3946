"""Whether a run brings anything new: digests of its input against what the archive was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from longflow import __version__
from longflow.archive.aggregates import lacking, renewed
from longflow.archive.log import Attempt
from longflow.records import Judged, Landed
from longflow.settings import Feed, Settings
from longflow.sqlfile import sql_root


def input_digests(settings: Settings, landed: Landed, judged: Judged) -> dict[Feed, str]:
    """SHA-256 of what a feed itself brings: its files and settings, SQL and contracts, version.

    Feeds that it is joined with have digests of their own.
    """
    accepted = judged.accepted()
    common = hashlib.sha256(__version__.encode())
    for path in sorted(_sql_files()):
        common.update(path.relative_to(sql_root()).as_posix().encode() + path.read_bytes())
    common.update(
        json.dumps(
            settings.model_dump(
                mode="json",
                include={"provider", "week", "sessions", "validation", "known_breaks"},
            ),
            sort_keys=True,
        ).encode()
    )
    digests = {}
    for judgement in judged.feeds:
        feed = judgement.feed
        digest = common.copy()
        parts = [
            feed.value,
            feed in accepted,
            [(f.source, f.name, f.sha256) for f in landed.files if f.feed is feed],
            [s.model_dump(mode="json") for s in settings.sources_of(feed)],
            [f.model_dump(mode="json") for f in judgement.findings],
        ]
        digest.update(json.dumps(parts, sort_keys=True).encode())
        digests[feed] = digest.hexdigest()
    return digests


def _sql_files() -> list[Path]:
    root = sql_root()
    return [
        root / "functions.sql",
        *(p for step in ("staged", "judge", "week", "archive") for p in (root / step).rglob("*.*")),
    ]


def brings_nothing(
    log: Sequence[Attempt],
    digests: Mapping[Feed, str],
    accepted: AbstractSet[Feed],
    companions: AbstractSet[Feed],
    lacked: AbstractSet[Feed],
) -> bool:
    """Whether a run would make nothing anew that the archive does not hold already.

    Every feed must have come with the same input before, and every aggregate that can be made now
    must have been made since each of its feeds was last loaded. A feed that was refused for other
    reasons than its dump is tried again when these may be gone: what it lacked is there, or
    another feed of the week, which the review may have held it against, was loaded since.

    Args:
        log: every attempt to load the week, oldest first.
        digests: of what the run brings, by feed.
        accepted: feeds of the run that the judge accepted.
        companions: feeds beside those of the run that can be used.
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
