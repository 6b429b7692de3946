"""Axes: which values they show, where these lie, and how their ticks are labelled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from longflow.contract.chart import Axis
from longflow.texts import Wording

_DAYS = tuple(24.0 * day for day in range(7))
# Petabytes: the largest unit of amounts, as a power of a thousand bytes.
_MOST_POWER = 5


@dataclass(frozen=True)
class Scale:
    """A numeric axis.

    Attributes:
        low: its lower end, in the numbers of `number_of`.
        high: its upper end.
        log: whether it is logarithmic.
        ticks: the numbers with a tick.
        labels: the text of each tick.
        between: whether labels stand between their tick and the next one, as those of days.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    log: bool = False
    between: bool = False

    def at(self, number: float) -> float:
        """Where a number lies: 0 at the lower end, 1 at the upper end."""
        if self.log:
            return math.log(number / self.low) / math.log(self.high / self.low)
        return (number - self.low) / (self.high - self.low)


def number_of(axis: Axis, value: Any) -> float | None:  # noqa: ANN401 - of any column
    """A value of the table as a number on its axis; None for none, or for one without a place.

    Months are counted from the year 0, and lie in their middle, as do hours. `bytes` become their
    decimal logarithms.
    """
    if value is None or (axis.kind in {"bytes", "log"} and value <= 0):
        return None
    match axis.kind:
        case "months":
            day = value if isinstance(value, date) else date.fromisoformat(f"{value}-01")
            return day.year * 12 + day.month - 0.5
        case "hours" | "week_hours":
            return float(value) + 0.5
        case "bytes":
            return math.log10(value)
        case "names":
            # They stand in the order of the rows.
            return 0.0
        case _:
            return float(value)


def scale_of(
    axis: Axis, words: Wording, numbers: Iterable[float], ends: Iterable[float] = ()
) -> Scale:
    """The axis for some numbers of `number_of`.

    Args:
        axis: its contract.
        words: of its labels.
        numbers: all that it must show.
        ends: ends of intervals, which it shows as well where they do not stretch it too far.
    """
    shown = [*numbers]
    match axis.kind:
        case "years" | "months":
            return _of_years(shown) if axis.kind == "years" else _of_months(shown)
        case "hours":
            ticks = (0, 6, 12, 18, 24)
            return Scale(0, 24, ticks, tuple(str(hour) for hour in ticks))
        case "week_hours":
            return Scale(0, 168, _DAYS, _day_names(words), between=True)
        case "log10_bytes" | "bytes":
            return _of_bytes(axis, words, shown)
        case "log":
            return _logarithmic(axis, words, [*shown, *(end for end in ends if end > 0)])
        case _:
            return _linear(axis, words, [*shown, *ends])


def _day_names(words: Wording) -> tuple[str, ...]:
    return tuple(words.text("drawing.weekday", it=day) for day in range(7))


def _of_years(shown: list[float]) -> Scale:
    first, last = int(min(shown, default=0)), int(max(shown, default=1))
    years = tuple(range(first, last + 1))
    return Scale(first - 0.25, last + 0.25, years, tuple(map(str, years)))


def _of_months(shown: list[float]) -> Scale:
    first, last = math.floor(min(shown, default=0)), math.ceil(max(shown, default=12))
    starts = [month for month in range(first, last + 1) if month % 12 == 0]
    step = 1 if len(starts) < 12 else 2
    ticks = tuple(float(month) for month in starts[::step])
    return Scale(first, last, ticks, tuple(str(int(month // 12)) for month in ticks))


def _of_bytes(axis: Axis, words: Wording, shown: list[float]) -> Scale:
    low = math.floor(min(shown, default=4)) if axis.least is None else axis.least
    high = math.ceil(max(shown, default=11)) if axis.most is None else axis.most
    if high <= low:
        high = low + 1
    ticks = tuple(float(power) for power in range(math.ceil(low), math.floor(high) + 1))
    return Scale(low, high, ticks, tuple(bytes_text(words, 10.0**tick) for tick in ticks))


def bytes_text(words: Wording, number: float) -> str:
    """An amount of bytes, with three digits at most: `10 KB`."""
    power = 0
    while number >= 999.5 and power < _MOST_POWER:
        number, power = number / 1000, power + 1
    return words.text("drawing.bytes", amount=float(f"{number:.3g}"), power=power)


def _linear(axis: Axis, words: Wording, shown: list[float]) -> Scale:
    low = min([*shown, *([0.0] if axis.zero else [])], default=0.0)
    high = max([*shown, *([0.0] if axis.zero else [])], default=1.0)
    if high <= low:
        high = low + (abs(low) or 1.0)
    step = _step((high - low) / 4)
    low = math.floor(low / step + 1e-9) * step if axis.least is None else axis.least
    high = math.ceil(high / step - 1e-9) * step if axis.most is None else axis.most
    first = math.ceil(low / step - 1e-9)
    ticks = tuple(round(n * step, 12) for n in range(first, math.floor(high / step + 1e-9) + 1))
    return Scale(
        low, high, ticks, tuple(words.numbers.number(tick, _decimals(step)) for tick in ticks)
    )


def _step(about: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(about))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= about * 0.999)


def _decimals(step: float) -> int:
    """How many decimals ticks of this distance need."""
    return next((d for d in range(10) if abs(round(step, d) - step) < step * 1e-6), 10)


def _logarithmic(axis: Axis, words: Wording, shown: list[float]) -> Scale:
    low = min(shown, default=1.0) if axis.least is None else axis.least
    high = max(shown, default=10.0) if axis.most is None else axis.most
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    # Less than two decades are labelled at 1, 2 and 5.
    factors = (1, 2, 5) if high / low < 100 else (1,)
    every = sorted(factor * 10.0**power for power in powers for factor in factors)
    below = [tick for tick in every if tick <= low * (1 + 1e-9)]
    above = [tick for tick in every if tick >= high * (1 - 1e-9)]
    low = below[-1] if axis.least is None and below else low
    high = above[0] if axis.most is None and above else high
    if high <= low:
        high = low * 10
    ticks = tuple(tick for tick in every if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9))
    return Scale(low, high, ticks, tuple(map(words.numbers.number, ticks)), log=True)


def event_number(axis: Axis, day: date, weeks: Mapping[int, date]) -> float | None:
    """Where a day lies on an axis over time; None if it lies outside, or the axis is of no time.

    Between two analysis weeks a day lies between their years, by the number of days.
    """
    if axis.kind == "months":
        following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        days = (following - date(day.year, day.month, 1)).days
        return day.year * 12 + day.month - 1 + (day.day - 1) / days
    if axis.kind == "years":
        known = sorted(weeks.items())
        for (earlier, start), (later, end) in pairwise(known):
            if start <= day <= end:
                return earlier + (later - earlier) * (day - start).days / (end - start).days
    return None
