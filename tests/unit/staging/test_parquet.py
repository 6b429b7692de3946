"""The output of our Parquet writer, read by three independent readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from longflow.staging.parquet import Column, FlatParquetWriter, Run, Texts

if TYPE_CHECKING:
    from longflow.staging.parquet import Values

NUMBERS = {
    "INTEGER": (pa.int32(), "i4"),
    "BIGINT": (pa.int64(), "i8"),
    "UTINYINT": (pa.uint8(), "u1"),
    "USMALLINT": (pa.uint16(), "u2"),
    "UINTEGER": (pa.uint32(), "u4"),
    "UBIGINT": (pa.uint64(), "u8"),
}
COLUMNS = [
    *(Column(type_.lower(), type_) for type_ in NUMBERS),
    Column("exporter", "VARCHAR"),
    Column("unreadable", "VARCHAR", nullable=True),
]
SCHEMA = pa.schema(
    [
        *(pa.field(name.lower(), kind, nullable=False) for name, (kind, _) in NUMBERS.items()),
        pa.field("exporter", pa.string(), nullable=False),
        pa.field("unreadable", pa.string()),
    ]
)


def write(path: Path, *groups: dict[str, Values]) -> None:
    with FlatParquetWriter(path, COLUMNS) as writer:
        for group in groups:
            exporter = group["exporter"]
            assert isinstance(exporter, Texts)
            writer.write(group, len(exporter.places))


def table_of(*groups: dict[str, Values]) -> pa.Table:
    """The same by pyarrow alone."""
    tables = []
    for group in groups:
        columns: dict[str, Any] = {}
        for name, values in group.items():
            if isinstance(values, Texts):
                columns[name] = [values.texts[place] for place in values.places]
            elif isinstance(values, Run):
                exporter = group["exporter"]
                assert isinstance(exporter, Texts)
                columns[name] = values.first + np.arange(len(exporter.places))
            else:
                columns[name] = values
        rows = len(columns["exporter"])
        tables.append(pa.table({**columns, "unreadable": pa.nulls(rows, pa.string())}, SCHEMA))
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def assert_read_by_all(path: Path, expected: pa.Table) -> None:
    read = pq.read_table(path)
    assert read.schema == SCHEMA
    assert read.equals(expected)
    frame = pl.from_arrow(expected)
    assert isinstance(frame, pl.DataFrame)
    assert pl.read_parquet(path).equals(frame)
    by_duckdb = duckdb.execute("SELECT * FROM read_parquet($1)", [str(path)]).pl()
    assert by_duckdb.schema == frame.schema
    assert by_duckdb.equals(frame)


@pytest.mark.parametrize("rows", [1, 2, 128, 129, 130, 257, 10_000])
def test_a_column_that_counts_on(tmp_path: Path, rows: int) -> None:
    """Of it the first number is written; blocks of its encoding hold 128 differences."""
    several: list[dict[str, Values]] = [
        {
            **{name.lower(): np.zeros(rows, dtype) for name, (_, dtype) in NUMBERS.items()},
            "bigint": Run(first),
            "exporter": Texts(np.zeros(rows, np.int32), ["a"]),
        }
        for first in (0, 2**40)
    ]
    write(tmp_path / "flows.parquet", *several)
    assert_read_by_all(tmp_path / "flows.parquet", table_of(*several))


@st.composite
def groups(draw: st.DrawFn) -> dict[str, Values]:
    rows = draw(st.integers(1, 40))
    result: dict[str, Values] = {}
    for name, (_, dtype) in NUMBERS.items():
        fill = draw(st.sampled_from([st.nothing(), None]))
        result[name.lower()] = draw(arrays.arrays(dtype, rows, fill=fill))
    texts = draw(st.lists(st.text(max_size=20), min_size=1, max_size=300))
    places = draw(arrays.arrays("i4", rows, elements=st.integers(0, len(texts) - 1)))
    result["exporter"] = Texts(places, texts)
    return result


@given(st.lists(groups(), max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_reader_reads_what_was_written(
    tmp_path: Path, written: list[dict[str, Values]]
) -> None:
    # DuckDB remembers the foot of a file by its name.
    path = tmp_path / f"{uuid4()}.parquet"
    write(path, *written)
    assert_read_by_all(path, table_of(*written))


@pytest.mark.parametrize("texts", [1, 2, 256, 257, 70_000])
def test_many_rows_of_as_many_texts(tmp_path: Path, texts: int) -> None:
    rows = 70_001
    rng = np.random.default_rng(7)
    group: dict[str, Values] = {
        name.lower(): rng.integers(0, 127, rows).astype(dtype)
        for name, (_, dtype) in NUMBERS.items()
    }
    names = [f"192.0.2.{number}" for number in range(texts)]
    group["exporter"] = Texts((np.arange(rows) % texts).astype(np.int32), names)
    path = tmp_path / "flows.parquet"
    write(path, group, group)
    assert_read_by_all(path, table_of(group, group))


def test_a_column_of_one_value_stores_it_once(tmp_path: Path) -> None:
    rows = 10_000
    group: dict[str, Values] = {
        name.lower(): np.full(rows, 7, dtype=dtype) for name, (_, dtype) in NUMBERS.items()
    }
    group["exporter"] = Texts(np.zeros(rows, dtype=np.int32), ["192.0.2.1"])
    path = tmp_path / "flows.parquet"
    write(path, group, {**group, "integer": np.full(rows, 8, dtype=np.int32)})

    described = pq.ParquetFile(path).metadata
    seen = [described.row_group(number).column(0).statistics for number in range(2)]
    assert [(one.min, one.max, one.null_count) for one in seen] == [(7, 7, 0), (8, 8, 0)]
    assert path.stat().st_size < 4000


def test_a_view_with_gaps_is_written_as_it_reads(tmp_path: Path) -> None:
    group: dict[str, Values] = {
        name.lower(): np.arange(200, dtype=dtype)[::2] for name, (_, dtype) in NUMBERS.items()
    }
    group["exporter"] = Texts(np.arange(200, dtype=np.int32)[::2] % 3, ["a", "b", "c"])
    path = tmp_path / "flows.parquet"
    write(path, group)
    assert_read_by_all(path, table_of(group))


def test_a_file_that_was_not_ended_has_no_foot(tmp_path: Path) -> None:
    path = tmp_path / "flows.parquet"
    with pytest.raises(ZeroDivisionError), FlatParquetWriter(path, COLUMNS):
        raise ZeroDivisionError
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(path)
