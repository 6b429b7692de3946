"""What the layouts print with: words, errors, and the number of decimals that rounding left."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from longflow.edition import CompiledEdition
from longflow.edition.tables import ERRORS, promise_of
from longflow.release.bars import Bars
from longflow.release.figures import Drawing
from longflow.release.report.naming import Place
from longflow.release.report.sources import Sources
from longflow.release.report.table import Cell, Mark
from longflow.settings import Edition
from longflow.texts import TableWords, Wording

Fields = Mapping[str, Any]


class Way(NamedTuple):
    """A direction of a service."""

    service: str
    direction: str


@dataclass(frozen=True)
class Printing:
    """An edition, the language in which it is printed, and the drawings of its figures."""

    compiled: CompiledEdition
    words: Wording
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    _known_steps: dict[tuple[str, str], Mapping[tuple[Any, ...], float]] = field(
        default_factory=dict
    )

    @property
    def edition(self) -> Edition:
        """The settings of the edition."""
        return self.compiled.settings

    @cached_property
    def bars(self) -> Bars:
        """The errors of all figures."""
        return Bars(self.compiled.tables[ERRORS], self.words.numbers)

    @cached_property
    def sources(self) -> Sources:
        """Where numbers come from."""
        return Sources(self.compiled, self.words, self.bars)

    def say(self, key: str, /, **values: object) -> str:
        """The text of a key of `report`."""
        return self.words.text(f"report.{key}", **values)

    def heading(self, word: str) -> str:
        """A word of the data as a heading: `Broadband`."""
        name = self.words.name(word)
        return name[:1].upper() + name[1:]

    def table_words(self, table: str) -> TableWords:
        """What a published table is called."""
        return self.words.table(table)

    def figure(self, table: str, row: Fields, column: str, places: int) -> Cell:
        """A figure of a row, with what stands beside it; a mark if it is withheld.

        Args:
            table: id of its table.
            row: the row.
            column: the column of the figure.
            places: with how many decimals it is printed, where rounding left as many.
        """
        place = Place(table, row, column).id
        source = self.sources.of(table, row, column)
        value = row[column]
        if value is None or row.get("status") == "withheld":
            mark, about = self._mark(row)
            return Cell(place, mark, is_given=False, about=about, source=source)
        left = self.places_left(table, row, column, places)
        bar = self.bars.of(table, column, row, places, left)
        return Cell(
            id=place,
            text=self.words.numbers.number(value, left),
            places=left,
            error=bar.text,
            value=value,
            width=bar.width,
            error_places=bar.places,
            is_published=row.get("status") == "published",
            source=source,
        )

    def _mark(self, row: Fields) -> tuple[str, str]:
        """What stands in place of a figure, and what it means."""
        match row.get("status"):
            case "withheld":
                return "c", self.say("cells.withheld")
            case "published":  # what the earlier report did not print is empty
                return "", ""
            case _:
                return "–", self.say("cells.not_measured")

    def figure_or_mark(
        self, table: str, row: Fields | None, column: str, places: int
    ) -> Cell | Mark:
        """A figure of a row, or the mark of what was not measured if there is no such row."""
        if row is None:
            return Mark("–", self.say("cells.not_measured"))
        return self.figure(table, row, column, places)

    def coverage(self, table: str, row: Fields) -> Cell | None:
        """The coverage of a row, in percent; None where the row does not know it."""
        value = row["coverage_percent"]
        if value is None:
            return None
        place = Place(table, row, "coverage_percent").id
        source = self.sources.of_coverage(row)
        text = self.words.numbers.number(value, 1)
        return Cell(place, text, 1, value=value, source=source)

    def places_left(self, table: str, row: Fields, column: str, places: int) -> int:
        """How many decimals the rounding of a figure left, at most `places`."""
        key = promise_of(table).key
        step = self._steps(table, column).get(tuple(row[name] for name in key))
        if step is None or step <= 0:
            return places
        return max(0, min(places, -math.floor(math.log10(step) + 1e-9)))

    def _steps(self, table: str, column: str) -> Mapping[tuple[Any, ...], float]:
        """The steps to which disclosure control rounded a column, by row of the table."""
        if (table, column) not in self._known_steps:
            frame = self.compiled.steps.get(table, pl.DataFrame())
            name, key = f"{column}_step", promise_of(table).key
            self._known_steps[table, column] = (
                {row[:-1]: row[-1] for row in frame.select(*key, name).drop_nulls(name).iter_rows()}
                if name in frame.columns
                else {}
            )
        return self._known_steps[table, column]


def ways_of(frame: pl.DataFrame) -> tuple[Way, ...]:
    """The directions of services that a table has, in the order of the report."""
    present = set(frame.select("service", "direction").iter_rows())
    return tuple(
        Way(service, direction)
        for service in ("broadband", "mobile")
        for direction in ("in", "out")
        if (service, direction) in present
    )


def least_covered(rows: Iterable[Fields]) -> Fields:
    """The row of least coverage, of equal ones the first; coverage that is not known comes last."""
    return min(
        rows,
        key=lambda row: (
            math.inf if row["coverage_percent"] is None else float(row["coverage_percent"])
        ),
    )


def port_title(protocol: str | None, port: str | None) -> str:
    """A protocol, or one of its ports, as a heading: `TCP 443`, `TCP ≥1024`."""
    return " ".join(filter(None, [protocol, (port or "").replace(">=", "≥")]))


def decimals_of(table: str) -> dict[str, int]:
    """How many decimals the figures of a table have that are printed."""
    return {
        name: column.decimals
        for name, column in promise_of(table).columns.items()
        if column.decimals is not None
    }
