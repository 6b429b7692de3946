"""Where everything lies on a sheet: panels beside and below each other, legend, notes."""

from __future__ import annotations

from dataclasses import dataclass

from longflow.release.figures.metrics import NARROW, SIZE, WIDE, Face

LINE = 14.0
LABEL_DISTANCE = SIZE + 1.3
_TITLE = 17.0
_UNIT = 20.0
_AXIS = 19.0
_EDGE = 2.0


@dataclass(frozen=True)
class Sheet:
    """The grid of the panels of a drawing; all lengths in px.

    Attributes:
        face: the font of its texts.
        width: of the whole drawing.
        columns: panels beside each other.
        rows: rows of panels.
        left: from the left edge of a panel's part to its plot.
        right: from its plot to the right edge of its part.
        plot: width of a plot.
        height: of a plot.
        labels: directly above each plot, where labels of events stand.
        top: above the first row, where legend, titles and labels stand.
        between: from a row of plots to the next one.
        bottom: below the last row, where the axis and notes stand.
    """

    face: Face
    width: float
    columns: int
    rows: int
    left: float
    right: float
    plot: float
    height: float
    labels: float
    top: float
    between: float
    bottom: float

    @property
    def whole_height(self) -> float:
        """Height of the whole drawing."""
        plots = self.rows * self.height + (self.rows - 1) * self.between
        return self.top + plots + self.bottom

    def corner(self, number: int) -> tuple[float, float]:
        """The upper left corner of the plot of a panel, by its number."""
        row, column = divmod(number, self.columns)
        return (
            self.left + column * (self.left + self.plot + self.right),
            self.top + row * (self.height + self.between),
        )


def lay_out(
    panels: int,
    face: Face,
    *,
    narrow: bool,
    y_labels: list[str],
    right: float,
    legend_lines: int,
    titled: bool,
    axis_lines: int = 1,
    x_title: bool = False,
    notes: int = 0,
    stacked: bool = False,
    square: bool = False,
    label_lines: int = 0,
) -> Sheet:
    """The sheet for so many panels.

    Args:
        panels: how many.
        face: the font of all texts.
        narrow: for one column of A4, otherwise for two.
        y_labels: labels of the vertical axes.
        right: room beside each plot.
        legend_lines: lines of the legend.
        titled: whether panels have titles.
        axis_lines: lines of the labels below a plot.
        x_title: whether the axis across has a title.
        notes: lines of notes below.
        stacked: whether panels stand below each other in any case.
        square: whether plots are as high as they are wide, or nearly so.
        label_lines: lines of labels of events above each plot.
    """
    whole = NARROW if narrow else WIDE
    columns = 1 if narrow or stacked or panels == 1 else 2
    rows = -(-panels // columns)
    left = max((face.width(label) for label in y_labels), default=0) + 8
    plot = whole / columns - left - right
    below = _AXIS + (axis_lines - 1) * LINE
    labels = label_lines * LINE + (3 if label_lines else 0)
    # One line for the unit above each column of plots.
    above = _UNIT + (_TITLE if titled else 0) + labels
    height = {1: 230.0, 2: 190.0}.get(rows, 150.0) if not narrow else 150.0
    if square:
        height = min(plot, 460.0)
    return Sheet(
        face=face,
        width=whole,
        columns=columns,
        rows=rows,
        left=left,
        right=right,
        plot=plot,
        height=height,
        labels=labels,
        top=_EDGE + legend_lines * LINE + (4 if legend_lines else 0) + above,
        between=below + above + 6,
        bottom=below + (LINE if x_title else 0) + notes * LINE + _EDGE,
    )


def flow(
    entries: list[str], room: float, mark: float, face: Face
) -> tuple[list[tuple[float, int]], int]:
    """Where the entries of a legend stand, one beside the other as far as there is room.

    Args:
        entries: their texts.
        room: width of a line.
        mark: room for the sample before each text.
        face: their font.

    Returns:
        For each entry its left end and its line; and the number of lines.
    """
    places, at, line = [], 0.0, 0
    for entry in entries:
        needs = mark + face.width(entry) + 16
        if at and at + needs - 16 > room:
            at, line = 0.0, line + 1
        places.append((at, line))
        at += needs
    return places, line + 1 if entries else 0


def apart(places: list[float], least: float, low: float, high: float) -> list[float]:
    """Places moved so that none is closer than `least` to the next, and all within their room.

    The order stays. If there is no room for all, they reach beyond the lower end.
    """
    order = sorted(range(len(places)), key=lambda number: places[number])
    moved = list(places)
    below = low - least
    for number in order:
        moved[number] = max(moved[number], below + least)
        below = moved[number]
    above = high + least
    for number in reversed(order):
        moved[number] = min(moved[number], above - least)
        above = moved[number]
    return moved
