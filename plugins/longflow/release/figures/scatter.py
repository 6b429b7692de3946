"""Drawings of the kind `scatter`: points strewn over cells of two logarithmic axes.

The position of a point within its cell follows from a fixed seed and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from longflow.release.figures import palette
from longflow.release.figures.scales import Scale, scale_of
from longflow.release.figures.scene import Figure, Panel, Scene
from longflow.release.figures.sheet import Sheet, lay_out
from longflow.release.figures.vega import (
    Drawn,
    Json,
    Spot,
    View,
    drawn,
    no_values,
    texts,
    values,
    x_axis,
    y_axis,
)
from longflow.release.figures.words import point_text

_SEED = 20_24
# Diameter of a point in px, of the most points and of so few that each has to be found.
_SMALL, _LARGE = 1.7, 3.4
_MANY = 5000
# Points are drawn as a few layers that can be looked through: where many lie it is darker.
_LAYERS = 8


def draw_scatter(figure: Figure, scene: Scene, *, narrow: bool) -> Drawn:
    """The drawing of points, for one column of A4 (`narrow`) or for two."""
    # Both axes have the same ends, so that the diagonal goes from corner to corner.
    ends = [end for panel in scene.panels for point in panel.points for end in point.cell or ()]
    scale = scale_of(figure.chart.x, figure.words, ends)
    sheet = lay_out(
        len(scene.panels),
        figure.face,
        narrow=narrow,
        y_labels=list(scale.labels),
        right=figure.face.width(scale.labels[-1]) / 2 + 1,
        legend_lines=0,
        titled=any(panel.name for panel in scene.panels),
        x_title=bool(figure.say("x")),
        notes=len(scene.missing),
        square=True,
    )
    views = []
    for panel in scene.panels:
        layers = _layers(figure, panel, scale, sheet)
        if title := figure.say("x"):
            below = {"x": sheet.plot / 2, "y": sheet.height + 26, "text": title}
            layers.append(texts([below], align="center", fill=palette.SOFT.light))
        spots = list(_spots(figure, panel, scale, sheet))
        views.append(View(panel.name, figure.say("y"), layers, spots))
    return drawn(sheet, views, [], scene.missing)


def strewn(panel: Panel) -> Iterator[tuple[float, float]]:
    """Where the points of a panel lie, as numbers of the axes: anywhere in their cells."""
    random = np.random.default_rng(_SEED)
    for point in panel.points:
        low, high, below, above = point.cell or (0.0, 0.0, 0.0, 0.0)
        for across, up in random.random((round(point.y or 0.0), 2)).tolist():
            yield low + across * (high - low), below + up * (above - below)


def _layers(figure: Figure, panel: Panel, scale: Scale, sheet: Sheet) -> list[Json]:
    axes = {"x": x_axis(scale, sheet.plot, sheet.face), "y": y_axis(scale)}
    corners = [{"x": end, "y": end} for end in (scale.low, scale.high)]
    places = list(strewn(panel))
    if not places:
        return no_values(figure.words, sheet, axes, corners)
    diagonal = {
        "data": values(corners),
        "mark": {"type": "line", "strokeWidth": 1, "stroke": palette.RULE.light},
        "encoding": axes,
    }
    size = min(_LARGE, _SMALL * (_MANY / len(places)) ** 0.25)
    # Points that lie in one cell are in different layers.
    return [diagonal, *(_point_layer(places[of::_LAYERS], size, axes) for of in range(_LAYERS))]


def _point_layer(places: list[tuple[float, float]], size: float, axes: Json) -> Json:
    """Points as one path with a round dot each, which takes a tenth of the room of single marks."""
    rows: list[dict[str, Any]] = []
    for x, y in places:
        rows += [{"x": round(x, 4), "y": round(y, 4)}, {"x": None, "y": None}]
    return {
        "data": values({"order": number, **row} for number, row in enumerate(rows)),
        "mark": {
            "type": "line",
            "stroke": palette.CATEGORIES[0].light,
            "strokeWidth": round(size, 2),
            "strokeCap": "round",
            "opacity": 0.55 if len(places) * _LAYERS > _MANY / 4 else 0.85,
        },
        "encoding": {**axes, "order": {"field": "order", "type": "quantitative"}},
    }


def _spots(figure: Figure, panel: Panel, scale: Scale, sheet: Sheet) -> Iterator[Spot]:
    """A spot for each cell with points, in its middle."""
    for line in panel.lines:
        for point in line.points:
            if point.y and point.cell:
                low, high, below, above = point.cell
                yield Spot(
                    scale.at((low + high) / 2) * sheet.plot,
                    (1 - scale.at((below + above) / 2)) * sheet.height,
                    point_text(figure, panel, line, point),
                )
