"""The list of rules equals the rules of the findings in code and of the contracts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from longflow import rule_ids as listed
from longflow.rule_ids import rule_ids, takes_rows_out

PACKAGE = Path(listed.__file__).parent
# Texts of these families are names of rules wherever they appear in code.
FAMILIES = {name.partition(".")[0] for name in rule_ids()}


def nodes() -> Iterator[ast.AST]:
    """All of the code that makes findings."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "rule_ids.py" and "simulator" not in path.parts:
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def text(node: ast.AST) -> str | None:
    """A text; a part that is put in stands as `*`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values)
    return None


@cache
def named() -> set[str]:
    """Rule ids that code spells out, and patterns of those that it puts together."""
    found = {text(node) or "" for node in nodes()}
    of_families = {
        one
        for one in found
        if re.fullmatch(r"([a-z]+|\*)\.([a-z_0-9]+|\*)", one) and one.partition(".")[0] in FAMILIES
    }
    of_findings = {
        text(node.value) or "*"
        for node in nodes()
        if isinstance(node, ast.keyword) and node.arg == "rule"
    }
    return of_families | (of_findings - {"*"})


def is_listed(one: str) -> bool:
    pattern = re.escape(one).replace(r"\*", "[a-z_0-9]+")
    return any(re.fullmatch(pattern, name) for name in rule_ids())


def test_every_rule_that_code_names_is_listed() -> None:
    assert {one for one in named() if not is_listed(one)} == set()


def test_every_listed_rule_is_in_code_or_in_a_contract() -> None:
    patterns = [re.escape(one).replace(r"\*", "[a-z_0-9]+") for one in named()]
    in_code = [n for n in rule_ids() if any(re.fullmatch(p, n) for p in patterns)]
    of_contracts = [name for name, rule in rule_ids().items() if rule is not None]
    assert set(rule_ids()) - set(in_code) - set(of_contracts) == set()


def test_rules_of_rows_and_of_weeks_are_distinguished() -> None:
    rules = rule_ids()
    assert takes_rows_out(rules["flows.readable"])
    assert takes_rows_out(rules["doubles.same_file"])
    assert not takes_rows_out(rules["flows.some_rows"])
    assert not takes_rows_out(rules["coverage.gap"])
