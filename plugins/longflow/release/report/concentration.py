"""The layout `concentration`: shares of the heaviest by service and direction, a row a year."""

from __future__ import annotations

import polars as pl

from longflow.release.report.printing import Printing, decimals_of, ways_of
from longflow.release.report.table import Column, Group, Row, Table, Title


def concentration(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of the table of shares of the heaviest consumers."""
    places = decimals_of(table)["share_percent"]
    tops = frame["top_percent"].unique().sort().to_list()
    places_of = [(*way, top) for way in ways_of(frame) for top in tops]
    rows = []
    for (year,), of_year in frame.group_by("year", maintain_order=True):
        cells = {
            (row["service"], row["direction"], row["top_percent"]): row
            for row in of_year.iter_rows(named=True)
        }
        figures = (
            printing.figure(table, cells[place], "share_percent", places).unmarked
            if place in cells
            else None
            for place in places_of
        )
        is_published = "published" in of_year["status"]
        rows.append(Row(Title(str(year), is_published=is_published), tuple(figures)))
    columns = tuple(
        Column(
            (
                printing.heading(service),
                printing.words.name(direction),
                printing.say("heads.top", percent=top),
            )
        )
        for service, direction, top in places_of
    )
    return Table(printing.say("heads.year"), columns, (Group(None, tuple(rows)),))
