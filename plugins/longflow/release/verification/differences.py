"""Differences between a release and its expected content, one line for each place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from longflow.amounts import counted

# These keys identify the entries of these lists of the manifest.
_ENTRIES = {
    "inputs": ("week", "feed"),
    "tables": ("id",),
    "columns": ("name",),
    "published_figures": ("table", "sha256"),
}
_MISSING = "nothing"


@dataclass(frozen=True)
class Difference:
    """A place in a JSON file with an unexpected value.

    Attributes:
        place: keys from the outside in.
        was: the actual value, as text.
        expected: the expected value, as text.
        is_absent: whether one of the two lacks this place.
    """

    place: tuple[str, ...]
    was: str
    expected: str
    is_absent: bool

    def line(self, file: str, source: str) -> str:
        """The difference as text: `manifest.json: title: A, the settings give B`."""
        return f"{file}: {'.'.join(self.place)}: {self.was}, {source} {self.expected}"


def json_differences(was: object, expected: object, *place: str) -> Iterator[Difference]:
    """Leaves in which two JSON values differ.

    Lists are compared entry by entry; those of loads, tables and columns by their identifying keys.
    """
    if isinstance(was, dict) and isinstance(expected, dict):
        for name in {**expected, **was}:
            if name not in was or name not in expected:
                yield _absent(was.get(name), expected.get(name), name in was, (*place, name))
            else:
                yield from json_differences(was[name], expected[name], *place, name)
        return
    if isinstance(was, list) and isinstance(expected, list):
        keys = _ENTRIES.get(place[-1] if place else "")
        named = [_by_key(entries, keys) for entries in (was, expected)]
        if named[0] is not None and named[1] is not None:
            yield from json_differences(named[0], named[1], *place)
            return
        for number, (one, other) in enumerate(itertools.zip_longest(was, expected, fillvalue=...)):
            at = (*place, str(number + 1))
            if one is ... or other is ...:
                yield _absent(one, other, one is not ..., at)
            else:
                yield from json_differences(one, other, *at)
        return
    # To a reader of the file, 1, 1.0 and true are three different values.
    if type(was) is not type(expected) or was != expected:
        yield Difference(place, _short(was), _short(expected), is_absent=False)


def _absent(was: object, expected: object, is_there: bool, place: tuple[str, ...]) -> Difference:
    if is_there:
        return Difference(place, _short(was), _MISSING, is_absent=True)
    return Difference(place, _MISSING, _short(expected), is_absent=True)


def _by_key(entries: list[Any], keys: tuple[str, ...] | None) -> dict[str, Any] | None:
    """Entries of a list by their identifying keys; None if these are not unique."""
    if keys is None or not all(isinstance(entry, dict) for entry in entries):
        return None
    named = {" ".join(str(entry.get(key)) for key in keys): entry for entry in entries}
    return named if len(named) == len(entries) else None


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else f"{text[:119]}…"


def table_differences(table: str, stored: pl.DataFrame, rebuilt: pl.DataFrame) -> list[str]:
    """Cells in which a published and a rebuilt table differ."""
    name = f"tables/{table}.parquet"
    if stored.columns != rebuilt.columns:
        return [f"{name}: columns {stored.columns} instead of {rebuilt.columns}"]
    if stored.height != rebuilt.height:
        return [f"{name}: {counted(stored.height, 'rows')}, the archive gives {rebuilt.height:,}"]
    problems = []
    for column in rebuilt.columns:
        if stored.schema[column] != rebuilt.schema[column]:
            problems.append(
                f"{name}: {column} has type {stored.schema[column]} instead of"
                f" {rebuilt.schema[column]}"
            )
            continue
        pairs = zip(stored[column], rebuilt[column], strict=True)
        problems += [
            f"{name}: row {row}, {column}: {was}, the archive gives {now}"
            for row, (was, now) in enumerate(pairs, start=1)
            if was != now
        ]
    return problems


def line_difference(name: str, was: bytes, expected: bytes, source: str) -> str:
    """The first line in which a text file differs from the expected one."""
    pairs = itertools.zip_longest(was.splitlines(), expected.splitlines())
    number = next((n for n, (one, other) in enumerate(pairs, start=1) if one != other), 1)
    return f"{name}: line {number} is not what {source}"
