"""What a drawing shows, as values for the words of its text alternative."""

from __future__ import annotations

from typing import Any

from longflow.release.figures.scene import Figure, Line, Panel, Point, Scene

# Lines with more values are described by some of them.
_FEW = 8


def facts(figure: Figure, scene: Scene) -> dict[str, Any]:
    """Panels with their lines, and of each line its first, last, highest and lowest value.

    Returns:
        `panels`: a list of `name` and `lines`; of each line `name`, `points` (all, if there are
        few), `marked`, `first`, `last`, `highest` and `lowest`, whose points have `at` and `value`
        as texts. A line without values is left out. Of a scatter: `panels` as in `_of_cells`.
    """
    if figure.chart.kind == "scatter":
        return {"panels": [_of_cells(figure, panel) for panel in scene.panels]}
    return {
        "panels": [
            {
                "name": panel.name,
                "lines": [line for of in panel.lines if (line := _line(figure, of)) is not None],
            }
            for panel in scene.panels
            if not panel.is_enlarged
        ]
    }


def _of_cells(figure: Figure, panel: Panel) -> dict[str, Any]:
    """`name`, numbers of points `in_all`, `below` the diagonal and `above` it."""
    numbers = {"in_all": 0, "below": 0, "above": 0}
    for point in panel.points:
        number = round(point.y or 0.0)
        low, high, bottom, top = point.cell or (0.0, 0.0, 0.0, 0.0)
        numbers["in_all"] += number
        numbers["below"] += number * (top <= low)
        numbers["above"] += number * (bottom >= high)
    said = {name: figure.words.numbers.number(number) for name, number in numbers.items()}
    return {"name": panel.name, **said}


def _line(figure: Figure, line: Line) -> dict[str, Any] | None:
    known = [point for point in line.points if point.y is not None]
    if not known:
        return None

    def said(point: Point) -> dict[str, str]:
        return {"at": point.label, "value": figure.number(point.y or 0.0)}

    return {
        "name": line.name,
        "first": said(known[0]),
        "last": said(known[-1]),
        "highest": said(max(known, key=lambda point: point.y or 0.0)),
        "lowest": said(min(known, key=lambda point: point.y or 0.0)),
        "points": [said(point) for point in known] if len(known) <= _FEW else [],
        "marked": [said(point) for point in known if point.marked],
    }
