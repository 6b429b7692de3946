"""The contract of a drawing: `chart.yml` beside the contract of a figure's table."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from longflow.contract.table import Contract

# What the values of an axis are, which decides its ticks and how they are labelled. `log10_bytes`
# has the logarithms of bytes, `bytes` the bytes themselves on a logarithmic axis.
AxisKind = Literal[
    "years", "months", "hours", "week_hours", "log10_bytes", "bytes", "names", "linear", "log"
]

# `lines`: values over time; `curves`: densities; `waterfall`: parts that add up to a total;
# `scatter`: points strewn over cells of two logarithmic axes.
ChartKind = Literal["lines", "curves", "waterfall", "scatter"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Axis(_Part):
    """One axis: the column of its values, and what these are.

    Attributes:
        column: of the table.
        kind: what its values are: `years`; `months` as `2024-06` or as dates; `hours` of a day, 0
            to 23; `week_hours`, 0 to 167 from Monday; `log10_bytes`; `bytes`; `names`; `linear`
            and `log`: numbers on a linear or logarithmic axis.
        zero: whether a linear axis begins at 0, or goes through it.
        least: the lower end; None: as the values ask.
        most: the upper end.
    """

    column: str
    kind: AxisKind
    zero: bool = True
    least: float | None = None
    most: float | None = None


class Dashed(_Part):
    """What tells solid lines from dashed ones.

    Attributes:
        column: a column of the key.
        solid: its value that is drawn solid; None: the last one in order.
    """

    column: str
    solid: str | int | None = None


class Enlarged(_Part):
    """One more panel, which draws some of the lines once more, on an axis of their own.

    Attributes:
        column: a column of the key.
        value: of the lines that are drawn again.
    """

    column: str
    value: str | int


class Cells(_Part):
    """The cells of a scatter. They begin at `x` of the chart; its `y` is the number of points.

    Attributes:
        x_high: the column with their ends across.
        y: where they begin upwards.
        y_high: the column with their ends upwards.
    """

    x_high: str
    y: Axis
    y_high: str

    @property
    def columns(self) -> tuple[str, str, str]:
        """All columns that it names."""
        return self.x_high, self.y.column, self.y_high


class Chart(_Part):
    """How a table is drawn. Columns of its key have one place each: x, series, panels or apart.

    Attributes:
        kind: of the drawing.
        x: what is drawn across.
        y: the figure.
        series: columns whose values make a line each; their first values come first in the legend.
        panels: columns whose values make a panel each.
        dashed: the column of `series` that tells solid lines from dashed ones instead of by colour.
        ordered: whether colours show an order, such as that of years, from light to dark.
        error: the column with half the width of the interval.
        low: the column with the lower end of the interval, if it has two.
        high: the column with the upper end.
        interval: how errors are drawn: as a bar at each point, or as a band where it is wider than
            the line.
        marked: a column of type BOOLEAN: whether a point is marked, as modes are.
        points: whether each value has a marker.
        labels: where the names of the lines stand: at their ends, or above the panels.
        stated: columns with one value in all rows of a panel, which the panel's name may state.
        total: of a waterfall: the value of `x` that the others add up to.
        cells: of a scatter: the other bounds of a cell.
        apart: columns of the key that tell points in the same place apart, such as an hour that a
            clock change repeats.
        own_scales: whether panels have an axis of their own each, instead of one for all.
        stacked: whether panels stand below each other on a wide sheet too.
        enlarged: which lines are drawn once more in a panel of their own.
        listed_every: the report lists the values at multiples of this, and those that are marked;
            None: all. The data files hold all in any case.
    """

    kind: ChartKind
    x: Axis
    y: Axis
    series: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    dashed: Dashed | None = None
    ordered: bool = False
    error: str | None = None
    low: str | None = None
    high: str | None = None
    interval: Literal["bars", "band"] = "bars"
    marked: str | None = None
    points: bool = False
    labels: Literal["ends", "above"] = "ends"
    stated: tuple[str, ...] = ()
    total: str | None = None
    cells: Cells | None = None
    apart: tuple[str, ...] = ()
    own_scales: bool = False
    stacked: bool = False
    enlarged: Enlarged | None = None
    listed_every: float | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Chart:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high: an interval needs both ends")
        if self.error is not None and self.low is not None:
            raise ValueError("error: an interval has a half width or two ends, not both")
        if self.dashed is not None and self.dashed.column not in self.series:
            raise ValueError(f"dashed: {self.dashed.column} is none of the series")
        if self.enlarged is not None and self.enlarged.column not in self.series:
            raise ValueError(f"enlarged: {self.enlarged.column} is none of the series")
        if (self.kind == "waterfall") != (self.total is not None):
            raise ValueError("total: a waterfall, and nothing else, needs one")
        if (self.kind == "scatter") != (self.cells is not None):
            raise ValueError("cells: a scatter, and nothing else, needs them")
        if self.kind == "waterfall" and (self.x.kind != "names" or self.y.kind != "linear"):
            raise ValueError("a waterfall has names across and a linear axis")
        if self.kind != "waterfall" and self.x.kind == "names":
            raise ValueError("x: names stand below a waterfall alone")
        return self

    @property
    def places(self) -> tuple[str, ...]:
        """The columns of the key that have a place."""
        return (self.x.column, *self.series, *self.panels, *self.apart)

    @property
    def columns(self) -> frozenset[str]:
        """All columns that it names."""
        beside = (self.y.column, self.error, self.low, self.high, self.marked)
        of_cells = self.cells.columns if self.cells is not None else ()
        named = (name for name in beside if name is not None)
        return frozenset((*self.places, *self.stated, *of_cells, *named))

    def problem_with(self, promise: Contract) -> str | None:
        """What of it does not fit the contract of its table; None if all does."""
        if unknown := self.columns - {*promise.columns}:
            return f"there is no column {min(unknown)}"
        if missing := {*promise.key} - {*self.places, self.y.column}:
            return f"the column {min(missing)} of the key has no place"
        return None
