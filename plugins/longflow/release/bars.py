"""The error printed beside a figure, from the table `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from longflow.edition.tables import promise_of, published_tables
from longflow.texts import Numbers

Key = tuple[Any, ...]


def by_figure(errors: pl.DataFrame) -> dict[tuple[str, Key, str], dict[str, Any]]:
    """Rows of the table `errors` by table, the values of that table's key columns, and column."""
    keys = {table: promise.key for table, promise in published_tables().items()}
    return {
        (
            row["table_id"],
            tuple(row[name] for name in keys[row["table_id"]]),
            row["column_name"],
        ): row
        for row in errors.iter_rows(named=True)
        # Another version may have other tables.
        if row["table_id"] in keys
    }


class Bars:
    """The errors of an edition, by figure, as a language writes numbers."""

    def __init__(self, errors: pl.DataFrame, numbers: Numbers) -> None:
        self._rows = by_figure(errors)
        self._numbers = numbers

    def of(self, table: str, column: str, row: Mapping[str, Any], places: int) -> str:
        """The text beside a figure of a row: `±12`, `*` for too little data, `c`, or nothing.

        The number is the longer side of the interval, with as many decimals as the figure; a
        smaller value is printed as `±<0.1`.
        """
        if row.get("status") == "withheld":
            return "c"
        key = tuple(row[name] for name in promise_of(table).key)
        found = self._rows.get((table, key, column))
        if found is None or found["reason"] == "counters":
            return ""
        if found["low"] is None:
            return "*"
        width = max(found["value"] - found["low"], found["high"] - found["value"])
        least = 10**-places
        is_less = width < least / 2
        return (
            f"±{'<' if is_less else ''}{self._numbers.number(least if is_less else width, places)}"
        )
