"""Dated events as thin lines with a label above the plot, and lasting ones as pale strips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from longflow.release.figures import palette
from longflow.release.figures.scales import Scale, event_number
from longflow.release.figures.scene import Figure
from longflow.release.figures.sheet import LINE, Sheet
from longflow.release.figures.vega import Json, in_px, texts, values
from longflow.settings import Event

_DASHES: dict[str, list[int]] = {"circumstance": [2, 2], "product": [], "break": [6, 2]}
# Between a line and its label, and between two labels.
_GAP = 3.0


@dataclass(frozen=True)
class _Placed:
    """An event on an axis: its ends, and where its label stands, in px of the plot."""

    event: Event
    left: float
    right: float
    label: float
    label_end: float
    line: int


def event_lines(figure: Figure, x: Scale, sheet: Sheet) -> int:
    """How many lines the labels of the events above a plot need."""
    return max((of.line + 1 for of in _placed(figure, x, sheet)), default=0)


def event_layers(figure: Figure, x: Scale, sheet: Sheet) -> list[Json]:
    """The events that lie on the axis of a panel; axes without time have none.

    The line of an event rises to its label, which stands above the plot and begins at the line. No
    label is over another one; where the line of an event would cross the label of another, it is
    interrupted.
    """
    placed = list(_placed(figure, x, sheet))
    found: list[Json] = []
    for of in placed:
        found += _lines(of, sheet)
    if placed:
        found += _labels(placed, sheet)
    return found


def _placed(figure: Figure, x: Scale, sheet: Sheet) -> Iterator[_Placed]:
    """The events on an axis, from the left; their labels in as few lines as they need."""
    free: list[float] = []
    for event in sorted(figure.events, key=lambda event: event.first):
        first = _place(figure, x, event.first)
        last = _place(figure, x, event.last) if event.last else first
        if first is None and last is None:
            continue
        left = sheet.plot * (0.0 if first is None else first)
        right = sheet.plot * (1.0 if last is None else last)
        # A label that would leave the plot ends where the plot does.
        width = sheet.face.width(event.text)
        label = max(min(left, sheet.plot - width), -sheet.left)
        line = next((n for n, taken in enumerate(free) if taken <= label), len(free))
        free[line:] = [label + width + 2 * _GAP, *free[line + 1 :]]
        yield _Placed(event, left, right, label, label + width, line)


def _place(figure: Figure, x: Scale, day: date) -> float | None:
    number = event_number(figure.chart.x, day, figure.edition.analysis_weeks)
    if number is None or not x.low <= number <= x.high:
        return None
    return x.at(number)


def _lines(of: _Placed, sheet: Sheet) -> list[Json]:
    found: list[Json] = []
    lower = round(sheet.height, 2)
    if of.right > of.left:
        strip = {"x": round(of.left, 2), "x2": round(of.right, 2), "y": 0, "y2": lower}
        found.append(
            {
                "data": values([strip]),
                "mark": {"type": "rect", "fill": palette.GRID.light},
                "encoding": in_px("x", "x2", "y", "y2"),
            }
        )
    mark = {"type": "rule", "stroke": palette.EVENT.light, "strokeWidth": 0.8}
    if dash := _DASHES[of.event.kind]:
        mark["strokeDash"] = dash
    upper = round(_middle(of, sheet) + LINE / 2, 2)
    line = {"x": round(of.left, 2), "y": upper, "y2": lower}
    found.append({"data": values([line]), "mark": mark, "encoding": in_px("x", "y", "y2")})
    return found


def _middle(of: _Placed, sheet: Sheet) -> float:
    """How far down the middle of a label is; the first line of labels is the uppermost."""
    return LINE * (of.line + 0.5) - sheet.labels


def _labels(placed: list[_Placed], sheet: Sheet) -> list[Json]:
    """The texts, on a ground that hides what is behind them."""
    grounds = [
        {
            "x": round(of.label - 1, 2),
            "x2": round(of.label_end + 1, 2),
            "y": round(_middle(of, sheet) - LINE / 2, 2),
            "y2": round(_middle(of, sheet) + LINE / 2, 2),
        }
        for of in placed
    ]
    rows = [{"x": of.label, "y": _middle(of, sheet), "text": of.event.text} for of in placed]
    return [
        {
            "data": values(grounds),
            "mark": {"type": "rect", "fill": palette.GROUND.light},
            "encoding": in_px("x", "x2", "y", "y2"),
        },
        texts(rows, fill=palette.EVENT.light),
    ]
