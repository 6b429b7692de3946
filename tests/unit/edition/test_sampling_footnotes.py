"""Footnotes on sampling come from the archive's ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import polars as pl
from longflow.contract import contract
from longflow.edition import CompiledEdition
from longflow.edition.footnotes.sampling import floor_notes

from tests.unit.conftest import WEEKS, findings_of, insert, worded

Compile = Callable[[], CompiledEdition]


def ledger(connection: duckdb.DuckDBPyConnection, rows: list[tuple[int, str, int, int]]) -> None:
    """Entries of a year's analysis week: collector, interval, flows."""
    insert(
        connection,
        "sampling_day",
        pl.DataFrame(
            [
                {
                    "week": WEEKS[year],
                    "source": source,
                    "exporter": f"192.0.2.{number}",
                    "day": date(year, 6, 5),
                    "told_interval": interval,
                    "flows": flows,
                }
                for number, (year, source, interval, flows) in enumerate(rows)
            ]
        ),
    )


def findings(edition: CompiledEdition, table: str) -> list[str]:
    return [text for text in findings_of(edition, table) if "sampling" in text.lower()]


def test_one_interval_in_all_years_is_reported_once(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    ledger(memory_connection, [(year, "east", 4096, 100) for year in WEEKS])
    (text,) = findings(compile_memory(), "table-1")
    assert text.startswith("Sampling of broadband flows (from collector records): 1/4096. ")


def test_change_of_the_interval_is_a_footnote_of_its_own(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    ledger(
        memory_connection,
        [(2019, "east", 8192, 100), (2023, "east", 8192, 100), (2024, "east", 4096, 100)],
    )
    edition = compile_memory()
    intervals, change = findings(edition, "table-1")
    assert "2019 1/8192, 2023 1/8192, 2024 1/4096" in intervals
    assert "changed from 2023 to 2024 (1/8192 → 1/4096)" in change
    assert change in findings(edition, "growth")
    assert findings(edition, "table-4") == []


def test_few_flows_before_an_announcement_are_no_change(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    ledger(
        memory_connection,
        [(2023, "core", 1024, 1000), (2024, "core", 1024, 1000), (2024, "core", 512, 5)],
    )
    (text,) = findings(compile_memory(), "table-4-by-ip-version")
    assert "1/1024" in text


def test_new_collector_is_compared_with_all_of_the_year_before(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    ledger(
        memory_connection,
        [(2023, "gone", 1024, 100), (2023, "lost", 512, 100), (2024, "found", 512, 100)],
    )
    same = findings(compile_memory(), "table-3")
    assert len(same) == 1
    ledger(memory_connection, [(2024, "other", 256, 100)])
    change = findings(compile_memory(), "table-3")[-1]
    assert "from collectors no longer in the settings changed from 2023 to 2024" in change
    assert "(1/512 and 1/1024 → 1/256)" in change


def test_unsampled_flows_need_no_footnote(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    ledger(memory_connection, [(2023, "east", 1, 100), (2024, "east", 1, 100)])
    assert findings(compile_memory(), "table-1") == []


def test_floor_is_reported_in_numbers() -> None:
    names = list(contract("edition", "errors").columns)
    rows = [
        ("median_mb", "in", 100.0, 0.3, 15.0),
        ("mode_estimate_mb", "in", 100.0, 4.0, 15.0),
        ("median_mb", "out", 1000.0, -1.0, 0.0),
        ("mode_estimate_mb", "out", 1000.0, None, 0.0),
    ]
    errors = pl.DataFrame(
        [
            {
                **dict.fromkeys(names),
                "table_id": "table-1",
                "year": 2024,
                "column_name": column,
                "direction": direction,
                "value": value,
                "sampling_shift": shift,
                "few_packets_percent": few,
            }
            for column, direction, value, shift, few in rows
        ]
    )
    (note,) = floor_notes(errors)
    assert "2024 15 / 0 % of all, medians +0.3 / \N{MINUS SIGN}0.1 %, modes +4.0 / – %." in worded(
        note
    )
    assert floor_notes(errors.with_columns(few_packets_percent=None)) == []
