"""Texts without what they say of a person: the shape of a value in place of the value."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from longflow.amounts import counted

# Texts by which programs say that there is no value; they say nothing of anybody.
NO_VALUE_WORDS = frozenset(
    {"null", "(null)", "\\n", "-", "--", "nan", "none", "nil", "n/a", "na", "undef", "undefined"}
    | {"unknown", "empty", "?", "inf", "infinity"}
)
# A longer text is shown by its length alone.
_LONGEST_SHAPE = 32
_TITLE = re.compile(r"[^\W\d][\w .:()/#%-]{0,60}")


def address_kind(text: str) -> str | None:
    """`IPv4`, `IPv6` or `IPv6 /56`; None if the text is no address or prefix."""
    address, slash, length = text.strip().partition("/")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return None
    is_length = slash and length.isascii() and length.isdigit()
    return f"IPv{version} /{length}" if is_length else f"IPv{version}"


def hidden(text: str) -> str:
    """A name, a login or an address without what it says: its kind, or its length."""
    kind = address_kind(text)
    return f"text of {len(text)} characters" if kind is None else kind


def shape(text: str) -> str:
    """A value that should be a time or a number: 9 for each digit, a for each letter.

    A text that means no value stays as it is.
    """
    kind = address_kind(text)
    if kind is not None:
        return kind
    if text.strip().lower() in NO_VALUE_WORDS:
        return f"'{text}'"
    if len(text) > _LONGEST_SHAPE or not text.isascii():
        return hidden(text)
    return "'" + re.sub(r"[A-Za-z]", "a", re.sub(r"\d", "9", text)) + "'"


def titles_shown(titles: Sequence[str]) -> str:
    """Titles of columns; only their number if they rather look like the values of a record."""
    if all(_is_title(title) for title in titles if title.strip()):
        return ", ".join(titles)
    return f"{counted(len(titles), 'columns')} whose first line looks like values, not titles"


def _is_title(text: str) -> bool:
    return _TITLE.fullmatch(text.strip()) is not None and address_kind(text) is None
