"""Where a file lies and how it is called, as patterns of the settings."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path

# A day and, behind it, a time of the day; each part is as the reader's placeholder of its name.
_DAY = (
    r"(?P<year>(?:19|2\d)\d\d)(?P<apart>[-_.]?)(?P<month>0[1-9]|1[0-2])(?P=apart)"
    r"(?P<day>0[1-9]|[12]\d|3[01])"
)
_CLOCK = (
    r"(?P<between>[-_. T]?)(?P<hour>[01]\d|2[0-3])"
    r"(?:(?P<colon>[-_.:]?)(?P<minute>[0-5]\d)(?:(?P=colon)(?P<second>[0-5]\d))?)?"
    r"(?P<offset>[+-]\d{4})?"
)
_DAY_FIRST = r"(?P<day>\d\d)(?P<apart>[-_.])(?P<month>\d\d)(?P=apart)(?P<year>\d{4})"
_MOMENTS = tuple(
    re.compile(rf"(?<!\d){pattern}(?!\d)") for pattern in (_DAY + _CLOCK, _DAY, _DAY_FIRST)
)
_PARTS = ("year", "month", "day", "hour", "minute", "second", "offset")
# Four digits behind a day that are no such minutes are rather the number of a part.
_USUAL_MINUTES = 5


def pattern_of(name: str) -> str:
    """A pattern for the names of a source's files, from one of them.

    The first digits that are a time or a date become placeholders, other numbers a star.
    """
    found = _found(name)
    if found is None:
        return _star(name)
    parts = [(*found.span(part), part) for part in _PARTS if _has(found, part)]
    placed, end = "", found.start()
    for start, stop, part in sorted(parts):
        placed += name[end:start] + f"{{{part}}}"
        end = stop
    placed = placed.replace("{year}{month}{day}", "{date}")
    if "{second}" not in placed:
        placed = placed.replace("{date}{hour}{minute}", "{time}")
    before, behind = name[: found.start()], name[found.end() :]
    pattern = re.sub(r"\d+", "*", before) + placed + re.sub(r"\d+", "*", behind)
    return re.sub(r"\*(?:[._-]?\*)+", "*", pattern)


def _has(found: re.Match[str], part: str) -> bool:
    return part in found.re.groupindex and found[part] is not None


def _found(name: str) -> re.Match[str] | None:
    """The first time or day in a name."""
    for pattern in _MOMENTS:
        for found in pattern.finditer(name):
            if _moment(found) is not None and _is_clock(found):
                return found
    return None


def _is_clock(found: re.Match[str]) -> bool:
    """Whether what stands behind a day can be a time of the day, and not the number of a part."""
    if not _has(found, "hour") or found["between"] in {"", "T"}:
        return True
    return _has(found, "minute") and (
        bool(found["colon"]) or int(found["minute"]) % _USUAL_MINUTES == 0
    )


def _moment(found: re.Match[str]) -> datetime | None:
    """The local time that a name states; None if there is no such day."""
    year, month, day, hour, minute, second = (
        int(found[part]) if _has(found, part) else 0 for part in _PARTS[:-1]
    )
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - local
    except ValueError:
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
    if not states_minutes(pattern):
        return None
    times = sorted(
        moment
        for other in file.resolve().parent.iterdir()
        if pattern_of(other.name) == pattern
        and (found := _found(other.name))
        and (moment := _moment(found))
    )
    gaps = [(b - a).total_seconds() // 60 for a, b in pairwise(times) if b > a]
    return int(min(gaps)) if gaps else None


def states_minutes(pattern: str) -> bool:
    """Whether names of a pattern state the minute, so that a file may cover any slot."""
    return "{time}" in pattern or "{minute}" in pattern
