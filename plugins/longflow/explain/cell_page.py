"""The way back of one figure as text: the rows behind it, their loads, files and findings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import polars as pl

from longflow.amounts import amounts, counted
from longflow.contract import Contract
from longflow.edition.disclosure.guard import WITHHELD
from longflow.edition.tables import SENSITIVITY, promise_of
from longflow.explain.cell import Cell
from longflow.explain.imported import imported_figures
from longflow.explain.loads import Load, find_loads, needed_aggregates
from longflow.explain.made_anew import made_anew, same_row
from longflow.explain.made_from import Place
from longflow.explain.page import HEADINGS, WIDTH, beside, names
from longflow.explain.release import Source
from longflow.explain.rows import Rows, find_rows
from longflow.explain.shown import Shown, published_means

_FILES_NAMED = 3


def cell_page(source: Source, table: str, cell: Cell, *, all_files: bool) -> Iterator[str]:
    """Lines that follow one row of a published table back to the delivered files.

    Args:
        source: the release.
        table: id of the table.
        cell: the row, and its figures that are asked for.
        all_files: whether every file is named.

    Raises:
        LongflowError: the archive is damaged, lacks the snapshot, or is another one; or gives
            another row than was published.
    """
    promise = promise_of(table)
    yield from _head(source, table, promise, cell)
    if cell.status == "published":
        yield from _imported(source, table, promise, cell)
        return
    offset, figures = 0, cell
    if table == SENSITIVITY:
        offset, table, figures = _of_other_week(cell)
        yield ""
        yield f"{table} as the same queries compute it for the week {cell.values['week']}"
    root = Place("edition", promise_of(table).table)
    with made_anew(source, table, offset) as anew:
        figures = same_row(source, anew, table, figures)
        rows = find_rows(anew.connection, root, figures.row)
        shown = Shown(
            anew.connection,
            source.edition.minimum_subscribers,
            published_means(anew.tables)
            # Means of other weeks are published only beside those of the edition's own.
            if offset == 0
            else {},
        )
        yield from _steps(rows, root, shown, is_withheld=cell.status == WITHHELD)
        needed = needed_aggregates(anew.connection, rows.values())
    yield from _loads(find_loads(source, needed), source.settings.zone, all_files=all_files)


def _of_other_week(cell: Cell) -> tuple[int, str, Cell]:
    """The figure of another week that a row of `sensitivity` is about.

    Returns:
        How many weeks after the analysis week, the table, and the row as far as it is known: its
        key and the figure.
    """
    values = cell.values
    table = str(values["table"])
    key = promise_of(table).key
    row = cell.row.select(*key, pl.col("value").alias(str(values["column"])))
    return int(str(values["offset_weeks"])), table, Cell(row, (str(values["column"]),))


def _head(source: Source, table: str, promise: Contract, cell: Cell) -> Iterator[str]:
    values = cell.values
    key = ", ".join(f"{name} {values[name]}" for name in promise.key if values[name] is not None)
    yield from textwrap.wrap(f"{table}: {key}", WIDTH, subsequent_indent="  ")
    for name in cell.columns:
        column, value = promise.columns[name], values[name]
        unit = f" {column.unit}" if column.unit else ""
        if value is not None:
            yield from beside(name, f"{value}{unit}: {column.meaning}")
        elif cell.status == WITHHELD:
            minimum = source.edition.minimum_subscribers
            yield from beside(
                name,
                f"withheld: by itself or by its difference from other rows it would describe"
                f" fewer than {minimum} subscribers",
            )
        else:
            yield from beside(name, f"empty: {column.meaning}")
    yield from beside(
        "release",
        f"{source.path.name} of edition {source.year}, from snapshot {source.snapshot} of the"
        " archive",
    )


def _imported(source: Source, table: str, promise: Contract, cell: Cell) -> Iterator[str]:
    yield ""
    yield "imported: as an earlier report printed it; nothing was computed"
    for one in imported_figures(source, table, promise, cell):
        yield from beside(one.column, f"{one.value}, figure {one.line} of {one.file}")
        yield f"    {one.sha256}  {one.file}"
        note = f"; {one.note}" if one.note else ""
        yield from beside("", f"imported {one.imported_at:%Y-%m-%d %H:%M}{note}")


def _steps(
    rows: dict[Place, Rows], root: Place, shown: Shown, *, is_withheld: bool
) -> Iterator[str]:
    step = ""
    full = {place: found for place, found in rows.items() if not shown.is_empty(found)}
    for place, found in full.items():
        if place == root:
            continue
        if place.step != step:
            step = place.step
            yield ""
            yield HEADINGS[step]
        if is_withheld:
            yield from beside(place.table, "not shown, because the row is withheld")
        else:
            first, *others = shown.lines(found)
            yield from beside(place.table, first)
            for line in others:
                yield from beside("", line)
        yield from beside("", f"for {names(other for other in found.joints if other in full)}")


def _loads(loads: Sequence[Load], zone: ZoneInfo, *, all_files: bool) -> Iterator[str]:
    yield ""
    yield "loads: week, feed and revision, with the delivered files and their SHA-256"
    for load in loads:
        one = load.attempt
        accepted = f", accepted: {one.accepted_reason}" if one.accepted_reason else ""
        loaded_at = one.loaded_at.astimezone(zone)
        yield from beside(
            f"{one.week} {one.feed.value}",
            f"revision {one.revision}, loaded {loaded_at:%Y-%m-%d %H:%M}, {one.verdict},"
            f" {one.coverage_percent:.1f} % covered{accepted}",
        )
        yield from _files(load, all_files=all_files)
        yield from _findings(load)


def _files(load: Load, *, all_files: bool) -> Iterator[str]:
    named = load.files if all_files else load.files[:_FILES_NAMED]
    yield from (f"    {one['sha256']}  {one['source']}/{one['name']}" for one in named)
    if len(load.files) > len(named):
        size = sum(int(one["size_bytes"]) for one in load.files)
        yield (
            f"    and {len(load.files) - len(named):,} more: {counted(len(load.files), 'files')} of"
            f" {counted(size, 'bytes')} (--files names them all)"
        )


def _findings(load: Load) -> Iterator[str]:
    groups: dict[tuple[str, str, str | None, str], list[tuple[int, int, int, str]]] = {}
    for one in load.findings:
        key = (one.severity, one.rule, one.source, one.sentence)
        groups.setdefault(key, []).append((one.rows, one.bytes, one.count, one.unit))
    for (severity, rule, source, sentence), found in groups.items():
        counts = amounts(
            sum(f[0] for f in found),
            sum(f[1] for f in found),
            sum(f[2] for f in found),
            found[0][3],
        )
        of = " · ".join([*([source] if source else []), *counts])
        yield from beside(f"  {severity}", f"{rule}{f' ({of})' if of else ''}: {sentence}")
