"""The error printed beside a figure, from the table `errors`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from longflow.edition.tables import by_figure, key_of
from longflow.texts import Numbers

# Significant digits of an error that is printed.
_DIGITS = 2


class Bar(NamedTuple):
    """The error beside a figure.

    Attributes:
        text: `±12`, `*` for too little data, `c`, or nothing.
        width: the longer side of the interval; None without one.
        places: decimals of the width, as it is printed.
    """

    text: str
    width: float | None = None
    places: int = 0


class Bars:
    """The errors of an edition, by figure, as a language writes numbers."""

    def __init__(self, errors: pl.DataFrame, numbers: Numbers) -> None:
        self._rows = by_figure(errors)
        self._numbers = numbers

    def row_of(self, table: str, column: str, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row of `errors` about a figure of a row; None if there is none."""
        return self._rows.get((table, key_of(table, row), column))

    def of(
        self,
        table: str,
        column: str,
        row: Mapping[str, Any],
        places: int,
        printed_places: int | None = None,
    ) -> Bar:
        """What stands beside a figure of a row.

        The number is the longer side of the interval in two significant digits, with no more
        decimals than figures of the column have; one below the last digit of the printed figure is
        printed as `±<0.1`.

        Args:
            table: id of the table.
            column: the column of the figure.
            row: the row.
            places: decimals of the column's figures.
            printed_places: those that rounding left; all by default.
        """
        if row.get("status") == "withheld":
            return Bar("c")
        found = self.row_of(table, column, row)
        if found is None or found["reason"] == "counters":
            return Bar("")
        if found["low"] is None:
            return Bar("*")
        width = max(found["value"] - found["low"], found["high"] - found["value"])
        last = places if printed_places is None else printed_places
        least = 10**-last
        if width < least / 2:
            return Bar(f"±<{self._numbers.number(least, last)}", width, last)
        rounded, digits = significant(width, places)
        return Bar(f"±{self._numbers.number(rounded, digits)}", width, digits)

    def ends(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """The ends of the interval in a row of `errors`, as exact as its longer side."""
        width = max(row["value"] - row["low"], row["high"] - row["value"])
        places = max(0, _DIGITS - 1 - _magnitude(width)) if width > 0 else None
        return self._numbers.number(row["low"], places), self._numbers.number(row["high"], places)


def significant(number: float, most_places: int) -> tuple[float, int]:
    """A number above 0 in two significant digits, and how many decimals that leaves.

    Args:
        number: the number.
        most_places: with how many decimals it is printed at most.
    """
    places = _DIGITS - 1 - _magnitude(number)
    if places > most_places:
        return number, most_places
    # 9.96 has one digit more when it is rounded; then one decimal fewer is enough.
    rounded = math.floor(number * 10.0**places + 0.5) / 10.0**places
    places = min(places, _DIGITS - 1 - _magnitude(rounded))
    return rounded, max(0, places)


def _magnitude(number: float) -> int:
    """The power of ten of the first digit: 3 of 1255."""
    return math.floor(math.log10(number) + 1e-12)
