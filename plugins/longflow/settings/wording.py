"""Pydantic's errors in an operator's words: what is wrong, and what to write instead."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, TypeGuard

from pydantic import BaseModel

from longflow.settings.section import Problem, did_you_mean, shortened, shown
from longflow.settings.whole import Settings

Path = tuple[str | int, ...]

# Fields of the model that no file sets.
NOT_IN_FILE = {"file"}

_WANTED = {
    "string_type": "write a text in quotes",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "finite_number": "write a finite number",
    "bool_type": "write true or false",
    "list_type": "write a list, or sections in double brackets",
    "tuple_type": "write a section in double brackets for each",
    "dict_type": "write a section of keys and values",
    "model_type": "write a section of keys and values",
    "is_instance_of": "write a path in quotes",
}

_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def problem(error: Mapping[str, Any], raw: Mapping[str, Any]) -> Problem:
    """One error of pydantic as a clause and a remedy."""
    kind, limits, value = error["type"], error.get("ctx", {}), error["input"]
    found = Problem(shortened(str(error["msg"]), 200), "correct this setting")
    match kind:
        case "extra_forbidden":
            found = _unknown(error["loc"], raw)
        case "missing":
            found = _missing(error["loc"])
        case "literal_error" | "enum":
            found = _not_one_of(value, str(limits["expected"]))
        case "string_pattern_mismatch":
            found = Problem(
                f"{shown(value)} cannot be a name",
                "begin with a letter or digit, then letters, digits, dot, hyphen and underscore",
            )
        case "string_too_long":
            found = Problem(f"has {len(value):,} characters", f"use at most {limits['max_length']}")
        case _ if kind in _BOUNDS:
            key, words = _BOUNDS[kind]
            found = Problem(f"is {shown(value)}", f"give {words} {_number(limits[key])}")
        case _ if kind in _WANTED:
            found = Problem(f"is {_kind_of(value)}", _WANTED[kind])
    return found


def name(path: Path, raw: object) -> str:
    """A path as people write it: `sources.bb-east.slot_minutes`; a number if there is no name."""
    parts = []
    value: object = raw
    for part in path:
        below = None
        if isinstance(value, list) and isinstance(part, int) and part < len(value):
            below = value[part]
        elif isinstance(value, dict):
            below = value.get(part, value.get(str(part)))
        own = below.get("name") if isinstance(below, dict) and isinstance(part, int) else None
        if isinstance(value, list) and isinstance(part, int):
            parts.append(shortened(own) if isinstance(own, str) and own else f"#{part + 1}")
        else:
            parts.append(shortened(str(part)))
        value = below
    return ".".join(parts)


def model_at(path: Path) -> type[BaseModel] | None:
    """The section that a path leads to; None if it leads to a value or to nothing."""
    current: object = Settings
    is_one_of_many = False
    for part in path:
        if is_one_of_many:
            # A number or key that chooses among sections of one kind.
            is_one_of_many = False
            continue
        field = current.model_fields.get(str(part)) if is_model(current) else None
        if field is None:
            return None
        current = inner(field.annotation)
        is_one_of_many = typing.get_origin(field.annotation) in {tuple, dict}
    return current if is_model(current) else None


def inner(annotation: object) -> object:
    """What a field holds: the section of a list or table of sections, else the type itself."""
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is Annotated:
        return inner(arguments[0])
    if origin is tuple:
        return inner(arguments[0])
    if origin is dict:
        return inner(arguments[1])
    if origin in {typing.Union, types.UnionType}:
        return inner(next(a for a in arguments if a is not type(None)))
    return annotation


def is_model(value: object) -> TypeGuard[type[BaseModel]]:
    """Whether a type is a section."""
    return isinstance(value, type) and issubclass(value, BaseModel)


@dataclass(frozen=True)
class SectionOfFile:
    """A section: its name, `editions.YEAR.port_rows`, its model and what it means."""

    name: str
    model: type[BaseModel]
    meaning: str


def sections() -> Iterator[SectionOfFile]:
    """Every section, that of the whole file first, with an empty name."""
    yield from _sections("", Settings, Settings.__doc__)


def _sections(above: str, model: type[BaseModel], meaning: str | None) -> Iterator[SectionOfFile]:
    yield SectionOfFile(above, model, " ".join((meaning or model.__doc__ or "").split()))
    for key, field in model.model_fields.items():
        below = inner(field.annotation)
        if is_model(below):
            many = typing.get_origin(field.annotation)
            label = f"[{key}]" if many is tuple else f"{key}.YEAR" if many is dict else key
            deeper = f"{above}.{label}" if above else label
            yield from _sections(deeper, below, field.description)


def place_of(key: object) -> str | None:
    """Where in the file a setting of that name belongs; None if there is no such setting."""
    if key in NOT_IN_FILE:
        return None
    labels = [one.name for one in sections() if key in one.model.model_fields]
    if not labels:
        return None
    return f"into [{labels[0]}]" if labels[0] else "to the top of the file, above all sections"


def _number(bound: float) -> str:
    return f"{int(bound):,}" if bound == int(bound) else f"{bound:g}"


def _unknown(path: Path, raw: Mapping[str, Any]) -> Problem:
    *above, key = path
    own = model_at(tuple(above))
    known = [k for k in own.model_fields if k not in NOT_IN_FILE] if own else []
    at_top = not above
    what = "there is no such setting"
    value = raw.get(str(key)) if at_top else None
    if at_top and isinstance(value, dict | list):
        what = "there is no such section"
    near = get_close_matches(str(key), known, n=1)
    if near:
        return Problem(what, f"did you mean {near[0]}?")
    if where := place_of(key):
        return Problem(what, f"it belongs {where}")
    return Problem(what, f"remove it, or write one of {', '.join(known)}")


def _missing(path: Path) -> Problem:
    if path == ("provider",):
        return Problem("is missing", "add a section [provider] with name and time_zone")
    if path == ("sources",):
        return Problem("is missing", "name each source that delivers in a section [[sources]]")
    return Problem("is missing", "add it to the section")


def _not_one_of(value: object, expected: str) -> Problem:
    choices = [word.strip("' ") for word in expected.replace(" or ", ",").split(",")]
    meant = did_you_mean(value, choices) if isinstance(value, str) else ""
    return Problem(f"is {shown(value)}", f"{meant}it may be {expected}")


def _kind_of(value: object) -> str:
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {shown(value)}"
    return shown(value)
