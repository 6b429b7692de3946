"""What has been delivered of a week, from the listings of its folders alone: nothing is downloaded.

It is cheap enough to be asked every few minutes, one call to a server for each folder, and keeps
nothing between two questions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from longflow.errors import LongflowError
from longflow.faults import machine_fault
from longflow.landing.copying import differ
from longflow.landing.deliveries import Deliveries, Delivery, deliveries_of
from longflow.landing.entries import Entry
from longflow.landing.hosts import on_all_hosts
from longflow.landing.naming import FileName
from longflow.landing.urls import host_of
from longflow.records import Finding, LoggedFile
from longflow.settings import Feed, Settings, Source
from longflow.spans import Span
from longflow.week import Week, now

_WEEK_MINUTES = 10_080

State = Literal["new", "changed", "as loaded"]


@dataclass(frozen=True)
class ListedFile:
    """A file of the week, and how it compares with the week's last manifest.

    Attributes:
        entry: the file as its folder's listing describes it.
        state: `as loaded` if all that both state is equal.
    """

    entry: Entry
    state: State


@dataclass(frozen=True)
class SourceListing:
    """What a source has delivered of a week.

    Attributes:
        feed: the feed.
        source: its name.
        folders: in which files of the week can lie.
        files: the week's files, by folder and name.
        expected: slots of the week; 1 if names state no time or no length of slots is set.
        missing: slots that have ended and are not there, epoch milliseconds.
        to_come: number of slots that have not ended.
        gone: names that the last manifest has and no folder holds.
        findings: about names that were passed over.
        problem: why the source cannot be listed, in one line, or why its files would be refused.
    """

    feed: Feed
    source: str
    folders: tuple[str, ...] = ()
    files: tuple[ListedFile, ...] = ()
    expected: int = 0
    missing: tuple[Span, ...] = ()
    to_come: int = 0
    gone: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every slot of the week is there."""
        return self.problem is None and not self.missing and not self.to_come

    @property
    def is_as_loaded(self) -> bool:
        """Whether a fetch would bring what the last manifest has, as far as listings tell."""
        states = {one.state for one in self.files}
        return self.problem is None and not self.gone and states <= {"as loaded"}

    def names(self, state: State) -> list[str]:
        """Names of the files in a state."""
        return [one.entry.name for one in self.files if one.state == state]


def list_week(
    settings: Settings,
    week: Week,
    feeds: Iterable[Feed],
    manifest: Mapping[Feed, Sequence[LoggedFile]],
) -> list[SourceListing]:
    """What every source of some feeds has delivered of a week, in the order of feeds and names.

    Hosts are asked at the same time. A source that cannot be listed has a problem; the others are
    listed all the same.

    Args:
        settings: the expected sources.
        week: the week.
        feeds: the feeds.
        manifest: the files of each feed's last load, or attempt to load.
    """
    sources = [source for feed in feeds for source in settings.sources_of(feed)]

    def one(source: Source) -> SourceListing:
        return list_source(settings, week, source, manifest.get(source.feed, ()))

    return on_all_hosts(one, sources, partial(host_of, settings), threading.Event())


def list_source(
    settings: Settings, week: Week, source: Source, manifest: Sequence[LoggedFile]
) -> SourceListing:
    """What a source has delivered of a week; a fault of its server or disk is its problem.

    A database has no listing: nothing is expected of it, and what its query gives is seen when it
    is asked.

    Args:
        settings: the settings.
        week: the week.
        source: the source.
        manifest: the files of its feed's last load, or attempt to load.
    """
    if source.query is not None:
        return SourceListing(source.feed, source.name)
    try:
        delivered = deliveries_of(settings, week, source)
    except LongflowError as error:
        return SourceListing(source.feed, source.name, problem=str(error))
    except Exception as error:
        fault = machine_fault(error)
        if fault is None:
            raise
        return SourceListing(source.feed, source.name, problem=str(fault))
    return _compared(settings, week, source, delivered, manifest)


def _compared(
    settings: Settings,
    week: Week,
    source: Source,
    delivered: Deliveries,
    manifest: Sequence[LoggedFile],
) -> SourceListing:
    minutes = FileName.of(source, settings.zone).minutes or _WEEK_MINUTES
    missing = week.missing_slots(_spans(week, delivered.files), minutes)
    now_ms = now().timestamp() * 1000
    ended = tuple(slot for slot in missing if slot[1] <= now_ms)
    known = {one.name: one for one in manifest if one.source == source.name}
    return SourceListing(
        feed=source.feed,
        source=source.name,
        folders=delivered.folders,
        files=tuple(
            ListedFile(one.entry, _state(one.entry, known.get(one.entry.name)))
            for one in delivered.files
        ),
        expected=max(len(week.slots(minutes)), len(missing)),
        missing=ended,
        to_come=len(missing) - len(ended),
        gone=tuple(sorted(known.keys() - {one.entry.name for one in delivered.files})),
        findings=tuple(delivered.findings),
    )


def _spans(week: Week, files: Iterable[Delivery]) -> list[Span]:
    """The time that names of files state; a name that states none may cover the whole week."""
    spans = []
    for one in files:
        if one.time is None or not one.time.times:
            spans.append((week.start_ms, week.end_ms))
        else:
            spans += [(time.start_ms, time.end_ms) for time in one.time.times if time.told]
    return spans


def _state(entry: Entry, known: LoggedFile | None) -> State:
    if known is None:
        return "new"
    then = Entry(entry.name, entry.path, known.size_bytes, known.version)
    return "changed" if differ(then, entry) else "as loaded"
