"""Counters of which each row has one: which of its words mean IN and OUT."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from longflow.settings import Feed
from longflow.settings.presets import filled
from longflow.trial.head import Head
from longflow.trial.spellings import plain, spelled

_SIDES = ("in_octets", "out_octets")
# As in octets-in-20240603.json.
_SIDE_IN_NAME = r"(?i)(?<![a-z])(?:in|out|rx|tx|up|down|upload|download)(?![a-z])"


def is_one_a_row(columns: Mapping[str, object]) -> bool:
    """Whether columns that were found are those of one counter a row."""
    return {"counter", "value"} <= columns.keys() and not columns.keys() & set(_SIDES)


def with_counters(given: dict[str, Any], head: Head, file: Path) -> dict[str, Any]:
    """The settings with what the names of counters mean, if columns have counter and value.

    Without these names in the file, the settings are as before.
    """
    columns = filled(given).get("columns", {})
    if given.get("feed") != Feed.COUNTERS or not {"counter", "value"} <= columns.keys():
        return given
    words = _words(columns["counter"], head, file)
    known = filled(given).get("values", {}).get("counter", {})
    if set(known) & words:
        return given
    meanings = _meanings(words)
    if len(meanings) < len(_SIDES):
        return given
    return {**given, "values": {**given.get("values", {}), "counter": meanings}}


def _meanings(words: set[str]) -> dict[str, str]:
    by_plain = {plain(word): word for word in sorted(words)}
    found = {}
    for side in _SIDES:
        names = [name for name in spelled(Feed.COUNTERS, side) if name in by_plain]
        if names:
            found[by_plain[names[0]]] = side
    return found


def _words(columns: str | list[str], head: Head, file: Path) -> set[str]:
    """Words that can be names of counters."""
    if head.format != "parquet":
        return set(re.findall(r"[A-Za-z_][\w.:-]*", head.text))
    wanted = [columns] if isinstance(columns, str) else columns
    names = [name for name in wanted if name in pl.read_parquet_schema(file)]
    found = pl.scan_parquet(file).select(pl.col(names).cast(pl.String)).head(100_000).collect()
    return {word for name in names for word in found[name].drop_nulls().unique()}


def for_both(pattern: str, given: Mapping[str, Any], head: Head, file: Path) -> str | None:
    """The pattern for names of files, if the file has one counter alone: of both counters' files.

    None if the file has both, or other columns.
    """
    meanings = filled(given).get("values", {}).get("counter", {})
    if not meanings:
        return None
    words = _words(filled(given)["columns"]["counter"], head, file)
    sides = {meanings[word] for word in words if word in meanings}
    if len(sides) != 1:
        return None
    names = [word for word in meanings if word in words and word in pattern]
    name = re.escape(names[0]) if names else _SIDE_IN_NAME
    return re.sub(r"\*(?:[._-]?\*)+", "*", re.sub(name, "*", pattern, count=1))
