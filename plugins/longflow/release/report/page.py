"""The page: one HTML file that asks no network for anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from longflow.edition import CompiledEdition
from longflow.edition.footnotes import Note
from longflow.edition.tables import ERRORS, publication_of
from longflow.release.bars import Bars
from longflow.release.changes import Changes
from longflow.release.report.concentration import Concentration, concentration
from longflow.release.report.grid import Grid, grid
from longflow.release.report.growth import Growth, growth
from longflow.release.report.marks import marked
from longflow.release.report.parts import Parts, parts
from longflow.release.report.ports import Ports, ports
from longflow.release.report.provenance import FEEDS, month_coverage, weekly_loads
from longflow.release.report.sensitivity import Sensitivity, sensitivity
from longflow.release.report.totals import Totals, totals
from longflow.release.report.volumes import Volumes, volumes
from longflow.settings import Edition
from longflow.texts import TableWords, Wording, wording

_TEMPLATES = Path(__file__).parent / "templates"

Body = Volumes | Ports | Concentration | Grid | Growth | Parts | Totals | Sensitivity

# What the layouts of contracts print, by their names; each has a template of its name.
LAYOUTS: Mapping[str, Callable[[str, pl.DataFrame, Bars, Edition], Body]] = {
    "volumes": volumes,
    "ports": ports,
    "concentration": concentration,
    "grid": grid,
    "growth": growth,
    "parts": parts,
    "totals": totals,
    "sensitivity": sensitivity,
}


@dataclass(frozen=True)
class Section:
    """One table of the report: headings, footnotes, and a body for the layout's template."""

    id: str
    words: TableWords
    layout: str
    is_empty: bool
    body: Body
    definitions: tuple[str, ...]
    findings: tuple[str, ...]


def render_report(
    compiled: CompiledEdition,
    manifest: dict[str, Any],
    changes: Changes | None = None,
    language: str = "en",
) -> str:
    """The report as HTML.

    Args:
        compiled: the edition.
        manifest: the manifest of the release, for what the figures come from.
        changes: what moved since the last release of the edition.
        language: in which it is written.
    """
    words = wording(language)
    bars = Bars(compiled.tables[ERRORS], words.numbers)
    return (
        _environment(language)
        .get_template("page.html.j2")
        .render(
            manifest=manifest,
            weeks=compiled.settings.analysis_weeks,
            sections=[
                _section(table, layout, compiled, bars, words)
                for table in compiled.tables
                if (layout := publication_of(table).layout) is not None
            ],
            weekly_loads=weekly_loads(compiled),
            month_coverage=month_coverage(compiled),
            feeds=FEEDS,
            changes=changes,
        )
    )


@cache
def _environment(language: str) -> jinja2.Environment:
    """The templates in a language, read once a process.

    They know `say(key, …)`, the text of a key of `report` with its values, `of_table(table, key,
    …)`, a text of a table with the layout `grid`, and the filters of texts; `marked` makes HTML of
    the marks of a text.
    """
    words = wording(language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {**words.filters, "marked": marked}
    environment.globals |= {
        "language": language,
        "say": lambda key, **values: words.text(f"report.{key}", **values),
        "table_words": words.table,
        "of_table": lambda table, key, **values: words.text(f"tables.{table}.grid.{key}", **values),
    }
    return environment


def _section(
    table: str, layout: str, compiled: CompiledEdition, bars: Bars, words: Wording
) -> Section:
    frame = compiled.tables[table]
    notes = [note for note in compiled.notes if table in note.tables]
    return Section(
        id=table,
        words=words.table(table),
        layout=layout,
        is_empty=frame.is_empty(),
        body=LAYOUTS[layout](table, frame, bars, compiled.settings),
        definitions=_worded(notes, "definition", words),
        findings=_worded(notes, "finding", words),
    )


def _worded(notes: Sequence[Note], kind: str, words: Wording) -> tuple[str, ...]:
    """The texts of the notes of a kind."""
    return tuple(words.note(kind, note.key, note.values) for note in notes if note.kind == kind)
