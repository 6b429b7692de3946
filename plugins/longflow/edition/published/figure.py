"""A published figure, and table rows made from such figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from longflow.contract import Contract
from longflow.contract.types import polars_schema


@dataclass(frozen=True)
class Figure:
    """One published figure, or text, of a table.

    Attributes:
        table: id of the table.
        year: its year; for a comparison, the later one.
        key: the table's key columns, in the order of its contract.
        column: its column in the table.
        value: the figure, in the column's unit; None for a text.
        text: a label or population; None for a figure.
        note: remark on its line.
        line: line number in the file.
    """

    table: str
    year: int
    key: tuple[tuple[str, Any], ...]
    column: str
    value: float | None
    text: str | None
    note: str | None
    line: int

    @property
    def key_json(self) -> str:
        """The key as the archive stores it."""
        return json.dumps(dict(self.key), ensure_ascii=False)

    @property
    def place(self) -> str:
        """The key as text: `table-1 2019 in`."""
        return " ".join([self.table, *(str(value) for _, value in self.key if value is not None)])


def year_of(key: dict[str, Any]) -> int:
    """Year of a row: its own, or for a comparison the year in which it ends."""
    return int(key["year"] if "year" in key else str(key["to"])[:4])


def rows_of(
    promise: Contract, figures: list[Figure], texts: dict[tuple[int, str], str]
) -> pl.DataFrame:
    """Published figures as rows of their table.

    Args:
        promise: the contract of the table.
        figures: its figures; those with the same key form one row, in order of first appearance.
        texts: defaults by year and column, for columns that a row does not give.

    Returns:
        Columns and types of the contract, with status published; unknown values are empty.
    """
    rows: dict[str, dict[str, Any]] = {}
    for figure in figures:
        row = rows.setdefault(figure.key_json, {**dict(figure.key), "status": "published"})
        row[figure.column] = figure.text if figure.value is None else figure.value
    years = {figure.key_json: figure.year for figure in figures}
    return pl.DataFrame(
        [
            {name: row.get(name, texts.get((years[key], name))) for name in promise.columns}
            for key, row in rows.items()
        ],
        schema=polars_schema(promise),
    )
