"""The published figures of an edition, by table and key, with what is known of their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from longflow.edition.disclosure import WITHHELD
from longflow.edition.sentences.sentence import Cell
from longflow.edition.statistics.differences import Interval
from longflow.edition.tables import ERRORS, Key, by_figure, key_of, promise_of, rows_by_key

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """A published figure that a sentence may use.

    Attributes:
        cell: where it is published.
        interval: the figure and the ends of its 95 % interval. For an imported figure, the values
            that round to what was printed; for one of counters, the figure alone.
        has_error: whether the interval is that of an error.
        printed_decimals: how many decimals an earlier report printed; None if it is computed.
        row: its row of the table.
    """

    cell: Cell
    interval: Interval
    has_error: bool
    printed_decimals: int | None
    row: Row

    @property
    def imported(self) -> bool:
        """Whether an earlier report printed it."""
        return self.printed_decimals is not None

    @property
    def value(self) -> float:
        """The figure as published."""
        return self.interval.value


class Figures:
    """The figures of the guarded tables of an edition."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self.tables = tables
        self._rows: dict[str, Mapping[Key, Row]] = {}
        self._printed: dict[tuple[str, str], dict[str | None, int]] = {}

    def rows(self, table: str, **of: object) -> list[Row]:
        """Rows of a table that are not withheld and have these values, in the table's order."""
        return [row for row in self._rows_of(table, of) if row.get("status") != WITHHELD]

    def withheld(self, table: str, **of: object) -> list[Row]:
        """Rows of a table that are withheld and have these values: their keys alone are known."""
        return [row for row in self._rows_of(table, of) if row.get("status") == WITHHELD]

    def years(self, table: str, column: str, **of: object) -> list[int]:
        """The years of which a table gives a figure, in ascending order."""
        return sorted({row["year"] for row in self.rows(table, **of) if row[column] is not None})

    def get(self, table: str, column: str, **of: object) -> Figure | None:
        """A figure by the key of its row.

        Args:
            table: id of the table.
            column: the column.
            of: values of key columns; those not named are empty in the row.

        Returns:
            The figure; None if the row is absent, withheld or empty, or if its error should be
            known and is not, because too little was observed.
        """
        key = promise_of(table).key
        row = self._by_key(table).get(tuple(of.get(name) for name in key))
        if row is None or row.get("status") == WITHHELD or row[column] is None:
            return None
        value, decimals = float(row[column]), None
        interval: Interval | None
        if row.get("status") == "published":
            decimals = self._decimals(table, column, row)
            half = 0.5 * 10.0**-decimals
            interval, has_error = Interval(value, value - half, value + half), False
        else:
            interval, has_error = self._interval(table, column, row, value)
        if interval is None:
            return None
        cell = Cell(table, tuple((name, row[name]) for name in key), column)
        return Figure(cell, interval, has_error, decimals, row)

    def _rows_of(self, table: str, of: Mapping[str, object]) -> list[Row]:
        rows = self._by_key(table).values()
        return [row for row in rows if all(row[name] == of[name] for name in of)]

    def _by_key(self, table: str) -> Mapping[Key, Row]:
        if table not in self.tables:
            return {}
        if table not in self._rows:
            self._rows[table] = rows_by_key(table, self.tables[table])
        return self._rows[table]

    @cached_property
    def _errors(self) -> Mapping[tuple[str, Key, str], Row]:
        return by_figure(self.tables[ERRORS])

    def _interval(
        self, table: str, column: str, row: Row, value: float
    ) -> tuple[Interval | None, bool]:
        """The interval of a computed figure, and whether it is that of an error."""
        error = self._errors.get((table, key_of(table, row), column))
        if error is None and f"{column}_low" in row:
            # The error of a plotted value stands beside it.
            low, high = row[f"{column}_low"], row[f"{column}_high"]
            return (None if low is None else Interval(value, low, high)), low is not None
        if error is None or error["reason"] == "counters":
            # Hours of the day, for example, have no error of their own.
            return (Interval(value, value, value), False)
        if error["low"] is None:
            return None, False
        return Interval(value, error["low"], error["high"]), True

    def _decimals(self, table: str, column: str, row: Row) -> int:
        """How many decimals earlier reports printed of a column, or of a measure in it."""
        if (table, column) not in self._printed:
            most: dict[str | None, int] = {}
            for other in self._by_key(table).values():
                if other.get("status") == "published" and other[column] is not None:
                    text = f"{other[column]:.10f}".rstrip("0")
                    measure = other.get("measure")
                    places = len(text.partition(".")[2])
                    most[measure] = max(most.get(measure, 0), places)
            self._printed[table, column] = most
        return self._printed[table, column][row.get("measure")]
