"""Draw the figures of an edition: from rows and `chart.yml` to SVG, PNG and Vega-Lite."""

from longflow.release.figures.drawing import DataRow, Drawing, draw, draw_edition
from longflow.release.figures.palette import ALL as PALETTE

__all__ = ["PALETTE", "DataRow", "Drawing", "draw", "draw_edition"]
