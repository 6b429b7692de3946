"""Small batches of flows become one row group; large ones keep theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from longflow.staging import small_groups
from longflow.staging.parquet import Column, FlatParquetWriter, Run, Texts, Values
from longflow.staging.small_groups import GatheringWriter

COLUMNS = [
    Column("position", "BIGINT"),
    Column("bytes", "UBIGINT"),
    Column("exporter", "VARCHAR"),
]


def batch(first: int, exporters: list[str]) -> tuple[dict[str, Values], int]:
    """Rows of as many exporters, with bytes that are their positions."""
    rows = len(exporters)
    values: dict[str, Values] = {
        "position": Run(first),
        "bytes": np.arange(first, first + rows, dtype=np.uint64),
        "exporter": Texts(np.arange(rows, dtype=np.int32), exporters),
    }
    return values, rows


def write(path: Path, *batches: tuple[dict[str, Values], int]) -> None:
    with FlatParquetWriter(path, COLUMNS) as file:
        writer = GatheringWriter(file)
        for values, rows in batches:
            writer.write(values, rows)
        writer.flush()


def test_small_batches_are_one_row_group_with_all_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "flows.parquet"
    write(path, batch(0, ["a", "b"]), batch(7, ["b", "c", "a"]), batch(100, ["c"]))
    assert pq.ParquetFile(path).num_row_groups == 1
    assert pl.read_parquet(path).rows() == [
        *((0, 0, "a"), (1, 1, "b")),
        *((7, 7, "b"), (8, 8, "c"), (9, 9, "a")),
        (100, 100, "c"),
    ]


def test_memory_of_a_batch_may_be_overwritten_by_the_next(tmp_path: Path) -> None:
    values, rows = batch(0, ["a", "b"])
    with FlatParquetWriter(tmp_path / "flows.parquet", COLUMNS) as file:
        writer = GatheringWriter(file)
        writer.write(values, rows)
        for column in (values["bytes"], values["exporter"]):
            memory = column.places if isinstance(column, Texts) else column
            assert isinstance(memory, np.ndarray)
            memory[:] = 1
        writer.write(*batch(5, ["c"]))
        writer.flush()
    assert pl.read_parquet(tmp_path / "flows.parquet")["bytes"].to_list() == [0, 1, 5]
    assert pl.read_parquet(tmp_path / "flows.parquet")["exporter"].to_list() == ["a", "b", "c"]


def test_a_large_batch_does_not_wait_and_many_small_ones_do_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_groups, "LARGE_ROWS", 3)
    monkeypatch.setattr(small_groups, "GATHERED_ROWS", 4)
    path = tmp_path / "flows.parquet"
    small, large = ["a", "b"], ["a", "b", "c"]
    write(path, batch(0, small), batch(10, large), batch(20, small), batch(30, small))
    file = pq.ParquetFile(path)
    groups = [file.read_row_group(g)["bytes"].to_pylist() for g in range(file.num_row_groups)]
    assert groups == [[10, 11, 12], [0, 1, 20, 21], [30, 31]]


def test_no_rows_are_no_row_group(tmp_path: Path) -> None:
    path = tmp_path / "flows.parquet"
    write(path, ({"position": Run(0)}, 0))
    assert pq.ParquetFile(path).num_row_groups == 0
