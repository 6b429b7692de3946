"""Sentences in which numbers are links to the cells that they repeat."""

from __future__ import annotations

from dataclasses import dataclass

from longflow.release.report.naming import Place
from longflow.release.report.printing import Printing


@dataclass(frozen=True)
class Quoted:
    """A number in a sentence: as it is written there, and where it stands in the tables."""

    text: str
    place: Place


@dataclass(frozen=True)
class Sentence:
    """A sentence, in parts that make it up in this order."""

    parts: tuple[str | Quoted, ...]


def sentences_of(_: Printing) -> tuple[Sentence, ...]:
    """What the numbers of an edition say, in the order of reading."""
    return ()
