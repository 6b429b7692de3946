"""Figures drawn from a few rows, and what their pictures hold."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import altair
import polars as pl
from longflow.contract.types import polars_schema
from longflow.edition.tables import promise_of
from longflow.release.figures import Drawing, draw
from longflow.settings import Edition, Event
from longflow.texts import wording

SVG = "{http://www.w3.org/2000/svg}"
EDITION = Edition(
    title="Years",
    analysis_weeks={
        2020: date(2020, 6, 1),
        2021: date(2021, 5, 31),
        2022: date(2022, 5, 30),
        2023: date(2023, 5, 29),
        2024: date(2024, 6, 3),
    },
)


def share(service: str, year: int, percent: float | None, **more: object) -> dict[str, Any]:
    """A row of figure-12 about TCP 443."""
    return {
        "service": service,
        "protocol": "TCP",
        "port": "443",
        "year": year,
        "share_percent": percent,
        "error_points": 1.0,
        "coverage_percent": 100.0,
        "status": "computed",
        **more,
    }


def draw_shares(rows: Sequence[Mapping[str, Any]], *events: Event) -> Drawing:
    """Figure 12 of some rows."""
    return draw_rows("figure-12", rows, *events)


def draw_rows(table: str, rows: Sequence[Mapping[str, Any]], *events: Event) -> Drawing:
    """A figure of some rows, whose other columns are empty."""
    schema = polars_schema(promise_of(table))
    whole = [{**dict.fromkeys(schema), **row} for row in rows]
    return draw(table, pl.DataFrame(whole, schema), EDITION, events, wording())


def elements(svg: str) -> Iterator[tuple[ET.Element, float, float, str]]:
    """Elements of a picture with their places in px, and the class of the group around them."""
    yield from _below(ET.fromstring(svg), 0.0, 0.0, "")  # noqa: S314 - drawn here


def _below(
    element: ET.Element, x: float, y: float, group: str
) -> Iterator[tuple[ET.Element, float, float, str]]:
    moved = re.match(r"translate\(([-\d.e]+),([-\d.e]+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    group = element.get("class") or group
    yield element, x, y, group
    for child in element:
        yield from _below(child, x, y, group)


def texts_in(svg: str) -> list[str]:
    """All texts of a picture."""
    return [of.text or "" for of, *_ in elements(svg) if of.tag == f"{SVG}text"]


def markers(svg: str) -> list[tuple[float, float]]:
    """Places of the markers of a picture; those of its legend have no outline."""
    return [
        (x, y) for of, x, y, group in elements(svg) if "mark-symbol" in group and of.get("stroke")
    ]


def lines(svg: str) -> list[str]:
    """The paths of the lines of a picture."""
    return [
        of.get("d", "") for of, _, _, group in elements(svg) if "mark-line" in group and of.get("d")
    ]


def assert_vega_lite(specification: str) -> None:
    """A specification keeps the schema of Vega-Lite.

    Of rows with equal names and kinds of values the first one is checked: the schema sees no
    difference between them, and takes milliseconds for each.
    """
    altair.Chart.from_dict(
        json.loads(specification, object_hook=_with_one_row_of_a_kind), validate=True
    )


def _with_one_row_of_a_kind(part: dict[str, Any]) -> dict[str, Any]:
    rows = part.get("values")
    if not rows or not all(isinstance(row, dict) for row in rows):
        return part
    kinds = {str([(name, type(value)) for name, value in row.items()]): row for row in rows}
    return {**part, "values": [*kinds.values()]}
