"""The page: one HTML file that asks no network for anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import polars as pl

from longflow.edition import CompiledEdition
from longflow.edition.footnotes import Note
from longflow.edition.tables import ERRORS, publication_of
from longflow.release.bars import Bars
from longflow.release.changes import Changes
from longflow.release.report.concentration import Concentration, concentration
from longflow.release.report.growth import Growth, growth
from longflow.release.report.numbers import decimals, signed, week_span
from longflow.release.report.parts import Parts, parts
from longflow.release.report.ports import Ports, ports
from longflow.release.report.provenance import FEEDS, month_coverage, weekly_loads
from longflow.release.report.sensitivity import Sensitivity, sensitivity
from longflow.release.report.totals import Totals, totals
from longflow.release.report.volumes import Volumes, volumes
from longflow.settings import Edition
from longflow.texts import wording

_TEMPLATES = Path(__file__).parent / "templates"

Body = Volumes | Ports | Concentration | Growth | Parts | Totals | Sensitivity

# What the layouts of contracts print, by their names; each has a template of its name.
LAYOUTS: Mapping[str, Callable[[str, pl.DataFrame, Bars, Edition], Body]] = {
    "volumes": volumes,
    "ports": ports,
    "concentration": concentration,
    "growth": growth,
    "parts": parts,
    "totals": totals,
    "sensitivity": sensitivity,
}


class Week(NamedTuple):
    """An analysis week as people write it."""

    year: int
    span: str


@dataclass(frozen=True)
class Section:
    """One table of the report: heading, unit, footnotes, and a body for the layout's template."""

    id: str
    number: str
    title: str
    unit: str
    layout: str
    is_empty: bool
    body: Body
    definitions: tuple[str, ...]
    findings: tuple[str, ...]


def render_report(
    compiled: CompiledEdition, manifest: dict[str, Any], changes: Changes | None = None
) -> str:
    """The report as HTML.

    Args:
        compiled: the edition.
        manifest: the manifest of the release, for what the figures come from.
        changes: what moved since the last release of the edition.
    """
    bars = Bars(compiled.tables[ERRORS])
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            manifest=manifest,
            weeks=[
                Week(year, week_span(monday))
                for year, monday in compiled.settings.analysis_weeks.items()
            ],
            sections=[
                _section(table, layout, compiled, bars)
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
def _environment() -> jinja2.Environment:
    """The templates, read once a process."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["decimals"] = decimals
    environment.filters["signed"] = signed
    return environment


def _section(table: str, layout: str, compiled: CompiledEdition, bars: Bars) -> Section:
    published, frame = publication_of(table), compiled.tables[table]
    notes = [note for note in compiled.notes if table in note.tables]
    return Section(
        id=table,
        number=published.number,
        title=published.title,
        unit=published.unit,
        layout=layout,
        is_empty=frame.is_empty(),
        body=LAYOUTS[layout](table, frame, bars, compiled.settings),
        definitions=_worded(notes, "definition"),
        findings=_worded(notes, "finding"),
    )


def _worded(notes: Sequence[Note], kind: str) -> tuple[str, ...]:
    """The texts of the notes of a kind."""
    words = wording()
    return tuple(words.note(kind, note.key, note.values) for note in notes if note.kind == kind)
