"""No published value describes few subscribers: values that would are withheld, others rounded.

`disclosure.sql` beside the query of a published table gives for each row, by its key, the smallest
number of subscribers that the row describes, by itself or by its difference from other rows
(`least_subscribers`; empty if unknown). For each figure to be rounded it gives the step:
`<figure>_step`, for ends of intervals `<figure>_step_down` or `<figure>_step_up`. It reads the
computed table as `computed`. A table without that file is not published. Source: docs/method.md,
rule 21; reasons: docs/decisions/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import duckdb
import polars as pl

from longflow.database import execute_named
from longflow.edition.disclosure.ports import find_port_disclosure
from longflow.edition.tables import drawn_from, guarded_columns, promise_of
from longflow.errors import LongflowError
from longflow.settings import Edition
from longflow.sqlfile import query

WITHHELD = "withheld"

# Name of the computed table in its `disclosure.sql`.
COMPUTED = "computed"


class Guarded(NamedTuple):
    """Tables as they may be published.

    Attributes:
        tables: by id.
        steps: for each table with rounded figures its key columns and `<figure>_step`, the step to
            which a figure was rounded; empty where it was not.
    """

    tables: dict[str, pl.DataFrame]
    steps: dict[str, pl.DataFrame]


def guard_tables(
    connection: duckdb.DuckDBPyConnection,
    edition: Edition,
    computed: Mapping[str, pl.DataFrame],
    parameters: dict[str, object],
) -> Guarded:
    """The tables of an edition as they may be published.

    Args:
        connection: where the queries of the edition run.
        edition: its `minimum_subscribers` is the smallest number of subscribers that a row may
            describe; at 1 nothing is withheld or rounded.
        computed: the computed tables, by id, with the columns of their contracts.
        parameters: the query parameters that come from the settings.

    Returns:
        The same rows. If a row describes fewer subscribers, or an unknown number, its figures are
        empty and its status is `withheld`; a table without status drops the row. Other figures are
        rounded, half up, to multiples of their step.

    Raises:
        LongflowError: a table does not state how many subscribers its rows describe.
    """
    queries = {table: _disclosure_query(table) for table in computed}
    if edition.minimum_subscribers == 1:
        return Guarded(dict(computed), {})
    if {*drawn_from("ports")} & computed.keys():
        find_port_disclosure(connection, computed, parameters)
    guarded = Guarded({}, {})
    for table, frame in computed.items():
        connection.register(COMPUTED, frame.to_arrow())
        disclosure = execute_named(connection, queries[table], parameters).pl()
        connection.unregister(COMPUTED)
        guarded.tables[table] = _guard(table, frame, disclosure, edition.minimum_subscribers)
        steps = [name for name in disclosure.columns if name.endswith("_step")]
        if steps:
            guarded.steps[table] = disclosure.select(*promise_of(table).key, *steps)
    return guarded


def _disclosure_query(table: str) -> str:
    """The query that states how many subscribers each row of a table describes."""
    folder = promise_of(table).table
    try:
        return query("edition", folder, "disclosure")
    except FileNotFoundError:
        raise LongflowError(
            "the number of subscribers that its rows describe is unknown: nothing was released",
            place=table,
            remedy=f"write sql/edition/{folder}/disclosure.sql",
        ) from None


def _guard(
    table: str, computed: pl.DataFrame, disclosure: pl.DataFrame, minimum: int
) -> pl.DataFrame:
    promise = promise_of(table)
    rows = computed.join(
        disclosure,
        on=promise.key,
        how="left",
        nulls_equal=True,
        maintain_order="left",
        validate="1:1",
    )
    may = (pl.col("least_subscribers") >= minimum).fill_null(value=False)
    if "status" not in computed.columns:
        rows, status = rows.filter(may), {}
    else:
        status = {"status": pl.when(may).then("status").otherwise(pl.lit(WITHHELD))}
    return rows.with_columns(
        *(
            pl.when(may).then(_rounded(name, disclosure.columns)).alias(name)
            for name in guarded_columns(promise)
        ),
        **status,
    ).select(computed.columns)


def _rounded(figure: str, columns: list[str]) -> pl.Expr:
    """A figure, as a multiple of its step if it has one."""
    value = pl.col(figure)
    for suffix in ("_step", "_step_down", "_step_up"):
        if f"{figure}{suffix}" in columns:
            step = pl.col(f"{figure}{suffix}")
            parts = value / step
            multiple = {
                "_step": (parts + 0.5).floor(),
                "_step_down": parts.floor(),
                "_step_up": parts.ceil(),
            }[suffix]
            return (
                pl.when(step.is_null())
                .then(value)
                # A step under 1 is 1 / n with whole n; dividing by n adds no error.
                .when(step < 1)
                .then(multiple / (1 / step).round())
                .otherwise(multiple * step)
            )
    return value
