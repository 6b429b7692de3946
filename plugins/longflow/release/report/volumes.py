"""The layout `volumes`: mean, median and mode of both directions, a row a year."""

from __future__ import annotations

import polars as pl

from longflow.release.report.printing import Printing, decimals_of, least_covered
from longflow.release.report.table import Cell, Column, Content, Group, Row, Table, Title

_DIRECTIONS = ("in", "out")


def volumes(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of a table of daily volumes."""
    places = decimals_of(table)
    names = {name: printing.say(f"columns.{name}") for name in places}
    rows: list[Row] = []
    before = None
    for (year,), of_year in frame.group_by("year", maintain_order=True):
        by_direction = {row["direction"]: row for row in of_year.iter_rows(named=True)}
        first = of_year.row(0, named=True)
        figures: list[Content] = [
            printing.figure(table, by_direction[direction], name, places[name])
            if direction in by_direction
            else None
            for direction in _DIRECTIONS
            for name in places
        ]
        least = least_covered(by_direction.values())
        population = first["population"]
        rows.append(
            Row(
                Title(str(year), is_published=first["status"] == "published"),
                (
                    *map(_without_mark, figures),
                    printing.words.name(population) if population else None,
                    printing.coverage(table, least),
                ),
                kind="break" if rows and before != population else "part",
            )
        )
        before = population
    columns = [
        Column((printing.words.name(direction), head))
        for direction in _DIRECTIONS
        for head in names.values()
    ]
    about = (
        Column((printing.say("heads.population"),), is_text=True),
        Column((printing.say("heads.coverage"),)),
    )
    return Table(printing.say("heads.year"), (*columns, *about), (Group(None, tuple(rows)),))


def _without_mark(cell: Content) -> Content:
    """A figure without the mark of earlier reports, where that stands at the year."""
    return cell.unmarked if isinstance(cell, Cell) else cell
