"""The one place that opens DuckDB connections: limits, spill folder, extensions, time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from duckdb_extensions import import_extension

from longflow.errors import LongflowError
from longflow.faults import require_address_space
from longflow.owners import token
from longflow.settings import Feed, Settings
from longflow.sqlfile import identifier, sql_root
from longflow.var_folder import VarFolder


@cache
def _bring_extension(name: str) -> None:
    """Put an extension's file where DuckDB looks for it, and have DuckDB check its signature.

    It comes as a wheel, never by download.
    """
    import_extension(name)
    with duckdb.connect() as checking:
        checking.load_extension(name)


def connect(
    settings: Settings, path: str | Path = ":memory:", *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection within the limits of the settings.

    It never downloads, spills to `var/tmp`, and shows times in the provider's zone.

    Raises:
        MachineError: a limit on the process leaves too little room.
    """
    require_address_space()
    spill = VarFolder.of(settings).spill / f"duckdb-{token()}"
    # DuckDB creates the last folder itself when it first spills, but none above it. A user with
    # read access only has no place to spill, and seldom needs one.
    with suppress(OSError):
        spill.parent.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "memory_limit": settings.database.memory_limit,
        "threads": settings.database.threads,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # DuckDB would check all of an extension at every load; here it is done once a process.
        "allow_unsigned_extensions": "true",
        "preserve_insertion_order": "false",
    }
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    connection.execute("LOAD icu")
    connection.execute("SET TimeZone = ?", [settings.provider.time_zone])
    return connection


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension that was installed as a Python package."""
    _bring_extension(name)
    connection.load_extension(name)


def execute_named(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, object]
) -> duckdb.DuckDBPyConnection:
    """Execute a statement with only the parameters that it names; DuckDB refuses others."""
    named = set(re.findall(r"\$(\w+)", sql))
    return connection.execute(sql, {k: v for k, v in parameters.items() if k in named})


def create_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the SQL functions shared by the queries of a week, `sql/functions.sql`."""
    connection.execute((sql_root() / "functions.sql").read_text(encoding="utf-8"))


@contextmanager
def sums_fit(feed: Feed) -> Iterator[None]:
    """Add up rows of a feed.

    Raises:
        LongflowError: a sum exceeds its column. Rows and sums that pass the judge always fit, so
            this takes a rule that the settings have made lenient.
    """
    try:
        yield
    except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        raise LongflowError(
            f"{feed}: a sum over the feed's rows is too large to count, so nothing of the week was "
            "loaded",
            remedy="look for rows with absurd numbers accepted by validation.severity or "
            "validation.max_share of the settings",
        ) from error


def create_from(
    connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, *, shared: bool = False
) -> None:
    """Create a temporary table with the rows of a frame; if shared, other cursors see it too."""
    connection.register("incoming", frame.to_arrow())
    connection.execute(
        f"CREATE OR REPLACE {'' if shared else 'TEMP '}TABLE {identifier(name)} "
        "AS SELECT * FROM incoming"
    )
    connection.unregister("incoming")
