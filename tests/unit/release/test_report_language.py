"""Every word of the report comes from the language that it is written in."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from longflow.edition import CompiledEdition
from longflow.languages import FOLDER
from longflow.release.changes import Changes
from longflow.release.figures import draw_edition
from longflow.release.report import compose, page_of
from longflow.texts import wording

from tests.unit.release.test_report import MANIFEST

ENGLISH = FOLDER / "en.yml"


class Seen(HTMLParser):
    """What people see or hear of a page: its text, and what stands in these attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = dict(attrs).get("type") or tag
        self.texts += [str(value) for name, value in attrs if name in {"title", "aria-label"}]

    def handle_data(self, data: str) -> None:
        if self._within == "application/json":
            content = json.loads(data)
            self.texts += [text for _, text in content["lines"]]
            self.texts += [*content["kinds"].values()]
        elif self._within not in {"style", "script"}:
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""


def bracketed(value: object) -> object:
    """A language in which each text stands in brackets, within which nothing is data."""
    if isinstance(value, dict):
        return {name: bracketed(part) for name, part in value.items()}
    return f"⟦{value}⟧"


def outside_brackets(text: str) -> str:
    depth, found = 0, ""
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        found += sign if depth == 0 and sign != "⟧" else ""
    return found


def test_words_of_the_report_are_those_of_its_language(
    compiled: CompiledEdition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content: dict[str, Any] = yaml.safe_load(ENGLISH.read_text(encoding="utf-8"))
    numbers = {"decimal": ",", "thousands": "_", "minus": "-", "percent": "%"}
    language = {
        **{name: bracketed(part) for name, part in content.items()},
        "numbers": numbers,
        "writing": {**content["writing"], "between": "⟦, ⟧"},
        "fonts": content["fonts"],
    }
    (tmp_path / "brackets.yml").write_text(yaml.safe_dump(language), encoding="utf-8")
    monkeypatch.setattr("longflow.texts.words.FOLDER", tmp_path)
    manifest: dict[str, Any] = {**MANIFEST, "title": "", "provider": ""}
    moved = Changes("20240801T000000Z", {"revisions": ["17"], "settings": []}, ())
    drawings = draw_edition(compiled, (), wording("brackets"))
    html = page_of(compose(compiled, manifest, drawings, moved, language="brackets"))
    assert '<html lang="brackets">' in html
    # Marks within a text end up as tags between the brackets.
    text = outside_brackets(" ".join(Seen(html).texts))
    frames = compiled.tables.values()
    data = {"CSV", "Parquet", *compiled.tables["growth"]["measure"]}
    for column in ("population", "protocol", "port"):
        data |= {
            value
            for frame in frames
            if column in frame.columns
            for value in frame[column].drop_nulls().unique()
        }
    # Of the manifest: packages, and names of releases.
    data |= {"duckdb", str(manifest["release"]), "20240801T000000Z"}
    for value in sorted(data, key=len, reverse=True):
        text = text.replace(value, " ")
    assert set(re.findall(r"[A-Za-z]{2,}", text)) == set()
    # And numbers are written as there.
    assert re.search(r"\d,\d", text)
    assert not re.search(r"\d\.\d", text.replace("1.5.5", "").replace("0.1.0", ""))
