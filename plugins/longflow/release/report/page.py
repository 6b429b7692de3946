"""The page: one HTML file that asks no network for anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import get_args

import jinja2
from markupsafe import Markup, escape

from longflow.release.figures import PALETTE
from longflow.release.report.figure import FigureBody
from longflow.release.report.marks import marked
from longflow.release.report.report import Report
from longflow.release.report.sections import Body
from longflow.release.report.table import Cell, SourceKind, SourceLine, Table
from longflow.texts import breadth, wording

_TEMPLATES = Path(__file__).parent / "templates"

# Stands in a text for HTML that a template puts there.
_SLOT = "\x05"

_LOOSE_PERCENT = re.compile(r"(?<=\d) %")

# The template of each kind of body.
TEMPLATES: Mapping[type[Body], str] = {
    Table: "body.html.j2",
    FigureBody: "figure.html.j2",
}


def page_of(report: Report) -> str:
    """The report as HTML."""
    sections = report.sections
    html = (
        templates_in(report.language)
        .get_template("page.html.j2")
        .render(
            manifest=report.manifest,
            title=report.title,
            provider=report.provider,
            terms=report.terms,
            others=report.others,
            weeks=report.printing.edition.analysis_weeks,
            sentences=report.sentences,
            sections=sections,
            definitions=report.definitions,
            weekly_loads=report.weekly_loads,
            month_coverage=report.month_coverage,
            moved=report.moved,
            # Of sections and of what stands in their tables, so that no link leads nowhere.
            ids={cell.id for section in sections for cell, _ in section.body.cells}
            | {section.id for section in sections},
            lines=_Lines(report.printing.words.writing.between),
            palette=PALETTE,
            source_kinds={
                kind: report.say(f"source.kinds.{kind}") for kind in get_args(SourceKind)
            },
        )
    )
    return tied(html)


def filled(text: str, content: str) -> Markup:
    """A text as HTML with HTML in its place for it."""
    return Markup(escape(text).replace(escape(_SLOT), Markup(content)))  # noqa: S704 - of our templates


def tied(html: str) -> str:
    """The page with numbers tied to their percent signs, so that no line begins with one."""
    return _LOOSE_PERCENT.sub("\N{NO-BREAK SPACE}%", html)


@dataclass
class _Lines:
    """The lines of all sources, each written once; numbers refer to them by their positions."""

    between: str
    positions: dict[SourceLine, int] = field(default_factory=dict)

    def of(self, cell: Cell, group: str | None, title: str, heads: Iterable[str]) -> str:
        """Positions, from 0, of what names the place of a number and of where it comes from."""
        if not cell.source:
            return ""
        place = (
            SourceLine("place", text) for text in (group, title, self.between.join(heads)) if text
        )
        known = self.positions
        return " ".join(str(known.setdefault(line, len(known))) for line in (*place, *cell.source))

    @property
    def content(self) -> list[tuple[str, str]]:
        """All lines by position: what each is about, and its text."""
        return [(line.kind, line.text) for line in self.positions]


@cache
def templates_in(language: str) -> jinja2.Environment:
    """The templates in a language, read once a process.

    They know `say(key, …)`, the text of a key of `report` with its values, and the filters of
    texts; `marked` makes HTML of the marks of a text, `filled` puts HTML where a text has `slot`,
    and `padding` gives what a number lacks to have its point under that of the others.
    """
    words = wording(language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        **words.filters,
        "marked": marked,
        "padding": padding,
        "filled": filled,
        "breadth": breadth,
    }
    environment.tests |= {"cell": lambda content: isinstance(content, Cell)}
    environment.globals |= {
        "language": language,
        "decimal": words.numbers.decimal,
        "between": words.writing.between,
        "slot": _SLOT,
        # Within a style sheet, where quotes are quotes.
        "page_fonts": Markup(words.text("fonts.page")),  # noqa: S704 - of our own file
        "say": lambda key, **values: words.text(f"report.{key}", **values),
        "template_of": lambda body: TEMPLATES[type(body)],
    }
    return environment


def padding(cell: Cell, places: int, decimal: str) -> str:
    """The decimals that a number lacks to have as many as others of its column."""
    points, digits = cell.lacks(places)
    return decimal * points + "0" * digits
