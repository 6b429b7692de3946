"""Patterns of file names, matched piece by piece: `*`, `?`, and placeholders such as `{time}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# What a placeholder matches: a fixed number of digits, in the layout of `SLOT_LAYOUTS`; an offset
# has a sign before them.
_DIGITS = {"time": 12, "date": 8, "year": 4, "offset": 4} | dict.fromkeys(
    ("month", "day", "hour", "minute", "second"), 2
)
_PLACES = re.compile(r"(\?|\{(?:" + "|".join(_DIGITS) + r")\})")


@dataclass(frozen=True)
class _Piece:
    """The part of a pattern between two stars; it matches texts of one length only."""

    expression: re.Pattern[str]
    width: int

    @classmethod
    def of(cls, text: str) -> _Piece:
        expression, width = "", 0
        for part in _PLACES.split(text):
            name = part[1:-1]
            if part == f"{{{name}}}" and name in _DIGITS:
                sign = "[+-]" if name == "offset" else ""
                expression += rf"(?P<{name}>{sign}[0-9]{{{_DIGITS[name]}}})"
                width += _DIGITS[name] + (name == "offset")
            else:
                expression += "[^/]" if part == "?" else re.escape(part)
                width += len(part)
        return cls(re.compile(expression), width)

    def last_in(self, name: str, start: int, end: int) -> re.Match[str] | None:
        """The last position between two others where the piece matches."""
        places = range(end - self.width, start - 1, -1)
        return next(filter(None, (self.expression.match(name, at) for at in places)), None)


@cache
def _pieces(pattern: str) -> tuple[_Piece, ...]:
    return tuple(_Piece.of(text) for text in pattern.split("*"))


def fit(pattern: str, name: str) -> dict[str, str] | None:
    """What placeholders of a pattern stand for in a name, by placeholder; None without a match.

    The first piece begins the name and the last ends it; those between are searched from the end,
    each as far back as it can lie. So the effort grows with the length of the name, and not with
    the number of ways to split it, as it would in one expression with several stars.
    """
    first, *others = _pieces(pattern)
    if not others:
        return _groups([first.expression.fullmatch(name)])
    *middle, last = others
    start, end = first.width, len(name) - last.width
    if "/" in name or start > end:
        return None
    found = [first.expression.match(name), last.expression.match(name, end)]
    for piece in reversed(middle):
        here = piece.last_in(name, start, end)
        found.append(here)
        end = here.start() if here else start
    return _groups(found)


def _groups(found: list[re.Match[str] | None]) -> dict[str, str] | None:
    groups: dict[str, str] = {}
    for match in found:
        if match is None:
            return None
        groups |= match.groupdict()
    return groups
