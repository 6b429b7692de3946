"""Names of delivered files: which folders belong to a week, and which time a name states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from longflow.landing.wildcards import fit
from longflow.records import NamedTime
from longflow.settings import Source
from longflow.settings.patterns import SLOT_LAYOUTS, is_by_name, named_minutes
from longflow.spans import Span, without
from longflow.week import Week

_MINUTE_MS = 60_000
_DAY_MINUTES = 1440


class FileTime(NamedTuple):
    """The time stated by a file's name.

    Attributes:
        start_ms: its first instant, epoch milliseconds; for a time that clocks skipped, by the
            clock as it was before the change.
        times: the intervals that the name can mean, earliest first; none where the length of the
            source's slots is unknown.
        is_left_out: clocks never showed this time, because they were put forward past it.
    """

    start_ms: int
    times: tuple[NamedTime, ...]
    is_left_out: bool

    def reaches_into(self, start_ms: int, end_ms: int) -> bool:
        """Whether some of the time lies in [start_ms, end_ms)."""
        if not self.times:
            return start_ms <= self.start_ms < end_ms
        return any(time.start_ms < end_ms and time.end_ms > start_ms for time in self.times)


@dataclass(frozen=True)
class FileName:
    """The pattern of a source's file names, and the time that a name states."""

    pattern: str
    zone: ZoneInfo
    slot_minutes: int | None

    @classmethod
    def of(cls, source: Source, provider_zone: ZoneInfo) -> FileName:
        """The names of a source's files."""
        return cls(source.files, source.zone(provider_zone), source.slot_minutes)

    @property
    def minutes(self) -> int | None:
        """Length of the time that a name states: a date is at least a whole day."""
        named = named_minutes(self.pattern)
        if named == _DAY_MINUTES:
            return max(self.slot_minutes or 0, _DAY_MINUTES)
        return self.slot_minutes or named

    def matches(self, name: str) -> bool:
        """Whether a file of this name belongs to the source."""
        return fit(self.pattern, name) is not None

    def time(self, name: str) -> FileTime | None:
        """The time stated by a matching name.

        A name is the local time at which its slot began. When clocks are set back it stands for two
        instants, and a collector appends the later slot to the file of the earlier; when they are
        put forward, a name with a skipped time may follow the clock before or after the change. A
        slot of less than a day lasts for its configured length or, if the collector rotates files
        by local time, until the next one is due by that clock. The records decide what the name
        alone leaves open. With its offset from UTC, a name stands for one instant.

        None if the name states no time: no placeholder, or digits that are no date (month 13).
        """
        parts = fit(self.pattern, name)
        if not parts:
            return None
        offset = parts.pop("offset", None)
        stated, layout = " ".join(parts.values()), " ".join(SLOT_LAYOUTS[key] for key in parts)
        try:
            # Without an offset parsed as UTC to allow arithmetic; `_instant_ms` applies the zone.
            local = datetime.strptime(f"{stated} {offset or '+0000'}", f"{layout} %z")
        except ValueError:
            return None
        if offset is not None:
            return self._with_offset(local)
        first, other = (_instant_ms(local, self.zone, fold) for fold in (0, 1))
        left_out = other < first
        minutes = self.minutes
        if minutes is None:
            return FileTime(first, (), left_out)
        length = minutes * _MINUTE_MS
        until = local + timedelta(minutes=minutes)
        if minutes >= _DAY_MINUTES:
            # Days are local days, of 23 to 25 hours.
            certain = [(first, _instant_ms(until, self.zone, 0))]
            perhaps = [(first, first + length)]
            # A day without a midnight is a day all the same.
            left_out = False
        else:
            starts = {first} if left_out else {first, other}
            certain = [(start, start + length) for start in sorted(starts)]
            perhaps = [(other, other + length), *_by_the_wall(local, until, self.zone)]
        return FileTime(first, _parts(certain, without(perhaps, certain)), left_out)

    def _with_offset(self, start: datetime) -> FileTime:
        """The time that begins at an instant."""
        start_ms = round(start.timestamp() * 1000)
        minutes = self.minutes
        end_ms = start_ms + (minutes or 0) * _MINUTE_MS
        times = (NamedTime(start_ms=start_ms, end_ms=end_ms),) if minutes else ()
        return FileTime(start_ms, times, is_left_out=False)


