"""The order in which tables of an edition are made, which follows from the names they read."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from longflow.edition.making import Making, all_made_of, made_of, unpublished
from longflow.edition.tables import promise_of, published_tables
from longflow.settings import Edition
from longflow.sqlfile import tables


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    ("table", "direct"),
    [
        ("table_1", {"daily_volume", "volume_disclosure"}),
        ("daily_volume", {"consumer_volume", "volume_mode"}),
        ("volume_mode", {"volume_histogram"}),
        ("sensitivity", {"week_figure"}),
        ("analysis_week", set()),
    ],
)
def test_table_is_made_of_what_query_guard_and_contract_name(table: str, direct: set[str]) -> None:
    assert made_of(table) == direct


@pytest.mark.parametrize("table", tables("edition"))
def test_no_table_is_made_of_itself(table: str) -> None:
    assert table not in all_made_of(table)


def test_published_tables_are_made_of_published_ones_where_they_are_about_them() -> None:
    folders = {promise.table for promise in published_tables().values()}
    assert {"table_1", "table_2"} <= all_made_of("totals") & folders
    assert not all_made_of("growth_parts") & folders
    assert not folders & {*unpublished()}


def test_table_that_is_needed_before_it_is_published_is_named(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    making = Making(connection, Edition.model_construct(), {})
    with pytest.raises(LookupError, match="table_1 is published, and not made yet"):
        making.make([promise_of("table-1").table])


def test_each_table_is_made_once_after_what_it_is_made_of(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(
        "longflow.edition.making.materialise", lambda _, table, __: order.append(table)
    )
    monkeypatch.setattr("longflow.edition.modes.find_modes", lambda _: order.append("volume_mode"))
    Making(connection, Edition.model_construct(), {}).make(["volume_disclosure", "daily_volume"])
    assert len(order) == len({*order})
    for table in order:
        assert made_of(table) & {*order} <= {*order[: order.index(table)]}
    assert {"volume_histogram", "volume_mode", "subscriber_week"} <= {*order}
