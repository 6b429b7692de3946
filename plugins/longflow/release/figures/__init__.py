"""Draw the figures of an edition: from rows and `chart.yml` to SVG, PNG and Vega-Lite."""

from longflow.release.figures.drawing import (
    FIGURE,
    Drawing,
    draw,
    draw_edition,
    drawing_files,
    is_drawn,
)
from longflow.release.figures.palette import ALL as PALETTE
from longflow.release.figures.scene import Line, Panel, Point

__all__ = [
    "FIGURE",
    "PALETTE",
    "Drawing",
    "Line",
    "Panel",
    "Point",
    "draw",
    "draw_edition",
    "drawing_files",
    "is_drawn",
]
