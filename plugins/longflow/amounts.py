"""Amounts in words: a number with its noun."""

from __future__ import annotations


def counted(number: int, unit: str) -> str:
    """A number with its unit, which is given in the plural: `1 row`, `1,200 rows`."""
    is_one = number == 1 and unit != "ms"
    return f"{number:,} {unit.removesuffix('s') if is_one else unit}"


def amounts(rows: int, size_bytes: int, count: int, unit: str) -> list[str]:
    """How much was found, for people: rows and bytes, and what was counted instead of rows."""
    shown = []
    if rows or size_bytes:
        shown.append((f"{counted(rows, 'rows')}, " if rows else "") + counted(size_bytes, "bytes"))
    if count:
        shown.append(counted(count, unit))
    return shown
