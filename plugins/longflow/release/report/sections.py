"""The report as a list of sections, free of any output format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from longflow.edition.tables import publication_of
from longflow.release.report.concentration import concentration
from longflow.release.report.figure import FigureBody, figure
from longflow.release.report.grid import grid
from longflow.release.report.growth import growth
from longflow.release.report.parts import parts
from longflow.release.report.ports import ports
from longflow.release.report.printing import Printing
from longflow.release.report.sensitivity import sensitivity
from longflow.release.report.table import Table
from longflow.release.report.totals import totals
from longflow.release.report.volumes import volumes
from longflow.texts import TableWords

# What a section can show; each has a template (`TEMPLATES` in `page.py`).
Body = Table | FigureBody

# What the layouts of contracts print, by their names.
LAYOUTS: Mapping[str, Callable[[str, pl.DataFrame, Printing], Body]] = {
    "volumes": volumes,
    "ports": ports,
    "concentration": concentration,
    "grid": grid,
    "growth": growth,
    "parts": parts,
    "totals": totals,
    "sensitivity": sensitivity,
    "figure": figure,
}


class Definition(NamedTuple):
    """A definition: its key, number, title and text."""

    key: str
    number: int
    title: str
    text: str


class Remark(NamedTuple):
    """What was found about the data of the edition: its number within its section, and its text."""

    number: int
    text: str


class Elsewhere(NamedTuple):
    """A remark that stands in the section of another table."""

    section: str
    of_table: str
    number: int


@dataclass(frozen=True)
class Section:
    """One table or figure of the report.

    Attributes:
        id: of the published table.
        words: its headings.
        is_empty: whether the edition has no values for it.
        body: what it shows.
        definitions: of its figures.
        remarks: those that stand here.
        elsewhere: those that hold here too and stand elsewhere.
    """

    id: str
    words: TableWords
    is_empty: bool
    body: Body
    definitions: tuple[Definition, ...]
    remarks: tuple[Remark, ...]
    elsewhere: tuple[Elsewhere, ...]


def definitions_of(printing: Printing) -> tuple[Definition, ...]:
    """The definitions of all that is printed, in the order in which sections first need them."""
    notes = {
        note.key: note
        for table in _printed(printing)
        for note in printing.compiled.notes
        if note.kind == "definition" and table in note.tables
    }
    return tuple(
        Definition(
            note.key,
            number,
            printing.say(f"titles.{note.key}"),
            printing.words.note(note.kind, note.key, note.values),
        )
        for number, note in enumerate(notes.values(), 1)
    )


def _printed(printing: Printing) -> tuple[str, ...]:
    """The tables that have a section, in the order of printing."""
    tables = printing.compiled.tables
    return tuple(in_order([table for table in tables if publication_of(table).layout is not None]))


def sections_of(printing: Printing, definitions: tuple[Definition, ...]) -> tuple[Section, ...]:
    """The sections, in the order of printing: a figure follows the table beside which it stands."""
    compiled = printing.compiled
    by_key = {definition.key: definition for definition in definitions}
    # Of each remark, by its position among the notes, where it stands.
    standing: dict[int, Elsewhere] = {}
    sections = []
    for table in _printed(printing):
        layout = publication_of(table).layout
        words = printing.table_words(table)
        remarks: list[Remark] = []
        elsewhere: list[Elsewhere] = []
        defined: list[Definition] = []
        for position, note in enumerate(compiled.notes):
            if table not in note.tables:
                continue
            if note.kind == "definition":
                defined.append(by_key[note.key])
            elif position in standing:
                elsewhere.append(standing[position])
            else:
                text = printing.words.note(note.kind, note.key, note.values)
                remarks.append(Remark(len(remarks) + 1, text))
                standing[position] = Elsewhere(table, words.number, len(remarks))
        sections.append(
            Section(
                id=table,
                words=words,
                is_empty=compiled.tables[table].is_empty(),
                body=LAYOUTS[str(layout)](table, compiled.tables[table], printing),
                definitions=tuple(sorted(defined, key=lambda definition: definition.number)),
                remarks=tuple(remarks),
                elsewhere=tuple(elsewhere),
            )
        )
    return tuple(sections)


def in_order(tables: list[str]) -> Iterator[str]:
    """Tables in the order of their contracts, each followed by those that stand beside it."""
    for table in tables:
        beside = publication_of(table).beside
        if beside is None or beside not in tables:
            yield table
            yield from (other for other in tables if publication_of(other).beside == table)
