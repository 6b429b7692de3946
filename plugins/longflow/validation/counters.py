"""Counters that decrease: no traffic is guessed across it, so that time counts as not covered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from longflow.records import Finding, LandedFile, Severity
from longflow.settings import Feed
from longflow.sqlfile import query

# Counters of 32 bits wrap here (RFC 2863, ifInOctets). One that wraps comes near it.
_BITS_32 = 2**32
# A router does not restart more often in a week; what does so is no restart.
_MOST_RESTARTS = 5
_LEAST_SHARE = 0.05


class _Series(NamedTuple):
    interface: str
    file_index: int
    resets: int
    start_ms: int
    end_ms: int
    readings: int
    largest: int


def findings(
    connection: duckdb.DuckDBPyConnection, files: Mapping[int, LandedFile]
) -> list[Finding]:
    """One finding for each interface of the view `counters` that decreases or jumps."""
    connection.execute(
        f"CREATE OR REPLACE TABLE counter_reset AS {query('judge', 'counter_reset')}"
    )
    rows = connection.execute(query("judge", "counter_series")).fetchall()
    return [_finding(_Series(*row), files) for row in rows]


def _finding(series: _Series, files: Mapping[int, LandedFile]) -> Finding:
    rule, severity, sentence = _cause(series)
    file = files.get(series.file_index)
    return Finding(
        rule=rule,
        severity=severity,
        feed=Feed.COUNTERS,
        source=file.source if file else None,
        file=file.name if file else None,
        sentence=sentence,
        count=series.resets,
        unit="resets",
        start_ms=series.start_ms,
        end_ms=series.end_ms,
    )


def _cause(series: _Series) -> tuple[str, Severity, str]:
    """Rule, severity and sentence of what most likely is the matter."""
    interface = series.interface
    is_often = series.resets > max(_MOST_RESTARTS, _LEAST_SHARE * series.readings)
    if is_often and _BITS_32 // 2 < series.largest < _BITS_32:
        return (
            "counters.bits_32",
            "critical",
            f"the counters of {interface} have 32 bits and begin again at 0 time after time, so "
            "how often they did is unknown; read ifHCInOctets and ifHCOutOctets",
        )
    if is_often:
        return (
            "counters.in_turns",
            "critical",
            f"the counters of {interface} go up and down in turns, as if several devices had an "
            "interface of this name; deliver the column device, or map it under columns",
        )
    return (
        "counters.reset",
        "warning",
        f"the counters of {interface} restarted, or jumped by more than any network carries, so "
        "the time between the two readings is not covered; check whether its router restarted",
    )
