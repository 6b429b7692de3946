"""`docs/settings.md`, generated from the models (`python -m longflow.settings.page`)."""

from __future__ import annotations

import itertools
import json
import sys
import types
import typing
from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from longflow.rule_ids import meaning_of, rule_ids, takes_rows_out
from longflow.settings.section import Kind
from longflow.settings.wording import NOT_IN_FILE, inner, is_model, sections

_HEAD = """# Settings

All settings of `longflow.toml`. This page is generated from the code:
`python -m longflow.settings.page`.

longflow reads the file that `--settings` names, otherwise the one in the environment variable
`LONGFLOW_SETTINGS`, otherwise `longflow.toml` in the working folder. The file is
[TOML](https://toml.io) in UTF-8, and paths in it are relative to its folder. longflow checks the
whole file before anything runs, and reports each problem in one line: the line of the file, the
setting, and what to write. `longflow settings` prints the values in force and their lines.

In the tables, – under *default* means that there is none; the meaning says what then applies.
A type such as *section: year = date of a Monday* is a TOML table of its own, for example
`[editions.2024.analysis_weeks]`, with any number of lines `year = date`.
"""
_RULES = """## Rules

`validation.severity`, `validation.max_share` and `known_breaks.rule` can name these rules. Rules
on rows quarantine the rows that violate them. If more than the stated share of the feed's rows
(0.01 is 1 %) violate the rule, the feed's week is refused. *As found* means that the check
decides the severity, – that the rule has no share. Findings call `warn` `warning`, and `refuse`
`critical`.

| rule | finds | applies to | severity | share |
|---|---|---|---|---|
"""
_BOUNDS = {
    annotated_types.Gt: ("gt", "more than"),
    annotated_types.Ge: ("ge", "at least"),
    annotated_types.Lt: ("lt", "less than"),
    annotated_types.Le: ("le", "at most"),
}
_WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
}


def page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for section in sections():
        rows = "".join(_rows(section.model))
        title = f"`[{section.name}]`" if section.name else "Outside any section"
        if rows:
            head = "| setting | type | default | meaning |\n|---|---|---|---|\n"
            parts.append(f"## {title}\n\n{section.meaning}\n\n{head}{rows}")
    parts.append(_RULES + "".join(_rules()))
    return "\n".join(parts)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for key, field in model.model_fields.items():
        if key in NOT_IN_FILE or is_model(inner(field.annotation)):
            continue
        what = _kind(field.annotation, field.metadata)
        meaning = " ".join((field.description or "").split())
        yield f"| `{key}` | {what} | {_default(field)} | {meaning} |\n"


def _kind(annotation: object, metadata: Sequence[object]) -> str:
    """A type in words, with its bounds."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    words = [one.word for one in metadata if isinstance(one, Kind)]
    if words:
        word = words[0]
    elif origin is Annotated:
        word = _kind(arguments[0], (*arguments[1:], *metadata))
    elif origin in {typing.Union, types.UnionType}:
        word = _kind(next(a for a in arguments if a is not type(None)), metadata)
    elif origin is typing.Literal:
        word = ", ".join(f"`{value}`" if value else '`""`' for value in arguments)
    elif origin is list:
        word = f"list of {_WORDS[inner(arguments[0])]}s"
    elif origin is dict:
        word = f"section: {_kind(arguments[0], ())} = {_kind(arguments[1], ())}"
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        word = ", ".join(f"`{value.value}`" for value in annotation)
    else:
        word = _WORDS.get(annotation, "any value") + _bounds(metadata)
    return word


def _bounds(metadata: Sequence[object]) -> str:
    found = {}
    # pydantic's Field keeps its bounds one deeper where a type brings it along.
    for part in itertools.chain.from_iterable(getattr(one, "metadata", [one]) for one in metadata):
        if type(part) in _BOUNDS:
            attribute, words = _BOUNDS[type(part)]
            found[words] = _number(getattr(part, attribute))
    if found.keys() == {"at least", "at most"}:
        return f", {found['at least']} to {found['at most']}"
    return "".join(f", {words} {number}" for words, number in found.items())


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ({}, (), []):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Path | date):
        return f"`{value}`"
    return f"`{json.dumps(value)}`"


def _rules() -> Iterator[str]:
    for name, rule in rule_ids().items():
        of_rows = takes_rows_out(rule)
        severity = f"`{rule.severity}`" if rule else "as found"
        share = f"{rule.max_share:g}" if rule and of_rows and rule.severity == "quarantine" else "–"
        subject = "rows" if of_rows else "the week"
        yield f"| `{name}` | {meaning_of(name)} | {subject} | {severity} | {share} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
