"""`longflow settings`: the settings in force, and where each comes from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from longflow.commands.arguments import add_settings
from longflow.settings.lines import KeyPath
from longflow.settings.reading import ReadSettings, read
from longflow.settings.section import without_secrets
from longflow.settings.wording import NOT_IN_FILE, name


@dataclass(frozen=True)
class InForce:
    """One setting: its name, its value as plain JSON, and its line (None for a default)."""

    name: str
    value: object
    line: int | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define the command's arguments."""
    parser.description = (
        "Check the whole settings file. Print every setting with its value and the line it comes "
        "from, or its default; parts of URLs that may be secret are left out."
    )
    add_settings(parser)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def run(args: argparse.Namespace) -> int:
    """Print every setting; the exit status.

    Raises:
        LongflowError: settings are wrong, one line for each.
    """
    found = read(args.settings)
    settings = list(in_force(found))
    if args.json:
        content = {
            "file": str(found.settings.file),
            "chosen_by": found.chosen_by,
            "settings": [{"name": s.name, "value": s.value, "line": s.line} for s in settings],
        }
        print(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        _print(found, settings)
    return 0


def in_force(found: ReadSettings) -> Iterator[InForce]:
    """Every setting, section by section, without the parts of URLs that may be secret."""
    content = found.settings.model_dump(mode="json")
    for path, value in _leaves(found.settings, ()):
        yield InForce(name(path, content), _plain(value), found.lines.get(path))


def _leaves(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    """Values by path; an empty table or list is a value itself."""
    if isinstance(value, BaseModel):
        for key in type(value).model_fields:
            if path or key not in NOT_IN_FILE:
                yield from _leaves(getattr(value, key), (*path, key))
    elif isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _leaves(below, (*path, str(key)))
    elif isinstance(value, tuple) and value:
        for number, below in enumerate(value):
            yield from _leaves(below, (*path, number))
    else:
        yield path, value


def _plain(value: object) -> object:
    if isinstance(value, str):
        return without_secrets(str(value))
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return value


def _print(found: ReadSettings, settings: list[InForce]) -> None:
    # A pipe gets lines in full, a terminal gets its own width.
    console = Console(width=None if sys.stdout.isatty() else 140, soft_wrap=True, highlight=False)
    console.print(Text(f"{found.settings.file}, {found.chosen_by}"))
    table = Table("setting", "value", "from")
    for one in settings:
        style = "dim" if one.line is None else ""
        origin = "default" if one.line is None else f"line {one.line}"
        table.add_row(Text(one.name), Text(_shown(one.value)), origin, style=style)
    console.print(table)


def _shown(value: object) -> str:
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if value in {"", "\t"}:
        return json.dumps(value)
    return str(value)
