"""What is said about a plotted value."""

from __future__ import annotations

from longflow.release.figures.scene import Figure, Line, Panel, Point


def point_text(figure: Figure, panel: Panel, line: Line, point: Point) -> str:
    """What is said about a plotted value: series, place, value and error."""
    return figure.words.text(
        "drawing.point",
        panel=panel.name,
        series=line.name,
        at=point.label,
        value=figure.number(point.y or 0.0),
        error=error_text(figure, point),
        unit=figure.say("short_unit"),
        published=point.status == "published",
    )


def error_text(figure: Figure, point: Point) -> str:
    """The error of a value: `± 0.4`, or the two ends of its interval; nothing without one."""
    if point.y is None or point.low is None or point.high is None:
        return ""
    if figure.chart.error is not None:
        key, fields = "half_width", {"error": figure.number(point.high - point.y)}
    else:
        key = "interval"
        fields = {"low": figure.number(point.low), "high": figure.number(point.high)}
    return figure.words.text(f"drawing.{key}", **fields)
