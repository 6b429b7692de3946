"""The layout `sensitivity`: a row a figure, by year its value and the range of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from longflow.edition.tables import published_tables
from longflow.release.bars import Bars
from longflow.settings import Edition

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


@dataclass(frozen=True)
class Around:
    """A figure, and how far those of the weeks around differ at least and at most, percent."""

    value: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True)
class Sensitivity:
    """All years; figures by the id of their table, then by what they are, then by year."""

    years: tuple[int, ...]
    groups: Mapping[str, Mapping[Named, Mapping[int, Around]]]


def sensitivity(_: str, frame: pl.DataFrame, __: Bars, ___: Edition) -> Sensitivity:
    """The body of the table of figures of neighbouring weeks."""
    is_small = (pl.col("column") == "share_percent") & (pl.col("edition_value") < _SMALL_SHARE)
    # Shares by IP version stand in the data files.
    shown = frame.filter(pl.col("ip_version").is_null(), ~is_small)
    groups: dict[str, dict[Named, dict[int, Around]]] = {}
    in_order = shown.sort(pl.col("table").cast(pl.Enum([*published_tables()])), maintain_order=True)
    for (year, *key), rows in in_order.group_by("year", *Named._fields, maintain_order=True):
        figure = Named._make(key)
        cells = groups.setdefault(figure.table, {}).setdefault(figure, {})
        least, most = rows.select(
            pl.col("difference_percent").min().alias("least"),
            pl.col("difference_percent").max().alias("most"),
        ).row(0)
        cells[int(str(year))] = Around(rows["edition_value"][0], least, most)
    return Sensitivity(tuple(shown["year"].unique().sort()), groups)
