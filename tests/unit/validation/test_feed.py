"""Schemas, counts and quarantine of a staged feed: plain DuckDB, no Great Expectations."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
from longflow.validation.feed import (
    FileCount,
    WrongColumn,
    count_by_file,
    create_view,
    write_quarantine,
    wrong_columns,
)

from tests.unit.validation.tables import Row, small_contract, write_parquet

CONTRACT = small_contract()
ROWS: list[Row] = [
    {"file_index": 0, "position": 0, "a": None, "b": 1, "bytes": 10},
    {"file_index": 1, "position": 0, "a": None, "b": None, "bytes": None},
    {"file_index": 1, "position": 1, "a": 1, "b": None, "bytes": 7},
    {"file_index": 1, "position": 2, "a": 1, "b": 1, "bytes": 100},
]
VIOLATIONS = {"usage.a": '"a" IS NULL', "usage.b": '"b" IS NULL'}


def test_a_missing_column_and_a_wrong_type_are_named_with_their_file(tmp_path: Path) -> None:
    good = write_parquet(CONTRACT, ROWS, tmp_path / "good.parquet")
    bad = tmp_path / "bad.parquet"
    pl.read_parquet(good).drop("login").cast({"b": pl.String}).write_parquet(bad)
    with duckdb.connect() as connection:
        assert wrong_columns(connection, CONTRACT, [good, bad]) == [
            WrongColumn(bad, "b", "BIGINT", "VARCHAR"),
            WrongColumn(bad, "login", "VARCHAR", None),
        ]


def test_files_with_all_columns_are_right_whatever_else_they_hold(tmp_path: Path) -> None:
    good = write_parquet(CONTRACT, ROWS, tmp_path / "good.parquet")
    pl.read_parquet(good).with_columns(more=1).write_parquet(good)
    with duckdb.connect() as connection:
        assert wrong_columns(connection, CONTRACT, [good]) == []


def test_violations_are_counted_by_rule_and_file(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        create_view(connection, CONTRACT, [write_parquet(CONTRACT, ROWS, tmp_path / "f.parquet")])
        assert count_by_file(connection, CONTRACT, VIOLATIONS) == [
            FileCount("usage.a", file_index=0, rows=1, bytes=10, positions=(0,)),
            FileCount("usage.a", file_index=1, rows=1, bytes=0, positions=(0,)),
            FileCount("usage.b", file_index=1, rows=1, bytes=7, positions=(1,)),
        ]


def test_values_that_cannot_be_read_are_counted_by_column_with_their_first_places(
    tmp_path: Path,
) -> None:
    rows: list[Row] = [{"unreadable": "end_time", "position": place} for place in (9, 4, 7, 5)] + [
        {"unreadable": "line", "position": 3},
        {"position": 2},
    ]
    with duckdb.connect() as connection:
        create_view(connection, CONTRACT, [write_parquet(CONTRACT, rows, tmp_path / "f.parquet")])
        counts = count_by_file(connection, CONTRACT, {"usage.readable": "unreadable IS NOT NULL"})
    assert [(one.unreadable, one.rows, one.positions) for one in counts] == [
        ("end_time", 4, (4, 5, 7)),
        ("line", 1, (3,)),
    ]


def test_a_row_stands_in_quarantine_once_under_its_first_rule(tmp_path: Path) -> None:
    path = tmp_path / "quarantined" / "usage.parquet"
    with duckdb.connect() as connection:
        create_view(connection, CONTRACT, [write_parquet(CONTRACT, ROWS, tmp_path / "f.parquet")])
        assert write_quarantine(connection, CONTRACT, VIOLATIONS, path, {0, 1}) == (3, 17)
    written = pl.read_parquet(path)
    assert written.columns == [*CONTRACT.columns, "rule"]
    assert written.select("file_index", "position", "rule").rows() == [
        (0, 0, "usage.a"),
        (1, 0, "usage.a"),
        (1, 1, "usage.b"),
    ]


def test_bytes_beyond_64_bits_are_added_exactly(tmp_path: Path) -> None:
    largest = 2**63 - 1
    rows: list[Row] = [{"a": None, "bytes": largest}] * 3
    with duckdb.connect() as connection:
        create_view(connection, CONTRACT, [write_parquet(CONTRACT, rows, tmp_path / "f.parquet")])
        counts = count_by_file(connection, CONTRACT, {"usage.a": '"a" IS NULL'})
        written = write_quarantine(
            connection, CONTRACT, {"usage.a": '"a" IS NULL'}, tmp_path / "q.parquet", {0}
        )
    assert (counts[0].bytes, written) == (3 * largest, (3, 3 * largest))


def test_a_feed_without_files_is_an_empty_table() -> None:
    with duckdb.connect() as connection:
        create_view(connection, CONTRACT, [])
        described = connection.execute("DESCRIBE usage").fetchall()
        count = connection.execute("SELECT count(*) FROM usage").fetchone()
    assert {name: kind for name, kind, *_ in described} == {
        name: column.type for name, column in CONTRACT.columns.items()
    }
    assert count == (0,)


def test_a_path_with_quotes_and_brackets_is_read(tmp_path: Path) -> None:
    path = write_parquet(CONTRACT, ROWS, tmp_path / "it's [a] *folder*" / "f.parquet")
    with duckdb.connect() as connection:
        assert wrong_columns(connection, CONTRACT, [path]) == []
        create_view(connection, CONTRACT, [path])
        assert connection.execute("SELECT count(*) FROM usage").fetchone() == (4,)
