"""The line of each key in a TOML file, which Python's TOML reader does not report."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping

KeyPath = tuple[str | int, ...]


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """Line, from 1, of every key and section of a valid TOML text, by its path.

    A path is as pydantic names it: keys, and numbers from 0 in arrays of tables. Keys of an inline
    table are in the line in which the table begins.
    """
    found: dict[KeyPath, int] = {}
    lengths: dict[KeyPath, int] = {}
    section: KeyPath = ()
    for number, statement in _statements(text):
        if statement.lstrip().startswith("["):
            section = _section(statement, lengths)
            found.setdefault(section, number)
            # The array of tables begins with its first one.
            found.setdefault(section[:-1] if section[-1:] == (0,) else section, number)
        else:
            for path in _paths(tomllib.loads(statement)):
                found.setdefault((*section, *path), number)
    return found


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """The line of a key or, where it does not stand there, of the nearest section around it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Headers and assignments, each with its first line; comments and empty lines are left out."""
    begun: list[str] = []
    depth, quote = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not begun:
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            first = number
        begun.append(line)
        depth, quote = _open_after(line, depth, quote)
        if depth == 0 and not quote:
            yield first, "\n".join(begun)
            begun = []


def _open_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Brackets and the text of several lines that are open after a line."""
    at = 0
    while at < len(line):
        if quote:
            at, quote = _in_text(line, at, quote)
            continue
        sign = line[at]
        if sign == "#":
            break
        if sign in "\"'":
            quote = sign * 3 if line.startswith(sign * 3, at) else sign
            at += len(quote)
            continue
        depth += (sign in "[{") - (sign in "]}")
        at += 1
    return depth, quote


def _in_text(line: str, at: int, quote: str) -> tuple[int, str]:
    """One step within a text; it may end with up to two quotes of its own before the last three."""
    if quote[0] == '"' and line[at] == "\\":
        return at + 2, quote
    if not line.startswith(quote, at):
        return at + 1, quote
    at += len(quote)
    while len(quote) == 3 and line.startswith(quote[0], at):
        at += 1
    return at, ""


def _section(header: str, lengths: dict[KeyPath, int]) -> KeyPath:
    """The path of `[a.b]` or `[[a.b]]`: below an array of tables, that of its newest table."""
    node = tomllib.loads(header)
    path: KeyPath = ()
    while isinstance(node, dict) and node:
        ((name, node),) = node.items()
        path = (*path, name)
        if isinstance(node, list):
            lengths[path] = lengths.get(path, 0) + 1
        if path in lengths:
            path = (*path, lengths[path] - 1)
    return path


def _paths(table: dict[str, object]) -> Iterator[KeyPath]:
    for name, value in table.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *path) for path in _paths(value))
        for number, below in enumerate(value if isinstance(value, list) else ()):
            if isinstance(below, dict):
                yield (name, number)
                yield from ((name, number, *path) for path in _paths(below))
