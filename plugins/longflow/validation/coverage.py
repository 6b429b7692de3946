"""Coverage as findings: which slots were not delivered, and what exporters lost on the way."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from longflow.records import Finding, LandedFile, SourceSlots, Staged
from longflow.settings import Feed
from longflow.week import Week

_HOUR_MS = 3_600_000


def gaps(
    week: Week,
    staged: Staged,
    files: Mapping[int, LandedFile],
    feed: Feed,
) -> list[Finding]:
    """Slots of a feed that were not delivered: a finding for each gap of a source.

    What all sources of a feed with several lack at the same time is told once: that is no
    collector that failed, but what they share. Slots of broken files are told with the files.
    """
    of_feed = [one for one in staged.slots if one.feed is feed]
    came = {(files[f.index].source, files[f.index].slot_ms) for f in staged.files if f.broken}
    lost = {
        one.source: {gap for gap in _missing(week, one) if (one.source, gap[0]) not in came}
        for one in of_feed
    }
    shared = set.intersection(*lost.values()) if len(lost) > 1 else set()
    found = [
        Finding(
            rule="coverage.hour_missing",
            severity="warning",
            feed=feed,
            sentence="no source of the feed delivered this time, so what they share failed; "
            "look at the network between routers and collectors, and at the fetching",
            count=len(gap) * len(lost),
            unit="slots",
            start_ms=gap[0][0],
            end_ms=gap[-1][1],
        )
        for gap in _stretches(sorted(shared))
    ]
    for one in of_feed:
        found += [
            Finding(
                rule="coverage.gap",
                severity="warning",
                feed=feed,
                source=one.source,
                sentence="the source delivered nothing for this time, which lowers the coverage "
                "of all that is made of it; deliver the files and take the week in again",
                count=len(gap),
                unit="slots",
                start_ms=gap[0][0],
                end_ms=gap[-1][1],
            )
            for gap in _stretches(sorted(lost[one.source] - shared))
        ]
    return found


def sequence_failures(staged: Staged, files: Mapping[int, LandedFile], feed: Feed) -> list[Finding]:
    """Gaps in exporters' sequence numbers, as collectors counted them: by source and hour."""
    counts: dict[tuple[str, int | None], int] = defaultdict(int)
    for file, failures in broken_sequences(staged, files):
        if file.feed is feed:
            hour = None if file.slot_ms is None else file.slot_ms // _HOUR_MS * _HOUR_MS
            counts[file.source, hour] += failures
    return [
        Finding(
            rule="coverage.sequence_failures",
            severity="warning",
            feed=feed,
            source=source,
            sentence="export packets were lost between exporter and collector, and with them "
            "flows that nobody can count; look for drops in the collector's socket buffer",
            count=count,
            unit="sequence failures",
            start_ms=hour,
            end_ms=None if hour is None else hour + _HOUR_MS,
        )
        for (source, hour), count in sorted(counts.items(), key=str)
    ]


def broken_sequences(
    staged: Staged, files: Mapping[int, LandedFile]
) -> Iterator[tuple[LandedFile, int]]:
    """Files that tell of gaps in exporters' sequence numbers, each content once, and how many."""
    for one in staged.files:
        if one.sequence_failures and one.double_of is None:
            yield files[one.index], one.sequence_failures


def _missing(week: Week, slots: SourceSlots) -> Iterable[tuple[int, int]]:
    edges = [*week.slots(slots.slot_minutes), week.end_ms]
    ends = dict(itertools.pairwise(edges))
    return [(start, ends[start]) for start in slots.missing_ms]


def _stretches(slots: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Slots that follow each other without a break, together."""
    stretches: list[list[tuple[int, int]]] = []
    for slot in slots:
        if stretches and stretches[-1][-1][1] == slot[0]:
            stretches[-1].append(slot)
        else:
            stretches.append([slot])
    return stretches
