"""The layout `sensitivity`: a row a figure, by year its value and the range of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from longflow.edition.tables import publication_of, published_tables
from longflow.release.bars import Bars
from longflow.settings import Edition

# Smaller shares rest on too few packets for a week more or less to tell anything, percent.
_SMALL_SHARE = 1.0

_FIGURE = ["table", "service", "direction", "top_percent", "level", "protocol", "port", "column"]


@dataclass(frozen=True)
class Around:
    """A figure, and how far those of the weeks around differ at least and at most, percent."""

    value: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True)
class Sensitivity:
    """All years; figures by the number of their table, then by name, then by year."""

    years: tuple[int, ...]
    groups: Mapping[str, Mapping[str, Mapping[int, Around]]]


def sensitivity(_: str, frame: pl.DataFrame, __: Bars, ___: Edition) -> Sensitivity:
    """The body of the table of figures of neighbouring weeks."""
    is_small = (pl.col("column") == "share_percent") & (pl.col("edition_value") < _SMALL_SHARE)
    # Shares by IP version stand in the data files.
    shown = frame.filter(pl.col("ip_version").is_null(), ~is_small)
    groups: dict[str, dict[str, dict[int, Around]]] = {}
    in_order = shown.sort(pl.col("table").cast(pl.Enum([*published_tables()])), maintain_order=True)
    for key, rows in in_order.group_by(*_FIGURE, "year", maintain_order=True):
        row = dict(zip([*_FIGURE, "year"], key, strict=True))
        number = publication_of(str(row["table"])).number
        cells = groups.setdefault(number, {}).setdefault(_name(row), {})
        least, most = rows.select(
            pl.col("difference_percent").min().alias("least"),
            pl.col("difference_percent").max().alias("most"),
        ).row(0)
        cells[int(str(row["year"]))] = Around(rows["edition_value"][0], least, most)
    return Sensitivity(tuple(shown["year"].unique().sort()), groups)


def _name(row: Mapping[str, Any]) -> str:
    """What a figure is called: IN mean, Broadband IN top 1 %, TCP 443."""
    if row["top_percent"] is not None:
        return (
            f"{row['service'].capitalize()} {row['direction'].upper()} top {row['top_percent']} %"
        )
    if row["direction"] is not None:
        return f"{row['direction'].upper()} {row['column'].removesuffix('_mb')}"
    return f"{row['protocol']} {row['port'] or ''}".replace(">=", "\N{GREATER-THAN OR EQUAL TO}")
