"""Which part of the package may know which, as in ARCHITECTURE.md's table of rooms."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import longflow
import pytest

PACKAGE = Path(longflow.__file__).parent
# What joins the rooms: the steps of a week, and the command line.
JOINING = {"cli", "commands", "companions", "delivered", "last_look", "loading", "steps"}
# Of each room the others that it knows, beside the modules that all share.
KNOWS = {
    "settings": {"simulator"},
    "landing": {"settings"},
    "staging": {"settings"},
    "validation": {"settings"},
    "trial": {"settings", "landing", "staging", "validation"},
    "archive": {"settings"},
    "edition": {"settings"},
    "texts": set[str](),
    "release": {"settings", "edition", "archive", "texts"},
    "explain": {"settings", "edition", "archive", "release", "texts"},
    "ask": {"settings", "edition", "archive", "release"},
    "deliver": {"settings", "landing", "release"},
    "orchestration": {"settings", "release", "deliver", "steps"},
    "simulator": set[str](),
}

TESTS = Path(__file__).parents[1]
MOST_LINES = 400


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


def at_module_level(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node outside functions, including imports for types only."""
    for below in ast.iter_child_nodes(node):
        if not isinstance(below, ast.FunctionDef | ast.AsyncFunctionDef):
            yield below
            yield from at_module_level(below)


def circles(known: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Chains of modules that know the next and end where they begin, each from its first module."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> Iterator[list[str]]:
        if name in path:
            yield [*path[path.index(name) :], name]
        elif name not in done:
            for other in sorted(known[name]):
                yield from walk(other, [*path, name])
            done.add(name)

    for name in sorted(known):
        yield from walk(name, [])


def test_a_circle_is_found() -> None:
    known = {"a": {"b", "d"}, "b": {"c"}, "c": {"b"}, "d": set[str]()}
    assert list(circles(known)) == [["b", "c", "b"]]


def test_no_module_knows_one_that_knows_it() -> None:
    known = {
        name: {
            other
            for other in imported(name, at_module_level(tree))
            if other in modules() and other != name
        }
        for name, tree in modules().items()
    }
    assert list(circles(known)) == []


def test_a_module_is_short_or_says_why_not() -> None:
    too_long = set()
    for path in (*PACKAGE.rglob("*.py"), *TESTS.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        said = (ast.get_docstring(ast.parse(text)) or "").splitlines()
        has_reason = any(line.startswith("Longer than 400 lines because") for line in said)
        if len(text.splitlines()) > MOST_LINES and not has_reason:
            too_long.add(path.as_posix())
    assert too_long == set()


def test_paths_below_var_are_spelled_in_one_module() -> None:
    spelling = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and isinstance(node.left, ast.Name | ast.Attribute)
        and (node.left.id if isinstance(node.left, ast.Name) else node.left.attr) == "var"
    }
    assert spelling == set()


def _is_ours(name: str) -> bool:
    return name == "longflow" or name.startswith("longflow.")
