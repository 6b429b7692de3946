"""Which part of the package knows which, as ARCHITECTURE.md's table of rooms says it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import longflow
import pytest

PACKAGE = Path(longflow.__file__).parent
# What joins the rooms: the steps of a week, and the command line.
JOINING = {"cli", "commands", "companions", "last_look", "loading", "steps"}
# Of each room the others that it knows, beside the modules that all share.
KNOWS = {
    "settings": {"simulator"},
    "landing": {"settings"},
    "staging": {"settings"},
    "validation": {"settings"},
    "archive": {"settings"},
    "edition": {"settings"},
    "release": {"settings", "edition", "archive"},
    "orchestration": {"settings", "release", "steps"},
    "simulator": set[str](),
}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(name: str, nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Dotted names that imports of a module stand for; of the package the modules."""
    is_package = any(other.startswith(f"{name}.") for other in modules())
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")
            above = above[: len(above) - node.level + is_package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                below = f"{base}.{alias.name}"
                yield below if below in modules() else base


def room(name: str) -> str:
    """The room of a module: a folder of the package, or a module beside them."""
    _, _, below = name.partition(".")
    return below.partition(".")[0]


def test_there_are_rooms() -> None:
    assert KNOWS.keys() <= {room(name) for name in modules()}


@pytest.mark.parametrize("name", modules())
def test_a_module_knows_what_its_room_may_know(name: str) -> None:
    own = room(name)
    rooms = KNOWS.keys() | JOINING
    known = {room(other) for other in imported(name, ast.walk(modules()[name])) if _is_ours(other)}
    if own not in JOINING:
        # Modules beside the rooms that all share know none but the settings.
        allowed = {own, *KNOWS.get(own, {"settings"})}
        assert known & rooms <= allowed


@pytest.mark.parametrize(
    ("package", "own"), [("airflow", "orchestration"), ("great_expectations", "validation")]
)
def test_a_large_package_is_known_to_one_room(package: str, own: str) -> None:
    knowing = defaultdict(set)
    for name, tree in modules().items():
        for other in imported(name, ast.walk(tree)):
            knowing[other.partition(".")[0]].add(room(name))
    assert knowing[package] == {own}


def _is_ours(name: str) -> bool:
    return name == "longflow" or name.startswith("longflow.")
