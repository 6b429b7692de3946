"""Drawings of the kinds `lines` and `curves`: values over time, and densities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from longflow.release.figures import palette
from longflow.release.figures.events import event_layers, event_lines
from longflow.release.figures.legend import SAMPLE, Entry, legend_layers
from longflow.release.figures.metrics import NARROW, WIDE
from longflow.release.figures.palette import Mark, marks
from longflow.release.figures.plot import Plot, has_markers, plot_layers
from longflow.release.figures.scales import Scale, scale_of
from longflow.release.figures.scene import Figure, Panel, Scene, expected_years
from longflow.release.figures.sheet import flow, lay_out
from longflow.release.figures.vega import Drawn, Spot, View, drawn, texts
from longflow.release.figures.words import point_text


def draw_lines(figure: Figure, scene: Scene, *, narrow: bool) -> Drawn:
    """The drawing of lines or curves, for one column of A4 (`narrow`) or for two."""
    chart, face = figure.chart, figure.face
    looks = dict(
        zip(
            scene.groups,
            marks(len(scene.groups), ordered=chart.ordered, dashes=not scene.dashes),
            strict=True,
        )
    )
    x = _x_scale(figure, scene)
    ys = _y_scales(figure, scene)
    at_ends = chart.labels == "ends" and len(scene.groups) > 1
    right = 8.0
    if x.ticks[-1:] == (x.high,) and not x.between:
        right = max(right, face.width(x.labels[-1]) / 2 + 1)
    if at_ends:
        right = max(right, max(face.width(name) for name in scene.groups) + 10)
    shown = looks
    if not has_markers(chart, scene.panels):
        shown = {name: replace(look, shape="") for name, look in looks.items()}
    entries = _entries(scene, shown, at_ends=at_ends)
    of_sheet = partial(
        lay_out,
        len(scene.panels),
        face,
        narrow=narrow,
        y_labels=[label for y in ys for label in y.labels],
        right=right,
        legend_lines=flow(
            [entry.name for entry in entries], NARROW if narrow else WIDE, SAMPLE, face
        )[1],
        titled=any(panel.name for panel in scene.panels),
        x_title=bool(figure.say("x")),
        notes=len(scene.missing),
        stacked=chart.stacked,
    )
    # How wide a plot is does not depend on the labels above it.
    sheet = of_sheet(label_lines=event_lines(figure, x, of_sheet()))
    views = []
    for number, (panel, y) in enumerate(zip(scene.panels, ys, strict=True)):
        plot = Plot(figure, panel, sheet, x, y, looks)
        layers = [*event_layers(figure, x, sheet), *plot_layers(plot, at_ends=at_ends)]
        is_lowest = number >= len(scene.panels) - sheet.columns
        if is_lowest and (title := figure.say("x")):
            middle = {"x": sheet.plot / 2, "y": sheet.height + 26, "text": title}
            layers.append(texts([middle], align="center", fill=palette.SOFT.light))
        views.append(View(panel.name, figure.say("y"), layers, list(_spots(plot))))
    return drawn(sheet, views, legend_layers(entries, sheet), scene.missing)


def _x_scale(figure: Figure, scene: Scene) -> Scale:
    shown = [point.x for panel in scene.panels for line in panel.lines for point in line.points]
    if figure.chart.x.kind == "years":
        shown += expected_years(figure)
    return scale_of(figure.chart.x, figure.words, shown)


def _y_scales(figure: Figure, scene: Scene) -> list[Scale]:
    """The vertical axis of each panel: one for all, but for those that have their own."""
    every = [panel for panel in scene.panels if not panel.is_enlarged]
    return [
        _y_scale(figure, [panel] if figure.chart.own_scales or panel.is_enlarged else every)
        for panel in scene.panels
    ]


def _y_scale(figure: Figure, panels: list[Panel]) -> Scale:
    points = [point for panel in panels for point in panel.points]
    shown = [point.y for point in points if point.y is not None]
    ends = [end for point in points for end in (point.low, point.high) if end is not None]
    if figure.chart.y.zero and figure.chart.y.kind == "linear":
        # Bars of errors may reach below 0; the axis need not.
        ends = [max(end, 0.0) for end in ends] if min(shown, default=0) >= 0 else ends
    return scale_of(figure.chart.y, figure.words, shown, ends)


def _entries(scene: Scene, looks: Mapping[str, Mark], *, at_ends: bool) -> list[Entry]:
    """The legend: names that do not stand at the lines, and what solid and dashed mean."""
    found = []
    if not at_ends:
        found = [Entry(name, look) for name, look in looks.items() if name]
    plain = Mark(palette.INK, (), "")
    for name, dash in zip(scene.dashes, ((), palette.DASHED), strict=False):
        found.append(Entry(name, replace(plain, dash=dash)))
    return found


def _spots(plot: Plot) -> Iterator[Spot]:
    """The plotted values of a panel, line by line."""
    for line in plot.panel.lines:
        for point in line.points:
            if point.y is not None:
                text = point_text(plot.figure, plot.panel, line, point)
                yield Spot(plot.px(point), plot.py(point.y), text)
