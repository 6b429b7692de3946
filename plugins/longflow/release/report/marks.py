"""The few marks that texts have: as HTML, or left out."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# `**bold**`, `^raised^`, code in backticks, and links to the files of the release alone.
_MARKS = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"\^(.+?)\^"), r"<sup>\1</sup>"),
    (re.compile(r"`(.+?)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]+)\]\((\w[\w./-]*)\)"), r'<a href="\2">\1</a>'),
)


_PLAIN = (*((mark, r"\1") for mark, _ in _MARKS),)


def unmarked(text: str) -> str:
    """A text without its marks: links are the names of what they lead to."""
    for mark, by in _PLAIN:
        text = mark.sub(by, text)
    return text


def marked(text: str) -> Markup:
    """A text as HTML: what its marks mean, and all else as it is."""
    html = str(escape(text))
    for mark, by in _MARKS:
        html = mark.sub(by, html)
    return Markup(html)  # noqa: S704 - it was escaped before the marks were read
