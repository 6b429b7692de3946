"""What a drawing shows, without its looks: panels, lines, and points with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import polars as pl

from longflow.contract import Chart, Contract
from longflow.edition.tables import years_of
from longflow.release.figures.metrics import Face, face_of
from longflow.release.figures.scales import bytes_text, number_of
from longflow.settings import Edition, Event
from longflow.texts import Wording

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """A table that is drawn, and what is needed for it.

    Attributes:
        table: its id.
        promise: its contract.
        chart: how it is drawn.
        frame: its rows.
        edition: the edition.
        events: dated events.
        words: of the language.
    """

    table: str
    promise: Contract
    chart: Chart
    frame: pl.DataFrame
    edition: Edition
    events: tuple[Event, ...]
    words: Wording

    @property
    def languages(self) -> Sequence[str]:
        """The languages of its edition; its own alone if the edition is not drawn in it."""
        language, all_of = self.words.language, self.edition.languages
        return all_of if language in all_of else (language,)

    @cached_property
    def face(self) -> Face:
        """The font of its texts."""
        return face_of(self.words)

    def say(self, key: str, fields: Fields = {}) -> str:  # noqa: B006 - it is not changed
        """A text of the drawing: `figure.<key>` below the table's entry."""
        return self.words.text(f"tables.{self.table}.figure.{key}", **fields)

    def number(self, value: float) -> str:
        """A value of the figure as people write it."""
        places = self.promise.columns[self.chart.y.column].decimals
        if places is not None:
            return self.words.numbers.number(value, places)
        return self.words.numbers.number(float(f"{value:.3g}"))


@dataclass(frozen=True)
class Point:
    """One row of the table.

    Attributes:
        x: its place across, as a number of its axis.
        y: the figure; None where there is none.
        low: lower end of its interval; None without one.
        high: upper end.
        status: computed, published or withheld.
        marked: whether it is marked.
        label: what stands for x in words.
        value: x as the table has it.
        cell: of a scatter: low and high across, low and high upwards, as numbers of their axes.
    """

    x: float
    y: float | None
    low: float | None
    high: float | None
    status: str
    marked: bool
    label: str
    value: Any = None
    cell: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Line:
    """The points of one series, in the order of x.

    Attributes:
        key: the values of its columns.
        group: its name without what tells solid lines from dashed ones.
        dash: the name of that; empty where there is none.
        name: its full name.
        is_dashed: whether it is drawn dashed for it.
        points: its points.
    """

    key: tuple[Any, ...]
    group: str
    dash: str
    name: str
    is_dashed: bool
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Panel:
    """Lines over common axes."""

    name: str
    lines: tuple[Line, ...]
    is_enlarged: bool = False

    @property
    def points(self) -> Iterator[Point]:
        """The points of all lines that have a figure."""
        return (point for line in self.lines for point in line.points if point.y is not None)


@dataclass(frozen=True)
class Scene:
    """All panels, and which years the edition has that none of them has.

    Attributes:
        panels: those with rows, and those that the contract promises and no row has.
        groups: names of all lines, those of pairs once, in the order of their looks.
        dashes: what solid and dashed lines are, in this order; empty where this means nothing.
        missing: what is missing in words, one for each panel; empty where nothing is.
    """

    panels: tuple[Panel, ...]
    groups: tuple[str, ...]
    dashes: tuple[str, ...]
    missing: tuple[str, ...] = field(default=())


def scene_of(figure: Figure) -> Scene:
    """The panels and lines of a table of values over an axis."""
    chart = figure.chart
    rows = list(figure.frame.iter_rows(named=True))
    found: dict[tuple[tuple[Any, ...], tuple[Any, ...]], list[Point]] = {}
    for row in rows:
        x = number_of(chart.x, row[chart.x.column])
        if x is not None:
            of = found.setdefault((_values(row, chart.panels), _values(row, chart.series)), [])
            of.append(_point(figure, row, x))
    series = list(dict.fromkeys(_values(row, chart.series) for row in rows))
    solid = _solid(figure, series)
    panels = [
        Panel(
            _panel_name(figure, rows, key),
            tuple(_line(figure, of, solid, found[key, of]) for of in series if (key, of) in found),
        )
        for key in _panel_keys(figure, rows)
    ]
    if chart.enlarged is not None:
        place = chart.series.index(chart.enlarged.column)
        panels += [
            Panel(
                figure.say("enlarged"),
                tuple(of for of in panel.lines if of.key[place] == chart.enlarged.value),
                is_enlarged=True,
            )
            for panel in panels
        ]
    lines = [line for panel in panels for line in panel.lines]
    solid_first = sorted({(line.is_dashed, line.dash) for line in lines if line.dash})
    return Scene(
        tuple(panels),
        tuple(dict.fromkeys(line.group for line in lines)),
        tuple(name for _, name in solid_first),
        tuple(_missing(figure, panels)),
    )


def _solid(figure: Figure, series: list[tuple[Any, ...]]) -> object:
    """The value that is drawn solid."""
    dashed = figure.chart.dashed
    if dashed is None:
        return None
    place = figure.chart.series.index(dashed.column)
    return max((of[place] for of in series), default=None) if dashed.solid is None else dashed.solid


