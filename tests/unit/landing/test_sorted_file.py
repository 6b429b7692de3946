"""Rows of a database as a file: staging reads the same texts, in whatever order they came."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from longflow.landing.databases.session import Column
from longflow.landing.databases.sorted_file import write_sorted
from longflow.settings import Settings, Source
from longflow.staging.tabular import LineCount, delivered

TEXTS = st.one_of(st.none(), st.text("ab0\"',#-+(\\ |é東", min_size=1, max_size=6))
ROWS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=40)
SOURCE = Source.model_validate({"name": "radius", "feed": "assignments", "format": "csv"})
# Of the columns that a delivery must have.
NAMES = ("acctuniqueid", "username")
MUST = ("nasipaddress", "acctstarttime", "acctstoptime", "framedipaddress")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    file = tmp_path_factory.mktemp("site") / "longflow.toml"
    file.write_text('sources = []\n[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n')
    return Settings.load(file)


def write(settings: Settings, rows: list[tuple[str | None, ...]], path: Path) -> str:
    columns = [Column(name, is_whole=False) for name in (*NAMES, *MUST)]
    arrays = [pa.array(one, pa.string()) for one in zip(*rows, strict=True)]
    arrays += [pa.array(["1"] * len(rows)) for _ in MUST]
    batch = pa.record_batch(arrays, names=[f"c{number}" for number in range(len(columns))])
    reader = pa.RecordBatchReader.from_batches(batch.schema, [batch])
    return write_sorted(settings, reader, columns, path)[1]


# Each example opens DuckDB twice.
@limits(max_examples=10)
@given(rows=ROWS)
def test_staging_reads_what_was_written(
    settings: Settings, rows: list[tuple[str | None, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "radius.csv"
        digest = write(settings, rows, path)
        assert write(settings, rows[::-1], path) == digest
        read = pl.concat(delivered(path, SOURCE, LineCount())).select(NAMES)
    expected = sorted(
        rows, key=lambda row: [(one is not None, (one or "").encode()) for one in row]
    )
    assert read.rows() == expected


def test_whole_numbers_are_sorted_as_numbers(settings: Settings, tmp_path: Path) -> None:
    batch = pa.record_batch([pa.array(["10", None, "9", "-1"])], names=["c0"])
    reader = pa.RecordBatchReader.from_batches(batch.schema, [batch])
    file = tmp_path / "rows.csv"
    write_sorted(settings, reader, [Column("radacctid", is_whole=True)], file)
    assert file.read_text() == 'radacctid\n\n"-1"\n9\n10\n'
