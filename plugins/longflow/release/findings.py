"""`findings.json`: what an edition's numbers say, with the cells behind every number."""

from __future__ import annotations

from typing import Any

from longflow.edition import CompiledEdition
from longflow.edition.sentences import Sentence
from longflow.release.files import json_bytes, sha256
from longflow.texts import TextPart, wording

FINDINGS = "findings.json"
FORMAT = 1


def sentence_parts(sentence: Sentence, language: str = "en") -> tuple[TextPart, ...]:
    """A sentence in the words of a language; its numbers are parts of their own."""
    content = sentence.content()
    return wording(language).sentence(content["key"], content["values"], content["numbers"])


def findings_bytes(compiled: CompiledEdition) -> bytes:
    """The file: keys, values, numbers and cells of each sentence, and for readers its text.

    The text is in the first language of the edition; `texts` has it in the others.
    """
    language, *others = compiled.settings.languages
    return json_bytes(
        {
            "format": FORMAT,
            "edition": compiled.year,
            "language": language,
            "sentences": [
                {
                    **sentence.content(),
                    "text": _text(sentence, language),
                    **({"texts": {of: _text(sentence, of) for of in others}} if others else {}),
                }
                for sentence in compiled.sentences
            ],
        }
    )


def _text(sentence: Sentence, language: str) -> str:
    return "".join(part.text for part in sentence_parts(sentence, language))


def findings_digest(compiled: CompiledEdition) -> str:
    """SHA-256 of what the sentences say, however they are worded."""
    content: dict[str, Any] = {"sentences": [one.content() for one in compiled.sentences]}
    return sha256(json_bytes(content))
