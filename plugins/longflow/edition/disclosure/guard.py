"""Nothing published tells about few subscribers: what would is withheld, the rest rounded.

Beside the query of a published table stands `disclosure.sql`: of each row, by its key, the fewest
subscribers that it tells about, by itself or by its difference to other rows (`least_subscribers`;
empty where nobody knows), and for a figure that is to be rounded its step: `<figure>_step`, for
ends of intervals `<figure>_step_down` or `<figure>_step_up`. The computed table stands there as
`computed`. A table without that file is not published. Source: docs/method.md, rule 21;
why it is done so: docs/decisions/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

from longflow.database import execute_named
from longflow.edition.disclosure.ports import find_port_disclosure
from longflow.edition.tables import drawn_from, guarded_columns, promise_of
from longflow.errors import LongflowError
from longflow.settings import Edition
from longflow.sqlfile import query

WITHHELD = "withheld"

# What a table that is looked at is called in its `disclosure.sql`.
COMPUTED = "computed"


def guard_tables(
    connection: duckdb.DuckDBPyConnection,
    edition: Edition,
    computed: Mapping[str, pl.DataFrame],
    parameters: dict[str, object],
) -> dict[str, pl.DataFrame]:
    """The tables of an edition as they may be published.

    Args:
        connection: where the queries of the edition run.
        edition: its `minimum_subscribers` is the fewest subscribers that a row may tell about; at
            1 nothing is withheld or rounded.
        computed: the tables as computed, by id, columns by their contracts.
        parameters: what the settings bind in queries.

    Returns:
        The same rows. Where one tells about fewer subscribers, or nobody knows of how many, its
        figures are empty and its status is `withheld`; a table without status has no such row.
        Other figures are rounded, half up, to multiples of their step.

    Raises:
        LongflowError: a table does not say about how many subscribers its rows tell.
    """
    tells = {table: _tells(table) for table in computed}
    if edition.minimum_subscribers == 1:
        return dict(computed)
    if {*drawn_from("ports")} & computed.keys():
        find_port_disclosure(connection, computed, parameters)
    guarded = {}
    for table, frame in computed.items():
        connection.register(COMPUTED, frame.to_arrow())
        told = execute_named(connection, tells[table], parameters).pl()
        connection.unregister(COMPUTED)
        guarded[table] = _guard(table, frame, told, edition.minimum_subscribers)
    return guarded


def _tells(table: str) -> str:
    """The query that says about how many subscribers each row of a table tells."""
    folder = promise_of(table).table
    try:
        return query("edition", folder, "disclosure")
    except FileNotFoundError:
        raise LongflowError(
            "it is not known about how many subscribers its rows tell: nothing was released",
            place=table,
            remedy=f"write sql/edition/{folder}/disclosure.sql",
        ) from None


def _guard(table: str, computed: pl.DataFrame, told: pl.DataFrame, minimum: int) -> pl.DataFrame:
    promise = promise_of(table)
    rows = computed.join(
        told, on=promise.key, how="left", nulls_equal=True, maintain_order="left", validate="1:1"
    )
    may = (pl.col("least_subscribers") >= minimum).fill_null(value=False)
    if "status" not in computed.columns:
        rows, status = rows.filter(may), {}
    else:
        status = {"status": pl.when(may).then("status").otherwise(pl.lit(WITHHELD))}
    return rows.with_columns(
        *(
            pl.when(may).then(_rounded(name, told.columns)).alias(name)
            for name in guarded_columns(promise)
        ),
        **status,
    ).select(computed.columns)


def _rounded(figure: str, told: list[str]) -> pl.Expr:
    """A figure, as a multiple of its step where it has one."""
    value = pl.col(figure)
    for suffix in ("_step", "_step_down", "_step_up"):
        if f"{figure}{suffix}" in told:
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
                # A step under 1 is one part of a whole number, by which nothing is added to it.
                .when(step < 1)
                .then(multiple / (1 / step).round())
                .otherwise(multiple * step)
            )
    return value
