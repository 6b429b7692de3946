"""The layout `totals`: numbers of consumers and their volume, a row a year."""

from __future__ import annotations

import polars as pl

from longflow.release.report.printing import Printing, decimals_of, ways_of
from longflow.release.report.table import Column, Group, Row, Table, Title

# In the order of the report.
_FIGURES = ("known_subscribers", "counted_subscribers", "week_tb")


def totals(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of the table of totals, which have no errors."""
    places = decimals_of(table)
    ways = ways_of(frame)
    rows = []
    for (year,), of_year in frame.group_by("year", maintain_order=True):
        cells = {(row["service"], row["direction"]): row for row in of_year.iter_rows(named=True)}
        figures = (
            printing.figure(table, cells[way], name, places[name]) if way in cells else None
            for way in ways
            for name in _FIGURES
        )
        rows.append(Row(Title(str(year)), tuple(figures)))
    columns = tuple(
        Column(
            (
                printing.heading(way.service),
                printing.words.name(way.direction),
                printing.say(f"columns.{name}"),
            )
        )
        for way in ways
        for name in _FIGURES
    )
    return Table(printing.say("heads.year"), columns, (Group(None, tuple(rows)),))