def _line(figure: Figure, key: tuple[Any, ...], solid: object, points: list[Point]) -> Line:
    chart = figure.chart
    fields = dict(zip(chart.series, key, strict=True))
    dash, is_dashed = "", False
    if chart.dashed is not None:
        value = fields.pop(chart.dashed.column)
        dash, is_dashed = figure.say("dashed", {chart.dashed.column: value}), value != solid
    group = figure.say("series", fields) if fields else ""
    both = figure.words.text("drawing.line", group=group, dash=dash) if group and dash else ""
    in_order = tuple(sorted(points, key=lambda point: point.x))
    return Line(key, group, dash, both or group or dash, is_dashed, in_order)


def _panel_keys(figure: Figure, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The panels of the rows, and before them those that the contract promises."""
    columns = figure.chart.panels
    keys = [_values(row, columns) for row in rows]
    promised = [figure.promise.columns[name].values for name in columns]
    if columns and all(promised):
        keys = [*product(*promised), *keys]
    return list(dict.fromkeys(keys)) or [()]


def _point(figure: Figure, row: Fields, x: float) -> Point:
    chart = figure.chart
    y = number_of(chart.y, row[chart.y.column])
    low, high = (None if name is None else row[name] for name in (chart.low, chart.high))
    if chart.error is not None and y is not None and row[chart.error] is not None:
        low, high = y - row[chart.error], y + row[chart.error]
    return Point(
        x,
        y,
        None if y is None else low,
        None if y is None else high,
        row.get("status", "computed"),
        bool(chart.marked and row[chart.marked]),
        _x_label(figure, row[chart.x.column]) if chart.cells is None else _cell_label(figure, row),
        row[chart.x.column],
        _cell(chart, row),
    )


def _cell(chart: Chart, row: Fields) -> tuple[float, float, float, float] | None:
    if chart.cells is None:
        return None
    ends = ((chart.x, chart.x.column, chart.cells.x_high),
            (chart.cells.y, chart.cells.y.column, chart.cells.y_high))  # fmt: skip
    low, high, below, above = (
        number_of(axis, row[name]) or 0.0 for axis, *names in ends for name in names
    )
    return low, high, below, above


def _cell_label(figure: Figure, row: Fields) -> str:
    """The bounds of a cell in words."""
    chart = figure.chart
    if chart.cells is None:
        return ""
    names = ("x_low", "x_high", "y_low", "y_high")
    columns = (chart.x.column, *chart.cells.columns)
    return figure.say(
        "cell",
        {
            name: bytes_text(figure.words, row[column])
            for name, column in zip(names, columns, strict=True)
        },
    )


def _x_label(figure: Figure, value: Any) -> str:  # noqa: ANN401 - of any column
    """The value of x in words."""
    words = figure.words
    match figure.chart.x.kind:
        case "months":
            return words.month(value if isinstance(value, str) else f"{value:%Y-%m}")
        case "hours":
            return words.text("drawing.hour_of_day", it=value)
        case "week_hours":
            return words.text("drawing.hour_of_week", it=value)
        case "log10_bytes" | "bytes":
            return bytes_text(words, value if figure.chart.x.kind == "bytes" else 10.0**value)
        case "names":
            return figure.say("part", {figure.chart.x.column: value})
        case _:
            return str(value)


def _panel_name(figure: Figure, rows: list[dict[str, Any]], key: tuple[Any, ...]) -> str:
    """The name of a panel, which may state what all its rows have in common."""
    chart = figure.chart
    first = next((row for row in rows if _values(row, chart.panels) == key), {})
    names = (*chart.panels, *chart.stated)
    return _name(figure, "panel", names, (*key, *(first.get(name) for name in chart.stated)))


def _missing(figure: Figure, panels: list[Panel]) -> Iterator[str]:
    """Sentences about years that the edition has and a panel lacks; without years, none."""
    if figure.chart.x.kind != "years" and "year" not in figure.chart.series:
        return
    for panel in panels:
        have = set(_years_in(figure, panel))
        lacks = [year for year in expected_years(figure) if year not in have]
        if lacks and have:
            yield figure.words.text("drawing.missing", panel=panel.name, years=lacks)


def _years_in(figure: Figure, panel: Panel) -> Iterator[int]:
    """The years of which a panel has a value: those of its axis, or those of its lines."""
    if figure.chart.x.kind == "years":
        yield from (int(point.x) for point in panel.points)
        return
    place = figure.chart.series.index("year")
    for line in panel.lines:
        if any(point.y is not None for point in line.points):
            yield line.key[place]


def expected_years(figure: Figure) -> list[int]:
    """The years that a table is expected to have."""
    return sorted({*years_of(figure.table, figure.edition), *_years_of(figure.frame)})


def _years_of(frame: pl.DataFrame) -> list[int]:
    return frame["year"].unique().to_list() if "year" in frame.columns else []


def _values(row: Fields, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _name(figure: Figure, key: str, columns: tuple[str, ...], values: tuple[Any, ...]) -> str:
    # A figure without a row has no values to name.
    if not columns or len(values) < len(columns):
        return ""
    return figure.say(key, dict(zip(columns, values, strict=True)))
