"""The tables of an edition made anew, as `longflow verify` makes them, and left standing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import polars as pl

from longflow.archive import open_archive
from longflow.edition import scope
from longflow.edition.compile import query_parameters
from longflow.edition.making import Making, kept
from longflow.edition.sensitivity import lay_out_neighbours, of_weeks
from longflow.edition.tables import (
    ERRORS,
    SENSITIVITY,
    is_published,
    promise_of,
    published_tables,
)
from longflow.errors import LongflowError
from longflow.explain.cell import Cell
from longflow.explain.release import Source


@dataclass(frozen=True)
class Anew:
    """An edition whose tables stand on a connection.

    Attributes:
        connection: on which they stand, and on it the archive's tables at the release's snapshot.
        tables: the published ones, by id, after withholding and rounding.
    """

    connection: duckdb.DuckDBPyConnection
    tables: dict[str, pl.DataFrame]


@contextmanager
def made_anew(source: Source, table: str, offset: int = 0) -> Iterator[Anew]:
    """Make the tables of a release again, from its snapshot by its settings.

    All are made, since what is withheld of one can depend on another; but errors and figures of
    other weeks only where they are asked for.

    Args:
        source: the release.
        table: id of the table that is asked for.
        offset: of weeks so many weeks after (below 0: before) the edition's own.

    Raises:
        LongflowError: the archive has no such snapshot, is damaged, or is another one than that of
            the release.
    """
    edition = source.edition
    with open_archive(
        source.settings, snapshot=source.snapshot, reads=scope.reads(edition)
    ) as archive:
        connection = archive.connection
        scope.lay_out(connection, source.settings, edition)
        making = Making(connection, edition, query_parameters(edition))
        making.make(["input"])
        _require_inputs(source, connection)
        left_out = {SENSITIVITY, *({ERRORS} - {table})}
        chosen = [
            one for one in published_tables() if is_published(one, edition) and one not in left_out
        ]
        tables = making.publish(chosen)
        if offset:
            # As table `sensitivity` makes them: ports keep the rows that the edition chose.
            lay_out_neighbours(connection, source.settings, edition, offset)
            other = Making(connection, edition, making.parameters, made=kept())
            tables = other.publish(of_weeks())
        yield Anew(connection, tables)


def same_row(source: Source, anew: Anew, table: str, cell: Cell) -> Cell:
    """The row as the archive gives it now; what is known of it has to be the same.

    Args:
        source: the release.
        anew: its tables made again.
        table: id of the table.
        cell: the row as published, its key at least.

    Raises:
        LongflowError: it is another one, or there is none.
    """
    key = list(promise_of(table).key)
    frame = anew.tables[table]
    asked = cell.row.cast({name: frame.schema[name] for name in key})
    row = frame.join(asked.select(key), on=key, how="semi", nulls_equal=True)
    common = [name for name in asked.columns if name in frame.columns]
    if not row.select(common).equals(asked.select(common)):
        raise LongflowError(
            f"the row of {table} recomputed from the archive differs from the one in this release",
            file=source.path,
            remedy="run longflow verify to see the differences",
        )
    return Cell(row, cell.columns)


def _require_inputs(source: Source, connection: duckdb.DuckDBPyConnection) -> None:
    """The loads at the snapshot are those that the release names, else it is another archive."""
    columns = ("week", "feed", "revision", "input_digest")
    stated = {tuple(str(load[name]) for name in columns) for load in source.manifest["inputs"]}
    found = {
        tuple(map(str, row))
        for row in connection.execute(f"SELECT {', '.join(columns)} FROM input").fetchall()
    }
    differing = sorted(stated ^ found)
    if differing:
        week, feed, *_ = differing[0]
        raise LongflowError(
            f"the release was not made from this archive: their loads of {feed} in week {week}"
            " differ",
            file=source.path,
            remedy="name the settings of the release's archive with --settings",
        )
