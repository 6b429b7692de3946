"""Patterns of folders and file names: which placeholders they may have, and where."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from longflow.settings.section import Problem, WrongSettingError, shortened

FOLDER_PLACEHOLDERS = ("feed", "source", "monday", "year", "month", "day", "hour")
# The placeholders for the slot of a file and their layouts, in which every letter after % stands
# for two digits, %Y for four; an offset has a sign and four.
SLOT_LAYOUTS = {
    "time": "%Y%m%d%H%M",
    "date": "%Y%m%d",
    "year": "%Y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
    "offset": "%z",
}

# Each of these repeats without those before it.
_DATE = ("year", "month", "day", "hour")
_CLOCK = ("hour", "minute", "second")
# What states a slot down to the day, or to the minute.
_DAYS = (("date",), ("year", "month", "day"))
_HOUR_MINUTES, _DAY_MINUTES = 60, 1440
# No file system has longer names; a folder below a URL has some of them.
_LONGEST_NAME = 255
_LONGEST_FOLDER = 1_000


def is_by_name(pattern: str) -> bool:
    """Whether names of files decide which of them belong to a week, because no folder does."""
    return "{monday}" not in pattern


def folder_pattern(pattern: str) -> str:
    """A pattern of folders: one for the week, some for its days or hours, or one for all time.

    Raises:
        WrongSettingError: it names a part of a date without those before it, or has a placeholder
            that folders do not have.
    """
    names, problems = _placeholders(pattern, FOLDER_PLACEHOLDERS)
    if len(pattern) > _LONGEST_FOLDER:
        problems.append(_too_long(pattern, _LONGEST_FOLDER))
    parts = [part for part in _DATE if part in names]
    if not problems and parts != list(_DATE[: len(parts)]):
        lacking = next(part for part in _DATE if part not in names)
        problems.append(
            Problem(
                f"has {{{parts[-1]}}} without {{{lacking}}}",
                "write {year}/{month}/{day}, and {hour} below it for a tree by hour",
            )
        )
    return _checked(pattern, problems)


def file_pattern(pattern: str) -> str:
    """A pattern of file names that a name can fit.

    Raises:
        WrongSettingError: none can, or it has a placeholder that names do not have.
    """
    names, problems = _placeholders(pattern, SLOT_LAYOUTS)
    if not pattern.strip():
        problems.append(Problem("is empty", "write * for every name"))
    if "/" in pattern:
        problems.append(
            Problem("has a slash, which no file name has", "name the folders in pattern")
        )
    if len(pattern) > _LONGEST_NAME:
        problems.append(_too_long(pattern, _LONGEST_NAME))
    if names and not problems and not _states_slot_once(names):
        problems.append(
            Problem(
                f"has {' and '.join('{' + name + '}' for name in names)}",
                "name the slot once: write {time}; or {date}, or {year}, {month} and {day}, then "
                "{hour}, {minute} and {second} if the names have them; add {offset} for an offset "
                "from UTC, and * for the rest",
            )
        )
    return _checked(pattern, problems)


def _states_slot_once(names: list[str]) -> bool:
    """Whether placeholders state one slot: a day and perhaps a clock time, each part once."""
    stated = [name for name in names if name != "offset"]
    if len(set(names)) < len(names):
        return False
    if stated == ["time"]:
        return True
    clock = [part for part in _CLOCK if part in stated]
    day = {name for name in stated if name not in clock}
    return any(day == set(one) for one in _DAYS) and clock == list(_CLOCK[: len(clock)])


def named_minutes(pattern: str) -> int | None:
    """Minutes of the time that names of a pattern state: of a day or an hour; None if less."""
    if not tells_slot(pattern) or "{time}" in pattern or "{minute}" in pattern:
        return None
    return _HOUR_MINUTES if "{hour}" in pattern else _DAY_MINUTES


def _placeholders(pattern: str, known: Collection[str]) -> tuple[list[str], list[Problem]]:
    """The placeholders of a pattern that are known, and what is wrong with the others."""
    problems = []
    allowed = ", ".join("{" + name + "}" for name in known)
    names = re.findall(r"\{([^{}]*)\}", pattern)
    for name in names:
        if name in known:
            continue
        near = get_close_matches(name, known, n=1)
        meant = f"did you mean {{{near[0]}}}? " if near else ""
        problems.append(
            Problem(
                f"'{{{shortened(name)}}}' is not a placeholder here",
                f"{meant}allowed are {allowed}",
            )
        )
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", pattern)):
        problems.append(
            Problem("has a lone brace", f"braces stand around placeholders only: {allowed}")
        )
    return [name for name in names if name in known], problems


def _too_long(pattern: str, most: int) -> Problem:
    return Problem(f"has {len(pattern):,} characters", f"use at most {most:,}")


def _checked(pattern: str, problems: list[Problem]) -> str:
    if problems:
        raise WrongSettingError(*problems)
    return pattern


def tells_slot(pattern: str) -> bool:
    """Whether names of a pattern carry a time."""
    return any("{" + name + "}" in pattern for name in SLOT_LAYOUTS)
