"""Effect of the choice of week: figures of an edition recomputed for the weeks around its own.

The edition's own queries make the tables of neighbouring weeks, run over other analysis weeks;
ports keep the rows chosen for the edition. Source: docs/method.md, rule 16.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import duckdb
import polars as pl

from longflow.contract import contract
from longflow.contract.creating import create_table
from longflow.contract.types import polars_schema
from longflow.edition import scope
from longflow.edition.tables import is_of_weeks, promise_of, publication_of, published_tables
from longflow.settings import Edition, Settings
from longflow.sqlfile import query

Tables = Mapping[str, pl.DataFrame]

# The table of `sql/edition` that this module makes.
WEEK_FIGURE = "week_figure"


def of_weeks() -> tuple[str, ...]:
    """The tables whose figures are also computed for other weeks, in the order of publication.

    These are tables of analysis weeks whose keys are columns of `week_figure`. A table of the hours
    of a week, for example, is not among them.
    """
    keys = {*contract("edition", WEEK_FIGURE).columns}
    return tuple(
        table
        for table in published_tables()
        if is_of_weeks(table) and {*promise_of(table).key} <= keys
    )


def find_week_figures(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    edition: Edition,
    computed: Tables,
    compute: Callable[[], Tables],
) -> None:
    """Make the temporary table `week_figure`: figures of analysis weeks and of their neighbours.

    Afterwards the connection has the tables of the last neighbouring weeks.

    Args:
        connection: where the edition was compiled.
        settings: the settings.
        edition: the edition's section of the settings.
        computed: the compiled tables of the analysis weeks.
        compute: compiles them for the weeks on the connection.
    """
    frames = [_figures(computed, 0, edition.analysis_weeks)]
    for offset in edition.neighbour_offsets:
        weeks = lay_out_neighbours(connection, settings, edition, offset)
        if weeks:
            frames.append(_figures(compute(), offset, weeks))
    create_table(connection, "edition", WEEK_FIGURE, pl.concat(frames))


def lay_out_neighbours(
    connection: duckdb.DuckDBPyConnection, settings: Settings, edition: Edition, offset: int
) -> dict[int, date]:
    """Lay out the weeks so many weeks after (below 0: before) the analysis weeks in their place.

    Returns:
        Those of them that the archive holds, by year; where it holds none, nothing is laid out.
    """
    held = {
        week
        for (week,) in connection.execute(
            "SELECT week FROM edition_week WHERE used_for = 'neighbour'"
        ).fetchall()
    }
    weeks = {year: week for year, week in edition.neighbours(offset).items() if week in held}
    if weeks:
        neighbours = edition.model_copy(update={"analysis_weeks": weeks})
        scope.lay_out_weeks(connection, settings, neighbours)
        _leave_out_incomplete(connection)
    return weeks


def _leave_out_incomplete(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove populations that a week has only in part: half a population is no population."""
    missing = connection.execute(query("edition", "subscriber_week", "missing_weeks")).fetchall()
    for week, service, _ in missing:
        connection.execute(
            "DELETE FROM analysis_population WHERE service = ? AND year IN"
            " (SELECT year FROM analysis_week WHERE week = ?)",
            [service, week],
        )


def _figures(tables: Tables, offset: int, weeks: Mapping[int, date]) -> pl.DataFrame:
    """Printed figures in long form, without the rest rows of port tables."""
    frames = []
    schema = polars_schema(contract("edition", WEEK_FIGURE))
    for table in of_weeks():
        promise, service = promise_of(table), publication_of(table).service
        frame = tables[table].with_row_index("position")
        if "port" in frame.columns:
            is_rest = pl.col("port").str.starts_with("other") | (pl.col("port") == "unknown")
            frame = frame.filter(~is_rest.fill_null(value=False))
        keys = [name for name in promise.key if name in schema]
        about = [name for name in ("coverage_percent", "position") if name in frame.columns]
        columns = [
            name
            for name in promise.columns_of("figure")
            if promise.columns[name].decimals is not None
        ]
        long = frame.unpivot(
            columns, index=[*keys, *about], variable_name="column_name", value_name="value"
        ).with_columns(
            table_id=pl.lit(table),
            offset_weeks=pl.lit(offset),
            week=pl.col("year").replace_strict(dict(weeks), return_dtype=pl.Date),
            # position of a figure: by row, then by column
            position=pl.col("position") * len(columns)
            + pl.col("column_name").replace_strict(
                {name: place for place, name in enumerate(columns)}, return_dtype=pl.UInt32
            ),
        )
        if service is not None:
            long = long.with_columns(service=pl.lit(service))
        absent = {name: pl.lit(None) for name in schema if name not in long.columns}
        frames.append(long.with_columns(**absent).select(*schema).cast(schema))
    return pl.concat(frames).drop_nulls("value")
