"""The dictionary of what questions can read: from the contracts, so that it is written once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl

from longflow.contract import contract
from longflow.contract.types import polars_schema
from longflow.sqlfile import sql_root, tables
from longflow.yamlfile import read_yaml

# The folder of `sql/` with what questions can read beside the archive's own tables.
STEP = "ask"


@cache
def macros() -> dict[str, dict[str, Any]]:
    """The macros by name: parameters, unit if there is one, meaning."""
    return read_yaml(sql_root() / STEP / "macros.yml")


def views() -> tuple[str, ...]:
    """Names of the views over the archive's tables."""
    return tuple(name for name in tables(STEP) if contract(STEP, name).made_by is None)


def names() -> frozenset[str]:
    """Every table and view that a question can read."""
    return frozenset([*tables("archive"), *tables(STEP)])


def entries() -> pl.DataFrame:
    """One row for each table, view and macro, and for each column of the first two.

    Returns:
        The columns of `sql/ask/dictionary/contract.yml`, tables before views before macros.
    """
    schema = polars_schema(contract(STEP, "dictionary"))
    return pl.DataFrame(list(_entries()), schema, orient="row")


def _entries() -> Iterator[tuple[str, str, int, str | None, str | None, str | None, str]]:
    kinds = [("table", "archive", name) for name in tables("archive")]
    kinds += [("table", STEP, name) for name in tables(STEP) if name not in views()]
    kinds += [("view", STEP, name) for name in views()]
    for kind, step, name in kinds:
        promise = contract(step, name)
        yield kind, name, 0, None, None, None, _line(promise.meaning)
        for position, (column, said) in enumerate(promise.columns.items(), 1):
            yield kind, name, position, column, said.type, said.unit, _line(said.meaning)
    for name, macro in macros().items():
        parameters = ", ".join(macro["parameters"])
        yield "macro", name, 0, parameters, None, macro.get("unit"), _line(macro["meaning"])


def _line(text: str) -> str:
    return " ".join(text.split())


def page() -> Iterator[str]:
    """The dictionary as text: tables and views with their columns, then macros."""
    for row in entries().iter_rows(named=True):
        unit = f" [{row['unit']}]" if row["unit"] else ""
        if row["kind"] == "macro":
            yield f"\n{row['name']}({row['column_name']}){unit}: macro. {row['meaning']}"
        elif row["position"] == 0:
            yield f"\n{row['name']}: {row['kind']}. {row['meaning']}"
        else:
            yield f"  {row['column_name']} {row['type']}{unit}: {row['meaning']}"