def _instant_ms(local: datetime, zone: ZoneInfo, fold: int) -> int:
    """Epoch milliseconds of a local time; `fold` 1 is the later of two, as in PEP 495."""
    return round(local.replace(tzinfo=zone, fold=fold).timestamp() * 1000)


def _by_the_wall(local: datetime, until: datetime, zone: ZoneInfo) -> list[Span]:
    """All instants at which the clock of a zone shows a time in [local, until), less than a day."""
    instants = [_instant_ms(one, zone, fold) for one in (local, until) for fold in (0, 1)]
    earliest, latest = min(instants), max(instants)
    before, after = (_offset_ms(instant, zone) for instant in (earliest, latest))
    shown = [round(one.timestamp() * 1000) for one in (local, until)]
    if before == after:
        return [(shown[0] - before, shown[1] - before)]
    change = _change_ms(earliest, latest, zone)
    spans = [
        (shown[0] - before, min(shown[1] - before, change)),
        (max(shown[0] - after, change), shown[1] - after),
    ]
    return [(start, end) for start, end in spans if start < end]


def _offset_ms(instant_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(instant_ms / 1000, tz=zone).utcoffset() or timedelta()
    return round(offset.total_seconds() * 1000)


def _change_ms(earliest_ms: int, latest_ms: int, zone: ZoneInfo) -> int:
    """The minute at which the offset of a zone changes between two instants that differ in it."""
    before = _offset_ms(earliest_ms, zone)
    low, high = earliest_ms // _MINUTE_MS, -(-latest_ms // _MINUTE_MS)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_ms(middle * _MINUTE_MS, zone) == before:
            low = middle
        else:
            high = middle
    return high * _MINUTE_MS


def _parts(certain: list[Span], perhaps: list[Span]) -> tuple[NamedTime, ...]:
    """The times of all spans, cut at their edges."""
    edges = sorted({edge for span in (*certain, *perhaps) for edge in span})

    def within(start: int, end: int, spans: list[Span]) -> bool:
        return any(first <= start and end <= last for first, last in spans)

    return tuple(
        NamedTime(start_ms=start, end_ms=end, told=within(start, end, certain))
        for start, end in pairwise(edges)
        if within(start, end, [*certain, *perhaps])
    )


def folders_of_week(pattern: str, source: Source, week: Week, grace_hours: float) -> list[str]:
    """Folders below a source's URL that can hold the week's dump, oldest first.

    A pattern with `{monday}` names one folder; any other names those of each day, or hour, of
    receipt by the source's clock, including the days of the grace.
    """
    if not is_by_name(pattern):
        return [_expand(pattern, source, week, week.monday)]
    zone = source.zone(week.zone)
    slot_ms = (source.slot_minutes or 0) * _MINUTE_MS
    # Slots need not align with the week: one that began on the day before can reach into it.
    reaches_in = 0 < slot_ms < _DAY_MINUTES * _MINUTE_MS and week.start_ms % slot_ms != 0
    first = _local_day(week.start_ms - (slot_ms - 1 if reaches_in else 0), zone)
    last = _local_day(week.end_ms + round(grace_hours * 60 * _MINUTE_MS) - 1, zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    hours = range(24) if "{hour}" in pattern else (0,)
    return list(
        dict.fromkeys(_expand(pattern, source, week, day, hour) for day in days for hour in hours)
    )


def received_in_week(time: FileTime, week: Week, grace_hours: float) -> bool:
    """Whether a file belongs to the week's dump: from its Monday to the next, plus the grace."""
    return time.reaches_into(week.start_ms, week.end_ms + round(grace_hours * 60 * _MINUTE_MS))


def _local_day(instant_ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant_ms / 1000, tz=zone).date()


def _expand(pattern: str, source: Source, week: Week, day: date, hour: int = 0) -> str:
    return folder_of(pattern, source.feed.value, source.name, week, day, hour)


def folder_of(pattern: str, feed: str, source: str, week: Week, day: date, hour: int = 0) -> str:
    """A pattern of folders with its placeholders filled in."""
    values = {
        "feed": feed,
        "source": source,
        "monday": week.key,
        "year": f"{day:%Y}",
        "month": f"{day:%m}",
        "day": f"{day:%d}",
        "hour": f"{hour:02d}",
    }
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], pattern)


def utc_text(epoch_ms: int) -> str:
    """An instant for people: `2024-06-03 00:00 UTC`."""
    return f"{datetime.fromtimestamp(epoch_ms / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"
