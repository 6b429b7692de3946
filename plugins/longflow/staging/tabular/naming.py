"""Which columns of a file are which of longflow's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from longflow.errors import LongflowError
from longflow.masking import titles_shown
from longflow.settings import Feed, Source, delivered_columns
from longflow.settings.feeds import ends
from longflow.settings.presets import PRESETS

_ADDRESSES = ("src_addr", "dst_addr", "exporter")


def wanted(source: Source) -> dict[str, bool]:
    """Columns to look for in the files of a source; True where a file without it is whole."""
    columns = delivered_columns(source.feed)
    if source.interfaces:
        # The choice of interfaces states them.
        del columns["service"], columns["access"]
    if source.has_one_counter_a_row:
        del columns["in_octets"], columns["out_octets"]
        columns |= {"counter": False, "value": False}
    elif source.feed is Feed.COUNTERS:
        del columns["counter"], columns["value"]
    return columns


def candidates(source: Source) -> dict[str, list[str]]:
    """Longflow's columns, each with the names under which a file may have it, in turn."""
    found = {}
    for ours in wanted(source):
        if ours not in source.constants:
            names = source.columns.get(ours, [ours])
            found[ours] = [*names, *_of_other_version(ours, names)]
    return found


def _of_other_version(ours: str, names: Sequence[str]) -> list[str]:
    """Names of IPv6 columns beside IPv4 ones: some programs have a column for each version."""
    if ours not in _ADDRESSES:
        return []
    return [
        other
        for name in names
        if name.count("4") == 1 and (other := name.replace("4", "6")) not in names
    ]


def _is_set(source: Source, ours: str) -> bool:
    """Whether the source itself names a column; its preset names all that its program can write."""
    of_preset = PRESETS[source.preset].get("columns", {}).get(ours) if source.preset else None
    names = [of_preset] if isinstance(of_preset, str) else of_preset
    return ours in source.columns and source.columns[ours] != names


def mapped(path: Path, source: Source, there: Sequence[str]) -> dict[str, list[str]]:
    """Longflow's columns that a file has, each with the file's.

    Args:
        path: the file, for messages.
        source: its column mapping.
        there: the file's columns.

    Raises:
        LongflowError: the file lacks a column.
    """
    found = {
        ours: here
        for ours, names in candidates(source).items()
        if (here := [name for name in names if name in there])
    }
    has_duration = "duration" in found or "duration" in source.constants
    for ours, is_optional in wanted(source).items():
        if ours in found or ours in source.constants:
            continue
        if has_duration and ours in ends(source.feed):
            continue
        if not is_optional or _is_set(source, ours):
            names = " or ".join(f"'{name}'" for name in source.columns.get(ours, [ours]))
            raise LongflowError(
                f"column {names} is missing (columns found: {titles_shown(there)})",
                file=path.name,
                place="header",
                remedy=f"deliver it, or map '{ours}' under columns of source '{source.name}'",
            )
    return found
