"""Intervals of time, [start, end) in epoch milliseconds: delivered or missing parts of a week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

# Start and end, in epoch milliseconds; the end does not belong to it.
Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in spans that neither touch nor overlap, the earliest first."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The parts of some spans that lie in no other span, merged."""
    rest = merged(spans)
    for start, end in merged(taken):
        rest = [
            part
            for first, last in rest
            for part in ((first, min(last, start)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return rest


def common(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The time common to some spans and some others, merged."""
    whole = merged(one)
    return without(whole, without(whole, other))


def length_ms(spans: Iterable[Span]) -> int:
    """Milliseconds that some spans cover together."""
    return sum(end - start for start, end in merged(spans))


def minute(instant_ms: int, zone: ZoneInfo) -> str:
    """An instant for people, to the minute, by the clock of a zone."""
    return f"{datetime.fromtimestamp(instant_ms / 1000, tz=zone):%Y-%m-%d %H:%M}"
