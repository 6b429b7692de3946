"""The gate before a release: a table keeps the promises of its contract, or nothing goes out."""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

from longflow.contract import Contract, Rule
from longflow.edition.tables import guarded_columns
from longflow.errors import LongflowError
from longflow.sqlfile import identifier


def check_table(
    connection: duckdb.DuckDBPyConnection, promise: Contract, frame: pl.DataFrame
) -> list[str]:
    """Check a table against its contract.

    Args:
        connection: where the rules' SQL runs; the table is visible there during the check only.
        promise: columns, key and rules.
        frame: the table.

    Returns:
        The ids of the checks that were made; each held.

    Raises:
        LongflowError: one of them does not hold; names the table, the rule and the rows.
    """
    if frame.columns != list(promise.columns):
        raise LongflowError(
            f"columns {', '.join(frame.columns)} are not those of the contract",
            place=promise.table,
            remedy="report this as a fault of longflow",
        )
    done = []
    connection.register("checked_table", frame.to_arrow())
    try:
        for name, sentence, remedy, predicate, values in _predicates(promise):
            [(violations,)] = connection.execute(
                f"SELECT count(*) FROM (SELECT ({predicate}) AS violated FROM checked_table)"
                " WHERE violated",
                values,
            ).fetchall()
            if violations:
                raise LongflowError(
                    f"{sentence} ({violations} rows) [{name}]: nothing was released",
                    place=promise.table.replace("_", "-"),
                    remedy=remedy,
                )
            done.append(name)
    finally:
        connection.unregister("checked_table")
    return done


def _predicates(promise: Contract) -> list[tuple[str, str, str, str, list[Any]]]:
    """Name, sentence, remedy, SQL that is true for a violation and its bound values."""
    fault = "report this as a fault of longflow"
    figures = guarded_columns(promise) if "status" in promise.columns else []
    found: list[tuple[str, str, str, str, list[Any]]] = [
        (
            f"{promise.table}.{name}_present",
            f"no value of {name}",
            fault,
            " AND ".join(
                [
                    f"{identifier(name)} IS NULL",
                    *(["status <> 'published'"] if column.nullable == "published" else []),
                    *(["status <> 'withheld'"] if name in figures else []),
                ]
            ),
            [],
        )
        for name, column in promise.columns.items()
        if column.nullable is not True
    ]
    if figures:
        found.append(
            (
                f"{promise.table}.withheld_empty",
                "a figure in a row that is withheld",
                fault,
                "status = 'withheld' AND"
                f" coalesce({', '.join(map(identifier, figures))}) IS NOT NULL",
                [],
            )
        )
    if promise.key:
        key = ", ".join(identifier(name) for name in promise.key)
        found.append(
            (
                f"{promise.table}.key_unique",
                "the same row twice",
                fault,
                f"count(*) OVER (PARTITION BY {key}) > 1",
                [],
            )
        )
    found.extend((rule.id, rule.sentence, rule.remedy, *violation(rule)) for rule in promise.rules)
    return found


def violation(rule: Rule) -> tuple[str, list[Any]]:
    """SQL that is true for a row that breaks the rule, and the values bound in it."""
    if rule.kind == "violation" and rule.sql:
        return rule.sql, []
    if rule.kind == "between" and rule.column:
        return f"{identifier(rule.column)} NOT BETWEEN ? AND ?", [rule.min, rule.max]
    if rule.kind == "in_set" and rule.column:
        return f"{identifier(rule.column)} NOT IN (SELECT unnest(?))", [list(rule.values)]
    raise ValueError(f"rule {rule.id}: tables of an edition know no rule of kind {rule.kind}")
