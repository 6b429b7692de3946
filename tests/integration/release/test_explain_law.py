"""Law: from the rows that explain names alone, every query gives the same row again."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from longflow.contract import contract
from longflow.database import connect, create_from, execute_named
from longflow.edition import scope
from longflow.edition.compile import query_parameters
from longflow.edition.making import Making
from longflow.edition.tables import promise_of, published_tables
from longflow.explain.made_from import Place, made_from
from longflow.explain.rows import Rows, find_rows
from longflow.settings import Settings
from longflow.sqlfile import identifier, query

from tests.unit.conftest import filled_memory, with_totals

ABOUT_OTHERS = {"errors", "sensitivity"}
TABLES = [table for table in published_tables() if table not in ABOUT_OTHERS]
# Coverage is that of whole weeks, and a position that among all rows.
NOT_OF_ROWS = {"coverage_percent", "position"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Making]]:
    """An edition without withholding or rounding, whose tables stand."""
    with filled_memory(tmp_path_factory.mktemp("made")) as (over, archive):
        settings = with_totals(over)
        edition = settings.edition(2024)
        scope.lay_out(archive.connection, settings, edition)
        making = Making(archive.connection, edition, query_parameters(edition))
        making.publish(TABLES)
        yield settings, making


def some_rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[pl.DataFrame]:
    """A row of each kind that the table has, and one more."""
    promise = promise_of(table)
    frame = connection.execute(f"FROM {identifier(promise.table)}").pl()
    named = ("level", "measure", "part", "top_percent", "port_group")
    kinds = [name for name in named if name in frame.columns]
    if not kinds and "direction" in frame.columns:
        kinds = ["direction"]
    groups = frame.group_by(kinds, maintain_order=True) if kinds else ()
    rows = [group.head(1) for _, group in groups]
    return [*rows, frame.tail(1)]


def again(
    settings: Settings, making: Making, place: Place, found: dict[Place, Rows]
) -> pl.DataFrame:
    """A table made once more, with no more rows of its inputs than explain names."""
    promise = contract(*place)
    with connect(settings) as apart:
        scope.create_functions(apart)
        for source in made_from(place):
            rows = found.get(source)
            if rows is None:
                frame = making.connection.execute(f"FROM {identifier(source.table)}").pl()
            else:
                whole = "" if rows.whole is None else f" UNION FROM {rows.whole}"
                frame = making.connection.execute(f"FROM {rows.part}{whole}").pl()
            create_from(apart, source.table, frame)
        if promise.made_by is not None:
            pkgutil.resolve_name(promise.made_by)(apart)
            return apart.execute(f"FROM {identifier(place.table)}").pl()
        return execute_named(apart, query(*place), making.parameters).pl()


@pytest.mark.parametrize("table", TABLES)
def test_named_rows_give_the_same_row(
    made: tuple[Settings, Making], table: str, tmp_path: Path
) -> None:
    settings, making = made
    for row in some_rows(making.connection, table):
        found = find_rows(making.connection, Place("edition", promise_of(table).table), row)
        assert any(place.step == "archive" for place in found)
        for place, rows in found.items():
            if place.step != "edition":
                continue
            columns = [name for name in contract(*place).columns if name not in NOT_OF_ROWS]
            expected = making.connection.execute(f"FROM {rows.part}").pl().select(columns)
            actual = again(settings, making, place, found).select(columns)
            missing = expected.join(
                actual.cast(expected.schema), on=columns, how="anti", nulls_equal=True
            )
            if place.table == "port_share":
                # What has no volume in this year stands here because other years have some.
                missing = missing.filter(pl.col("share_percent") > 0)
            assert missing.is_empty(), f"{place.table} of {row.row(0)}: {missing}"
