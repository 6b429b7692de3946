"""Drawings of the kind `waterfall`: parts one after the other, and their total."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from longflow.release.figures import palette
from longflow.release.figures.palette import Colour
from longflow.release.figures.scales import Scale, scale_of
from longflow.release.figures.scene import Figure, Line, Panel, Point, Scene
from longflow.release.figures.sheet import Sheet, lay_out
from longflow.release.figures.vega import (
    Drawn,
    Json,
    Spot,
    View,
    drawn,
    in_px,
    no_values,
    texts,
    values,
    y_axis,
)
from longflow.release.figures.words import point_text

# Of the room of a bar, the part that stays empty.
_GAP = 0.34


@dataclass(frozen=True)
class _Bar:
    """A bar: its part, where it begins and ends, and the interval around its end."""

    part: str
    line: Line
    point: Point
    start: float
    end: float

    @property
    def reach(self) -> tuple[float, float]:
        """The interval around its end; the end itself where there is none."""
        size = self.point.y or 0.0
        low, high = self.point.low, self.point.high
        if low is None or high is None:
            return self.end, self.end
        return self.end - (size - low), self.end + (high - size)


def draw_waterfall(figure: Figure, scene: Scene, *, narrow: bool) -> Drawn:
    """The drawing of a waterfall, for one column of A4 (`narrow`) or for two."""
    parts = _parts(figure)
    bars = [list(_bars(figure, panel, parts)) for panel in scene.panels]
    y = _y_scale(figure, [bar for of_panel in bars for bar in of_panel])
    names = {part: figure.say("part", {figure.chart.x.column: part}) for part in parts}
    sheet, labels = _sheet(figure, scene, y, names, narrow=narrow)
    views = []
    for panel, of_panel in zip(scene.panels, bars, strict=True):
        layers = _layers(figure, y, sheet, labels, of_panel)
        spots = [
            Spot(
                _middle(parts, bar.part, sheet),
                (1 - y.at(bar.end)) * sheet.height,
                point_text(figure, panel, bar.line, bar.point),
            )
            for bar in of_panel
        ]
        views.append(View(panel.name, figure.say("y"), layers, spots))
    return drawn(sheet, views, [], scene.missing)


def _parts(figure: Figure) -> list[str]:
    """The values across, in the order of the rows, the total last."""
    column, total = figure.chart.x.column, str(figure.chart.total)
    found = [str(part) for part in figure.frame[column].unique(maintain_order=True)]
    return [*(part for part in found if part != total), *([total] if total in found else [])]


def _bars(figure: Figure, panel: Panel, parts: list[str]) -> Iterator[_Bar]:
    """The bars of a panel; each part begins where the one before it ends."""
    points = {str(point.value): (line, point) for line in panel.lines for point in line.points}
    level = 0.0
    for part in parts:
        if part not in points or (size := points[part][1].y) is None:
            continue
        start = 0.0 if part == figure.chart.total else level
        level = start + size
        yield _Bar(part, *points[part], start, level)


def _y_scale(figure: Figure, bars: list[_Bar]) -> Scale:
    shown = [end for bar in bars for end in (bar.start, bar.end)]
    return scale_of(figure.chart.y, figure.words, shown, (end for bar in bars for end in bar.reach))


def _sheet(
    figure: Figure, scene: Scene, y: Scale, names: dict[str, str], *, narrow: bool
) -> tuple[Sheet, dict[str, list[str]]]:
    """The sheet, and the name of each part in lines that are no wider than its bar."""
    lay = partial(
        lay_out,
        len(scene.panels),
        figure.face,
        narrow=narrow,
        y_labels=list(y.labels),
        right=6,
        legend_lines=0,
        titled=any(panel.name for panel in scene.panels),
        notes=len(scene.missing),
    )
    # The lines of the labels need the width of a plot, and the sheet the lines of the labels.
    room = lay().plot / max(len(names), 1) - 4
    labels = {part: figure.face.lines_of(name, room) for part, name in names.items()}
    return lay(axis_lines=max(map(len, labels.values()), default=1)), labels


def _middle(parts: list[str], part: str, sheet: Sheet) -> float:
    return (parts.index(part) + 0.5) * sheet.plot / len(parts)


def _layers(
    figure: Figure, y: Scale, sheet: Sheet, labels: dict[str, list[str]], bars: list[_Bar]
) -> list[Json]:
    parts = list(labels)
    across: Json = {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": parts, "paddingInner": _GAP, "paddingOuter": _GAP / 2},
        "axis": {
            "grid": False,
            "ticks": False,
            "labelAngle": 0,
            "labelExpr": f"({json.dumps(labels, ensure_ascii=False)})[datum.value]",
        },
        "sort": None,
    }
    down = y_axis(y)
    axes = {"x": across, "y": down}
    if not bars:
        rows_of_axes = [{"part": part, "y": 0} for part in parts or ["–"]]
        return no_values(figure.words, sheet, axes, rows_of_axes)
    rows: list[dict[str, Any]] = [
        {
            "part": bar.part,
            "y": bar.start,
            "end": bar.end,
            "size": bar.point.y,
            "low": bar.reach[0],
            "high": bar.reach[1],
            "at": labels[bar.part],
            "colour": _colour(figure, bar).light,
            "status": bar.point.status,
        }
        for bar in bars
    ]
    colour = {"field": "colour", "type": "nominal", "scale": None}
    found: list[Json] = [
        {
            "data": values(rows),
            "mark": {"type": "bar"},
            "encoding": {**axes, "y2": {"field": "end"}, "fill": colour},
        },
        {
            "data": values(_steps(bars, parts, sheet)),
            "mark": {"type": "rule", "stroke": palette.RULE.light, "strokeWidth": 0.8},
            "encoding": {**in_px("x", "x2"), "y": down},
        },
        {
            "data": values([{"y": 0}]),
            "mark": {"type": "rule", "stroke": palette.INK.light, "strokeWidth": 0.8},
            "encoding": {"y": down},
        },
    ]
    if wide := [row for row in rows if row["high"] > row["low"]]:
        ends = {**axes, "y": {**down, "field": "low"}, "y2": {"field": "high"}}
        # With a pale edge, so that it is seen on the bar as well.
        found += [
            {
                "data": values(wide),
                "mark": {"type": "rule", "stroke": colour_of_line.light, "strokeWidth": stroke},
                "encoding": ends,
            }
            for colour_of_line, stroke in ((palette.GROUND, 3), (palette.INK, 1))
        ]
    return [*found, texts(_numbers(figure, bars, parts, y, sheet), align="center")]


def _colour(figure: Figure, bar: _Bar) -> Colour:
    if bar.part == figure.chart.total:
        return palette.TOTAL
    return palette.RISE if bar.end >= bar.start else palette.FALL


def _steps(bars: list[_Bar], parts: list[str], sheet: Sheet) -> list[dict[str, float]]:
    """Thin lines from the end of each bar to the next one."""
    half = (1 - _GAP) / 2 * sheet.plot / len(parts)
    return [
        {
            "x": round(_middle(parts, bar.part, sheet) + half, 2),
            "x2": round(_middle(parts, following.part, sheet) - half, 2),
            "y": bar.end,
        }
        for bar, following in pairwise(bars)
    ]


def _numbers(
    figure: Figure, bars: list[_Bar], parts: list[str], y: Scale, sheet: Sheet
) -> list[dict[str, Any]]:
    """The size of each bar, above it."""
    found: list[dict[str, Any]] = []
    for bar in bars:
        top = max(bar.start, bar.end, *bar.reach)
        size = bar.point.y or 0.0
        places = figure.promise.columns[figure.chart.y.column].decimals or 0
        found.append(
            {
                "x": _middle(parts, bar.part, sheet),
                "y": (1 - y.at(top)) * sheet.height - 7,
                "text": figure.words.numbers.signed(size, places),
            }
        )
    return found
