"""The analysis week: seven days from a Monday 00:00 in the provider's time zone.

Source: docs/method.md#what-is-measured.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from longflow.errors import WrongUsageError
from longflow.spans import Span, without

# Weeks of other years are typing errors; remote dates do not fit into timestamps.
FIRST_YEAR = 1990
LAST_YEAR = 2999


def not_a_monday(day: date) -> tuple[str, str] | None:
    """Why a day does not name a week, and the remedy; None if it does."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return f"{day} lies outside the years {FIRST_YEAR} to {LAST_YEAR}", "correct the year"
    if day.weekday() != 0:
        nearest = day - timedelta(days=day.weekday())
        return (
            f"{day} is a {day:%A}; a week is named by its Monday",
            f"did you mean {nearest}?",
        )
    return None


def mondays_of_month(first_day: date) -> list[date]:
    """Mondays of the weeks that touch a calendar month."""
    monday = first_day - timedelta(days=first_day.weekday())
    found = []
    while (monday.year, monday.month) <= (first_day.year, first_day.month):
        found.append(monday)
        monday += timedelta(days=7)
    return found


def now() -> datetime:
    """The present moment, in UTC: the one clock that decides whether a week has ended."""
    return datetime.now(UTC)


def local_midnight_ms(day: date, zone: ZoneInfo) -> int:
    """Epoch milliseconds of 00:00 of a day in a zone."""
    return round(datetime.combine(day, time(), tzinfo=zone).timestamp() * 1000)


@dataclass(frozen=True, order=True)
class Week:
    """One analysis week; its key is the date of its Monday."""

    monday: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if problem := not_a_monday(self.monday):
            what, remedy = problem
            raise WrongUsageError(what, remedy=remedy)

    @classmethod
    def parse(cls, text: str | date, zone: ZoneInfo) -> Week:
        """The week named by a user or a partition key.

        Raises:
            WrongUsageError: the text is not a date, or the date is not a Monday.
        """
        if isinstance(text, date):
            return cls(text, zone)
        try:
            monday = date.fromisoformat(text.strip())
        except ValueError:
            monday = None
        # Other ISO forms (2024-W23, 20240603) are refused: a week has one name.
        if monday is None or monday.isoformat() != text.strip():
            raise WrongUsageError(
                f"'{text}' is not a date", remedy="write the week's Monday as YYYY-MM-DD"
            )
        return cls(monday, zone)

    @property
    def key(self) -> str:
        """The Monday, `YYYY-MM-DD`."""
        return self.monday.isoformat()

    @property
    def start_ms(self) -> int:
        """First instant of the week, epoch milliseconds."""
        return local_midnight_ms(self.monday, self.zone)

    @property
    def end_ms(self) -> int:
        """First instant after the week, epoch milliseconds."""
        return local_midnight_ms(self.monday + timedelta(days=7), self.zone)

    @property
    def has_ended(self) -> bool:
        """Whether the whole week lies in the past; its grace may still run."""
        return self.end_ms <= now().timestamp() * 1000

    @property
    def days(self) -> tuple[date, ...]:
        """The seven local days."""
        return tuple(self.monday + timedelta(days=n) for n in range(7))

    def day_edges_ms(self) -> list[int]:
        """The eight edges of the seven local days, epoch milliseconds."""
        return [local_midnight_ms(self.monday + timedelta(days=n), self.zone) for n in range(8)]

    def hour_edges_ms(self) -> list[int]:
        """Edges of the hours of the week, epoch milliseconds: 167 to 169 hours, usually 168.

        Hours are counted from local midnight of each day, so that they stay hours of local time in
        zones whose offset is not a whole number of hours.
        """
        edges = self.day_edges_ms()
        hours = [
            hour
            for first, last in itertools.pairwise(edges)
            for hour in range(first, last, 3_600_000)
        ]
        return [*hours, edges[-1]]

    def slots(self, slot_minutes: int) -> list[int]:
        """Starts of the slots of the week, epoch milliseconds, for files of `slot_minutes`.

        Slots of up to a day start at local midnight of each day; a slot of a whole week is one.
        """
        if slot_minutes >= 7 * 1440:
            return [self.start_ms]
        edges = self.day_edges_ms()
        if slot_minutes >= 1440:
            return edges[:-1]
        step = slot_minutes * 60_000
        return [
            slot for first, last in itertools.pairwise(edges) for slot in range(first, last, step)
        ]

    def missing_slots(self, delivered: Iterable[Span], slot_minutes: int) -> list[Span]:
        """The slots of the week that are not delivered, epoch milliseconds.

        A gap that begins and ends with slots of the week consists of these. Collectors with other
        slot boundaries, such as by UTC, have slots of their own to miss.

        Args:
            delivered: the time for which something was delivered.
            slot_minutes: length of a slot.
        """
        edges = [*self.slots(slot_minutes), self.end_ms]
        missing: list[Span] = []
        for start, end in without([(self.start_ms, self.end_ms)], delivered):
            if start in edges and end in edges:
                inside = edges[edges.index(start) : edges.index(end) + 1]
            else:
                step = slot_minutes * 60_000
                inside = [*range(start, end, step), end]
                if len(inside) > 2 and inside[-1] - inside[-2] < step / 2:
                    del inside[-2]
            missing += itertools.pairwise(inside)
        return missing

    def __str__(self) -> str:
        """The key."""
        return self.key


def weeks_between(first: Week, last: Week) -> Iterator[Week]:
    """Every week from `first` to `last`, both included.

    Raises:
        WrongUsageError: `last` lies before `first`.
    """
    if last.monday < first.monday:
        raise WrongUsageError(
            f"the last week {last} is before the first {first}", remedy="swap the two"
        )
    monday = first.monday
    while monday <= last.monday:
        yield Week(monday, first.zone)
        monday += timedelta(days=7)
