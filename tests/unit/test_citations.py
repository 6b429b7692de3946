"""All references in code, SQL and pages exist: rules of the method, pages, places in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
METHOD = "docs/method.md"

# Folders whose files cite, and files beside them.
FOLDERS = ("plugins", "sql", "dags", "docs", "tests", "docker", ".ci")
BESIDE = ("*.md", "*.toml", "Makefile")
SUFFIXES = {"", ".md", ".py", ".sql", ".yml", ".yaml", ".toml", ".j2", ".css", ".sh"}
# Its examples are citations of nothing.
EXEMPT = {Path(__file__)}

# The signs with which lines of comments begin, where a citation goes on in the next line.
NEXT_LINE = re.compile(r"\s*\n\s*(?:--|#|>|\*)?\s*")
CITED_RULES = re.compile(r"docs/method\.md, rules? (\d+(?:(?:, | and |, and )\d+)*)")
RULE = re.compile(r"(?<![\w#-])[Rr]ules? \d+")
PAGE = re.compile(r"\bdocs/[\w./-]+\.(?:md|svg|png)(?:#[\w-]+)?")
PLACE = re.compile(r"`((?:sql|plugins|dags|tests|docker)/[\w./-]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
CODE_BLOCK = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


@cache
def citing_files() -> tuple[Path, ...]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    found += [path for pattern in BESIDE for path in ROOT.glob(pattern)]
    return tuple(
        sorted(
            path
            for path in found
            if path.is_file()
            and path.suffix in SUFFIXES
            and "__pycache__" not in path.parts
            and path not in EXEMPT
        )
    )


def joined(text: str) -> str:
    """A text with citations over the end of a line in one line."""
    return NEXT_LINE.sub(" ", text)


def cited_rules(text: str) -> Iterator[int]:
    for match in CITED_RULES.finditer(joined(text)):
        yield from (int(number) for number in re.findall(r"\d+", match[1]))


def uncited_rules(text: str) -> list[str]:
    """Rules by number that do not say of which page they are."""
    return RULE.findall(CITED_RULES.sub("", joined(text)))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Places of a page that a link can name, as GitHub makes them of its headings."""
    headings = HEADING.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return frozenset(
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
    )


def rules_of(method: Path) -> list[int]:
    text = method.read_text(encoding="utf-8")
    return [int(number) for number in re.findall(r"^### Rule (\d+): ", text, re.MULTILINE)]


def missing(target: str, folder: Path) -> str | None:
    """What a link from a folder leads to that is not there; None where all of it is."""
    name, _, anchor = target.partition("#")
    page = (folder / name).resolve()
    if not page.exists():
        return target
    return target if anchor and anchor not in anchors(page) else None


def links(page: Path) -> Iterator[str]:
    """Links of a page within the repository, each from its own folder."""
    for target in LINK.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            yield page.name + target if target.startswith("#") else target


def test_rules_of_the_method_are_numbered_without_a_gap() -> None:
    rules = rules_of(ROOT / METHOD)
    assert sorted(rules) == list(range(1, len(rules) + 1))


def test_every_rule_that_is_cited_is_there() -> None:
    rules = rules_of(ROOT / METHOD)
    cited = {
        (number, str(path.relative_to(ROOT)))
        for path in citing_files()
        for number in cited_rules(path.read_text(encoding="utf-8"))
    }
    assert cited, "no rule is cited any more"
    assert sorted((number, file) for number, file in cited if number not in rules) == []


def test_every_rule_is_cited_where_it_is_carried_out() -> None:
    code = [path for path in citing_files() if path.parts[len(ROOT.parts)] in {"plugins", "sql"}]
    cited = {number for path in code for number in cited_rules(path.read_text(encoding="utf-8"))}
    assert [number for number in rules_of(ROOT / METHOD) if number not in cited] == []


def test_files_and_folders_that_a_page_names_are_there() -> None:
    named = {
        (place, str(path.relative_to(ROOT)))
        for path in citing_files()
        if path.suffix == ".md"
        for place in PLACE.findall(path.read_text(encoding="utf-8"))
    }
    assert ("sql/functions.sql", METHOD) in named
    assert sorted((place, page) for place, page in named if not (ROOT / place).exists()) == []


def test_no_rule_is_cited_without_its_page() -> None:
    found = {
        str(path.relative_to(ROOT)): uncited_rules(path.read_text(encoding="utf-8"))
        for path in citing_files()
        if path != ROOT / METHOD and path.suffix != ".md"
    }
    assert {file: rules for file, rules in found.items() if rules} == {}


def test_pages_that_a_file_names_are_there() -> None:
    found = {}
    for path in citing_files():
        text = path.read_text(encoding="utf-8")
        found[str(path.relative_to(ROOT))] = [
            gone for name in PAGE.findall(text) if (gone := missing(name, ROOT))
        ]
        if path.suffix == ".md":
            dead = [gone for target in links(path) if (gone := missing(target, path.parent))]
            found[str(path.relative_to(ROOT))] += dead
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("(docs/method.md, rule 3)", [3]),
        ("-- by docs/method.md, rules\n-- 4, 5 and 17.", [4, 5, 17]),
        ("# see docs/method.md,\n    # rule 12: ratios", [12]),
        ("rule 3 of something else", []),
    ],
)
def test_citations_are_found(text: str, rules: list[int]) -> None:
    assert list(cited_rules(text)) == rules


def test_a_rule_without_its_page_is_found() -> None:
    assert uncited_rules("-- by rule 3 and docs/method.md, rule 4") == ["rule 3"]


def test_a_link_to_nothing_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("## What `it` is, and why\n[a](#what-it-is-and-why) [b](#else) [c](no.md)\n")
    found = [missing(target, tmp_path) for target in links(page)]
    assert found == [None, "page.md#else", "no.md"]
