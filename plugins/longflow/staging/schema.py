"""The staged schema of a feed in Arrow's types, from its contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from longflow.contract import contract
from longflow.settings import Feed

_ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "UBIGINT": pa.uint64(),
    "UINTEGER": pa.uint32(),
    "USMALLINT": pa.uint16(),
    "UTINYINT": pa.uint8(),
    "VARCHAR": pa.string(),
}


def arrow_schema(feed: Feed) -> pa.Schema:
    """Columns of a staged feed, in the order of its contract."""
    return arrow_schema_of("staged", feed)


@cache
def arrow_schema_of(step: str, table: str) -> pa.Schema:
    """Columns of a table, in the order of its contract."""
    return pa.schema(
        [
            pa.field(name, _ARROW[column.type], nullable=column.nullable)
            for name, column in contract(step, table).columns.items()
        ]
    )


@contextmanager
def parquet_writer(feed: Feed, path: Path) -> Iterator[pq.ParquetWriter]:
    """A Parquet file in the staged schema, written piece by piece."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, arrow_schema(feed), compression="lz4") as writer:
        yield writer
