"""The edges of a week in the provider's time zone, as epoch milliseconds."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from longflow.simulator.provider import Provider

Integers: TypeAlias = npt.NDArray[np.int64]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BIN_MS = 5 * MINUTE_MS
"""Counters are read every five minutes; all bytes are first spread over these bins."""


@dataclasses.dataclass(frozen=True)
class WeekClock:
    """One analysis week of a provider: 168 hours, or 167 or 169 where clocks change.

    Days are numbered from the day before the week: 0 is the Sunday before, 1 its Monday,
    7 its Sunday, 8 the Monday after.
    """

    monday: date
    zone: ZoneInfo
    slot_minutes: int
    grace_hours: int

    @staticmethod
    def of(provider: Provider, monday: date) -> WeekClock:
        """The clock of one week of `provider`."""
        return WeekClock(
            monday, ZoneInfo(provider.time_zone), provider.slot_minutes, provider.grace_hours
        )

    @cached_property
    def day_edges_ms(self) -> Integers:
        """Local midnights, shape (10,): from the Sunday before to the Tuesday after."""
        days = [self.monday + timedelta(days=k) for k in range(-1, 9)]
        return np.array(
            [
                int(datetime(d.year, d.month, d.day, tzinfo=self.zone).timestamp()) * 1000
                for d in days
            ],
            dtype=np.int64,
        )

    @property
    def start_ms(self) -> int:
        """Monday 00:00."""
        return int(self.day_edges_ms[1])

    @property
    def end_ms(self) -> int:
        """The next Monday 00:00."""
        return int(self.day_edges_ms[8])

    @property
    def drawn_ms(self) -> int:
        """When the week's dumps are drawn: its end plus the grace."""
        return self.end_ms + self.grace_hours * HOUR_MS

    @cached_property
    def bin_edges_ms(self) -> Integers:
        """Five-minute edges of the week, both ends included."""
        return np.arange(self.start_ms, self.end_ms + BIN_MS, BIN_MS, dtype=np.int64)

    @cached_property
    def bin_hour(self) -> Integers:
        """The hour of the week, from 0, of each five-minute bin."""
        return (self.bin_edges_ms[:-1] - self.start_ms) // HOUR_MS

    @cached_property
    def bin_day(self) -> Integers:
        """The day (1 to 7) of each five-minute bin."""
        return np.searchsorted(self.day_edges_ms, self.bin_edges_ms[:-1], side="right") - 1

    @cached_property
    def hours_ms(self) -> Integers:
        """Starts of the hours in which traffic is drawn: one before the week to the grace's end.

        One hour more than the grace, so that the last collected file is as full as the others.
        """
        return np.arange(self.start_ms - HOUR_MS, self.drawn_ms + HOUR_MS, HOUR_MS, dtype=np.int64)

    @cached_property
    def hour_day(self) -> Integers:
        """The day (0 to 8, 9 for a grace over a day) of each hour of `hours_ms`."""
        return np.searchsorted(self.day_edges_ms, self.hours_ms, side="right") - 1

    @cached_property
    def hour_of_day(self) -> Integers:
        """The local hour, 0 to 23, of each hour of `hours_ms`."""
        return np.array([self.local(int(ms)).hour for ms in self.hours_ms], dtype=np.int64)

    def local(self, epoch_ms: int) -> datetime:
        """The provider's local time of an instant."""
        return datetime.fromtimestamp(epoch_ms / 1000, tz=UTC).astimezone(self.zone)

    def date_of_day(self, day: int) -> date:
        """The date of a numbered day (0 is the Sunday before the week)."""
        return self.monday + timedelta(days=day - 1)

    def slots(self) -> tuple[Integers, list[str]]:
        """The slots of the flow collectors, from Monday 00:00 to the end of the grace.

        Returns:
            Edges in epoch milliseconds, shape (slots + 1,), and the local time of each slot as
            nfcapd writes it into the file's name, `YYYYMMDDhhmm`. Where clocks are set back,
            two slots have the same name; nfcapd appends the later to the file of the earlier.
        """
        width = self.slot_minutes * MINUTE_MS
        edges = np.arange(self.start_ms, self.drawn_ms + width, width, dtype=np.int64)
        names = [f"{self.local(int(ms)):%Y%m%d%H%M}" for ms in edges[:-1]]
        return edges, names
