"""Values that differ between two releases: how far, and whether beyond their error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from longflow.edition.published.figure import year_of
from longflow.edition.tables import (
    Key,
    by_figure,
    figure_columns,
    is_drawn_from_tables,
    promise_of,
    publication_of,
    rows_by_key,
)

# Sums of fractions in another order differ by less, so smaller differences do not count.
RELATIVE_TOLERANCE = 1e-9

# A share of fewer than 30 sampled packets has no interval; its error is at least this part of it.
_FEW_PACKETS_ERROR = 1.96 / math.sqrt(30)


@dataclass(frozen=True)
class Move:
    """One published value that moved.

    Attributes:
        table: id of the table.
        key: the table's key columns.
        column: the column.
        was: value in the former release; None if there was none.
        now: value in this release; None if there is none any more.
        absolute: now minus was, in the column's unit; None for texts and missing values.
        relative: absolute / was.
        interval: the 95 % interval of the former value, in its unit, if it had one.
        closed: whether it is a figure of a closed year.
        beyond_error: whether a figure left its interval; true for any move without an interval.
        because: possible causes.
    """

    table: str
    key: dict[str, Any]
    column: str
    was: Any
    now: Any
    absolute: float | None
    relative: float | None
    interval: tuple[float, float] | None
    closed: bool
    beyond_error: bool
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The move as text: `table-1 2023 in mean_mb 804 → 812 (+1.0 %)`."""
        key = " ".join(str(part) for part in self.key.values() if part is not None)
        line = f"{self.table} {key} {self.column} {_shown(self.was)} → {_shown(self.now)}"
        return line if self.relative is None else f"{line} ({100 * self.relative:+.2g} %)"

    @property
    def size(self) -> float:
        """How far the value moved, for sorting; an appeared or vanished value is largest."""
        if self.was is None or self.now is None:
            return math.inf
        return math.inf if self.relative is None else abs(self.relative)


def moves_of(
    table: str,
    former: pl.DataFrame,
    frame: pl.DataFrame,
    intervals: Mapping[tuple[str, Key, str], tuple[float, float]],
    closed_before: int,
) -> Iterator[Move]:
    """Values of a table that moved, row by row.

    Args:
        table: its id.
        former: the table of the former release.
        frame: the table to be released.
        intervals: 95 % intervals of the former values, by table, key and column.
        closed_before: the edition's last year; earlier years are closed.
    """
    promise = promise_of(table)
    if not set(promise.key) <= set(former.columns):
        return
    before, after = rows_by_key(table, former), rows_by_key(table, frame)
    columns = [name for name in frame.columns if name not in promise.key]
    figures = set(figure_columns(promise))
    is_of_flows = publication_of(table).drawn_from == ("port_hours",)
    for row_key in {**after, **before}:
        key = dict(zip(promise.key, row_key, strict=True))
        closed = _is_closed(table, key, closed_before)
        for column in columns:
            # A column that the former release lacks has no value that could move.
            if column not in former.columns:
                continue
            was = before.get(row_key, {}).get(column)
            now = after.get(row_key, {}).get(column)
            if _same(was, now):
                continue
            absolute = None
            if isinstance(was, int | float) and isinstance(now, int | float):
                absolute = now - was
            interval = intervals.get((table, row_key, column))
            if interval is None and column in figures:
                interval = _own_interval(before.get(row_key, {}), column)
                # What is drawn from flows lacks an interval only for want of packets.
                if interval is None and was is not None and is_of_flows:
                    interval = _of_few_packets(was)
            yield Move(
                table=table,
                key=key,
                column=column,
                was=was,
                now=now,
                absolute=absolute,
                relative=absolute / abs(was) if absolute is not None and was else None,
                interval=interval,
                closed=closed,
                # A new value does not count as a move; a vanished value does.
                beyond_error=column in figures
                and was is not None
                and (interval is None or now is None or not interval[0] <= now <= interval[1]),
            )


def intervals_of(errors: pl.DataFrame | None) -> dict[tuple[str, Key, str], tuple[float, float]]:
    """The intervals within which the values of a release may move, if they have an error."""
    found: dict[tuple[str, Key, str], tuple[float, float]] = {}
    if errors is None:
        return found
    for figure, row in by_figure(errors).items():
        if row["reason"] is None:
            found[figure] = (row["low"], row["high"])
        elif row["reason"] == "few_packets":
            found[figure] = _of_few_packets(row["value"])
    return found


def _of_few_packets(value: float) -> tuple[float, float]:
    """How far a value that few packets stand for may move."""
    error = _FEW_PACKETS_ERROR * abs(value)
    return value - error, value + error


def _own_interval(row: Mapping[str, Any], figure: str) -> tuple[float, float] | None:
    """The interval that stands beside a figure in its row, as that of a plotted value does."""
    low, high = row.get(f"{figure}_low"), row.get(f"{figure}_high")
    if low is not None and high is not None:
        return low, high
    value, error = row.get(figure), row.get(f"{figure}_error", row.get("error_points"))
    return None if value is None or error is None else (value - error, value + error)


def _same(was: object, now: object) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return math.isclose(was, now, rel_tol=RELATIVE_TOLERANCE)
    return bool(was == now)


def _is_closed(table: str, key: Mapping[str, Any], closed_before: int) -> bool:
    # Values of other weeks are not figures of the edition; its own, and those that a drawing
    # repeats, are checked in their tables.
    if not figure_columns(promise_of(table)) or is_drawn_from_tables(table):
        return False
    if "week" in key:
        return bool(key["week"].year < closed_before)
    return ("year" in key or "to" in key) and year_of(dict(key)) < closed_before


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
