"""The layout `sensitivity`: a row a figure, by year its value and the range of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from longflow.edition.tables import published_tables
from longflow.release.report.naming import cell_id
from longflow.release.report.printing import Printing, port_title
from longflow.release.report.table import Cell, Column, Content, Group, Row, Table, Title

# Smaller shares rest on too few packets for another week to show anything, percent.
_SMALL_SHARE = 1.0


class Named(NamedTuple):
    """What a figure is, by the columns of its table; None for those that this does not have."""

    table: str
    service: str | None
    direction: str | None
    top_percent: int | None
    level: str | None
    protocol: str | None
    port: str | None
    column: str


class Around(NamedTuple):
    """A figure, and how far those of the weeks around differ at least and at most, percent."""

    value: float
    least: float | None
    most: float | None


def sensitivity(table: str, frame: pl.DataFrame, printing: Printing) -> Table:
    """The body of the table of figures of neighbouring weeks."""
    is_small = (pl.col("column") == "share_percent") & (pl.col("edition_value") < _SMALL_SHARE)
    # Shares by IP version stand in the data files.
    shown = frame.filter(pl.col("ip_version").is_null(), ~is_small)
    years = shown["year"].unique().sort().to_list()
    columns = [
        column
        for year in years
        for column in (
            Column((str(year), printing.say("heads.figure"))),
            Column((str(year), printing.say("heads.neighbours")), is_text=True, is_minor=True),
        )
    ]
    groups = tuple(
        Group(
            printing.table_words(of).number,
            tuple(
                Row(
                    Title(_name(named, printing)),
                    tuple(
                        content
                        for year in years
                        for content in _contents(table, named, year, of_years.get(year), printing)
                    ),
                )
                for named, of_years in figures.items()
            ),
        )
        for of, figures in _figures(shown).items()
    )
    return Table(printing.say("heads.figure_of_table"), tuple(columns), groups)


def _figures(shown: pl.DataFrame) -> Mapping[str, Mapping[Named, Mapping[int, Around]]]:
    """Figures by the id of their table, then by what they are, then by year."""
    groups: dict[str, dict[Named, dict[int, Around]]] = {}
    in_order = shown.sort(pl.col("table").cast(pl.Enum([*published_tables()])), maintain_order=True)
    for (year, *key), rows in in_order.group_by("year", *Named._fields, maintain_order=True):
        named = Named._make(key)
        cells = groups.setdefault(named.table, {}).setdefault(named, {})
        differences = rows["difference_percent"].drop_nulls().to_list()
        cells[int(str(year))] = Around(
            rows["edition_value"][0],
            min(differences, default=None),
            max(differences, default=None),
        )
    return groups


def _contents(
    table: str, named: Named, year: int, around: Around | None, printing: Printing
) -> tuple[Content, Content]:
    if around is None:
        return None, None
    numbers, sources = printing.words.numbers, printing.sources
    place = (year, *named[:-1], named.column)
    value = Cell(
        cell_id(table, place, "edition_value"),
        numbers.number(around.value, 1),
        1,
        value=around.value,
        source=sources.of_repeated(printing.table_words(named.table).number, year),
    )
    if around.least is None or around.most is None:
        return value, None
    ends = [numbers.signed(end, 1) for end in (around.least, around.most)]
    differences = Cell(
        cell_id(table, place, "difference_percent"),
        printing.say("neighbours", low=ends[0], high=ends[1]),
        source=sources.of_differences(year),
    )
    return value, differences


def _name(named: Named, printing: Printing) -> str:
    if named.top_percent is not None:
        return printing.say(
            "share_of_top",
            service=named.service,
            direction=named.direction,
            percent=named.top_percent,
        )
    if named.direction is not None:
        return printing.say(f"figures.{named.column}", direction=named.direction)
    return port_title(named.protocol, named.port)
