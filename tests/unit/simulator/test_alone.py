"""The simulator stands alone: an error on one side must not hide an equal error on the other."""

from __future__ import annotations

import ast
from pathlib import Path

import longflow.simulator
import pytest

(FOLDER,) = longflow.simulator.__path__
MODULES = sorted(Path(FOLDER).glob("*.py"))


def test_there_are_modules() -> None:
    assert len(MODULES) > 10


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_it_imports_nothing_else_of_longflow(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        for name in names:
            assert not name.startswith("longflow") or name.startswith("longflow.simulator"), name
