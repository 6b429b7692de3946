"""The layout `grid`: any table, with its key columns across and down as its contract says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from longflow.contract.table import Grid as Places
from longflow.edition.tables import publication_of
from longflow.release.bars import Bars
from longflow.release.report.cells import Cell, decimals_of
from longflow.settings import Edition

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class GridCell:
    """A figure and the decimals with which it is printed."""

    cell: Cell
    places: int


@dataclass(frozen=True)
class GridRow:
    """A row: the key columns that name it, and a cell for each column; None without a figure."""

    fields: Fields
    cells: tuple[GridCell | None, ...]


@dataclass(frozen=True)
class GridGroup:
    """Rows under one heading; no fields where the table has no groups."""

    fields: Fields
    rows: tuple[GridRow, ...]


@dataclass(frozen=True)
class Grid:
    """All groups. `columns` are the key columns, and the figure, that name each column."""

    columns: tuple[Fields, ...]
    groups: tuple[GridGroup, ...]


def grid(table: str, frame: pl.DataFrame, bars: Bars, _: Edition) -> Grid:
    """The body of a table with the layout `grid`; the order is that of its rows.

    Raises:
        LookupError: the contract does not say where the key columns are printed.
    """
    places = publication_of(table).grid
    if places is None:
        raise LookupError(f"{table} has no grid")
    rows = list(frame.iter_rows(named=True))
    figures = decimals_of(table)
    across = _distinct(rows, places.columns)
    columns = [(names, figure) for names in across for figure in _headed(figures, places)]
    groups = []
    for heading in _distinct(rows, places.groups):
        below = [row for row in rows if _values(row, places.groups) == heading]
        cells = {(_values(row, places.rows), _values(row, places.columns)): row for row in below}
        groups.append(
            GridGroup(
                dict(zip(places.groups, heading, strict=True)),
                tuple(
                    GridRow(
                        dict(zip(places.rows, name, strict=True)),
                        tuple(
                            _cell(table, cells.get((name, names)), figure, bars)
                            for names, figure in columns
                        ),
                    )
                    for name in _distinct(below, places.rows)
                ),
            )
        )
    heads = (
        dict(zip(places.columns, names, strict=True))
        | ({} if figure is None else {"figure": figure})
        for names, figure in columns
    )
    return Grid(tuple(heads), tuple(groups))


def _headed(figures: Mapping[str, int], places: Places) -> list[str | None]:
    """The figures that have columns of their own; None for the only one of each row."""
    return [None] if places.one_figure_a_row or len(figures) == 1 else [*figures]


def _cell(table: str, row: Fields | None, figure: str | None, bars: Bars) -> GridCell | None:
    if row is None:
        return None
    decimals = decimals_of(table)
    # A withheld row has none of its figures; any of them says so.
    given = [name for name in decimals if row[name] is not None] or [*decimals]
    name = figure or given[0]
    if row[name] is None and row.get("status") != "withheld":
        return None
    return GridCell(
        Cell(
            row[name], bars.of(table, name, row, decimals[name]), row.get("status") == "published"
        ),
        decimals[name],
    )


def _distinct(rows: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """The values of some columns, each once, in the order of the rows."""
    return iter(dict.fromkeys(_values(row, names) for row in rows))


def _values(row: Fields, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)
