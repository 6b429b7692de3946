"""What a table of the report is, free of any output format: headings, rows and cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Literal, NamedTuple

# What a line of a cell's source is about; the order is that of printing.
SourceKind = Literal[
    "place", "value", "error", "formula", "weeks", "months", "coverage", "counts", "status"
]


class SourceLine(NamedTuple):
    """A statement about where a figure comes from, in words."""

    kind: SourceKind
    text: str


@dataclass(frozen=True)
class Cell:
    """A number of the data files as it is printed, or the mark of one that is not given.

    Attributes:
        id: by which findings, changes and readers name it.
        text: the number, or the mark of one that is not given.
        places: how many decimals the text has.
        error: the text beside it: `±12`, `*` or nothing.
        value: the number as data files hold it; None where none is given, or it is a range.
        width: the longer side of the interval that `error` states; None without one.
        error_places: how many decimals `error` has.
        is_given: whether there is a number.
        is_published: whether an earlier report printed it.
        about: what a mark means; empty for a number.
        source: where the number comes from.
    """

    id: str
    text: str
    places: int = 0
    error: str = ""
    value: float | None = None
    width: float | None = None
    error_places: int = 0
    is_given: bool = True
    is_published: bool = False
    about: str = ""
    source: tuple[SourceLine, ...] = ()

    def lacks(self, places: int) -> tuple[int, int]:
        """How many points and digits it lacks to have that many decimals, as others below it."""
        if not self.is_given or self.places >= places:
            return 0, 0
        return int(self.places == 0), places - self.places

    @property
    def unmarked(self) -> Cell:
        """The same where the heading of its row or column says what an earlier report printed."""
        return replace(self, is_published=False) if self.is_published else self


@dataclass(frozen=True)
class Mark:
    """A mark in place of a number that no data file has; `about` says what it means."""

    text: str
    about: str


# A text stands for itself; None is an empty place.
Content = Cell | Mark | str | None


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        heads: its headings, from the one over most columns to its own.
        is_text: whether it holds words, set to the left.
        is_published: whether an earlier report printed all of it.
        is_minor: whether it is set smaller, as what is said about the column before it.
    """

    heads: tuple[str, ...]
    is_text: bool = False
    is_published: bool = False
    is_minor: bool = False


@dataclass(frozen=True)
class Title:
    """The heading of a row.

    Attributes:
        text: the heading.
        name: what people call it, beside it: the service on a port.
        depth: how far it is set in.
        rows: of how many rows it is the heading; those below have none of their own.
        is_published: whether an earlier report printed all of the row.
    """

    text: str
    name: str = ""
    depth: int = 0
    rows: int = 1
    is_published: bool = False


@dataclass(frozen=True)
class Row:
    """A row, with a content for each column.

    Attributes:
        title: its heading; None where that of a row above covers it.
        cells: its contents.
        kind: `part` of what stands above it, `whole`, `rest` of a whole, or `break`: a row that
            cannot be compared with the one above.
    """

    title: Title | None
    cells: tuple[Content, ...]
    kind: Literal["part", "whole", "rest", "break"] = "part"


@dataclass(frozen=True)
class Group:
    """Rows under one heading; None where the table has no groups."""

    title: str | None
    rows: tuple[Row, ...]


class Head(NamedTuple):
    """A heading over one or more columns.

    Attributes:
        text: the heading.
        first: number of its first column, from 0.
        columns: over how many columns it stands.
        rows: how many rows of headings it takes.
    """

    text: str
    first: int
    columns: int
    rows: int


@dataclass(frozen=True)
class Table:
    """A table; `corner` heads the headings of its rows, `foot` is about whole columns."""

    corner: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    foot: Group | None = None

    @property
    def all_groups(self) -> tuple[Group, ...]:
        """All groups, the foot last."""
        return self.groups if self.foot is None else (*self.groups, self.foot)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows, from the top down."""
        return tuple(row for group in self.all_groups for row in group.rows)

    @cached_property
    def depth(self) -> int:
        """How many rows of headings there are."""
        return max((len(column.heads) for column in self.columns), default=1)

    @cached_property
    def head_rows(self) -> tuple[tuple[Head, ...], ...]:
        """The headings, a tuple a row: equal ones side by side are one, over all their columns."""
        return tuple(tuple(self._heads(level)) for level in range(self.depth))

    def _heads(self, level: int) -> Iterator[Head]:
        deep = [at for at, column in enumerate(self.columns) if len(column.heads) > level]
        for heads, of in groupby(deep, lambda at: self.columns[at].heads[: level + 1]):
            together = list(of)
            if len(self.columns[together[0]].heads) == level + 1:
                yield from (Head(heads[-1], at, 1, self.depth - level) for at in together)
            else:
                yield Head(heads[-1], together[0], len(together), 1)

    @cached_property
    def starts(self) -> frozenset[int]:
        """Numbers of the columns with which a group of columns starts."""
        return frozenset(
            head.first for row in self.head_rows[:-1] for head in row if head.columns > 1
        )

    @cached_property
    def places(self) -> tuple[int, ...]:
        """By column the most decimals that a number has: points stand one under the other."""
        return tuple(
            max((cell.places for cell in cells if isinstance(cell, Cell)), default=0)
            for cells in self._by_column
        )

    @cached_property
    def error_widths(self) -> tuple[int, ...]:
        """By column the length of the longest error; 0 without any, as stars take no room."""
        return tuple(
            max((len(c.error) for c in cells if isinstance(c, Cell) and c.error != "*"), default=0)
            for cells in self._by_column
        )

    @property
    def _by_column(self) -> Iterator[tuple[Content, ...]]:
        return (tuple(row.cells[at] for row in self.rows) for at in range(len(self.columns)))

    @property
    def cells(self) -> Iterator[tuple[Cell, tuple[str, ...]]]:
        """All numbers, each with the words that name its place."""
        for group in self.all_groups:
            title = ""
            for row in group.rows:
                title = row.title.text if row.title is not None else title
                for column, cell in zip(self.columns, row.cells, strict=True):
                    if isinstance(cell, Cell):
                        yield cell, tuple(filter(None, [group.title, title, *column.heads]))
