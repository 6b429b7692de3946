"""The way back of a table as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from longflow.edition.tables import promise_of, published_tables
from longflow.explain.made_from import Place
from longflow.explain.way_back import Stage, way_back
from longflow.texts import wording

WIDTH = 98
_NAMES = 26

HEADINGS = {
    "edition": "edition: compiled from one snapshot of the archive (sql/edition)",
    "archive": "archive: the aggregates of each week (sql/archive)",
    "week": "week: from staged rows to the parts that aggregates add up (sql/week)",
    "judge": "judge: checks that take more than single rows (sql/judge)",
    "staged": "staged: one schema per feed, whatever format was delivered (sql/staged)",
}


def list_page() -> Iterator[str]:
    """Lines that list the published tables: id and title."""
    yield from (f"{table:<{_NAMES}}{wording().table(table).title}" for table in published_tables())


def way_page(table: str) -> Iterator[str]:
    """Lines that describe the way back of a published table, a paragraph a table."""
    words = wording().table(table)
    yield from textwrap.wrap(f"{table}: {words.title} ({words.unit})", WIDTH)
    step = ""
    for stage in way_back(Place("edition", promise_of(table).table)):
        if stage.place.step != step:
            step = stage.place.step
            yield ""
            yield HEADINGS[step]
        yield from _paragraph(stage)


def _paragraph(stage: Stage) -> Iterator[str]:
    """What a table is; below it what it is made of, and by what."""
    sentence = stage.sentence
    if stage.rules:
        spelled = ", ".join(map(str, stage.rules))
        sentence += f" (rule {spelled})" if len(stage.rules) == 1 else f" (rules {spelled})"
    yield from beside(stage.place.table, sentence)
    for name, said in stage.variants:
        yield from beside(f"  {name}", said)
    made = [f"← {names(stage.inputs)}"] if stage.inputs else []
    if stage.guards:
        made.append(f"withheld and rounded by {names(stage.guards)}")
    if stage.made_by is not None:
        made.append(f"made by {stage.made_by}")
    if made:
        yield from beside("", " · ".join(made))


def names(places: Iterable[Place]) -> str:
    """Names of tables, with a comma between two."""
    return ", ".join(place.table for place in places)


def beside(name: str, text: str) -> Iterator[str]:
    """A name, and beside it a text in as many lines as it takes."""
    head = f"  {name:<{_NAMES - 2}}"
    if len(head) > _NAMES:
        head += " "
    wrapped = textwrap.wrap(
        text, WIDTH - _NAMES, break_long_words=False, break_on_hyphens=False
    ) or [""]
    yield f"{head}{wrapped[0]}".rstrip()
    yield from (f"{' ' * _NAMES}{line}" for line in wrapped[1:])
