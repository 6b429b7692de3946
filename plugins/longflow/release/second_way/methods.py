"""The second way of each table, stored beside its query: `sql/edition/<table>/second_way.py`.

Such a module has a function `expected` that computes a row of its table (`RowMethod`). If
`intervals.py` does not know the errors of the table, it also has a function `expected_error`
(`ErrorMethod`). It shares no query with the table.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache

from longflow.contract import contract
from longflow.release.second_way.intervals import KNOWN, Allowed
from longflow.release.second_way.model import Basis, Expected, Row
from longflow.sqlfile import sql_root, tables

# The expected row, from the archive's files; the argument beside it names the table.
RowMethod = Callable[[Basis, str, Row], Expected]

# The expected row of `errors` about a figure of the table, by column, with tolerances.
ErrorMethod = Callable[[Basis, Row], Mapping[str, Allowed]]

_FILE = "second_way.py"


@dataclass(frozen=True)
class Method:
    """How to recompute the rows of a table and, if it has its own method, their errors.

    `is_about_others` says whether the table is made from other published tables.
    """

    expected: RowMethod
    expected_error: ErrorMethod | None
    is_about_others: bool


@cache
def methods() -> Mapping[str, Method]:
    """The second way of each published table that has one, by the table's id.

    Raises:
        AttributeError: a module has no function `expected`.
    """
    found = {}
    for folder in tables("edition"):
        published = contract("edition", folder).published
        file = sql_root() / "edition" / folder / _FILE
        if published is None or not file.is_file():
            continue
        spec = importlib.util.spec_from_file_location(f"longflow_second_way_{folder}", file)
        if spec is None or spec.loader is None:
            raise ImportError(f"{file} is no Python module")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[published.id] = Method(
            module.expected,
            getattr(module, "expected_error", None),
            "tables" in published.drawn_from,
        )
    return found


def without_method(names: Collection[str]) -> list[str]:
    """Those of some tables whose figures the second way does not compute."""
    return [name for name in names if name not in methods() and name != "errors"]


def errors_without_method(names: Collection[str]) -> list[str]:
    """Those of some tables whose errors the second way does not recompute."""
    own = {name for name, method in methods().items() if method.expected_error is not None}
    return [name for name in names if name not in own | KNOWN]
