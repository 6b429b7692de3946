"""Local times in the hour that clocks show twice when they go back, told apart by their order.

A time without offset in that hour is read as the earlier of two instants. Where a file is in order,
the one step back within the hour shows from where on the later is meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
# Records of a file that is in order come this late at most.
_LATE_MS = 30 * _MINUTE_MS
_OFFSET = r"(?:[Zz]|UTC|GMT|:\d{2}(?:\.\d+)?\s*[+-]\d{2}(?::?\d{2})?)\s*$"


class Repeat(NamedTuple):
    """A stretch of time that clocks showed again: its first pass, [start, end), epoch ms."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """By how much clocks went back."""
        return self.end_ms - self.start_ms


@dataclass
class RepeatedHours:
    """Local times of one file that can be two instants.

    Attributes:
        zone: of the file's clock.
        decided: how many the order of the file told apart.
        guessed: how many it did not; they are read as the earlier instant.
    """

    zone: ZoneInfo
    decided: int = 0
    guessed: int = 0
    # The last instant of a column in the piece before, and columns in which an hour has turned.
    _last: dict[str, int] = field(default_factory=dict)
    _turned: set[tuple[str, Repeat]] = field(default_factory=set)

    def resolved(
        self, column: str, instants: pl.Series, text: pl.Series, series: pl.Series | None
    ) -> pl.Series:
        """Instants, with those moved to the later one that belong there.

        Args:
            column: name of the column, whose pieces come in the order of the file.
            instants: epoch ms; of two, the earlier.
            text: as delivered.
            series: of each row the series that is in order by itself, such as an interface; None
                where the whole file is one.
        """
        is_local = None
        as_read = instants
        for repeat in _repeats_within(instants, self.zone):
            inside = instants.is_between(repeat.start_ms, repeat.end_ms, closed="left")
            inside = inside.fill_null(value=False)
            if not inside.any():
                continue
            if is_local is None:
                is_local = ~text.str.contains(_OFFSET).fill_null(value=True)
            inside &= is_local
            if inside.any():
                instants = self._told_apart(column, instants, inside, series, repeat)
        last = as_read.drop_nulls()
        if len(last):
            self._last[column] = last[-1]
        return instants

    def _told_apart(
        self,
        column: str,
        instants: pl.Series,
        inside: pl.Series,
        series: pl.Series | None,
        repeat: Repeat,
    ) -> pl.Series:
        of_file = series is None
        frame = pl.DataFrame(
            {
                "instant": instants,
                "inside": inside,
                "series": pl.Series([""] * len(instants)) if series is None else series,
            }
        ).with_row_index("row")
        frame = frame.filter(pl.col("instant").is_not_null()).with_columns(
            step=pl.col("instant").diff().over("series"),
            follows=pl.col("inside").shift(1).over("series").fill_null(value=False),
        )
        # A series has a time once, so that standing still is a step back as well.
        is_back = pl.col("step") < -_LATE_MS if of_file else pl.col("step") <= 0
        turns = is_back & pl.col("inside") & pl.col("follows")
        frame = frame.with_columns(turns=turns.fill_null(value=False)).with_columns(
            later=pl.col("turns").cast(pl.Int32).cum_sum().over("series") > 0,
            count=pl.col("turns").sum().over("series"),
        )
        if of_file and self._turns_before(column, frame, repeat):
            frame = frame.with_columns(later=pl.lit(value=True), count=pl.col("count") + 1)
        # A late record of the second pass may come after the hour, so order shows at the end only.
        moved_ms = (pl.col("inside") & pl.col("later")).cast(pl.Int64) * repeat.length_ms
        step = (pl.col("instant") + moved_ms).diff().over("series")
        is_disorder = (step < (-_LATE_MS if of_file else 0)).fill_null(value=False)
        frame = frame.with_columns(disorders=is_disorder.sum().over("series"))
        is_decided = (pl.col("count") == 1) & (pl.col("disorders") == 0)
        frame = frame.filter(pl.col("inside")).with_columns(decided=is_decided)
        told = int(frame["decided"].sum())
        self.decided += told
        self.guessed += frame.height - told
        moved = frame.filter(pl.col("decided") & pl.col("later"))
        if not moved.height:
            return instants
        if of_file:
            self._turned.add((column, repeat))
        return instants.scatter(moved["row"], moved["instant"] + repeat.length_ms)

    def _turns_before(self, column: str, frame: pl.DataFrame, repeat: Repeat) -> bool:
        """Whether the hour turned in an earlier piece of the file, or right before this one."""
        if (column, repeat) in self._turned:
            return True
        before_ms = self._last.get(column)
        if before_ms is None or not repeat.start_ms <= before_ms < repeat.end_ms:
            return False
        first = frame.row(0, named=True)
        return bool(first["inside"] and first["instant"] - before_ms < -_LATE_MS)


def _repeats_within(instants: pl.Series, zone: ZoneInfo) -> list[Repeat]:
    """The repeats of a zone that some instants touch."""
    first, last = instants.min(), instants.max()
    if not isinstance(first, int) or not isinstance(last, int):
        return []
    if (last - first) // _DAY_MS <= 7:
        days = list(range(first // _DAY_MS, last // _DAY_MS + 1))
    else:
        days = (instants // _DAY_MS).drop_nulls().unique().to_list()
    return sorted({one for day in days for one in _repeats_near(zone.key, day)})


@cache
def _repeats_near(zone_key: str, day: int) -> tuple[Repeat, ...]:
    """Repeats that begin, or end, on a day of UTC, counted from 1970."""
    zone = ZoneInfo(zone_key)
    try:
        start = datetime.fromtimestamp((day - 1) * 86_400, tz=UTC)
        edges = [_offset_ms(start + timedelta(days=n), zone) for n in range(4)]
    except (ValueError, OverflowError, OSError):
        return ()
    found = []
    for number in range(3):
        before, after = edges[number], edges[number + 1]
        if before > after:
            change = _change_ms(start + timedelta(days=number), zone, before)
            found.append(Repeat(change - (before - after), change))
    return tuple(found)


def _offset_ms(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds() * 1000)


def _change_ms(start: datetime, zone: ZoneInfo, before_ms: int) -> int:
    """The minute of the day after `start` at which the offset is no more what it was."""
    low, high = 0, 1_440
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_ms(start + timedelta(minutes=middle), zone) == before_ms:
            low = middle
        else:
            high = middle
    return round((start + timedelta(minutes=high)).timestamp() * 1000)
