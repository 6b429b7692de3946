"""The meaning of the columns of a file of published figures: key, figures or remarks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from longflow.contract import Contract
from longflow.edition.tables import (
    figure_columns,
    is_drawn_from_tables,
    promise_of,
    published_tables,
)

YEARS = range(1970, 2200)

# Columns apart from keys and figures.
OWN = ("table", "column", "value", "note")


@dataclass(frozen=True)
class Cell:
    """The meaning of a file column: part of the key (`key`), or a value of `column` at a key."""

    header: str
    column: str
    key: tuple[tuple[str, Any], ...] = ()
    is_key: bool = False


def publishable() -> list[str]:
    """Tables that can contain published figures: those with a status and a year for each row.

    Rows of single weeks and months are not among them: their figures are divided by those of a
    week or month that another report chose differently. Nor are figures of other tables, which
    show what these hold.
    """
    return [
        table
        for table, promise in published_tables().items()
        if promise.columns_of("status")
        and {"year", "to"} & {*promise.key}
        and not is_drawn_from_tables(table)
    ]


def understand(table: str, header: list[str], *, lenient: bool) -> tuple[list[Cell], str | None]:
    """The meaning of a file's columns for a table, or why they do not fit it.

    A lenient reading, for a file with several tables, ignores columns of other tables.
    """
    promise = promise_of(table)
    figures = figure_columns(promise)
    is_long = "column" in header
    cells: list[Cell] = []
    problem = None
    for name in header:
        cell = _understand_column(promise, figures, name, is_long=is_long)
        if cell is not None:
            cells.append(cell)
        elif name not in OWN and not lenient:
            problem = problem or f"the table has no column '{name}'"
    keys = {cell.column for cell in cells if cell.is_key}
    wanted = [name for name in promise.key if promise.columns[name].nullable is not True]
    if is_long != ("value" in header) and (is_long or "value" not in promise.columns):
        problem = problem or "one of the columns 'column' and 'value' is missing"
    holding = [cell for cell in cells if cell.column in figures]
    if is_long:
        holding.append(Cell("value", "value"))
    if not holding:
        problem = problem or f"the file has none of the columns {', '.join(figures)}"
    for cell in holding:
        missing = [name for name in wanted if name not in {*keys, *dict(cell.key)}]
        if missing:
            problem = problem or f"the file has no column {', '.join(missing)}"
    return cells, problem


def _understand_column(
    promise: Contract, figures: list[str], name: str, *, is_long: bool
) -> Cell | None:
    if name in promise.key:
        return Cell(name, name, is_key=True)
    # `value` is a figure of growth; with `column` it is a value of the column named there.
    # Earlier reports printed no coverage and no status of computed values.
    about_computed = promise.columns_of("coverage", "status")
    if name in promise.columns and name not in about_computed and not (is_long and name in OWN):
        return Cell(name, name)
    direction, _, column = name.partition("_")
    if "direction" in promise.key and direction in {"in", "out"} and column in figures:
        return Cell(name, column, (("direction", direction),))
    if "year" in promise.key and re.fullmatch(r"\d{4}", name) and int(name) in YEARS:
        return Cell(name, figures[0], (("year", int(name)),))
    top = re.fullmatch(r"top_(\d+)_percent_share", name)
    if "top_percent" in promise.key and top:
        return Cell(name, figures[0], (("top_percent", int(top[1])),))
    return None
