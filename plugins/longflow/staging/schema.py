"""The staged schema of a feed in Arrow's types, from its contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from longflow.contract import contract, types
from longflow.settings import Feed
from longflow.staging.parquet import Column


def arrow_schema(feed: Feed) -> pa.Schema:
    """Columns of a staged feed, in the order of its contract."""
    return arrow_schema_of("staged", feed)


@cache
def arrow_schema_of(step: str, table: str) -> pa.Schema:
    """Columns of a table, in the order of its contract."""
    return types.arrow_schema(contract(step, table))


def flat_columns(feed: Feed) -> list[Column]:
    """Columns of a feed staged from nfcapd files, where every value is known."""
    return [
        Column(name, column.type, nullable=name == "unreadable")
        for name, column in contract("staged", feed).columns.items()
    ]


def known_numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The numbers of a staged column, without missing ones.

    Not by pyarrow's `to_numpy`, which imports pandas: that takes half a second.
    """
    return pl.Series(column).drop_nulls().to_numpy()


# Texts of few distinct values, worth a dictionary. For numbers, looking each value up costs more
# than writing it down.
_FEW_TEXTS = {"exporter", "service", "access"}
# More rows than any piece has: one page for each column of a piece, without inspecting parts of it.
_ROWS_OF_A_PAGE = 1 << 20


@contextmanager
def parquet_writer(feed: Feed, path: Path) -> Iterator[pq.ParquetWriter]:
    """A Parquet file in the staged schema, written piece by piece.

    The file lives for hours, so it is made to be written and read fast, not to be small:
    compressing it would take as long as everything else. Statistics are kept for the number of
    the file only, by which the archive reads it in pieces.

    Args:
        feed: whose schema.
        path: where to; its folder is created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = arrow_schema(feed)
    with pq.ParquetWriter(
        path,
        schema,
        compression="none",
        use_dictionary=[name for name in schema.names if name in _FEW_TEXTS],
        write_statistics=["file_index"],
        write_batch_size=_ROWS_OF_A_PAGE,
        store_schema=False,
    ) as writer:
        yield writer
