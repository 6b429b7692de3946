"""The SQLAlchemy dialect through which Great Expectations queries DuckDB."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from duckdb_engine import ConnectionWrapper, Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGExecutionContext_psycopg2
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

_NAME = "longflow_duckdb"
# Connections on loan, by name, each with the cursors that SQLAlchemy's pools hold of it.
_lent: dict[str, tuple[duckdb.DuckDBPyConnection, list[duckdb.DuckDBPyConnection]]] = {}
_numbers = itertools.count(1)


class _BufferedContext(PGExecutionContext_psycopg2):
    """Fetches all rows at once.

    Great Expectations reads results after their connection has gone back to the pool; by then
    duckdb-engine has nothing left to read.
    """

    def post_exec(self) -> None:
        super().post_exec()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
        if self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchall()
            )


class BufferedDialect(Dialect):
    """duckdb-engine's dialect over a connection that is already open, with its limits."""

    execution_ctx_cls = _BufferedContext
    supports_statement_cache = False

    def connect(self, *_: Any, database: str, **__: Any) -> Any:  # noqa: ANN401 # duckdb-engine's
        """A cursor of the connection on loan that the URL names."""
        connection, cursors = _lent[database]
        cursors.append(connection.cursor())
        return ConnectionWrapper(cursors[-1])


registry.register(_NAME, __name__, BufferedDialect.__name__)


@contextmanager
def lend(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Lend a DuckDB connection to SQLAlchemy.

    Yields:
        The SQLAlchemy URL under which its tables and views are visible.
    """
    name = f"connection-{next(_numbers)}"
    cursors: list[duckdb.DuckDBPyConnection] = []
    _lent[name] = connection, cursors
    try:
        yield f"{_NAME}:///{name}"
    finally:
        del _lent[name]
        # DuckDB frees its memory only when the last cursor is closed, and pools are in no hurry.
        for cursor in cursors:
            cursor.close()
