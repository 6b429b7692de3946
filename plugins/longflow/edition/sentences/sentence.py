"""What a sentence of the findings is: a key, plain values, and numbers that name their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

from longflow.edition.footnotes.note import Value

# Of what a number is made: a cell as it is published; the hour in the key of a cell; the last cell
# subtracted from the first; the change from the last cell to the first in percent; the first cell
# divided by the last.
Form = Literal["cell", "hour", "difference", "change", "ratio"]

Unit = Literal["percent", "points", "megabytes", "gigabytes", "ratio", "hour"]

# Whether a number that is a change lies above or below none, or not beyond its error.
Moved = Literal["up", "down", "none"]


@dataclass(frozen=True)
class Cell:
    """One cell of a published table.

    Attributes:
        table: its id.
        key: values of the table's key columns, all of them.
        column: the column.
    """

    table: str
    key: tuple[tuple[str, str | int | float | date | None], ...]
    column: str

    def content(self) -> dict[str, Any]:
        """As JSON has it."""
        key = {name: f"{of}" if isinstance(of, date) else of for name, of in self.key}
        return {"table": self.table, "key": key, "column": self.column}


@dataclass(frozen=True)
class Number:
    """A number of a sentence.

    Attributes:
        value: as it is said, rounded, in its unit.
        places: its decimals.
        unit: of the value.
        form: how it is made of its cells.
        cells: the first is the one that the report links.
        error: half width of its 95 % interval as it is said, with `error_places` decimals; None
            where it is not known, or below the last digit.
        moved: whether it is a change beyond its error; None if it is no change.
        independent: whether chance moves its cells independently.
        imported: whether an earlier report printed one of its cells.
    """

    value: float
    places: int
    unit: Unit
    form: Form
    cells: tuple[Cell, ...]
    error: float | None = None
    error_places: int | None = None
    moved: Moved | None = None
    independent: bool = True
    imported: bool = False

    def content(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "value": self.value,
            "places": self.places,
            "unit": self.unit,
            "error": self.error,
            "error_places": self.error_places,
            "moved": self.moved,
            "imported": self.imported,
            "form": self.form,
            "independent": self.independent,
            "cells": [cell.content() for cell in self.cells],
        }


# The numbers of a sentence by the names that its text uses; None for one that cannot be said.
Numbers: TypeAlias = Mapping[str, Number | None]


@dataclass(frozen=True)
class Sentence:
    """One sentence.

    Attributes:
        topic: what it is about; sentences of a topic stand together.
        key: which text words it.
        values: plain values of its text: a service, years, months.
        numbers: those of its text.
    """

    topic: str
    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As JSON has it, without wording."""
        return {
            "topic": self.topic,
            "key": self.key,
            "values": dict(self.values),
            "numbers": {
                name: None if number is None else number.content()
                for name, number in self.numbers.items()
            },
        }
