"""The glossary explains the words that a reader of settings, logs and folders meets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import longflow
import pytest
from longflow.records import Severity, Verdict
from longflow.settings import Feed

GLOSSARY = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")

# Terms are in bold, several of one kind separated by commas; names of settings are code.
TERMS = {
    term for bold in re.findall(r"\*\*([^*]+)\*\*", GLOSSARY) for term in re.split(r", *", bold)
} | set(re.findall(r"`([\w-]+)`", GLOSSARY))

ROOMS = [
    folder.name
    for folder in sorted(Path(longflow.__file__).parent.iterdir())
    if (folder / "__init__.py").is_file()
]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_explained(room: str) -> None:
    assert room in TERMS


@pytest.mark.parametrize("word", [*get_args(Verdict), *get_args(Severity), *Feed])
def test_every_verdict_severity_and_feed_is_explained(word: str) -> None:
    assert word in TERMS


def test_no_term_is_explained_twice() -> None:
    terms = re.findall(r"^- \*\*([^*]+)\*\*", GLOSSARY, re.MULTILINE)
    assert sorted(terms) == sorted(set(terms))
