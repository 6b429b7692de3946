"""Create the table of a contract, with rows computed by Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import polars as pl

from longflow.contract.reading import contract
from longflow.contract.types import polars_schema
from longflow.sqlfile import identifier


def create_table(
    connection: duckdb.DuckDBPyConnection,
    step: str,
    table: str,
    rows: pl.DataFrame | Iterable[Sequence[Any]] = (),
    *,
    shared: bool = False,
) -> None:
    """Create the temporary table of `sql/<step>/<table>/contract.yml`, replacing a former one.

    Args:
        connection: where the table is created.
        step: of the contract.
        table: of the contract; the table has its name.
        rows: a frame with the contract's columns, by name, or values in their order.
        shared: whether other cursors of the connection can see it.

    Raises:
        duckdb.ConstraintException: a value required by the contract is missing.
    """
    promise = contract(step, table)
    schema = polars_schema(promise)
    if not isinstance(rows, pl.DataFrame):
        values = [tuple(row) for row in rows]
        rows = pl.DataFrame(values, schema.names(), orient="row", infer_schema_length=None)
    kind = "" if shared else "TEMP "
    connection.execute(
        f"CREATE OR REPLACE {kind}TABLE {identifier(table)} ({promise.column_definitions()})"
    )
    if rows.height:
        connection.register("incoming", rows.select(schema.names()).cast(schema).to_arrow())
        connection.execute(f"INSERT INTO {identifier(table)} FROM incoming")
        connection.unregister("incoming")
