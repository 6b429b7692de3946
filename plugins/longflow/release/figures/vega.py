"""Pieces of Vega-Lite that all kinds of drawings share: axes, titles, texts, the whole sheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from longflow.release.figures import palette
from longflow.release.figures.metrics import SIZE, TITLE_SIZE, Face
from longflow.release.figures.scales import Scale
from longflow.release.figures.sheet import LINE, Sheet
from longflow.texts import Wording

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

_CONFIG: Json = {
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": SIZE,
        "labelColor": palette.INK.light,
        "gridColor": palette.GRID.light,
        "domainColor": palette.RULE.light,
        "tickColor": palette.RULE.light,
        "tickSize": 4,
        "labelPadding": 3,
        "labelOverlap": False,
        "labelBound": False,
        "labelLimit": 0,
        "title": None,
    },
    "text": {"fontSize": SIZE, "fill": palette.INK.light, "baseline": "middle", "limit": 0},
    "aria": False,
}


@dataclass(frozen=True)
class Spot:
    """A plotted value that can be pointed at: its place on the sheet in px, and what it says."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Drawn:
    """A drawing before it is rendered: its specification, its size in px, its plotted values."""

    spec: Json
    sheet: Sheet
    spots: tuple[Spot, ...]


@dataclass
class View:
    """A panel as it is drawn.

    Attributes:
        title: above it.
        unit: of its vertical axis, above it.
        layers: of its plot, the lowest first.
        spots: its plotted values, by their places in the plot.
    """

    title: str
    unit: str
    layers: list[Json]
    spots: list[Spot] = field(default_factory=list)


def x_axis(scale: Scale, plot: float, face: Face) -> Json:
    """The encoding of a numeric axis across; of labels that would overlap every second is left out.

    Args:
        scale: the axis.
        plot: its length in px.
        face: the font of its labels.
    """
    # Vega aligns the first and the last label with the ends of the axis, which moves them.
    axis = {**_ticks(_with_room(scale, plot, face)), "grid": False, "labelFlush": False}
    if scale.between:
        step = (scale.ticks[1] - scale.ticks[0]) / (scale.high - scale.low)
        axis["labelOffset"] = round(plot * step / 2, 2)
    return _axis("x", scale, axis)


def _with_room(scale: Scale, plot: float, face: Face) -> Scale:
    """The axis with every label, or with every second, fourth and so on: none over another."""
    every, width = 1, face.width
    while any(
        (scale.at(tick) - scale.at(before)) * plot < (width(text) + width(text_before)) / 2 + 3
        for (before, text_before), (tick, text) in pairwise(
            [*zip(scale.ticks, scale.labels, strict=True)][::every]
        )
    ):
        every *= 2
    labels = (text if n % every == 0 else "" for n, text in enumerate(scale.labels))
    return replace(scale, labels=tuple(labels))


def y_axis(scale: Scale) -> Json:
    """The encoding of a vertical axis, with lines across the plot."""
    return _axis("y", scale, {**_ticks(scale), "grid": True, "domain": False, "ticks": False})


def _axis(name: str, scale: Scale, axis: Json) -> Json:
    kind = {"type": "log"} if scale.log else {}
    return {
        "field": name,
        "type": "quantitative",
        "scale": {**kind, "domain": [scale.low, scale.high], "nice": False, "zero": False},
        "axis": axis,
    }


def _ticks(scale: Scale) -> Json:
    values, labels = json.dumps(scale.ticks), json.dumps(scale.labels, ensure_ascii=False)
    return {"values": list(scale.ticks), "labelExpr": f"{labels}[indexof({values}, datum.value)]"}


def values(rows: Iterable[Mapping[str, Any]]) -> Json:
    """Rows as inline data."""
    return {"values": [dict(row) for row in rows]}


