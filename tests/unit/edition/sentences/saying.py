"""The sentences of small tables, by what they are about, and their text."""

from __future__ import annotations

from longflow.edition.sentences import Sentence, sentences
from longflow.release.findings import sentence_parts

from tests.unit.edition.sentences.tables import Made, full

FULL = full()


def said(made: Made) -> dict[tuple[str, str], Sentence]:
    """Sentences by their key and what they are about."""
    found = {}
    for sentence in sentences(made.tables):
        about = [sentence.values.get(name) for name in ("service", "direction", "access")]
        found[sentence.key, " ".join(str(of) for of in about if of)] = sentence
    return found


def text(sentence: Sentence) -> str:
    return "".join(part.text for part in sentence_parts(sentence))
