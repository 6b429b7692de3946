"""Names of delivered files: which folders hold a week, which slot a name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

from longflow.settings import Source
from longflow.week import Week

_TIMES = {"{time}": (r"(?P<slot>\d{12})", "%Y%m%d%H%M"), "{date}": (r"(?P<slot>\d{8})", "%Y%m%d")}


@dataclass(frozen=True)
class FileName:
    """The pattern of a source's file names, and the slot that a name tells."""

    pattern: str
    zone: ZoneInfo

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        text = re.escape(self.pattern)
        for placeholder, (expression, _) in _TIMES.items():
            text = text.replace(re.escape(placeholder), expression)
        return re.compile(text.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))

    @property
    def tells_slot(self) -> bool:
        """Whether names of this pattern carry a time."""
        return any(placeholder in self.pattern for placeholder in _TIMES)

    def matches(self, name: str) -> bool:
        """Whether a file of this name belongs to the source."""
        return self._expression.fullmatch(name) is not None

    def slot_ms(self, name: str) -> int | None:
        """Start of the slot that a matching name tells, epoch milliseconds.

        None when it tells none: no placeholder, or digits that are no date (month 13).
        """
        match = self._expression.fullmatch(name)
        if match is None or not self.tells_slot:
            return None
        layout = next(text for key, (_, text) in _TIMES.items() if key in self.pattern)
        try:
            # The zone is that of the collector's clock, attached here and nowhere else.
            local = datetime.strptime(match["slot"], layout).replace(tzinfo=self.zone)
        except ValueError:
            return None
        return round(local.timestamp() * 1000)


def folders_of_week(pattern: str, source: Source, week: Week, grace_hours: float) -> list[str]:
    """Folders below a source's URL that can hold the week's dump, oldest first.

    A pattern with `{monday}` names one folder; one with `{year}`, `{month}`, `{day}` names a
    folder for each day of receipt, the days of the grace included.
    """
    if "{day}" not in pattern:
        return [_expand(pattern, source, week, week.monday)]
    count = 7 + ceil(grace_hours / 24)
    days = [week.monday + timedelta(days=n) for n in range(count)]
    return list(dict.fromkeys(_expand(pattern, source, week, day) for day in days))


def received_in_week(slot_ms: int, week: Week, grace_hours: float) -> bool:
    """Whether a slot belongs to the week's dump: from its Monday to the next, plus the grace."""
    return week.start_ms <= slot_ms < week.end_ms + grace_hours * 3_600_000


def _expand(pattern: str, source: Source, week: Week, day: date) -> str:
    return pattern.format(
        feed=source.feed.value,
        source=source.name,
        monday=week.key,
        year=f"{day:%Y}",
        month=f"{day:%m}",
        day=f"{day:%d}",
    )


def utc_text(epoch_ms: int) -> str:
    """An instant for people: `2024-06-03 00:00 UTC`."""
    return f"{datetime.fromtimestamp(epoch_ms / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"