def texts(rows: Sequence[Mapping[str, Any]], **mark: object) -> Json:
    """Texts at places in px of the plot: rows of x, y and text."""
    return {
        "data": values({**row, "x": round(row["x"], 2), "y": round(row["y"], 2)} for row in rows),
        "mark": {"type": "text", "align": "left", **mark},
        "encoding": {**in_px("x"), **in_px("y"), "text": {"field": "text", "type": "nominal"}},
    }


def in_px(*names: str) -> Json:
    """Encodings of fields that hold places in px of the plot."""
    return {
        # The second end of a mark has the scale and the axis of the first.
        name: {"field": name}
        if name.endswith("2")
        else {"field": name, "type": "quantitative", "scale": None, "axis": None}
        for name in names
    }


def no_values(
    words: Wording, sheet: Sheet, axes: Json, rows: Iterable[Mapping[str, Any]]
) -> list[Json]:
    """The layers of a plot without values: its axes, and a text that says so.

    Args:
        words: of the text.
        sheet: where the plot lies.
        axes: the encodings of its axes.
        rows: values for the axes, which are not seen.
    """
    said = {
        "x": sheet.plot / 2,
        "y": sheet.height / 2,
        "text": words.text("drawing.no_values"),
    }
    return [
        {"data": values(rows), "mark": {"type": "point", "opacity": 0}, "encoding": axes},
        texts([said], align="center", fill=palette.SOFT.light),
    ]


def drawn(sheet: Sheet, views: Sequence[View], legend: list[Json], notes: Sequence[str]) -> Drawn:
    """A whole drawing.

    Args:
        sheet: where everything lies.
        views: the panels, in their order.
        legend: layers by places from the left end of the first line of the legend.
        notes: lines below everything.
    """
    spots = tuple(
        replace(spot, x=spot.x + left, y=spot.y + top)
        for number, view in enumerate(views)
        for left, top in [sheet.corner(number)]
        for spot in view.spots
    )
    return Drawn(_whole(sheet, views, legend, notes), sheet, spots)


def _whole(sheet: Sheet, views: Sequence[View], legend: list[Json], notes: Sequence[str]) -> Json:
    panels = []
    for number, view in enumerate(views):
        layers = [*view.layers, *_headings(sheet, view)]
        if number == 0:
            layers += legend
        if number == len(views) - 1 and notes:
            layers.append(_notes(sheet, number, notes))
        panels.append(
            {"width": round(sheet.plot, 2), "height": round(sheet.height, 2), "layer": layers}
        )
    gap = {"row": sheet.between, "column": round(sheet.left + sheet.right, 2)}
    return {
        "$schema": SCHEMA,
        "background": palette.GROUND.light,
        "padding": {
            "left": round(sheet.left, 2),
            "top": round(sheet.top, 2),
            "right": round(sheet.right, 2),
            "bottom": round(sheet.bottom, 2),
        },
        "autosize": "none",
        "bounds": "flush",
        "columns": sheet.columns,
        "spacing": gap,
        "concat": panels,
        "resolve": {"scale": dict.fromkeys(("color", "strokeDash", "shape"), "independent")},
        "config": {"font": sheet.face.family, **_CONFIG},
    }


def _headings(sheet: Sheet, view: View) -> list[Json]:
    left, unit = -sheet.left, -13 - sheet.labels
    found = [texts([{"x": left, "y": unit, "text": view.unit}], fill=palette.SOFT.light)]
    if view.title:
        found.append(
            texts(
                [{"x": left, "y": unit - LINE - 2, "text": view.title}],
                fontWeight="bold",
                fontSize=TITLE_SIZE,
            )
        )
    return found


def _notes(sheet: Sheet, number: int, notes: Sequence[str]) -> Json:
    left, top = sheet.corner(number)
    last = sheet.whole_height - top - 2 - LINE / 2
    return texts(
        [
            {"x": -left, "y": last - (len(notes) - 1 - line) * LINE, "text": text}
            for line, text in enumerate(notes)
        ],
        fill=palette.SOFT.light,
    )
