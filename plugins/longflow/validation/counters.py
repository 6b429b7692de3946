"""Counters that decrease: nothing is guessed across a reset, so its time is not covered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import duckdb

from longflow.records import Finding, LandedFile, Severity
from longflow.settings import Feed
from longflow.sqlfile import query

# Counters of 32 bits wrap here (RFC 2863, ifInOctets). One that wraps comes near it.
_BITS_32 = 2**32
# No router restarts more often in a week: more decreases have another cause.
_MOST_RESTARTS = 5
_LEAST_SHARE = 0.05


class _Series(NamedTuple):
    interface: str
    file_index: int
    resets: int
    reset_start_ms: int | None
    reset_end_ms: int | None
    wraps: int
    wrap_start_ms: int | None
    wrap_end_ms: int | None
    readings: int
    largest: int


def findings(
    connection: duckdb.DuckDBPyConnection, files: Mapping[int, LandedFile]
) -> list[Finding]:
    """What is found about each interface of the view `counters` that decreases or jumps."""
    connection.execute(f"CREATE OR REPLACE TABLE counter_pair AS {query('week', 'counter_pair')}")
    rows = connection.execute(query("judge", "counter_series")).fetchall()
    return [finding for row in rows for finding in _findings(_Series(*row), files)]


def _findings(series: _Series, files: Mapping[int, LandedFile]) -> Iterator[Finding]:
    file = files.get(series.file_index)
    source, name = (file.source, file.name) if file else (None, None)
    if series.resets:
        rule, severity, sentence = _cause(series)
        yield Finding(
            rule=rule,
            severity=severity,
            feed=Feed.COUNTERS,
            source=source,
            file=name,
            sentence=sentence,
            count=series.resets,
            unit="resets",
            start_ms=series.reset_start_ms,
            end_ms=series.reset_end_ms,
        )
    if series.wraps:
        yield Finding(
            rule="counters.wrapped",
            severity="info",
            feed=Feed.COUNTERS,
            source=source,
            file=name,
            sentence=f"the counters of {series.interface} have 32 bits and wrapped, at most once "
            "between two readings, so the wraps were corrected; read the 64-bit counters "
            "ifHCInOctets and ifHCOutOctets, which do not wrap",
            count=series.wraps,
            unit="wraps",
            start_ms=series.wrap_start_ms,
            end_ms=series.wrap_end_ms,
        )


def _cause(series: _Series) -> tuple[str, Severity, str]:
    """Rule, severity and sentence of what most likely is the matter."""
    interface = series.interface
    is_often = series.resets > max(_MOST_RESTARTS, _LEAST_SHARE * series.readings)
    if is_often and _BITS_32 // 2 < series.largest < _BITS_32:
        return (
            "counters.bits_32",
            "critical",
            f"the counters of {interface} have 32 bits and wrap so fast that the number of wraps "
            "is unknown; read the 64-bit counters ifHCInOctets and ifHCOutOctets",
        )
    if is_often:
        return (
            "counters.in_turns",
            "critical",
            f"the counters of {interface} jump back and forth, as if several devices had an "
            "interface of this name; deliver the column device, or map it under columns",
        )
    return (
        "counters.reset",
        "warning",
        f"the counters of {interface} restarted, or jumped by more than any network carries, so "
        "the time between the two readings is not covered; check whether its router restarted",
    )
