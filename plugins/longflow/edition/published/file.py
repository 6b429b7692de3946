"""Read a file of published figures and check it by the contracts of its tables.

This belongs to the edition because the contracts of the edition's tables define keys, columns and
limits of figures; the archive only stores what passed here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from longflow.amounts import counted
from longflow.edition.published.columns import OWN, YEARS, Cell, publishable, understand
from longflow.edition.published.figure import Figure, rows_of, year_of
from longflow.edition.tables import figure_columns, promise_of
from longflow.errors import LongflowError

# More faults than this are counted, not reported one by one.
MOST_FAULTS = 20

_PERIOD = re.compile(r"(\d{4})(-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class PublishedFile:
    """The content of a file.

    Attributes:
        name: its name without folder.
        sha256: of its bytes.
        years: each table and year that it names, including those without a figure.
        figures: in the order of the file.
    """

    name: str
    sha256: str
    years: tuple[tuple[str, int], ...]
    figures: tuple[Figure, ...]


class PublishedFileError(LongflowError):
    """A file with faults; `faults` has one clear line for each."""

    def __init__(self, faults: list[LongflowError]) -> None:
        self.faults = faults
        first = faults[0]
        super().__init__(first.what, file=first.file, place=first.place, remedy=first.remedy)


def read_published(path: Path, table: str | None = None) -> PublishedFile:
    """Read a file of published figures.

    Args:
        path: the file; the contract archive/published_figure defines its form.
        table: the table of its figures, if the file does not name it.

    Raises:
        PublishedFileError: the file has faults; contains up to `MOST_FAULTS` of them.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise LongflowError(
            f"cannot be read: {error.strerror}", file=path, remedy="name a CSV file"
        ) from None
    reading = _Reading(path)
    try:
        reading.read(data.decode("utf-8-sig"), table)
    except UnicodeDecodeError as error:
        reading.fault("not UTF-8", f"byte {error.start}", "save it as UTF-8")
    if reading.faults:
        raise PublishedFileError(reading.reported())
    return PublishedFile(
        name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        years=tuple(dict.fromkeys(reading.years)),
        figures=tuple(reading.figures),
    )


