"""The section of a source as text to paste into the settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from longflow.settings.section import without_secrets

_ORDER = (
    *("name", "feed", "service", "access", "preset", "format", "url", "pattern", "files"),
    *("slot_minutes", "time_zone", "time_unit", "time_format", "duration_unit", "encoding"),
    *("delimiter", "titles", "null_values", "scaled_by", "sampling_interval"),
)
_LAST = ("constants", "columns", "interfaces")
_WIDTH = 96


def section(given: Mapping[str, Any]) -> list[str]:
    """Lines of TOML: a table of the array `sources`."""
    names = [name for name in _ORDER if name in given]
    names += [name for name in given if name not in (*_ORDER, *_LAST, "values")]
    lines = ["[[sources]]"]
    lines += [line for name in names for line in _line(name, given[name])]
    tables = {name: given.get(name) for name in _LAST}
    tables |= {f"values.{column}": words for column, words in given.get("values", {}).items()}
    for name, table in tables.items():
        if table:
            lines += ["", f"[sources.{name}]"]
            lines += [line for key, value in table.items() for line in _line(key, value)]
    return lines


def _line(name: str, value: object) -> Iterator[str]:
    key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
    whole = f"{key} = {_value(value)}"
    if len(whole) <= _WIDTH or not isinstance(value, list):
        yield whole
        return
    yield f"{key} = ["
    line = "   "
    for one in value:
        shown = f" {_value(one)},"
        if len(line) + len(shown) > _WIDTH:
            yield line
            line = "   "
        line += shown
    yield line
    yield "]"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if "://" in text:
        text = without_secrets(text)
    # Strings of JSON are strings of TOML, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
