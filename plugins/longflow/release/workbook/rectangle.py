"""A table or figure as a rectangle: one row of headings, and every cell has its own content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from longflow.release.figures import Drawing
from longflow.release.figures.scene import Panel
from longflow.release.report.figure import FigureBody
from longflow.release.report.sections import Body
from longflow.release.report.table import Cell, Column, Content, Mark, Row, Table

Say = Callable[..., str]


class Number(NamedTuple):
    """A number.

    Attributes:
        value: as the data files hold it.
        places: with how many decimals it is shown; None: as many as it has.
        is_published: whether an earlier report printed it.
    """

    value: float
    places: int | None
    is_published: bool = False


# None is an empty cell.
Filling = Number | str | None


@dataclass(frozen=True)
class Rectangle:
    """Rows under one row of headings.

    Attributes:
        heads: the headings.
        keys: how many of the first columns name a row.
        rows: the contents, one for each heading.
    """

    heads: tuple[str, ...]
    keys: int
    rows: tuple[tuple[Filling, ...], ...]


def rectangle_of(body: Body, say: Say) -> Rectangle:
    """A body of the report as a rectangle; `say` gives the texts of `report`."""
    return _of_figure(body, say) if isinstance(body, FigureBody) else of_table(body, say)


def of_table(table: Table, say: Say) -> Rectangle:
    """A table: the headings of its rows stand in every row, errors beside their figures."""
    has_groups = any(group.title is not None for group in table.groups)
    has_names = any(row.title is not None and row.title.name for row in table.rows)
    with_errors = [
        any(isinstance(row.cells[at], Cell) and row.cells[at].error for row in table.rows)  # type: ignore[union-attr]
        for at in range(len(table.columns))
    ]
    keys = [
        *([say("workbook.part")] if has_groups else []),
        table.corner,
        *([say("workbook.name")] if has_names else []),
    ]
    heads = list(_heads(table.columns, with_errors, say))
    rows = []
    for group in table.all_groups:
        title, name, is_published = "", "", False
        for row in group.rows:
            if row.title is not None:
                title, name = row.title.text, row.title.name
                is_published = row.title.is_published
            named = [*([group.title] if has_groups else []), title, *([name] if has_names else [])]
            rows.append((*named, *_fillings(row, table.columns, with_errors, is_published, say)))
    return Rectangle((*keys, *heads), len(keys), tuple(rows))


def _heads(columns: tuple[Column, ...], with_errors: list[bool], say: Say) -> Iterator[str]:
    for column, has_errors in zip(columns, with_errors, strict=True):
        head = say("place", parts=column.heads)
        yield head
        if has_errors:
            yield say("workbook.error_of", head=head)


def _fillings(
    row: Row, columns: tuple[Column, ...], with_errors: list[bool], is_published: bool, say: Say
) -> Iterator[Filling]:
    for content, column, has_errors in zip(row.cells, columns, with_errors, strict=True):
        yield _filling(content, is_published or column.is_published, say)
        if has_errors:
            yield _error(content, say)


def _filling(content: Content, is_published: bool, say: Say) -> Filling:
    match content:
        case Cell(is_given=False, text=""):
            return None
        case Cell(is_given=False, about=about) | Mark(about=about):
            return about
        case Cell(value=None, text=text):
            return text
        case Cell(value=float() | int() as value, places=places):
            # A figure of an earlier report has no error, which would say so.
            return Number(value, places, is_published or content.is_published)
        case str():
            return content or None
        case _:
            return None


def _error(content: Content, say: Say) -> Filling:
    if not isinstance(content, Cell) or not content.error:
        return None
    if content.width is not None:
        return Number(content.width, content.error_places)
    return say("workbook.no_interval") if content.error == "*" else content.error


def _of_figure(body: FigureBody, say: Say) -> Rectangle:
    """All plotted values of a figure, also those that the page does not list."""
    panels = [panel for panel in body.drawing.scene.panels if not panel.is_enlarged]
    keys = (
        *([say("figure.panel")] if body.with_panels else []),
        say("figure.series"),
        say("figure.at"),
    )
    ends = (say("workbook.low"), say("workbook.high")) if body.with_errors else ()
    return Rectangle(
        (*keys, say("figure.value"), *ends),
        len(keys),
        tuple(_points(body.drawing, panels, body.with_panels, body.with_errors, say)),
    )


def _points(
    drawing: Drawing, panels: list[Panel], with_panels: bool, with_errors: bool, say: Say
) -> Iterator[tuple[Filling, ...]]:
    places = drawing.figure.promise.columns[drawing.figure.chart.y.column].decimals
    for panel in panels:
        for line in panel.lines:
            for point in line.points:
                named = (*([panel.name] if with_panels else []), line.name, point.label)
                if point.y is None:
                    withheld = point.status == "withheld"
                    about = say("cells.withheld") if withheld else say("cells.not_measured")
                    yield (*named, about, *([None, None] if with_errors else []))
                    continue
                ends = (
                    None if end is None else Number(end, places) for end in (point.low, point.high)
                )
                value = Number(point.y, places, point.status == "published")
                yield (*named, value, *(ends if with_errors else []))
