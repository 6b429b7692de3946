"""The layout `grid`: any table, with its key columns across and down as its contract says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from longflow.contract.table import Grid as Places
from longflow.edition.tables import publication_of
from longflow.release.report.printing import Printing, decimals_of
from longflow.release.report.table import Column, Content, Group, Row, Table, Title

Fields = Mapping[str, Any]


def grid(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of a table with the layout `grid`; the order is that of its rows.

    Raises:
        LookupError: the contract does not say where the key columns are printed.
    """
    places = publication_of(table).grid
    if places is None:
        raise LookupError(f"{table} has no grid")
    decimals = decimals_of(table)
    rows = list(frame.iter_rows(named=True))
    across = _distinct(rows, places.columns)
    columns = [(names, figure) for names in across for figure in _headed(decimals, places)]
    groups = []
    for heading in _distinct(rows, places.groups):
        below = [row for row in rows if _values(row, places.groups) == heading]
        cells = {(_values(row, places.rows), _values(row, places.columns)): row for row in below}
        groups.append(
            Group(
                _said(table, "group", places.groups, heading, printing) if heading else None,
                tuple(
                    Row(
                        Title(_said(table, "row", places.rows, name, printing)),
                        tuple(
                            _cell(table, cells.get((name, names)), figure, decimals, printing)
                            for names, figure in columns
                        ),
                    )
                    for name in _distinct(below, places.rows)
                ),
            )
        )
    heads = [
        Column(
            tuple(
                _said(table, key, places.columns, names, printing, figure)
                for key in ("over", "column")
                if f"tables.{table}.grid.{key}" in printing.words.words
            )
        )
        for names, figure in columns
    ]
    corner = printing.words.text(f"tables.{table}.grid.corner")
    return Table(corner, tuple(heads), tuple(groups))


def _said(
    table: str,
    key: str,
    names: tuple[str, ...],
    values: tuple[Any, ...],
    printing: Printing,
    figure: str | None = None,
) -> str:
    """A heading of the table, which knows the key columns and, of a column, the figure."""
    fields = dict(zip(names, values, strict=True))
    if figure is not None:
        fields["figure"] = figure
    return printing.words.text(f"tables.{table}.grid.{key}", **fields)


def _headed(figures: Mapping[str, int], places: Places) -> list[str | None]:
    """The figures that have columns of their own; None for the only one of each row."""
    return [None] if places.one_figure_a_row or len(figures) == 1 else [*figures]


def _cell(
    table: str,
    row: Fields | None,
    figure: str | None,
    decimals: Mapping[str, int],
    printing: Printing,
) -> Content:
    # A withheld row has none of its figures; any of them says so.
    given = [name for name in decimals if row is not None and row[name] is not None]
    name = figure or [*given, *decimals][0]
    return printing.figure_or_mark(table, row, name, decimals[name])


def _distinct(rows: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """The values of some columns, each once, in the order of the rows."""
    return iter(dict.fromkeys(_values(row, names) for row in rows))


def _values(row: Fields, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)
