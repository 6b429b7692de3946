"""What a footnote is: a key and values; how it is worded stands in `longflow.texts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

# Plain data, as JSON has it. A number has as many decimals as are printed: more of them would make
# a new release of nothing, and can disclose what rounding hides.
Value: TypeAlias = "str | int | float | Sequence[Value] | Mapping[str, Value] | None"

# An entry of a list of values.
Record: TypeAlias = dict[str, Value]


@dataclass(frozen=True)
class Note:
    """One footnote and the tables to which it belongs.

    Attributes:
        tables: their ids.
        kind: `definition`: decided once for all editions. `finding`: something about the data of
            this edition that a reader has to know, such as a break, a gap or a value that is not
            given.
        key: which of its kind.
        values: what its text is about.
    """

    tables: tuple[str, ...]
    kind: Literal["definition", "finding"]
    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


def definition(tables: tuple[str, ...], key: str, /, **values: Value) -> Note:
    """A footnote that says how figures are defined."""
    return Note(tables, "definition", key, values)


def finding(tables: tuple[str, ...], key: str, /, **values: Value) -> Note:
    """A footnote on what was found about the data of an edition."""
    return Note(tables, "finding", key, values)


def joined(notes: Iterable[Note]) -> list[Note]:
    """One note for all tables about which notes say the same, in the order of the first ones."""
    found: list[Note] = []
    for note in notes:
        alike = (n for n, other in enumerate(found) if replace(note, tables=other.tables) == other)
        if (place := next(alike, None)) is None:
            found.append(note)
        else:
            found[place] = replace(note, tables=(*found[place].tables, *note.tables))
    return found
