"""Names of sheets: programs for workbooks allow few signs, 31 of them, and each name once."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOST = 31
_REFUSED = re.compile(r"[\[\]:*?/\\]")


def sheet_names(wanted: Iterable[str]) -> tuple[str, ...]:
    """A name for each sheet, as near as can be to the one that is wanted, in the same order."""
    taken: set[str] = set()
    names = []
    for text in wanted:
        name = _unique(_allowed(text), taken)
        # Names that differ in case alone are one.
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def _allowed(text: str) -> str:
    # An apostrophe may not stand at either end.
    return _REFUSED.sub("-", text)[:_MOST].strip("' ") or "-"


def _unique(name: str, taken: set[str]) -> str:
    unique, number = name, 1
    while unique.lower() in taken:
        number += 1
        unique = f"{name[: _MOST - len(str(number)) - 1]} {number}"
    return unique
