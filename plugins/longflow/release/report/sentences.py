"""Sentences in which numbers are links to the cells that they repeat."""

from __future__ import annotations

from dataclasses import dataclass

from longflow.edition.sentences import Sentence as Said
from longflow.release.findings import sentence_parts
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

    @property
    def text(self) -> str:
        """The sentence in one piece."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def sentences_of(printing: Printing) -> tuple[Sentence, ...]:
    """What the numbers of an edition say, in the order of reading."""
    return tuple(_sentence(said, printing) for said in printing.compiled.sentences)


def _sentence(said: Said, printing: Printing) -> Sentence:
    parts: list[str | Quoted] = []
    for part in sentence_parts(said, printing.words.language):
        number = said.numbers.get(part.number) if part.number is not None else None
        if number is None:
            parts.append(part.text)
            continue
        cell = number.cells[0]
        parts.append(Quoted(part.text, Place(cell.table, dict(cell.key), cell.column)))
    return Sentence(tuple(parts))
