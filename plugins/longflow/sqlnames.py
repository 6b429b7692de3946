"""Which tables a query reads, and which columns its WHERE fixes, by DuckDB's own parser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb


@cache
def tables_read(sql: str) -> frozenset[str]:
    """Names of the tables that a query reads, without those that it defines itself (WITH).

    Args:
        sql: one SELECT or FROM statement; it is parsed and not run.

    Raises:
        ValueError: it is no such statement.
    """
    return frozenset(_names(statements(sql), frozenset()))


@cache
def constants(sql: str) -> dict[str, str]:
    """Columns that the WHERE of a query fixes to one value, each with that value as SQL.

    Only what must hold for every row counts: comparisons that AND joins.

    Args:
        sql: one SELECT or FROM statement; it is parsed and not run.

    Raises:
        ValueError: it is no such statement.
    """
    (statement,) = statements(sql)
    condition = statement["node"].get("where_clause")
    return dict(_fixed(condition)) if condition else {}


def _fixed(condition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if condition["type"] == "CONJUNCTION_AND":
        for part in condition["children"]:
            yield from _fixed(part)
    elif condition["type"] == "COMPARE_EQUAL":
        column, value = condition["left"], condition["right"]
        if column["class"] == "COLUMN_REF" and value["class"] == "CONSTANT":
            text = value["value"].get("value")
            if isinstance(text, str | int):
                yield column["column_names"][-1], "'" + str(text).replace("'", "''") + "'"


class NotAQueryError(ValueError):
    """A text that is no query; `is_syntax` if it is no SQL at all."""

    def __init__(self, message: str, *, is_syntax: bool) -> None:
        self.is_syntax = is_syntax
        super().__init__(message)


def statements(sql: str) -> list[dict[str, Any]]:
    """The tree of each statement of a text, as DuckDB's parser gives it; nothing is run.

    Raises:
        NotAQueryError: it is no SQL, or has a statement that is no SELECT.
    """
    with _parser().cursor() as parser:
        (answer,) = parser.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0]
    tree: dict[str, Any] = json.loads(answer)
    if tree["error"]:
        message = str(tree.get("error_message"))
        raise NotAQueryError(f"not a query: {message}", is_syntax=tree["error_type"] == "parser")
    found: list[dict[str, Any]] = tree["statements"]
    return found


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """DuckDB without data. Starting it takes many times as long as parsing a query.

    It has no threads of its own, which a forked process would miss.
    """
    return duckdb.connect(config={"threads": 1})


def _names(node: Any, made: frozenset[str]) -> set[str]:  # noqa: ANN401 - a tree of JSON
    """Names of tables below a node of the tree; `made` are those of WITH around it."""
    if isinstance(node, list):
        return {name for part in node for name in _names(part, made)}
    if not isinstance(node, dict):
        return set()
    made |= {entry["key"] for entry in (node.get("cte_map") or {}).get("map", ())}
    found = {name for part in node.values() for name in _names(part, made)}
    if node.get("type") == "BASE_TABLE" and node["table_name"] not in made:
        found.add(node["table_name"])
    return found
