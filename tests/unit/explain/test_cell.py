"""A row is chosen by its key; what fits no row, or several, is one line with the choices."""

from __future__ import annotations

import polars as pl
import pytest
from longflow.edition.tables import promise_of
from longflow.errors import WrongUsageError
from longflow.explain.cell import conditions, find_cell

TABLE_3 = promise_of("table-3")
ROWS = pl.DataFrame(
    [
        (2023, "protocol", "TCP", None, 80.0, 0.1, "computed"),
        (2023, "port", "TCP", "443", 50.0, 0.1, "computed"),
        (2024, "port", "TCP", "443", None, None, "withheld"),
    ],
    schema=["year", "level", "protocol", "port", "share_percent", "error_points", "status"],
    orient="row",
)


def test_a_row_is_found_by_its_key() -> None:
    cell = find_cell(TABLE_3, ROWS, {"year": "2023", "port": "443"}, None)
    assert cell.values["share_percent"] == 50.0
    assert (cell.columns, cell.status) == (("share_percent", "error_points"), "computed")


def test_the_empty_text_is_an_empty_cell() -> None:
    assert find_cell(TABLE_3, ROWS, {"port": ""}, None).values["share_percent"] == 80.0


@pytest.mark.parametrize(
    ("where", "column", "line"),
    [
        (
            {"year": "2019"},
            None,
            "no row has year=2019; year is one of 2023, 2024",
        ),
        (
            {"year": "2024", "port": "80"},
            None,
            "no such row has port=80; port is one of 443",
        ),
        (
            {"yaer": "2024"},
            None,
            "yaer is not a key column of this table; its key columns are year, level, "
            "protocol, port",
        ),
        (
            {"year": "2023"},
            None,
            "2 rows match; narrow them down with --where, by level: port, protocol; port: 443,"
            " '' (empty)",
        ),
        (
            {"year": "2024"},
            "label",
            "label is not a figure column of this table; it has share_percent, error_points",
        ),
    ],
)
def test_what_fits_no_single_row_names_the_choices(
    where: dict[str, str], column: str | None, line: str
) -> None:
    with pytest.raises(WrongUsageError) as wrong:
        find_cell(TABLE_3, ROWS, where, column)
    assert str(wrong.value) == line


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (["year"], "'year' is not column=value"),
        (["year=1", "year=2"], "year is named twice"),
    ],
)
def test_conditions_that_are_none(texts: list[str], line: str) -> None:
    with pytest.raises(WrongUsageError) as wrong:
        conditions(texts)
    assert str(wrong.value) == line
