"""Coverage as findings: dumps not delivered or delivered under a wrong name, and lost exports."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import reduce

from longflow.records import Finding, LandedFile, Staged
from longflow.settings import Feed, Settings
from longflow.spans import common, length_ms, minute, without
from longflow.week import Week

_HOUR_MS = 3_600_000


def gaps(staged: Staged, files: Mapping[int, LandedFile], feed: Feed) -> list[Finding]:
    """Time for which a feed was not delivered: one finding for each gap of a source.

    A gap that all sources of a feed share is reported once: no single collector failed, but
    something they have in common. The time of broken files is reported with the files.
    """
    of_feed = [one for one in staged.slots if one.feed is feed]
    broken = [files[file.index] for file in staged.files if file.broken]
    lost = {
        one.source: without(
            one.missing,
            [
                (time.start_ms, time.end_ms)
                for file in broken
                if (file.feed, file.source) == (feed, one.source)
                for time in file.times
            ],
        )
        for one in of_feed
    }
    shared = reduce(common, lost.values()) if len(lost) > 1 else []
    found = [
        Finding(
            rule="coverage.hour_missing",
            severity="warning",
            feed=feed,
            sentence="no source of the feed delivered anything for this time, so something they "
            "share failed; check the network between routers and collectors, and the fetch",
            count=sum(one.slots_in(gap) for one in of_feed),
            unit="slots",
            start_ms=gap[0],
            end_ms=gap[1],
        )
        for gap in shared
    ]
    for one in of_feed:
        found += [
            Finding(
                rule="coverage.gap",
                severity="warning",
                feed=feed,
                source=one.source,
                sentence="the source delivered nothing for this time, which lowers the coverage "
                "of everything computed from it; deliver the files and load the week again",
                count=one.slots_in(gap),
                unit="slots",
                start_ms=gap[0],
                end_ms=gap[1],
            )
            for gap in without(lost[one.source], shared)
        ]
    return found


def too_low(settings: Settings, week: Week, staged: Staged, feed: Feed) -> list[Finding]:
    """Sources of a feed that delivered less of the week than the settings require."""
    sources = {source.name: source for source in settings.sources_of(feed)}
    whole = week.end_ms - week.start_ms
    found = []
    for one in staged.slots:
        if one.feed is not feed or one.source not in sources:
            continue
        limits = settings.validation.coverage.limits(sources[one.source])
        lost = length_ms(one.missing)
        percent = 100 * (whole - lost) / whole
        if percent >= limits.warn_percent:
            continue
        refused = percent < limits.refuse_percent
        least = limits.refuse_percent if refused else limits.warn_percent
        found.append(
            Finding(
                rule="coverage.low",
                severity="critical" if refused else "warning",
                feed=feed,
                source=one.source,
                sentence=f"the source delivered {percent:.1f} % of the week, below the "
                f"{'refusal' if refused else 'warning'} limit of {least:g} %; deliver "
                "what is missing and load the week again, or set "
                f"coverage_{'refuse' if refused else 'warn'}_percent of source '{one.source}'",
                count=len(one.missing),
                unit="slots",
                start_ms=week.start_ms,
                end_ms=week.end_ms,
            )
        )
    return found


def of_another_time(
    settings: Settings, staged: Staged, files: Mapping[int, LandedFile], feed: Feed
) -> list[Finding]:
    """Files most of whose records lie outside the time stated by their names.

    Such a file belongs to another day or hour and has a wrong name: its own slot would count as
    delivered, and its records would be missing where they belong.
    """
    sources = {source.name: source for source in settings.sources_of(feed)}
    found = []
    for one in staged.files:
        file = files[one.index]
        if file.feed is not feed or file.source not in sources or not one.timed_rows:
            continue
        source = sources[file.source]
        percent = 100 * one.rows_in_time / one.timed_rows
        if percent >= source.file_time_least_percent:
            continue
        start_ms, end_ms = file.times[0].start_ms, file.times[-1].end_ms
        zone = source.zone(settings.zone)
        found.append(
            Finding(
                rule="coverage.file_of_another_time",
                severity="critical",
                feed=feed,
                source=file.source,
                file=file.name,
                sentence=f"{_percent(percent)} % of the records overlap the time in the file's "
                f"name, {minute(start_ms, zone)} to {minute(end_ms, zone)} {zone.key}, but at "
                f"least {source.file_time_least_percent:g} % must; deliver the file of that time "
                "or, if records may legitimately come late, set file_time_late_hours or "
                f"file_time_least_percent of source '{file.source}'",
                rows=one.timed_rows - one.rows_in_time,
                start_ms=start_ms,
                end_ms=end_ms,
            )
        )
    return found


def _percent(value: float) -> str:
    """With one decimal, rounded down so that a value under a limit never looks as if it met it."""
    return f"{math.floor(value * 10) / 10:g}"


def sequence_failures(staged: Staged, files: Mapping[int, LandedFile], feed: Feed) -> list[Finding]:
    """Gaps in exporters' sequence numbers as collectors counted them, by source and hour."""
    counts: dict[tuple[str, int | None], int] = defaultdict(int)
    for file, failures in staged.broken_sequences(files):
        if file.feed is feed:
            hour = None if file.slot_ms is None else file.slot_ms // _HOUR_MS * _HOUR_MS
            counts[file.source, hour] += failures
    return [
        Finding(
            rule="coverage.sequence_failures",
            severity="warning",
            feed=feed,
            source=source,
            sentence="export packets were lost between exporter and collector, and their flows "
            "cannot be counted; look for drops in the collector's socket buffer",
            count=count,
            unit="sequence failures",
            start_ms=hour,
            end_ms=None if hour is None else hour + _HOUR_MS,
        )
        for (source, hour), count in sorted(counts.items(), key=str)
    ]
