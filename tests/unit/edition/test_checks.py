"""The gate before a release: a violation of a table's contract is reported in one line."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest
from longflow.contract import contract
from longflow.edition.checks import check_table
from longflow.errors import LongflowError

VOLUMES = pl.DataFrame(
    {
        "year": [2024, 2024],
        "direction": ["in", "out"],
        "mean_mb": [2.0, 20.0],
        "median_mb": [1.0, 10.0],
        "mode_mb": [1.0, 10.0],
        "mode_estimate_mb": [1.1, 11.0],
        "population": ["pppoe", "pppoe"],
        "coverage_percent": [100.0, 100.0],
        "status": ["computed", "computed"],
    }
)


def port_rows(*rows: tuple[str, str, str | None, float]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows, schema=["level", "protocol", "port", "share_percent"], orient="row"
    ).with_columns(pl.col("share_percent").cast(pl.Float64))
    return frame.select(
        year=pl.lit(2024),
        level="level",
        protocol="protocol",
        port="port",
        label=pl.lit(None, pl.String),
        share_percent="share_percent",
        error_points=pl.lit(None, pl.Float64),
        coverage_percent=pl.lit(100.0),
        status=pl.lit("computed"),
    )


BROADBAND: tuple[tuple[str, str, str | None, float], ...] = (
    ("protocol", "TCP", None, 70),
    ("class", "TCP", "<1024", 60),
    ("port", "TCP", "443", 50),
    ("port", "TCP", "other <1024", 10),
    ("class", "TCP", ">=1024", 9),
    ("port", "TCP", "31000", 9),
    ("class", "TCP", "unknown", 1),
    ("protocol", "ESP", None, 30.0),
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def change(frame: pl.DataFrame, column: str, value: object) -> pl.DataFrame:
    """The frame with another value in the first row of a column."""
    values = frame[column].to_list()
    return frame.with_columns(pl.Series(column, [value, *values[1:]], dtype=frame[column].dtype))


def test_table_that_holds_names_the_checks_made(connection: duckdb.DuckDBPyConnection) -> None:
    done = check_table(connection, contract("edition", "table_1"), VOLUMES)
    assert {"table_1.mean_mb_present", "table_1.key_unique"} < set(done)
    assert {rule.id for rule in contract("edition", "table_1").rules} < set(done)


@pytest.mark.parametrize(
    ("column", "value", "line"),
    [
        ("mean_mb", None, "table-1: no value of mean_mb (1 row)"),
        ("direction", "out", "table-1: the same row twice (2 rows)"),
        ("direction", "up", "table-1: neither in nor out (1 row)"),
        ("population", "numbers", "table-1: an unknown population (1 row)"),
        ("coverage_percent", 100.1, "table-1: a coverage outside 0 to 100 % (1 row)"),
        ("median_mb", 0.0, "table-1: a volume that is not above zero (1 row)"),
        ("mean_mb", float("nan"), "table-1: a volume that is not above zero (1 row)"),
        ("mode_mb", 1.05, "table-1: a published mode that is not on the grid (1 row)"),
        ("year", 2023, "table-1: a year with one direction only (2 rows)"),
    ],
)
def test_wrong_value_is_reported(
    connection: duckdb.DuckDBPyConnection, column: str, value: object, line: str
) -> None:
    with pytest.raises(LongflowError) as caught:
        check_table(connection, contract("edition", "table_1"), change(VOLUMES, column, value))
    assert str(caught.value).startswith(line)
    assert "nothing was released" in str(caught.value)


def test_figure_in_a_row_that_is_withheld_is_reported(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    half = change(change(VOLUMES, "status", "withheld"), "mean_mb", None)
    with pytest.raises(LongflowError, match=r"table-1: a figure in a row that is withheld \(1 row"):
        check_table(connection, contract("edition", "table_1"), half)
    empty = half.with_columns(
        pl.when(status="withheld").then(None).otherwise(pl.col(pl.Float64)).name.keep()
    ).with_columns(coverage_percent=100.0)
    assert check_table(connection, contract("edition", "table_1"), empty)


def test_levels_of_which_something_is_withheld_need_not_add_up(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = port_rows(*BROADBAND)
    hidden = rows.with_columns(
        status=pl.when(pl.col("port").is_in(["443", "other <1024"]))
        .then(pl.lit("withheld"))
        .otherwise("status")
    ).with_columns(share_percent=pl.when(status="computed").then("share_percent"))
    assert check_table(connection, contract("edition", "table_3"), hidden)


def test_column_missing_is_reported(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(LongflowError, match="are not those of the contract"):
        check_table(connection, contract("edition", "table_1"), VOLUMES.drop("status"))


def test_levels_that_add_up_pass(connection: duckdb.DuckDBPyConnection) -> None:
    done = check_table(connection, contract("edition", "table_3"), port_rows(*BROADBAND))
    assert "broadband_ports.ports_add_up" in done


@pytest.mark.parametrize(
    ("row", "share", "line"),
    [
        (7, 29, "the protocols do not add up to 100 %"),
        (4, 8, "the classes do not add up to their protocol"),
        (3, 9, "the ports do not add up to their class"),
        (5, 10, "the ports do not add up to their class"),
    ],
)
def test_level_that_does_not_add_up_is_reported(
    connection: duckdb.DuckDBPyConnection, row: int, share: float, line: str
) -> None:
    rows = list(BROADBAND)
    rows[row] = (*rows[row][:3], share)
    with pytest.raises(LongflowError, match=line):
        check_table(connection, contract("edition", "table_3"), port_rows(*rows))


def test_mobile_ports_have_to_add_up_to_their_protocol(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = port_rows(("protocol", "TCP", None, 100), ("port", "TCP", "443", 99))
    with pytest.raises(LongflowError, match="table-4: the ports do not add up to their protocol"):
        check_table(connection, contract("edition", "table_4"), rows)
