"""Make the tables of an edition, each after its sources.

The query of a table, or its contract if Python makes it, names its sources. So the order follows
from the names and is written down nowhere.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import duckdb
import polars as pl

from longflow.contract import contract
from longflow.contract.creating import create_table
from longflow.database import create_from, execute_named
from longflow.edition.disclosure import COMPUTED, guard_tables
from longflow.edition.tables import promise_of, publication_of, published_tables
from longflow.settings import Edition
from longflow.sqlfile import identifier, literal, query, tables
from longflow.sqlnames import tables_read


@cache
def made_of(table: str) -> frozenset[str]:
    """The tables of `sql/edition` that are the direct sources of a table.

    These are the tables that its query reads, that its guard reads if it is published, or that
    Python makes it from. For a table that combines queries, they are what any of these reads.
    """
    promise = contract("edition", table)
    names = {*promise.made_of}
    if promise.union_of is not None:
        names |= {name for _, part in parts_of(promise.union_of) for name in tables_read(part)}
    elif promise.made_by is None:
        names |= tables_read(query("edition", table))
    if promise.published is not None:
        # The guard reports it if there is no such file.
        with suppress(FileNotFoundError):
            names |= tables_read(query("edition", table, "disclosure")) - {COMPUTED}
    return frozenset(names & {*tables("edition")})


@cache
def all_made_of(table: str) -> frozenset[str]:
    """The tables of `sql/edition` that must exist before a table is made.

    Raises:
        RecursionError: a table is its own source.
    """
    direct = made_of(table)
    return direct.union(*(all_made_of(other) for other in direct))


@cache
def parts_of(name: str) -> tuple[tuple[str, str], ...]:
    """Ids of the published tables whose folders hold a query of this name, each with its text."""
    found = []
    for table, promise in published_tables().items():
        with suppress(FileNotFoundError):
            found.append((table, query("edition", promise.table, name)))
    return tuple(found)


def materialise(
    connection: duckdb.DuckDBPyConnection, table: str, parameters: dict[str, object]
) -> None:
    """Make the temporary table, or view, of a query of `sql/edition`."""
    kind = "VIEW" if contract("edition", table).view else "TABLE"
    execute_named(
        connection,
        f"CREATE OR REPLACE TEMP {kind} {identifier(table)} AS {query('edition', table)}",
        parameters,
    )


def unpublished() -> list[str]:
    """The tables of `sql/edition` that are not published."""
    return [name for name in tables("edition") if contract("edition", name).published is None]


def kept() -> set[str]:
    """Those that are made only for the analysis weeks, and kept for the weeks around them."""
    return {name for name in unpublished() if contract("edition", name).once}


@dataclass
class Making:
    """An edition while its tables are made.

    Attributes:
        connection: where the queries run; tables with the settings' values are on it.
        edition: its settings.
        parameters: the query parameters that come from the settings.
        made: names of the tables that exist already.
        steps: of the published tables that it made, the steps to which their figures were rounded.
    """

    connection: duckdb.DuckDBPyConnection
    edition: Edition
    parameters: dict[str, object]
    made: set[str] = field(default_factory=set)
    steps: dict[str, pl.DataFrame] = field(default_factory=dict)

    def make(self, names: Iterable[str]) -> None:
        """Make unpublished tables and their sources, each once."""
        for table in names:
            if table in self.made:
                continue
            promise = contract("edition", table)
            if promise.published is not None:
                raise LookupError(f"{table} is published, and not made yet")
            self.made.add(table)
            if promise.union_of is not None:
                self._put_together(table, promise.union_of)
                continue
            self.make(sorted(made_of(table)))
            if promise.made_by is None:
                materialise(self.connection, table, self.parameters)
            elif promise.made_of:
                maker: Callable[[duckdb.DuckDBPyConnection], None]
                maker = pkgutil.resolve_name(promise.made_by)
                maker(self.connection)

    def _put_together(self, table: str, name: str) -> None:
        """Make a table from the query of one name in each folder of a published table.

        Each query returns those columns of the table that it knows. The id of its own table is
        added, and its service if all rows are of one. Tables that this edition does not publish
        contribute nothing.
        """
        create_table(self.connection, "edition", table)
        for of, text in parts_of(name):
            published = publication_of(of)
            if promise_of(of).table not in self.made:
                continue
            self.make(sorted((tables_read(text) & {*tables("edition")}) - self.made))
            about = {"table_id": of}
            if published.service is not None:
                about["service"] = published.service
            known = ", ".join(f"{literal(value)} AS {column}" for column, value in about.items())
            execute_named(
                self.connection,
                f"INSERT INTO {identifier(table)} BY NAME"
                f" SELECT {known}, part.* FROM ({text}) AS part",
                self.parameters,
            )

    def publish(self, chosen: Collection[str]) -> dict[str, pl.DataFrame]:
        """Published tables by id, after disclosure control; they exist on the connection as well.

        Tables without sources among the others are guarded together first, then the tables made
        from these, and so on. So what is withheld does not enter the next tables either.
        """
        guarded: dict[str, pl.DataFrame] = {}
        waiting = [*chosen]
        while waiting:
            names = {promise_of(table).table for table in waiting}
            ready = [t for t in waiting if not all_made_of(promise_of(t).table) & names]
            folders = [promise_of(table).table for table in ready]
            self.make(sorted(name for folder in folders for name in made_of(folder)))
            computed = {
                table: execute_named(
                    self.connection, query("edition", promise_of(table).table), self.parameters
                ).pl()
                for table in ready
            }
            found, steps = guard_tables(self.connection, self.edition, computed, self.parameters)
            self.steps |= steps
            for table, frame in found.items():
                create_from(self.connection, promise_of(table).table, frame)
            self.made |= {*folders}
            guarded |= found
            waiting = [table for table in waiting if table not in guarded]
        return guarded

    def publish_from(
        self, tables: Mapping[str, pl.DataFrame], chosen: Collection[str]
    ) -> dict[str, pl.DataFrame]:
        """Figures that are drawn from other tables as published, after disclosure control.

        Args:
            tables: by id, with the figures of earlier reports.
            chosen: the figures.
        """
        sources = {name for table in chosen for name in made_of(promise_of(table).table)}
        for table, frame in tables.items():
            if promise_of(table).table in sources:
                create_from(self.connection, promise_of(table).table, frame)
        return self.publish(chosen)
