"""Which tables a query reads: the names behind its FROM and JOIN, by DuckDB's own parser."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import duckdb


@cache
def tables_read(sql: str) -> frozenset[str]:
    """Names of the tables that a query reads; those that it makes itself (WITH) are none.

    Args:
        sql: one SELECT or FROM statement; it is parsed and not run.

    Raises:
        ValueError: it is no such statement.
    """
    with duckdb.connect() as parser:
        (answer,) = parser.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0]
    tree = json.loads(answer)
    if tree["error"]:
        raise ValueError(f"not a query: {tree.get('error_message')}")
    return frozenset(_names(tree["statements"], frozenset()))


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
