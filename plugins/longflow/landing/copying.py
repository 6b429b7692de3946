"""Copies of delivered files: whole or not at all, with what they were copied from."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

from longflow.errors import LongflowError, MachineError
from longflow.landing.entries import Entry
from longflow.landing.place import Place
from longflow.settings import Settings

# A copy that breaks off is continued so often.
_TRIES = 3


class StoppedError(Exception):
    """The fetch is ending: what is not copied yet is not wanted any more."""


class ChangedError(LongflowError):
    """A file is still being written.

    Attributes:
        now: the file as it is described now.
    """

    def __init__(self, before: Entry, now: Entry) -> None:
        self.now = now
        sizes_say_it = before.size_bytes != now.size_bytes
        then, later = (_described(one, with_time=not sizes_say_it) for one in (before, now))
        super().__init__(
            f"it changed while it was copied: {then}, then {later}",
            file=now.path,
            remedy="fetch again when the collector has finished it",
        )


@dataclass(frozen=True)
class Limits:
    """What bounds a copy.

    Attributes:
        retry_seconds: wait before the second try of a copy; twice as long before the third.
        most_bytes: that a file may have.
        stopping: set when no further byte is wanted.
    """

    retry_seconds: float
    most_bytes: int
    stopping: threading.Event

    @classmethod
    def of(cls, settings: Settings, stopping: threading.Event | None = None) -> Limits:
        """Those of the settings."""
        landing = settings.landing
        return cls(landing.retry_seconds, landing.most_file_bytes, stopping or threading.Event())


class Copied(NamedTuple):
    """A copy, and what it is a copy of.

    Attributes:
        entry: the file as its listing describes it.
        stated: the file as the answer that was copied describes it.
        size_bytes: of the copy.
        sha256: of the copy, in hexadecimal digits.
        is_unsure: a change during the copy might not show in the next listing.
    """

    entry: Entry
    stated: Entry
    size_bytes: int
    sha256: str
    is_unsure: bool


def copy(place: Place, entry: Entry, unfinished: Path, target: Path, limits: Limits) -> Copied:
    """Copy one file in chunks; a copy that breaks off is continued, or begun again.

    Args:
        place: where the file lies.
        entry: the file.
        unfinished: the copy until it is whole, on the disk of `target`.
        target: the copy.
        limits: what bounds it.

    Raises:
        LongflowError: the file keeps changing while it is copied, or it is too large.
        MachineError: it is gone.
        OSError: the disk or the server failed; a retry may help.
        StoppedError: the fetch is ending.
    """
    one = _Copy(place, entry, unfinished, limits)
    for number in range(_TRIES):
        try:
            if number:
                one.resume()
            copied = one.go_on()
        except FileNotFoundError:
            raise gone(entry.path) from None
        except (ConnectionError, TimeoutError):
            if number == _TRIES - 1:
                raise
            if limits.stopping.wait(limits.retry_seconds * 2**number):
                raise StoppedError from None
        except ChangedError as error:
            if number == _TRIES - 1:
                raise
            one.begin_again(error.now)
        else:
            break
    unfinished.replace(target)
    return copied


def gone(path: str) -> MachineError:
    """The fault of a file or folder that was listed and cannot be found any more."""
    return MachineError(
        "it was listed, and is gone",
        file=path,
        remedy="check whether its disk or server is still there, then try again",
    )


def differ(one: Entry, other: Entry) -> bool:
    """Whether two descriptions of a file contradict each other; not all state everything."""
    pairs: Iterable[tuple[int | str | None, int | str | None]] = (
        (one.size_bytes, other.size_bytes),
        (one.version, other.version),
    )
    return any(a != b for a, b in pairs if a is not None and b is not None)


class _Copy:
    """A copy in the making: what is there of it, and what has gone into its digest."""

    def __init__(self, place: Place, entry: Entry, unfinished: Path, limits: Limits) -> None:
        self._place = place
        self._entry = entry
        self._unfinished = unfinished
        self._limits = limits
        self._filesystem = place.filesystem
        self._bytes = 0
        self._digest = hashlib.sha256()

    def begin_again(self, entry: Entry) -> None:
        """Forget what is copied: the file is another one now."""
        # What the listing of a page says of it cannot be asked for.
        self._entry = self._entry if self._place.is_page else entry
        self._bytes = 0
        self._digest = hashlib.sha256()

    def resume(self) -> None:
        """Connect again after a break, and begin again if the file is another one now.

        Raises:
            FileNotFoundError: it is gone.
            OSError: the disk or the server failed.
        """
        self._place.open_again(self._filesystem)
        self._filesystem = self._place.filesystem
        if not self._place.can_continue:
            self.begin_again(self._entry)
        elif differ(self._entry, now := self._place.now(self._entry)):
            self.begin_again(now)

    def go_on(self) -> Copied:
        """Copy what is missing.

        Raises:
            LongflowError: the file changed while it was copied, or it is too large.
            OSError: the disk or the server failed.
            StoppedError: the fetch is ending.
        """
        with self._place.opened(self._entry, self._bytes) as source:
            self._require_size(source.stated.size_bytes or 0)
            with self._unfinished.open("ab" if self._bytes else "wb") as local:
                for chunk in source.chunks:
                    if self._limits.stopping.is_set():
                        raise StoppedError
                    self._digest.update(chunk)
                    local.write(chunk)
                    self._bytes += len(chunk)
                    self._require_size(self._bytes)
        stated = source.stated
        if stated.size_bytes is not None and self._bytes != stated.size_bytes:
            raise self._other_size(stated)
        return Copied(self._entry, stated, self._bytes, self._digest.hexdigest(), source.is_unsure)

    def _require_size(self, size_bytes: int) -> None:
        if size_bytes > self._limits.most_bytes:
            raise LongflowError(
                f"has more than {self._limits.most_bytes:,} bytes",
                file=self._entry.path,
                remedy="check the file, or raise landing.most_file_size",
            )

    def _other_size(self, stated: Entry) -> Exception:
        """Why a copy has not the size that was stated; the next try begins again."""
        now, sent = self._place.now(self._entry), self._bytes
        self.begin_again(self._entry)
        if differ(stated, now):
            return ChangedError(stated, now)
        return ConnectionError(
            f"{self._entry.path}: the server sent {sent:,} of {stated.size_bytes:,} bytes"
        )


def _described(entry: Entry, *, with_time: bool) -> str:
    size = "a size unknown" if entry.size_bytes is None else f"{entry.size_bytes:,} bytes"
    if not with_time or entry.modified_at is None:
        return size
    return f"{size} of {entry.modified_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
