"""`pytest tests/sql --table TABLE` runs the cases of one table alone."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--table",
        metavar="TABLE",
        help="run the cases of this table alone, such as table_1 or edition/table_1",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--table", default=None)
    if not wanted:
        return
    asked = str(wanted).replace("-", "_")
    known = {item: table_of(item) for item in items}
    chosen = [item for item in items if matches(asked, known[item])]
    if not chosen:
        names = ", ".join(sorted({table for table in known.values() if table}))
        raise pytest.UsageError(f"no case is of a table {wanted}; there are {names}")
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def table_of(item: pytest.Item) -> str:
    """Step and table that a test is about, such as `edition/table_1`; empty where it is of none."""
    values = (
        item.callspec.params
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else {}
    )
    return f"{values['step']}/{values['table']}" if {"step", "table"} <= values.keys() else ""


def matches(asked: str, table: str) -> bool:
    """Whether `table_1` or `edition/table_1` asks for a table."""
    return asked in {table, table.partition("/")[2]}
