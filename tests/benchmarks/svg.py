"""Line charts as SVG, side by side, for the benchmark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLOURS = ("#0b5a8c", "#c8551b", "#3c8a3f", "#7b4ea3", "#8a8f94", "#b08a00")
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 250, 190, 46, 30, 34, 10


@dataclass(frozen=True)
class Panel:
    """One chart: one line of (x, y) per name, both axes logarithmic."""

    title: str
    lines: Mapping[str, Sequence[tuple[float, float]]]


def charts(
    panels: Sequence[Panel],
    *,
    columns: int,
    x_title: str,
    y_title: str,
    x_ticks: Mapping[float, str],
    y_ticks: Mapping[float, str],
) -> str:
    """An SVG of charts with shared axes and one legend.

    Values outside the ticks of the y axis are drawn at its edge.
    """
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    colour = dict(zip(names, COLOURS, strict=False))
    rows = math.ceil(len(panels) / columns)
    width, height = columns * _WIDTH, rows * _HEIGHT + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="#1c2126">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        left, top = number % columns * _WIDTH, number // columns * _HEIGHT
        parts.append(f'<g transform="translate({left} {top})">')
        parts += _axes(panel.title, x_title, y_title, x_ticks, y_ticks)
        for name, points in panel.lines.items():
            places = " ".join(f"{_x(x, x_ticks):.1f},{_y(y, y_ticks):.1f}" for x, y in points)
            parts.append(
                f'<polyline points="{places}" fill="none" stroke="{colour[name]}" '
                'stroke-width="1.8"/>'
            )
        parts.append("</g>")
    step = min(width / max(len(names), 1), 190)
    for number, name in enumerate(names):
        x, y = number * step + 10, height - 8
        parts.append(
            f'<path d="M{x:.0f} {y - 4}h16" stroke="{colour[name]}" stroke-width="2.5"/>'
            f'<text x="{x + 21:.0f}" y="{y}">{_escaped(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _axes(
    title: str,
    x_title: str,
    y_title: str,
    x_ticks: Mapping[float, str],
    y_ticks: Mapping[float, str],
) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [
        f'<text x="{_LEFT}" y="14" font-weight="bold">{_escaped(title)}</text>',
        f'<text x="{_LEFT}" y="{_TOP - 5}" fill="#56606a" font-size="9">{_escaped(y_title)}</text>',
        f'<text x="{right}" y="{_HEIGHT - 6}" text-anchor="end" fill="#56606a" font-size="9">'
        f"{_escaped(x_title)}</text>",
    ]
    for value, text in y_ticks.items():
        y = _y(value, y_ticks)
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#d5dbe0"/>'
            f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{_escaped(text)}</text>'
        )
    for value, text in x_ticks.items():
        x = _x(value, x_ticks)
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{_escaped(text)}</text>'
        )
    return parts


def _x(value: float, ticks: Mapping[float, str]) -> float:
    return _LEFT + 8 + _share(value, ticks) * (_WIDTH - _LEFT - _RIGHT - 26)


def _y(value: float, ticks: Mapping[float, str]) -> float:
    return _HEIGHT - _BOTTOM - _share(value, ticks) * (_HEIGHT - _TOP - _BOTTOM)


def _share(value: float, ticks: Mapping[float, str]) -> float:
    low, high = math.log(min(ticks)), math.log(max(ticks))
    return (math.log(min(max(value, min(ticks)), max(ticks))) - low) / (high - low)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
