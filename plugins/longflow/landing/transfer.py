"""The copies of a source's files for a week: made, or kept from an earlier try of the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from longflow.landing.copying import ChangedError, Copied, Limits, copy, differ, gone
from longflow.landing.deliveries import Deliveries, Delivery
from longflow.landing.entries import Entry
from longflow.landing.hosts import Bounds
from longflow.landing.kept import Journal
from longflow.landing.place import Place
from longflow.records import LandedFile
from longflow.settings import Settings, Source
from longflow.workspace import Workspace


@dataclass(frozen=True)
class Copy:
    """A delivered file and its copy.

    Attributes:
        source: which delivered it.
        delivery: the file.
        path: the copy.
        copied: what it is a copy of.
        fetched_at: when the copy was made.
        is_reused: whether an earlier try has made it.
    """

    source: Source
    delivery: Delivery
    path: Path
    copied: Copied
    fetched_at: datetime
    is_reused: bool = False

    @property
    def sha256(self) -> str:
        """Digest of the copy, in hexadecimal digits."""
        return self.copied.sha256

    def file(self, index: int) -> LandedFile:
        """The copy as the week's manifest has it."""
        time = self.delivery.time
        return LandedFile(
            index=index,
            feed=self.source.feed,
            source=self.source.name,
            name=self.delivery.entry.name,
            size_bytes=self.copied.size_bytes,
            sha256=self.copied.sha256,
            fetched_at=self.fetched_at,
            version=self.copied.entry.version,
            slot_ms=None if time is None else time.start_ms,
            times=() if time is None else time.times,
        )


class Transfer:
    """Copies files into the workspace of a week."""

    def __init__(self, settings: Settings, workspace: Workspace, bounds: Bounds) -> None:
        """Read what an earlier try has left.

        Raises:
            OSError: the disk failed.
        """
        self._workspace = workspace
        self._bounds = bounds
        self._journal = Journal(workspace)
        self._limits = Limits.of(settings, bounds.stopping)

    def folder_of(self, source: Source) -> Path:
        """The folder that receives a source's files; it exists."""
        folder = self._workspace.landed / source.feed / source.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def of(self, source: Source, delivered: Deliveries) -> list[Copy]:
        """The copies of a source's files, in their order.

        The folders are listed once more in the end. A file that has changed meanwhile is copied
        again, and refused if it then changes once more.

        Raises:
            LongflowError: a file keeps changing, or is too large.
            MachineError: a file or folder disappeared meanwhile.
            OSError: the disk or the server failed.
        """
        place = delivered.place
        at_once = place.copies_at_once(self._bounds.per_host)
        self.folder_of(source)
        self._workspace.unfinished.mkdir(exist_ok=True)

        def first(delivery: Delivery) -> Copy:
            return self._kept_or_made(place, source, delivery)

        def again(pair: tuple[Copy, Entry]) -> Copy:
            return self._confirmed(place, *pair)

        copies = self._bounds.each(first, delivered.files, at_once)
        now = _listed_again(delivered)
        return self._bounds.each(again, list(zip(copies, now, strict=True)), at_once)

    def _kept_or_made(self, place: Place, source: Source, delivery: Delivery) -> Copy:
        path = self._workspace.landed / source.feed / source.name / delivery.entry.name
        try:
            kept = self._journal.kept(place, delivery.entry, path)
        except FileNotFoundError:
            raise gone(delivery.entry.path) from None
        if kept is not None:
            return Copy(source, delivery, path, *kept, is_reused=True)
        return self._made(place, source, delivery, path)

    def _made(self, place: Place, source: Source, delivery: Delivery, path: Path) -> Copy:
        fetched_at = datetime.now(UTC)
        unfinished = self._workspace.unfinished / uuid4().hex
        copied = copy(place, delivery.entry, unfinished, path, self._limits)
        self._journal.add(place, copied, path, fetched_at)
        return Copy(source, delivery, path, copied, fetched_at)

    def _confirmed(self, place: Place, one: Copy, now: Entry) -> Copy:
        """A copy of the file as it is now."""
        try:
            if not differ(one.copied.entry, now) and not (
                one.copied.is_unsure and differ(one.copied.stated, place.now(now))
            ):
                return one
            again = self._made(place, one.source, one.delivery._replace(entry=now), one.path)
            after = place.now(now)
        except FileNotFoundError:
            raise gone(now.path) from None
        if differ(again.copied.stated, after):
            raise ChangedError(again.copied.stated, after)
        return again


def _listed_again(delivered: Deliveries) -> list[Entry]:
    """The files as their folders describe them now.

    Raises:
        MachineError: one of them is gone.
        OSError: the disk or the server failed.
    """
    place = delivered.place
    folders = dict.fromkeys(one.folder for one in delivered.files)
    listings = {folder: place.listing(folder) for folder in folders}
    entries = []
    for folder, entry, _ in delivered.files:
        listing = listings[folder]
        if listing is None:
            raise gone(folder)
        if entry.name not in listing.files:
            raise gone(entry.path)
        entries.append(listing.files[entry.name])
    return entries
