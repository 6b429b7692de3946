"""Where a file lies and how it is called, as patterns of the settings."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path

_LAYOUTS = {"{time}": (12, "%Y%m%d%H%M"), "{date}": (8, "%Y%m%d")}


def pattern_of(name: str) -> str:
    """A pattern for the names of a source's files, from one of them.

    The first digits that are a time or a date become the placeholder, other numbers a star.
    """
    placeholder = None
    parts = []
    for part in re.split(r"(\d+)", name):
        if not part.isdigit():
            parts.append(part)
        elif placeholder is None and (found := _placeholder(part)):
            placeholder = found
            parts.append(found)
        else:
            parts.append("*")
    return re.sub(r"\*(?:[._-]?\*)+", "*", "".join(parts)) if placeholder else _star(name)


def _placeholder(digits: str) -> str | None:
    for placeholder, (length, layout) in _LAYOUTS.items():
        if len(digits) == length:
            try:
                moment = datetime.strptime(digits, layout)  # noqa: DTZ007 - whether it is a date
            except ValueError:
                continue
            if 1990 <= moment.year <= 2999:
                return placeholder
    return None


def _star(name: str) -> str:
    """All files that end alike."""
    suffixes = "".join(Path(name).suffixes[-2:])
    return f"*{suffixes}" if re.fullmatch(r"(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}", suffixes) else "*"


def folders_of(file: Path) -> tuple[str, str] | None:
    """URL and pattern of the folders in which a source delivers, from where one file lies.

    None if nothing says to which week a file belongs: neither its name nor the folder.
    """
    folder = file.resolve().parent
    parts = list(folder.parts)
    if _is_monday(parts[-1]):
        return str(folder.parent), "{monday}"
    if "{" not in pattern_of(file.name):
        return None
    for names in (("year", "month", "day", "hour"), ("year", "month", "day"), ("year", "month")):
        below = parts[-len(names) :]
        if len(parts) > len(names) and _are_dates(below):
            above = Path(*parts[: -len(names)])
            return str(above), "/".join(f"{{{name}}}" for name in names)
    return str(folder), "."


def _is_monday(name: str) -> bool:
    try:
        return datetime.strptime(name, "%Y-%m-%d").weekday() == 0  # noqa: DTZ007 - a date
    except ValueError:
        return False


def _are_dates(parts: list[str]) -> bool:
    limits = ((1990, 2999), (1, 12), (1, 31), (0, 23))
    widths = (4, 2, 2, 2)
    return all(
        len(part) == width and part.isdigit() and least <= int(part) <= most
        for part, width, (least, most) in zip(parts, widths, limits, strict=False)
    )


def minutes_between(file: Path) -> int | None:
    """The shortest time between the names of a file and of others beside it; None for one alone."""
    pattern = pattern_of(file.name)
    if "{time}" not in pattern:
        return None
    times = sorted(
        moment
        for other in file.resolve().parent.iterdir()
        if pattern_of(other.name) == pattern and (moment := _moment(other.name))
    )
    gaps = [(b - a).total_seconds() // 60 for a, b in pairwise(times) if b > a]
    return int(min(gaps)) if gaps else None


def _moment(name: str) -> datetime | None:
    found = re.search(r"(?<!\d)\d{12}(?!\d)", name)
    return datetime.strptime(found[0], "%Y%m%d%H%M") if found else None  # noqa: DTZ007 - local
