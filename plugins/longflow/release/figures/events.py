"""Dated events as thin labelled lines, and lasting ones as pale strips."""

from __future__ import annotations

from datetime import date

from longflow.release.figures import palette
from longflow.release.figures.metrics import width
from longflow.release.figures.scales import Scale, event_number
from longflow.release.figures.scene import Figure
from longflow.release.figures.sheet import LINE, Sheet
from longflow.release.figures.vega import Json, in_px, texts, values
from longflow.settings import Event

_DASHES: dict[str, list[int]] = {"circumstance": [2, 2], "product": [], "break": [6, 2]}


def event_layers(figure: Figure, x: Scale, sheet: Sheet) -> list[Json]:
    """The events that lie on the axis of a panel; axes without time have none."""
    placed = []
    for event in sorted(figure.events, key=lambda event: event.first):
        first = _place(figure, x, event.first)
        last = _place(figure, x, event.last) if event.last else first
        if first is not None or last is not None:
            ends = [0.0 if first is None else first, 1.0 if last is None else last]
            placed.append((event, [end * sheet.plot for end in ends]))
    found: list[Json] = []
    for event, (left, right) in placed:
        found += _lines(event, left, right, sheet)
    if placed:
        found.append(_labels(placed, sheet))
    return found


def _place(figure: Figure, x: Scale, day: date) -> float | None:
    number = event_number(figure.chart.x, day, figure.edition.analysis_weeks)
    if number is None or not x.low <= number <= x.high:
        return None
    return x.at(number)


def _lines(event: Event, left: float, right: float, sheet: Sheet) -> list[Json]:
    found: list[Json] = []
    ends = {"y": 0, "y2": round(sheet.height, 2)}
    if right > left:
        strip = {"x": round(left, 2), "x2": round(right, 2), **ends}
        found.append(
            {
                "data": values([strip]),
                "mark": {"type": "rect", "fill": palette.GRID.light},
                "encoding": in_px("x", "x2", "y", "y2"),
            }
        )
    mark = {"type": "rule", "stroke": palette.EVENT.light, "strokeWidth": 0.8}
    if dash := _DASHES[event.kind]:
        mark["strokeDash"] = dash
    line = {"x": round(left, 2), **ends}
    found.append({"data": values([line]), "mark": mark, "encoding": in_px("x", "y", "y2")})
    return found


def _labels(placed: list[tuple[Event, list[float]]], sheet: Sheet) -> Json:
    """Their texts at the top of the plot, in as many lines as they need."""
    rows = []
    free: list[float] = []
    for event, (left, _) in placed:
        wide = width(event.text)
        # A label that would leave the plot stands to the left of its line.
        at = left + 3 if left + 3 + wide <= sheet.plot else max(left - 3 - wide, 0.0)
        line = next((n for n, taken in enumerate(free) if taken <= at), len(free))
        free[line:] = [at + wide + 6, *free[line + 1 :]]
        rows.append({"x": at, "y": LINE * (line + 0.5), "text": event.text})
    return texts(rows, fill=palette.EVENT.light)
