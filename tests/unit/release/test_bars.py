"""What is printed beside a figure."""

from __future__ import annotations

import polars as pl
import pytest
from longflow.contract import contract
from longflow.release.bars import Bars
from longflow.texts import wording

NUMBERS = wording().numbers


def errors(**row: object) -> pl.DataFrame:
    """The table `errors` with one row."""
    names = list(contract("edition", "errors").columns)
    return pl.DataFrame([{**dict.fromkeys(names), **row}])


@pytest.mark.parametrize(
    ("low", "high", "places", "text"),
    [
        (980.0, 1030.0, 0, "±30"),
        (999.9, 1000.1, 0, "±<1"),
        (999.9, 1000.1, 1, "±0.1"),
        (1000.0, 1000.0, 1, "±<0.1"),
        (1000.0, 3000.0, 0, "±2,000"),
        (1000.0, 2255.0, 0, "±1,300"),
        (1000.0, 1012.45, 1, "±12"),
        (1000.0, 1001.255, 1, "±1.3"),
        (1000.0, 1009.96, 1, "±10"),
        (1000.0, 1003.4, 0, "±3"),
    ],
)
def test_wider_side_of_the_interval(low: float, high: float, places: int, text: str) -> None:
    row = {"table_id": "table-1", "column_name": "mean_mb", "year": 2024, "direction": "in"}
    bars = Bars(errors(**row, value=1000.0, low=low, high=high), NUMBERS)
    assert bars.of("table-1", "mean_mb", row, places).text == text
    assert bars.of("table-1", "median_mb", row, places).text == ""
    assert bars.of("table-1", "mean_mb", {**row, "year": 2023}, places).text == ""


@pytest.mark.parametrize(("high", "text"), [(1000.01, "±<1"), (1003.24, "±3.2")])
def test_an_error_below_the_last_digit_that_rounding_left_has_no_digits(
    high: float, text: str
) -> None:
    row = {"table_id": "table-1", "column_name": "mean_mb", "year": 2024, "direction": "in"}
    bars = Bars(errors(**row, value=1000.0, low=1000.0, high=high), NUMBERS)
    assert bars.of("table-1", "mean_mb", row, 2, 0).text == text


def test_too_little_for_an_interval_is_marked_and_counters_are_not() -> None:
    share = {"table_id": "concentration", "column_name": "share_percent", "year": 2024}
    share |= {"service": "mobile", "direction": "in", "top_percent": 1}
    growth = {"table_id": "growth", "column_name": "value", "measure": "ratio_to_base"}
    growth |= {"service": "mobile", "direction": "in", "from": "2020-01", "to": "2024-06"}
    few = Bars(errors(**share, value=20.0, reason="few_subscribers"), NUMBERS)
    counted = Bars(errors(**growth, value=2.0, reason="counters"), NUMBERS)
    assert few.of("concentration", "share_percent", share, 1).text == "*"
    assert counted.of("growth", "value", growth, 1).text == ""