class _Reading:
    """A file while it is read: figures and faults so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.figures: list[Figure] = []
        self.years: list[tuple[str, int]] = []
        self.faults: list[LongflowError] = []
        # Columns that the header lacks for a table.
        self.problems: dict[str, str] = {}

    def fault(self, what: str, place: str | None, remedy: str) -> None:
        self.faults.append(LongflowError(what, file=self.path, place=place, remedy=remedy))

    def reported(self) -> list[LongflowError]:
        """The faults to report; the last line counts the others."""
        if len(self.faults) <= MOST_FAULTS:
            return self.faults
        more = len(self.faults) - MOST_FAULTS
        rest = LongflowError(f"and {more} more", file=self.path, remedy="correct these first")
        return [*self.faults[:MOST_FAULTS], rest]

    def read(self, text: str, table: str | None) -> None:
        known = publishable()
        if table is not None and table not in known:
            self.fault(f"there is no table '{table}'", None, f"tables: {', '.join(known)}")
            return
        lines = csv.reader(io.StringIO(text, newline=""))
        header = [name.strip() for name in next(lines, [])]
        if not header:
            self.fault("the file is empty", "line 1", "write a header, then a line for each figure")
            return
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            self.fault(f"the header has a column twice: {', '.join(twice)}", "line 1", "drop one")
            return
        tables = self._tables(header, table)
        rows = 0
        for cells in lines if tables else ():
            if not any(cell.strip() for cell in cells):
                continue
            rows += 1
            self._row(lines.line_num, header, [cell.strip() for cell in cells], tables)
        if tables and not rows:
            self.fault("there are no figures", "line 2", "write a line for each figure")
        self._same_twice()
        if not self.faults:
            self._check_rules()

    def _tables(self, header: list[str], table: str | None) -> dict[str, list[Cell]]:
        """The meaning of each column, by possible table; empty after a fault."""
        named = "table" in header
        if named and table:
            self.fault("the file names its tables itself", "line 1", "leave out the option --table")
            return {}
        fitting: dict[str, list[Cell]] = {}
        known: dict[str, int] = {}
        for candidate in [table] if table else publishable():
            cells, problem = understand(candidate, header, lenient=named)
            known[candidate] = len(cells)
            if problem:
                self.problems[candidate] = problem
            else:
                fitting[candidate] = cells
        if not fitting:
            nearest = max(self.problems, key=lambda name: known[name])
            self.fault(
                f"the columns fit no table; nearest is {nearest}, but {self.problems[nearest]}",
                "line 1",
                "see `longflow import-published --help`",
            )
        elif len(fitting) > 1 and not named:
            self.fault(
                f"the columns fit {' and '.join(fitting)}",
                "line 1",
                "name the table with --table, or in a column table",
            )
            return {}
        return fitting

    def _row(
        self, line: int, header: list[str], cells: list[str], tables: dict[str, list[Cell]]
    ) -> None:
        if len(cells) != len(header):
            self.fault(
                f"{counted(len(cells), 'cells')} under {counted(len(header), 'columns')}",
                f"line {line}",
                "write a comma between cells, and quotes around a cell with commas",
            )
            return
        given = dict(zip(header, cells, strict=True))
        table = given.get("table") or (next(iter(tables)) if len(tables) == 1 else "")
        if table not in tables:
            self.fault(
                f"the columns do not fit {table}: {self.problems[table]}"
                if table in self.problems
                else f"there is no table '{table}'",
                f"line {line}, column table",
                f"tables: {', '.join(publishable())}",
            )
            return
        understood = tables[table]
        foreign = [
            name
            for name in header
            if given[name] and name not in {*OWN, *(cell.header for cell in understood)}
        ]
        for name in foreign:
            self.fault(
                f"{table} has no column '{name}'", f"line {line}, column {name}", "empty this cell"
            )
        before = len(self.faults)
        fixed = {
            cell.column: self._key_value(table, cell.column, given[cell.header], line)
            for cell in understood
            if cell.is_key
        }
        if len(self.faults) > before or foreign:
            return
        figures, texts = self._cells(table, given, understood, line)
        for cell in figures:
            key = {**fixed, **dict(cell.key)}
            self.years.append((table, year_of(key)))
            if given[cell.header]:
                self._figure(table, key, cell, given, line)
                for text in texts:
                    self._figure(table, key, text, given, line)

    def _cells(
        self, table: str, given: dict[str, str], understood: list[Cell], line: int
    ) -> tuple[list[Cell], list[Cell]]:
        """The figure cells of a line, and the text cells that accompany each of them."""
        promise = promise_of(table)
        names = figure_columns(promise)
        figures = [cell for cell in understood if cell.column in names]
        texts = [
            cell
            for cell in understood
            if not cell.is_key and cell.column not in names and given[cell.header]
        ]
        if "column" in given:
            if given["column"] in names:
                figures.append(Cell("value", given["column"]))
            else:
                self.fault(
                    f"{table} has no figure '{given['column']}'",
                    f"line {line}, column column",
                    f"figures: {', '.join(names)}",
                )
        return figures, texts

    def _key_value(self, table: str, column: str, text: str, line: int) -> int | str | None:
        promise = promise_of(table).columns[column]
        place = f"line {line}, column {column}"
        if not text:
            if promise.nullable is not True:
                self.fault("no value", place, f"write the {column} of the figure")
            return None
        if promise.type == "VARCHAR":
            if column in {"from", "to"} and not _PERIOD.fullmatch(text):
                self.fault(f"'{text}' is neither year nor month", place, "write YYYY or YYYY-MM")
            return text
        if not re.fullmatch(r"-?\d{1,9}", text):
            self.fault(f"'{text}' is not a whole number", place, "write digits alone")
            return None
        if column == "year" and int(text) not in YEARS:
            self.fault(f"{text} is no year of internet traffic", place, "write the year as YYYY")
        return int(text)

    def _figure(
        self, table: str, key: dict[str, Any], cell: Cell, given: dict[str, str], line: int
    ) -> None:
        promise = promise_of(table)
        text = given[cell.header]
        value: float | None = None
        is_text = promise.columns[cell.column].type == "VARCHAR"
        if not is_text:
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                self.fault(
                    f"'{text}' is not a number",
                    f"line {line}, column {cell.header}",
                    "write it with a decimal point and without unit, or leave it empty",
                )
                return
        self.figures.append(
            Figure(
                table=table,
                year=year_of(key),
                key=tuple((name, key.get(name)) for name in promise.key),
                column=cell.column,
                value=value,
                text=text if is_text else None,
                note=given.get("note") or None,
                line=line,
            )
        )

    def _same_twice(self) -> None:
        seen: dict[tuple[str, str, str], Figure] = {}
        kept = []
        for figure in self.figures:
            name = (figure.table, figure.key_json, figure.column)
            first = seen.setdefault(name, figure)
            if first is figure:
                kept.append(figure)
            elif figure.text is None or figure.text != first.text:
                self.fault(
                    f"{figure.place} {figure.column} is already in line {first.line}",
                    f"line {figure.line}",
                    "keep one of the two",
                )
        self.figures = kept

    def _check_rules(self) -> None:
        """Check the rules of the tables' contracts for printed rows too."""
        with duckdb.connect() as connection:
            for table in dict(self.years):
                promise = promise_of(table)
                mine = [figure for figure in self.figures if figure.table == table]
                lines = pl.Series("line", _lines(mine), dtype=pl.Int64())
                frame = rows_of(promise, mine, {}).with_columns(lines)
                connection.register("printed", frame.to_arrow())
                for rule in promise.rules:
                    broken = connection.execute(
                        f"SELECT line FROM (SELECT line, ({rule.violation('printed')}) AS violated"
                        " FROM printed) WHERE violated ORDER BY line"
                    ).fetchall()
                    for (line,) in broken:
                        column = f", column {rule.column}" if rule.column else ""
                        self.fault(
                            f"{table}: {rule.sentence} [{rule.id}]",
                            f"line {line}{column}",
                            "correct this line",
                        )
                connection.unregister("printed")


def _lines(figures: list[Figure]) -> list[int]:
    """The line number of each row that `rows_of` makes."""
    lines: dict[str, int] = {}
    for figure in figures:
        lines.setdefault(figure.key_json, figure.line)
    return list(lines.values())
