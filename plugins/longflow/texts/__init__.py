"""The words of a release: a file a language, by which a key with values becomes a text."""

from longflow.texts.formats import Numbers, Writing, breadth
from longflow.texts.words import TableWords, TextPart, Wording, wording

__all__ = [
    "Numbers",
    "TableWords",
    "TextPart",
    "Wording",
    "Writing",
    "breadth",
    "wording",
]
