"""The second way of each table, which lies beside its query: `sql/edition/<table>/second_way.py`.

Such a module has a function `expected`, which works a row of its table out (`RowMethod`), and where
the errors of the table are not among those that `intervals.py` knows, a function `expected_error`
(`ErrorMethod`). It shares no query with the table.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache

from longflow.contract import contract
from longflow.release.second_way.intervals import Allowed
from longflow.release.second_way.model import Basis, Expected, Row
from longflow.sqlfile import sql_root, tables

# What a row should hold, from the archive's files; its table is named beside it.
RowMethod = Callable[[Basis, str, Row], Expected]

# What a row of `errors` about a figure of the table should hold, by column, and within what.
ErrorMethod = Callable[[Basis, Row], Mapping[str, Allowed]]

_FILE = "second_way.py"


@dataclass(frozen=True)
class Method:
    """How the rows of a table are worked out again, and their errors where it says so itself."""

    expected: RowMethod
    expected_error: ErrorMethod | None


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
        found[published.id] = Method(module.expected, getattr(module, "expected_error", None))
    return found


def without_method(names: Collection[str]) -> list[str]:
    """Those of some tables whose figures the second way does not work out."""
    return [name for name in names if name not in methods() and name != "errors"]
