"""The check before a release: unless every table keeps its contract, nothing is published."""

from __future__ import annotations

import duckdb
import polars as pl

from longflow.contract import Contract
from longflow.edition.tables import guarded_columns
from longflow.errors import LongflowError
from longflow.sqlfile import identifier

# Name of the table while it is checked.
_CHECKED = "checked_table"


def check_table(
    connection: duckdb.DuckDBPyConnection, promise: Contract, frame: pl.DataFrame
) -> list[str]:
    """Check a table against its contract.

    Args:
        connection: where the rules' SQL runs; the table is visible there only during the check.
        promise: columns, key and rules.
        frame: the table.

    Returns:
        The ids of the checks, all of which passed.

    Raises:
        LongflowError: a check failed; names the table, the rule and the rows.
    """
    if frame.columns != list(promise.columns):
        raise LongflowError(
            f"columns {', '.join(frame.columns)} are not those of the contract",
            place=promise.table,
            remedy="report this as a fault of longflow",
        )
    predicates = _predicates(promise)
    numbered = list(enumerate(predicate for *_, predicate in predicates))
    violated = ", ".join(f"({predicate}) AS violated_{n}" for n, predicate in numbered)
    counts = ", ".join(f"count_if(violated_{n})" for n, _ in numbered)
    connection.register(_CHECKED, frame.to_arrow())
    try:
        # One statement for all rules: for small tables, each statement costs the same.
        [violations] = connection.execute(
            f"SELECT {counts} FROM (SELECT {violated} FROM {_CHECKED})"
        ).fetchall()
    finally:
        connection.unregister(_CHECKED)
    for (name, sentence, remedy, _), rows in zip(predicates, violations, strict=True):
        if rows:
            number = f"{rows} {'row' if rows == 1 else 'rows'}"
            raise LongflowError(
                f"{sentence} ({number}) [{name}]: nothing was released",
                place=promise.published.id if promise.published else promise.table,
                remedy=remedy,
            )
    return [name for name, *_ in predicates]


def _predicates(promise: Contract) -> list[tuple[str, str, str, str]]:
    """Name, sentence, remedy, and SQL that is true for a violation.

    In keys an empty part is an ordinary value: two rows that share it are duplicates.
    """
    fault = "report this as a fault of longflow"
    figures = guarded_columns(promise) if "status" in promise.columns else []
    found: list[tuple[str, str, str, str]] = [
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
            )
        )
    found.extend(
        (rule.id, rule.sentence, rule.remedy, rule.violation(_CHECKED)) for rule in promise.rules
    )
    return found
