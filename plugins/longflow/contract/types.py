"""The single map of types: SQL types of contracts and their names in Polars and Arrow."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from longflow.contract.table import Contract

_POLARS: dict[str, pl.DataType] = {
    "BIGINT": pl.Int64(),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "DOUBLE": pl.Float64(),
    "HUGEINT": pl.Int128(),
    "INTEGER": pl.Int32(),
    "UBIGINT": pl.UInt64(),
    "UINTEGER": pl.UInt32(),
    "USMALLINT": pl.UInt16(),
    "UTINYINT": pl.UInt8(),
    "VARCHAR": pl.String(),
}
_ARROW = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "UBIGINT": pa.uint64(),
    "UINTEGER": pa.uint32(),
    "USMALLINT": pa.uint16(),
    "UTINYINT": pa.uint8(),
    "VARCHAR": pa.string(),
}


def polars_schema(promise: Contract) -> pl.Schema:
    """Polars schema of a table, in the order of its contract."""
    return pl.Schema({name: _POLARS[column.type] for name, column in promise.columns.items()})


def arrow_schema(promise: Contract) -> pa.Schema:
    """Arrow schema of a table, in the order of its contract."""
    return pa.schema(
        [
            pa.field(name, _ARROW[column.type], nullable=bool(column.nullable))
            for name, column in promise.columns.items()
        ]
    )
