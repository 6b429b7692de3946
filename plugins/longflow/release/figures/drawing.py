"""The drawings of an edition: each figure as SVG of two widths, PNG and Vega-Lite."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from longflow.contract import chart_of
from longflow.edition import CompiledEdition
from longflow.edition.tables import is_drawn, promise_of
from longflow.release.figures.alternative import facts
from longflow.release.figures.lines import draw_lines
from longflow.release.figures.render import png_of, svg_of, text_of
from longflow.release.figures.scatter import draw_scatter
from longflow.release.figures.scene import Figure, Point, Scene, scene_of
from longflow.release.figures.vega import Drawn, Spot
from longflow.release.figures.waterfall import draw_waterfall
from longflow.release.figures.words import error_text
from longflow.release.files import drawing_files
from longflow.settings import Edition, Event
from longflow.texts import Wording, wording

# How each kind of chart is drawn.
_KINDS: Mapping[str, Callable[..., Drawn]] = {
    "lines": draw_lines,
    "curves": draw_lines,
    "waterfall": draw_waterfall,
    "scatter": draw_scatter,
}


class DataRow(NamedTuple):
    """A plotted value in words: its panel, its line, its place across, the value and its error."""

    panel: str
    series: str
    at: str
    value: str
    error: str
    is_published: bool
    is_withheld: bool


@dataclass(frozen=True)
class Drawing:
    """A figure, drawn.

    Attributes:
        figure: what it is drawn from.
        scene: what it shows.
        svg: for two columns of A4.
        svg_narrow: for one column.
        png: the wide one, for slides.
        vega_lite: the specification of the wide one.
        width: of the wide one, in px.
        height: of the wide one, in px.
        spots: the plotted values of the wide one, by their places in px.
        narrow: the narrow one, with its sheet and the same values at its own places.
    """

    figure: Figure
    scene: Scene
    svg: str
    svg_narrow: str
    png: bytes
    vega_lite: str
    width: float
    height: float
    spots: tuple[Spot, ...]
    narrow: Drawn

    def data_rows(self) -> Iterator[DataRow]:
        """The plotted values in words, or those of them that the chart lists.

        Those of enlarged panels, which repeat others, are left out.
        """
        for panel in self.scene.panels:
            for line in panel.lines if not panel.is_enlarged else ():
                for point in filter(self._is_listed, line.points):
                    yield DataRow(
                        panel=panel.name,
                        series=line.name,
                        at=point.label,
                        value="" if point.y is None else self.figure.number(point.y),
                        error=error_text(self.figure, point),
                        is_published=point.status == "published",
                        is_withheld=point.status == "withheld",
                    )

    def _is_listed(self, point: Point) -> bool:
        every = self.figure.chart.listed_every
        if every is None or point.marked:
            return True
        return math.isclose(point.x / every, round(point.x / every))

    @property
    def alternative(self) -> str:
        """What is seen, in words."""
        return self.figure.say("alternative", facts(self.figure, self.scene))

    @property
    def files(self) -> tuple[str, str, str, str]:
        """Names of its files in the release: SVG, narrow SVG, PNG, Vega-Lite."""
        figure = self.figure
        return drawing_files(figure.table, figure.words.language, figure.languages)

    def contents(self) -> dict[str, bytes]:
        """The files of the release by name."""
        svg, narrow, png, vega_lite = self.files
        return {
            svg: self.svg.encode(),
            narrow: self.svg_narrow.encode(),
            png: self.png,
            vega_lite: self.vega_lite.encode(),
        }


def draw_edition(
    compiled: CompiledEdition, events: Sequence[Event], words: Wording | None = None
) -> dict[str, Drawing]:
    """All drawings of an edition, by table.

    Args:
        compiled: the edition.
        events: dated events that figures over time show.
        words: the language; None: English.

    Raises:
        LongflowError: a figure cannot be drawn.
    """
    return {
        table: draw(table, frame, compiled.settings, events, words or wording())
        for table, frame in compiled.tables.items()
        if is_drawn(table)
    }


def draw(
    table: str, frame: pl.DataFrame, edition: Edition, events: Sequence[Event], words: Wording
) -> Drawing:
    """The drawings of one figure.

    Args:
        table: its id.
        frame: its rows, as published.
        edition: the edition.
        events: dated events.
        words: the language.

    Raises:
        LongflowError: it cannot be drawn.
    """
    promise = promise_of(table)
    chart = chart_of(promise.table)
    said = tuple(event.in_language(words.language) for event in events)
    figure = Figure(table, promise, chart, frame, edition, said, words)
    scene = scene_of(figure)
    kind = _KINDS[chart.kind]
    wide, narrow = (kind(figure, scene, narrow=is_narrow) for is_narrow in (False, True))
    svg = svg_of(wide.spec, wide.sheet)
    return Drawing(
        figure=figure,
        scene=scene,
        svg=svg,
        svg_narrow=svg_of(narrow.spec, narrow.sheet),
        png=png_of(svg),
        vega_lite=text_of(wide.spec),
        width=wide.sheet.width,
        height=wide.sheet.whole_height,
        spots=wide.spots,
        narrow=narrow,
    )
