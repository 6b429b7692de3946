"""The layers of a panel of lines: bands, lines, bars of errors, markers, names at the ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longflow.contract import Chart
from longflow.release.figures import palette
from longflow.release.figures.palette import Mark
from longflow.release.figures.scales import Scale
from longflow.release.figures.scene import Figure, Line, Panel, Point
from longflow.release.figures.sheet import LABEL_DISTANCE, Sheet, apart
from longflow.release.figures.vega import Json, in_px, no_values, texts, values, x_axis, y_axis

_STROKE = 1.6
# A label this far from its line has a thin line to it.
_FAR = 5.0


@dataclass(frozen=True)
class Plot:
    """A panel on its sheet."""

    figure: Figure
    panel: Panel
    sheet: Sheet
    x: Scale
    y: Scale
    looks: Mapping[str, Mark]

    def px(self, point: Point) -> float:
        """Its place across, from the left end of the plot."""
        return self.x.at(point.x) * self.sheet.plot

    def py(self, number: float) -> float:
        """The place of a number down, from the upper end of the plot."""
        return (1 - self.y.at(number)) * self.sheet.height


def plot_layers(plot: Plot, *, at_ends: bool) -> list[Json]:
    """The layers of a panel, the lowest first."""
    chart = plot.figure.chart
    x, y = x_axis(plot.x, plot.sheet.plot, plot.sheet.face), y_axis(plot.y)
    rows = list(_rows(plot))
    groups = list(dict.fromkeys(line.group for line in plot.panel.lines))
    looks = [plot.looks[group] for group in groups]
    colours = {"domain": groups, "range": [look.colour.light for look in looks]}
    colour = {"field": "series", "type": "nominal", "scale": colours, "legend": None}
    axes = {"x": x, "y": y}
    if not rows:
        return no_values(plot.figure.words, plot.sheet, axes, [{}])
    found: list[Json] = []
    banded = [row for row in rows if row["band"]]
    if chart.interval == "band" and banded:
        found.append(
            {
                "data": values(banded),
                "mark": {"type": "area", "opacity": 0.22 if len(plot.panel.lines) <= 4 else 0.12},
                "encoding": {
                    **axes,
                    "y": {**y, "field": "low"},
                    "y2": {"field": "high"},
                    "fill": colour,
                    # A band ends where its line does: nothing leads across a gap.
                    "detail": [
                        {"field": "line"},
                        {"field": "part", "type": "nominal"},
                        {"field": "band", "type": "nominal"},
                    ],
                },
            }
        )
    found.append(_line_layer(rows, axes, colour, groups, looks, dashes=chart.dashed is not None))
    if chart.interval == "bars" and (barred := [row for row in rows if row["low"] is not None]):
        ends = {**axes, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        found.append(
            {
                "data": values(barred),
                "mark": {"type": "rule", "strokeWidth": 1},
                "encoding": {**ends, "stroke": colour},
            }
        )
        found += [
            {
                "data": values(barred),
                "mark": {"type": "tick", "orient": "horizontal", "size": 5, "thickness": 1},
                "encoding": {**axes, "y": {**y, "field": end}, "color": colour},
            }
            for end in ("low", "high")
        ]
    pointed = rows if chart.points else [row for row in rows if row["alone"]]
    if pointed:
        found.append(_point_layer(pointed, axes, colour, groups, looks))
    if marked := [row for row in rows if row["marked"]]:
        found.append(_point_layer(marked, axes, colour, groups, looks, size=46))
    if at_ends:
        found += _end_labels(plot)
    return found


def _line_layer(
    rows: list[dict[str, Any]],
    axes: Json,
    colour: Json,
    groups: list[str],
    looks: list[Mark],
    *,
    dashes: bool,
) -> Json:
    dash: Json
    if dashes:
        dash = {
            "condition": {"test": "datum.dashed", "value": list(palette.DASHED)},
            "value": [1, 0],
        }
    else:
        # Vega takes an empty list of dashes for none at all.
        patterns = [list(look.dash) or [1, 0] for look in looks]
        scale: Json = {"domain": groups, "range": patterns}
        dash = {"field": "series", "type": "nominal", "scale": scale, "legend": None}
    return {
        "data": values(rows),
        "mark": {"type": "line", "strokeWidth": _STROKE, "strokeJoin": "round"},
        "encoding": {
            **axes,
            "stroke": colour,
            "strokeDash": dash,
            "detail": [{"field": "line"}, {"field": "part"}],
            "order": {"field": "x", "type": "quantitative"},
        },
    }


def _point_layer(
    rows: list[dict[str, Any]],
    axes: Json,
    colour: Json,
    groups: list[str],
    looks: list[Mark],
    size: int = 26,
) -> Json:
    """Markers: filled, or hollow for figures of earlier reports."""
    scale = {"domain": groups, "range": [look.shape for look in looks]}
    hollow = {
        "condition": {"test": "datum.status === 'published'", "value": palette.GROUND.light},
        **colour,
    }
    return {
        "data": values(rows),
        "mark": {"type": "point", "filled": True, "size": size, "strokeWidth": 1.3, "opacity": 1},
        "encoding": {
            **axes,
            "stroke": colour,
            "fill": hollow,
            "shape": {"field": "series", "type": "nominal", "scale": scale, "legend": None},
        },
    }


def _rows(plot: Plot) -> Iterator[dict[str, Any]]:
    """The points of a panel as rows, each with the unbroken part of its line that it lies on."""
    for line in plot.panel.lines:
        parts = _parts(plot.figure.chart, line)
        for part, points in enumerate(parts):
            band = 0
            was_wide = False
            for point in points:
                is_wide = _is_wide(plot, point)
                band += is_wide and not was_wide
                was_wide = is_wide
                yield {
                    "x": point.x,
                    "y": point.y,
                    "low": _within(plot.y, point.low),
                    "high": _within(plot.y, point.high),
                    "at": point.label,
                    "series": line.group,
                    "line": line.name,
                    "dashed": line.is_dashed,
                    "part": part,
                    "band": band if is_wide else 0,
                    "status": point.status,
                    "marked": point.marked,
                    "alone": len(points) == 1,
                }


def has_markers(chart: Chart, panels: Sequence[Panel]) -> bool:
    """Whether values have markers: all of them, some, or those between two gaps."""
    lines = [line for panel in panels for line in panel.lines]
    return (
        chart.points
        or any(point.marked for line in lines for point in line.points)
        or any(len(part) == 1 for line in lines for part in _parts(chart, line))
    )


def _parts(chart: Chart, line: Line) -> list[list[Point]]:
    """A line without its gaps: where a value is missing, nothing leads across."""
    is_stepped = chart.x.kind in {"years", "months", "hours", "week_hours"}
    parts: list[list[Point]] = []
    last: Point | None = None
    for point in line.points:
        if point.y is None:
            last = None
            continue
        if last is None or (is_stepped and point.x - last.x > 1.001):
            parts.append([])
        parts[-1].append(point)
        last = point
    return parts


def _is_wide(plot: Plot, point: Point) -> bool:
    """Whether an interval is wider than the line itself, so that its band can be seen."""
    low, high = _within(plot.y, point.low), _within(plot.y, point.high)
    if low is None or high is None:
        return False
    return plot.py(low) - plot.py(high) > _STROKE


def _within(scale: Scale, number: float | None) -> float | None:
    """A number no further than the ends of its axis."""
    if number is None:
        return None
    return min(max(number, scale.low), scale.high)


def _end_labels(plot: Plot) -> list[Json]:
    """The names of lines, each beside the last point of its line, none over another."""
    ends: dict[str, Point] = {}
    for line in plot.panel.lines:
        known = [point for point in line.points if point.y is not None]
        if known and (line.group not in ends or not line.is_dashed):
            ends[line.group] = known[-1]
    wanted = [plot.py(point.y or 0.0) for point in ends.values()]
    places = apart(wanted, LABEL_DISTANCE, 0, plot.sheet.height)
    rows, leaders = [], []
    for (group, point), at, place in zip(ends.items(), wanted, places, strict=True):
        rows.append(
            {
                "x": plot.sheet.plot + 8,
                "y": place,
                "text": group,
                "colour": plot.looks[group].colour.light,
            }
        )
        if abs(place - at) > _FAR or plot.sheet.plot - plot.px(point) > 2 * _FAR:
            leaders.append(
                {
                    "x": round(plot.px(point) + 4, 2),
                    "y": round(at, 2),
                    "x2": round(plot.sheet.plot + 6, 2),
                    "y2": round(place, 2),
                }
            )
    named = texts(rows)
    named["encoding"]["fill"] = {"field": "colour", "type": "nominal", "scale": None}
    found = [named]
    if leaders:
        found.append(
            {
                "data": values(leaders),
                "mark": {"type": "rule", "stroke": palette.RULE.light, "strokeWidth": 0.6},
                "encoding": in_px("x", "y", "x2", "y2"),
            }
        )
    return found
