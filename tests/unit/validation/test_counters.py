"""Counters that decrease: a restart, 32 bits, or several devices under one name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import duckdb
import pytest
from longflow.database import create_functions
from longflow.validation import counters

MINUTES = 5 * 60_000


def found(readings: Sequence[tuple[int, int]]) -> list[tuple[str, str, int]]:
    """Rule, severity and count of what is found in readings (milliseconds, octets)."""
    with duckdb.connect() as connection:
        create_functions(connection)
        connection.execute(
            "CREATE TABLE counters (file_index INTEGER, position BIGINT, interface VARCHAR, "
            "service VARCHAR, access VARCHAR, time_ms BIGINT, in_octets UBIGINT, "
            "out_octets UBIGINT)"
        )
        connection.executemany(
            "INSERT INTO counters VALUES (0, ?, 'ge-0', 'mobile', '', ?, ?, 0)",
            [[place, *reading] for place, reading in enumerate(readings)],
        )
        return [(f.rule, f.severity, f.count) for f in counters.findings(connection, {})]


def test_counters_that_rise_have_no_finding() -> None:
    assert found([(n * MINUTES, n * 1000) for n in range(20)]) == []


def test_a_restart_is_one() -> None:
    readings = [(n * MINUTES, n % 10 * 1000) for n in range(20)]
    assert found(readings) == [("counters.reset", "warning", 1)]


@pytest.mark.parametrize("step", [10_000_000, 750_000_000, 2_000_000_000])
def test_32_bits_that_wrap_at_most_once_are_followed(step: int) -> None:
    readings = [(n * MINUTES, n * step % 2**32) for n in range(500)]
    wraps = sum(b < a for (_, a), (_, b) in pairwise(readings))
    assert found(readings) == [("counters.wrapped", "info", wraps)]


@pytest.mark.parametrize("step", [2_200_000_000, 3_000_000_000, 11_000_000_000])
def test_32_bits_too_fast_to_follow_refuse_the_week(step: int) -> None:
    readings = [(n * MINUTES, n * step % 2**32) for n in range(100)]
    ((rule, severity, resets),) = found(readings)
    assert (rule, severity) == ("counters.bits_32", "critical")
    assert resets == sum(b < a for (_, a), (_, b) in pairwise(readings))


def test_two_devices_with_one_name_refuse_the_week() -> None:
    readings = [
        (n * MINUTES + late, base + n * 1000)
        for n in range(50)
        for late, base in ((0, 10**12), (7_000, 5 * 10**12))
    ]
    ((rule, severity, _),) = found(readings)
    assert (rule, severity) == ("counters.in_turns", "critical")
