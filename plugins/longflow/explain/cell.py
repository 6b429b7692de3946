"""The row and the column of a published table that a reader asks about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from longflow.contract import Contract
from longflow.errors import WrongUsageError

_LISTED = 12


@dataclass(frozen=True)
class Cell:
    """One row of a published table, and which of its figures are asked for.

    Attributes:
        row: the row, alone in a table.
        columns: names of the figures.
    """

    row: pl.DataFrame
    columns: tuple[str, ...]

    @property
    def values(self) -> dict[str, object]:
        """What stands in the row, by column."""
        return self.row.row(0, named=True)

    @property
    def status(self) -> str:
        """Whether it is computed, published before, or withheld."""
        return str(self.values.get("status", "computed"))


def conditions(texts: Sequence[str]) -> dict[str, str]:
    """What `--where column=value` says, by column.

    Raises:
        WrongUsageError: a text is no such comparison, or a column is named twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column.strip():
            raise WrongUsageError(f"'{text[:40]}' is not column=value")
        if column.strip() in found:
            raise WrongUsageError(f"{column.strip()} is named twice")
        found[column.strip()] = value.strip()
    return found


def find_cell(
    promise: Contract, frame: pl.DataFrame, where: dict[str, str], column: str | None
) -> Cell:
    """The row for which some key columns have some values.

    Args:
        promise: the contract of the table.
        frame: the table as published.
        where: values by column, as text; the empty text is an empty cell.
        column: the figure that is asked for; None for all of the row.

    Raises:
        WrongUsageError: there is no such column or value, or more than one such row; it lists
            those that there are.
    """
    figures = promise.columns_of("figure", "error", "about")
    if column is not None and column not in figures:
        raise WrongUsageError(
            f"{column[:40]} is not a figure column of this table",
            remedy=f"it has {', '.join(figures)}",
        )
    rows = frame
    for name, value in where.items():
        if name not in promise.key:
            raise WrongUsageError(
                f"{name[:40]} is not a key column of this table",
                remedy=f"its key columns are {', '.join(promise.key)}",
            )
        matching = rows.filter(_text(name) == value)
        if matching.is_empty():
            raise WrongUsageError(
                f"no {'such ' if rows.height < frame.height else ''}row has {name}={value[:40]}",
                remedy=f"{name} is one of {_values(rows, name)}",
            )
        rows = matching
    if rows.height > 1:
        open_ = [name for name in promise.key if rows[name].n_unique() > 1]
        choices = "; ".join(f"{name}: {_values(rows, name)}" for name in open_)
        raise WrongUsageError(
            f"{rows.height} rows match", remedy=f"narrow them down with --where, by {choices}"
        )
    return Cell(rows, (column,) if column is not None else tuple(figures))


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("")


def _values(rows: pl.DataFrame, name: str) -> str:
    """The values of a column, in order, as they are written after `--where`."""
    values = rows.select(pl.col(name)).unique().sort(name, nulls_last=True)
    texts = values.select(_text(name)).to_series().to_list()
    named = ", ".join(text or "'' (empty)" for text in texts[:_LISTED])
    more = len(texts) - _LISTED
    return named + (f" and {more} more" if more > 0 else "")
