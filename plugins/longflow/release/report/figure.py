"""The layout `figure`: a drawing, what it says in words, and the table of its data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from longflow.release.figures import PALETTE, DataRow, Drawing
from longflow.release.report.printing import Printing
from longflow.release.report.table import Cell

# In the report, colours are variables, which the dark page sets anew.
_COLOUR = re.compile("(" + "|".join({f'"{colour.light}"' for colour in PALETTE}) + ")")
_VARIABLES = {f'"{colour.light}"': f'"var(--figure-{colour.name})"' for colour in PALETTE}

_ROOT = re.compile(r"<svg [^>]*>")


@dataclass(frozen=True)
class FigureBody:
    """A figure in the report.

    Attributes:
        drawing: the figure, as its files show it.
        svg: the drawing on the page; colours are CSS variables.
        narrow_svg: the drawing for narrow screens.
        width: of the drawing in px.
        narrow_width: likewise.
        spots: of each plotted value: its place in px across and down, and what it says.
        narrow_places: its place in the narrow drawing.
        alternative: what is seen, in words.
        files: names of its files: SVG, narrow SVG, PNG, Vega-Lite.
        rows: the table of its data, or of those that its chart lists.
        lists_all: whether that is all of them.
        with_panels: whether there are several panels.
        with_errors: whether any value has an error.
    """

    drawing: Drawing
    svg: Markup
    narrow_svg: Markup
    width: float
    narrow_width: float
    spots: tuple[tuple[float, float, str], ...]
    narrow_places: tuple[tuple[float, float], ...]
    alternative: str
    files: tuple[str, str, str, str]
    rows: tuple[DataRow, ...]
    lists_all: bool
    with_panels: bool
    with_errors: bool

    @property
    def cells(self) -> Iterator[tuple[Cell, tuple[str, ...]]]:
        """The cells that changes and findings can name: none, as its values are drawn."""
        return iter(())


def figure(table: str, _: pl.DataFrame, printing: Printing) -> FigureBody:
    """The layout `figure`."""
    drawing = printing.drawings[table]
    rows, narrow = tuple(drawing.data_rows()), drawing.narrow
    return FigureBody(
        drawing=drawing,
        svg=_inline(drawing.svg, drawing.width, drawing.height),
        narrow_svg=_inline(drawing.svg_narrow, narrow.sheet.width, narrow.sheet.whole_height),
        width=round(drawing.width, 2),
        narrow_width=round(narrow.sheet.width, 2),
        spots=tuple((round(spot.x, 1), round(spot.y, 1), spot.text) for spot in drawing.spots),
        narrow_places=tuple((round(spot.x, 1), round(spot.y, 1)) for spot in narrow.spots),
        alternative=drawing.alternative,
        files=drawing.files,
        rows=rows,
        lists_all=drawing.figure.chart.listed_every is None,
        with_panels=len(drawing.scene.panels) > 1,
        with_errors=any(row.error for row in rows),
    )


def _inline(drawn: str, width: float, height: float) -> Markup:
    """A drawing within the page: as wide as the page lets it, in the colours of the page."""
    root = f'<svg viewBox="0 0 {width:.2f} {height:.2f}" aria-hidden="true" focusable="false">'
    svg = _ROOT.sub(root, drawn.strip(), count=1)
    coloured = _COLOUR.sub(lambda found: _VARIABLES[found[0]], svg)
    return Markup(coloured)  # noqa: S704 - vl-convert has escaped its texts
