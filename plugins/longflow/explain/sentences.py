"""What a table or query is, in one sentence: out of its contract, or the comment it begins with."""

from __future__ import annotations

import re
from collections.abc import Iterator

_RULES = re.compile(r"docs/method\.md,\s+rules?\s+([\d, and]+\d|\d+)")
_CITATION = re.compile(r"\s*\((?:[^()]*;\s*)?docs/[^()]*\)")
# A sentence ends before a space and a capital; "e.g. " does not end one.
_END = re.compile(r"(?<=[.])\s+(?=[A-Z`])")


def first_sentence(text: str) -> str:
    """The first sentence of a text, without citations, ending with a full stop."""
    plain = " ".join(_CITATION.sub("", text).split())
    sentence = _END.split(plain, maxsplit=1)[0].rstrip(".:;, ")
    return f"{sentence[:1].upper()}{sentence[1:]}."


def comment(sql: str) -> str:
    """The comment that a query begins with, in one line; empty where there is none."""

    def lines() -> Iterator[str]:
        for line in sql.splitlines():
            if not line.startswith("--"):
                return
            yield line.removeprefix("--").strip()

    return " ".join(lines())


def rules_cited(text: str) -> list[int]:
    """Numbers of the rules of docs/method.md that a text cites."""
    found = {int(number) for said in _RULES.findall(text) for number in re.findall(r"\d+", said)}
    return sorted(found)
