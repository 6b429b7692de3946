"""Published figures in the archive: those of a file replace what was imported before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import duckdb
import polars as pl

from longflow.archive.catalogue import catalogue_exists
from longflow.archive.damaged_week import stand_in
from longflow.archive.data_files import DataFiles, Written
from longflow.archive.lake import open_archive
from longflow.archive.pseudonyms import pseudonym_key
from longflow.archive.transaction import in_transaction
from longflow.contract import contract
from longflow.database import create_from
from longflow.settings import Settings
from longflow.sqlfile import query


class Figure(Protocol):
    """One figure as a file states it: its place, its value or text, and its remark."""

    @property
    def table(self) -> str: ...  # noqa: D102 - named by the protocol
    @property
    def year(self) -> int: ...  # noqa: D102
    @property
    def key_json(self) -> str: ...  # noqa: D102
    @property
    def column(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def text(self) -> str | None: ...  # noqa: D102
    @property
    def note(self) -> str | None: ...  # noqa: D102


class FigureFile(Protocol):
    """Figures of a file, already checked by its reader, and the years that they replace."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def years(self) -> Sequence[tuple[str, int]]: ...  # noqa: D102
    @property
    def figures(self) -> Sequence[Figure]: ...  # noqa: D102


# What is stated of a figure: its value or text, and its remark.
_Said = tuple[float | None, str | None, str | None]
# Table, year, key as JSON, column.
_Key = tuple[str, int, str, str]


@dataclass(frozen=True)
class Change:
    """What an import did to one figure; `was` or `now` is None where there was or is none."""

    table: str
    key: str
    column: str
    was: float | str | None
    now: float | str | None

    def __str__(self) -> str:
        """One line: `table-1 2007 in, mean_mb: 436 → 437`."""
        key = " ".join(str(part) for part in json.loads(self.key).values() if part is not None)
        place = f"{self.table} {key}, {self.column}"
        if self.was == self.now:
            return f"{place}: its remark changed"
        return f"{place}: {_shown(self.was)} → {_shown(self.now)}"


@dataclass(frozen=True)
class Imported:
    """What an import did; if there are no changes, nothing was written."""

    changes: tuple[Change, ...]
    unchanged: int


def import_figures(settings: Settings, file: FigureFile, *, anew: bool = False) -> Imported:
    """Write the figures of a file into the archive, in one transaction.

    Everything imported before for a table and year that the file names is removed. The same figures
    again change nothing.

    Args:
        settings: where the archive is.
        file: the figures.
        anew: discard everything that was imported before, even if its files are damaged.

    Raises:
        LongflowError: a file of the figures imported before is damaged.
    """
    if not catalogue_exists(settings):
        # The key comes first: an archive is never started without one.
        pseudonym_key(settings)
    now: dict[_Key, _Said] = {
        (f.table, f.year, f.key_json, f.column): (f.value, f.text, f.note) for f in file.figures
    }
    with open_archive(settings, read_only=False) as archive:
        files = DataFiles.read(archive.connection, settings)
        damaged = files.damage(files.chosen(archive.snapshot, {"published_figure": None}))
        if damaged and (not anew or any(one.unreadable for one in damaged)):
            raise damaged[0].error(len(damaged) - 1)
        for one in damaged:
            stand_in(archive.connection, one, files)
        before = {} if damaged else _imported_before(archive.connection, file)
        different = sorted(key for key in {**before, **now} if before.get(key) != now.get(key))
        if different or anew:
            in_transaction(
                archive.connection, lambda: _replace(archive.connection, file, files, anew=anew)
            )
        for one in damaged:
            one.path.unlink(missing_ok=True)
    return Imported(
        changes=tuple(
            Change(table, key, column, _said(before, name), _said(now, name))
            for name in different
            for table, _, key, column in [name]
        ),
        unchanged=sum(before.get(key) == said for key, said in now.items()),
    )


def _said(figures: dict[_Key, _Said], name: _Key) -> float | str | None:
    value, text, _ = figures.get(name, (None, None, None))
    return text if value is None else value


def _imported_before(connection: duckdb.DuckDBPyConnection, file: FigureFile) -> dict[_Key, _Said]:
    found: dict[_Key, _Said] = {}
    for table, year in file.years:
        rows = connection.execute(
            query("archive", "published_figure", "of_year"), {"table_id": table, "year": year}
        ).fetchall()
        for key, column, value, text, note in rows:
            found[table, year, key, column] = (value, text, note)
    return found


def _replace(
    connection: duckdb.DuckDBPyConnection, file: FigureFile, files: DataFiles, *, anew: bool
) -> None:
    """Replace the figures of a file's tables and years, or all figures, by those of the file.

    The whole table is rewritten: deleting parts of its files would need delete files.
    """
    years = {"table_id": pl.String, "year": pl.Int32}
    create_from(connection, "year_replaced", pl.DataFrame(file.years, schema=years, orient="row"))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE figure_kept AS "
        "FROM published_figure ANTI JOIN year_replaced USING (table_id, year) WHERE NOT $anew",
        {"anew": anew},
    )
    connection.execute("DELETE FROM published_figure")
    connection.execute("INSERT INTO published_figure BY NAME FROM figure_kept")
    rows = [
        (f.table, f.year, f.key_json, f.column, f.value, f.text, f.note, position)
        for position, f in enumerate(file.figures, start=1)
    ]
    if rows:
        columns = list(contract("archive", "published_figure").columns)[: len(rows[0])]
        types = {"value": pl.Float64, "text": pl.String, "note": pl.String}
        frame = pl.DataFrame(rows, schema=columns, schema_overrides=types, orient="row")
        create_from(connection, "figure_read", frame)
        connection.execute(
            f"INSERT INTO published_figure {query('archive', 'published_figure')}",
            {"imported_at": datetime.now(UTC), "file": file.name, "file_sha256": file.sha256},
        )
    written = Written(connection, files)
    written.note("published_figure", "")
    written.record()


def _shown(value: float | str | None) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else value
