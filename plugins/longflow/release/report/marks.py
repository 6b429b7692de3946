"""The few marks that texts have: as HTML, in parts, or left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup, escape

# `**bold**`, `^raised^`, code in backticks, and links to the files of the release alone.
_MARKS = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"\^(.+?)\^"), r"<sup>\1</sup>"),
    (re.compile(r"`(.+?)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]+)\]\((\w[\w./-]*)\)"), r'<a href="\2">\1</a>'),
)


_ANY = re.compile("|".join(mark.pattern for mark, _ in _MARKS))
_KINDS = ("bold", "raised", "code", "link")


class Run(NamedTuple):
    """A part of a text: `plain`, `bold`, `raised`, `code`, or the name of a `link`."""

    kind: str
    text: str


def runs(text: str) -> tuple[Run, ...]:
    """A text in parts, for where links lead nowhere; marks within marks stay as they are."""
    found = []
    at = 0
    for place in _ANY.finditer(text):
        found += [Run("plain", text[at : place.start()]), *_run(place[0])]
        at = place.end()
    found.append(Run("plain", text[at:]))
    return tuple(run for run in found if run.text)


def _run(marked_text: str) -> Iterator[Run]:
    for kind, (mark, _) in zip(_KINDS, _MARKS, strict=True):
        inner = mark.fullmatch(marked_text)
        if inner is not None:
            yield Run(kind, inner[1])
            return


def unmarked(text: str) -> str:
    """A text without its marks: links are the names of what they lead to."""
    return "".join(run.text for run in runs(text))


def marked(text: str) -> Markup:
    """A text as HTML: what its marks mean, and all else as it is."""
    html = str(escape(text))
    for mark, by in _MARKS:
        html = mark.sub(by, html)
    return Markup(html)  # noqa: S704 - it was escaped before the marks were read
