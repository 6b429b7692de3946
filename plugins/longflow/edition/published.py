"""Published figures in the tables of an edition: beside what is computed, never in its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from longflow.contract import Contract, contract
from longflow.edition.note import Note
from longflow.edition.scope import IPOE_SINCE_YEAR, is_month_between
from longflow.edition.tables import folder
from longflow.settings import Edition
from longflow.sqlfile import query

_TYPES: dict[str, pl.DataType] = {
    "INTEGER": pl.Int32(),
    "UTINYINT": pl.UInt8(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "VARCHAR": pl.String(),
}
# Tables that hold the last few years alone.
_LAST_YEARS = ("table-3", "table-4", "table-4-by-ip-version")


@dataclass(frozen=True)
class Figure:
    """One published figure, or text, of a table.

    Attributes:
        table: id of the table.
        year: its year; of a comparison the later one.
        key: the table's key columns, in the order of its contract.
        column: where it stands in the table.
        value: the figure, in the column's unit; None for a text.
        text: a label or population; None for a figure.
        note: remark of its line.
        line: line of the file.
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
        """The key as the archive keeps it."""
        return json.dumps(dict(self.key), ensure_ascii=False)

    @property
    def place(self) -> str:
        """The key for people: `table-1 2019 in`."""
        return " ".join([self.table, *(str(value) for _, value in self.key if value is not None)])


@dataclass(frozen=True)
class PublishedFigures:
    """What the archive holds of published figures, for one edition.

    Attributes:
        figures: by table, in the order of their files.
        files: where they come from: table, years, file, sha256, imported_at (for the manifest).
    """

    figures: dict[str, list[Figure]]
    files: tuple[dict[str, Any], ...]


def year_of(key: dict[str, Any]) -> int:
    """Year of a row: its own, of a comparison that in which it ends."""
    return int(key["year"] if "year" in key else str(key["to"])[:4])


def rows_of(
    promise: Contract, figures: list[Figure], texts: dict[tuple[int, str], str]
) -> pl.DataFrame:
    """Published figures as rows of their table.

    Args:
        promise: the contract of the table.
        figures: its figures; those of one key become one row, in the order of first appearance.
        texts: by year and column, what stands in a column of which a row says nothing.

    Returns:
        Columns and types of the contract; status is published; what is not known is empty.
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
        schema={name: _TYPES[column.type] for name, column in promise.columns.items()},
    )


def published_figures(connection: duckdb.DuckDBPyConnection, edition: int) -> PublishedFigures:
    """The published figures that an archive holds, to the year of an edition."""
    try:
        rows = connection.execute(
            query("archive", "published_figure", "of_edition"), {"edition": edition}
        ).fetchall()
    except duckdb.CatalogException:
        # A snapshot from before there were published figures.
        rows = []
    figures: dict[str, list[Figure]] = {}
    files: dict[tuple[str, str], dict[str, Any]] = {}
    for table, year, key, column, value, text, note, line, imported_at, file, digest in rows:
        figures.setdefault(table, []).append(
            Figure(table, year, tuple(json.loads(key).items()), column, value, text, note, line)
        )
        told = {"table": table, "years": [], "file": file, "sha256": digest}
        entry = files.setdefault((table, digest), {**told, "imported_at": imported_at.isoformat()})
        if year not in entry["years"]:
            entry["years"].append(year)
    return PublishedFigures(figures, tuple(files.values()))


def add_published(
    edition: Edition,
    published: PublishedFigures,
    tables: Mapping[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], list[Note]]:
    """The tables with the published figures of years that are not computed.

    A year of which a table holds anything computed gets nothing published. Port tables end with the
    last years that the edition prints, computed or published.

    Args:
        edition: says how many years port tables print.
        published: what was imported.
        tables: by id, as computed.

    Returns:
        All tables, published years in their place, and footnotes about them.
    """
    found = dict(tables)
    notes: list[Note] = []
    for table, figures in published.figures.items():
        if table not in tables:
            continue
        frame = tables[table]
        promise = contract("edition", folder(table))
        # A month between makes no computed year.
        of_years = frame.filter(~is_month_between(edition)) if table == "growth" else frame
        computed = {year_of(row) for row in of_years.select(promise.key).iter_rows(named=True)}
        years = {figure.year for figure in figures}
        left_out = sorted(years & computed)
        added = years - computed
        if table in _LAST_YEARS:
            added &= set(sorted(years | computed)[-edition.port_years :])
        if left_out:
            spelled = ", ".join(map(str, left_out))
            text = f"Published figures of {spelled} are left out: these years are computed."
            notes.append(Note((table,), "finding", text))
        chosen = [figure for figure in figures if figure.year in added]
        if not chosen:
            continue
        texts = {(year, "population"): _population(table, year) for year in added}
        rows = rows_of(promise, chosen, texts).cast(frame.schema)
        found[table] = _in_order(promise, pl.concat([frame, rows]))
        notes += _notes(table, chosen)
    return found, notes


def merged_order(sequences: list[list[Any]]) -> list[Any]:
    """One order of all items in which each sequence keeps to that of the ones before it.

    An item that is new comes behind the one that it follows in its own sequence.
    """
    order: list[Any] = []
    for sequence in sequences:
        place = 0
        for item in sequence:
            if item in order:
                place = order.index(item) + 1
            else:
                order.insert(place, item)
                place += 1
    return order


def _in_order(promise: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows by year and, within it, as in the last year; comparisons by measure and period."""
    if "year" not in promise.key:
        lines = [name for name in promise.key if name not in {"from", "to"}]
        order = merged_order([frame.select(lines[0]).unique(maintain_order=True).rows()])
        return _sorted(frame, lines[:1], order, [*lines[1:2], "from", "to", *lines[2:]])
    lines = [name for name in promise.key if name != "year"]
    by_year = frame.partition_by("year", as_dict=True)
    order = merged_order([by_year[year].select(lines).rows() for year in sorted(by_year)[::-1]])
    return _sorted(frame, lines, order, [], first=["year"])


def _sorted(
    frame: pl.DataFrame,
    columns: list[str],
    order: list[Any],
    then: list[str],
    first: list[str] | None = None,
) -> pl.DataFrame:
    places = {item: place for place, item in enumerate(order)}
    place = pl.Series("_place", [places[row] for row in frame.select(columns).iter_rows()])
    return (
        frame.with_columns(place)
        .sort([*(first or []), "_place", *then], maintain_order=True)
        .drop("_place")
    )


def _population(table: str, year: int) -> str:
    """Who was counted in a year's distribution (docs/method.md, rule 5)."""
    if table == "table-2":
        return "numbers"
    return "pppoe+ipoe" if year >= IPOE_SINCE_YEAR else "pppoe"


def _notes(table: str, figures: list[Figure]) -> list[Note]:
    years = ", ".join(str(year) for year in sorted({figure.year for figure in figures}))
    remarks: dict[str, dict[int, None]] = {}
    for figure in figures:
        if figure.note:
            remarks.setdefault(figure.note, {})[figure.year] = None
    texts = [
        f"Published figures, marked p, of {years}: as an earlier report printed them, imported and"
        " not recomputed; what it did not print is empty.",
        *(f"{', '.join(map(str, sorted(of)))}: {note}." for note, of in remarks.items()),
    ]
    return [Note((table,), "finding", text) for text in texts]
