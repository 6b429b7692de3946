"""What may be shown of the rows behind a figure: nothing that the release itself withholds.

Of persons only numbers of subscribers, rounded as table `totals` rounds them. Of all else numbers
of rows, and the sums and columns that a contract names. Why: docs/decisions/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import polars as pl

from longflow.amounts import counted
from longflow.contract import Column, Contract
from longflow.edition.tables import promise_of
from longflow.explain.made_from import Place, contract_of, made_from
from longflow.explain.rows import KEPT, Rows
from longflow.sqlfile import identifier

SUBSCRIBER = "subscriber"
_SUBSCRIBERS = "subscribers"
_MOST_ROWS = 5

# Year, service and direction of a distribution.
Distribution = tuple[Any, Any, Any]


@dataclass(frozen=True)
class Shown:
    """What is shown of rows.

    Attributes:
        connection: on which the rows are.
        minimum: the fewest subscribers that may be described.
        means: published mean volume a day, in MB, of each distribution.
    """

    connection: duckdb.DuckDBPyConnection
    minimum: int
    means: Mapping[Distribution, float]

    def lines(self, rows: Rows) -> Iterator[str]:
        """What may be shown of some rows, a line each."""
        promise = contract_of(rows.place)
        if promise is None:
            raise LookupError(f"{rows.place.table} has no contract")
        if is_of_persons(promise):
            yield from self._persons(rows)
            return
        yield self._summed(rows, promise, rows.part)
        if rows.each:
            yield from self._each(rows, promise)
        # If nothing is behind a row, its share of 0 reveals nothing of the whole: shares of other
        # rows, and with them the whole, may be withheld.
        if rows.whole is not None and self.number(rows.part):
            yield f"of {self._summed(rows, promise, rows.whole)}"

    def is_empty(self, rows: Rows) -> bool:
        """Whether there are neither rows of the part nor of the whole."""
        return not any(self.number(table) for table in (rows.part, rows.whole) if table)

    def number(self, table: str) -> int:
        """How many rows there are."""
        ((number,),) = self.connection.execute(
            f"SELECT count(*) FROM {identifier(table)}"
        ).fetchall()
        return int(number)

    def _persons(self, rows: Rows) -> Iterator[str]:
        keys = [name for name in rows.keys if name != SUBSCRIBER]
        listed = ", ".join(map(identifier, keys))
        groups = self.connection.execute(
            f"SELECT {listed}, count(DISTINCT {SUBSCRIBER}) FROM {rows.part}"
            f" GROUP BY {listed} ORDER BY {listed}"
        ).fetchall()
        for *values, number in groups:
            group = dict(zip(keys, values, strict=True))
            yield f"{_spelled(group)}: {self._subscribers(number)}{self._volume(group, number)}"

    def _subscribers(self, number: int) -> str:
        if number < self.minimum:
            return f"withheld (fewer than {self.minimum} subscribers)"
        about = "" if self.minimum == 1 else "about "
        return f"{about}{self._rounded(number):,} subscribers"

    def _volume(self, group: Mapping[str, Any], number: int) -> str:
        """The volume of a distribution, as far as its published mean gives it."""
        place = (group.get("year"), group.get("service"), group.get("direction"))
        mean = self.means.get(place)
        if number < self.minimum or mean is None:
            return ""
        week_gb = mean * 7 * self._rounded(number) / 1e3
        return f", {week_gb:,.6g} GB in the week (7 days of the published mean, times their number)"

    def _rounded(self, number: int) -> int:
        ((rounded,),) = self.connection.execute(
            "SELECT multiple_of(?::BIGINT, rounding_step(?::BIGINT))", [number, self.minimum]
        ).fetchall()
        return int(rounded)

    def _summed(self, rows: Rows, promise: Contract, table: str) -> str:
        """How many rows there are, what they have in common, and what they sum up to."""
        number = self.number(table)
        # How many bins of a distribution hold anybody moves with every one of its subscribers.
        is_told = {*promise.key} <= {*rows.keys} or not is_made_of_persons(rows.place)
        parts = [counted(number, "rows") if is_told else "rows"]
        if number and rows.keys:
            ones = ", ".join(
                f"CASE WHEN count(DISTINCT {name}) = 1 AND count({name}) = count(*)"
                f" THEN any_value({name}) END"
                for name in map(identifier, rows.keys)
            )
            (values,) = self.connection.execute(f"SELECT {ones} FROM {table}").fetchall()
            common = {k: v for k, v in zip(rows.keys, values, strict=True) if v is not None}
            if common:
                parts.append(_spelled(common))
        if number and rows.sums:
            sums = ", ".join(f"sum({identifier(name)})" for name in rows.sums)
            (values,) = self.connection.execute(f"SELECT {sums} FROM {table}").fetchall()
            parts += [
                self._amount(name, promise.columns[name], value)
                for name, value in zip(rows.sums, values, strict=True)
            ]
        return ": ".join([parts[0], " · ".join(parts[1:])]) if parts[1:] else parts[0]

    def _each(self, rows: Rows, promise: Contract) -> Iterator[str]:
        """A line for each of a few rows."""
        if self.number(rows.part) > _MOST_ROWS:
            return
        names = [*rows.keys, *(name for name in promise.key if name not in rows.keys)]
        listed = ", ".join(map(identifier, [*names, *rows.each]))
        keys = ", ".join(map(identifier, names))
        for row in self.connection.execute(
            f"SELECT {listed} FROM {rows.part} ORDER BY {keys}"
        ).fetchall():
            values = dict(zip([*names, *rows.each], row, strict=True))
            amounts = [
                self._amount(name, promise.columns[name], values[name]) for name in rows.each
            ]
            yield f"{_spelled({name: values[name] for name in names})}: {' · '.join(amounts)}"

    def _amount(self, name: str, column: Column, value: Any) -> str:  # noqa: ANN401 - any SQL type
        if value is None:
            return f"{name} not known"
        if column.unit == _SUBSCRIBERS:
            return self._subscribers(int(value))
        spelled = f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
        return f"{name} {spelled}"


def is_of_persons(promise: Contract) -> bool:
    """Whether rows of a table are of single subscribers."""
    return SUBSCRIBER in promise.key or any(one.private for one in promise.columns.values())


@cache
def is_made_of_persons(place: Place) -> bool:
    """Whether a table is made, on whatever way, of rows of single subscribers."""
    promise = contract_of(place)
    return (promise is not None and is_of_persons(promise)) or any(
        is_made_of_persons(other) for other in made_from(place) if other.step in KEPT
    )


def published_means(tables: Mapping[str, pl.DataFrame]) -> dict[Distribution, float]:
    """Mean volume a day of each distribution that is published, in MB."""
    found = {}
    for table, frame in tables.items():
        published = promise_of(table).published
        if "mean_mb" in frame.columns and published is not None and published.service:
            rows = frame.select("year", "direction", "mean_mb").drop_nulls()
            for year, direction, mean in rows.iter_rows():
                found[year, published.service, direction] = mean
    return found


def _spelled(values: Mapping[str, Any]) -> str:
    return " ".join(f"{name} {value}" for name, value in values.items() if value is not None)
