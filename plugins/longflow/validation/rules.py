"""What a rule of a contract means in SQL: the one place that says which rows violate it."""

from __future__ import annotations

import math
from fractions import Fraction

from longflow.contract import Contract, Rule
from longflow.settings import Settings
from longflow.sqlfile import identifier, literal
from longflow.validation.files import file_rules


def row_rules(contract: Contract) -> list[Rule]:
    """The rules that judge single rows: all but `row_count`, in the contract's order."""
    return [rule for rule in contract.rules if rule.kind != "row_count"]


def violation(rule: Rule, table: str) -> str:
    """The condition that holds for exactly the rows that violate a rule.

    NULL violates nothing but `not_null` and `in_set`.

    Args:
        rule: a rule of kind other than `row_count`.
        table: name of the table or view that holds the rows.

    Returns:
        A boolean SQL expression over the columns of `table`.
    """
    match rule.kind:
        case "not_null":
            return f"{identifier(rule.column or '')} IS NULL"
        case "between":
            return f"{identifier(rule.column or '')} NOT BETWEEN {rule.min} AND {rule.max}"
        case "in_set":
            values = ", ".join(
                str(value) if isinstance(value, int) else literal(value) for value in rule.values
            )
            return f"coalesce({identifier(rule.column or '')} NOT IN ({values}), true)"
        case "not_after":
            first, second = map(identifier, rule.columns)
            return f"{first} > {second}"
        case "unique":
            return f'("file_index", "position") IN ({repetitions(rule, table)})'
        case "violation":
            return f"({rule.sql})"
        case "row_count":
            raise ValueError(f"rule {rule.id} judges the table, not its rows")


def repetitions(rule: Rule, table: str) -> str:
    """The query for the rows that repeat an earlier one in the columns of a `unique` rule.

    Earlier is by file_index, then position; rows with NULL in one of the columns repeat nothing.

    Returns:
        A SELECT of file_index and position.
    """
    names = [identifier(name) for name in rule.columns]
    columns = ", ".join(names)
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    # Hashes find the few candidates in little memory; the window then compares the values.
    return (
        f'SELECT "file_index", "position" FROM {identifier(table)} '
        f"WHERE {present} AND hash({columns}) IN ("
        f"SELECT hash({columns}) FROM {identifier(table)} WHERE {present} "
        "GROUP BY 1 HAVING count(*) > 1) "
        f'QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY "file_index", "position") > 1'
    )


def in_force(contract: Contract, settings: Settings) -> Contract:
    """A contract with the rules of files before its own, all as severe as the settings say."""
    severity = settings.validation.severity
    rules = (*file_rules(), *contract.rules)
    settled = tuple(
        rule.model_copy(update={"severity": severity[rule.id]}) if rule.id in severity else rule
        for rule in rules
    )
    return contract.model_copy(update={"rules": settled})


def max_share(rule: Rule, settings: Settings) -> float:
    """Share of a feed's rows that may violate a rule before the rule stops the feed's week."""
    if rule.severity != "quarantine":
        return 0.0
    return settings.validation.max_share.get(rule.id, rule.max_share)


def tolerated_rows(share: float, rows: int) -> int:
    """The most rows that make up no more than a share, exact where the share is written so."""
    return math.floor(Fraction(str(share)) * rows)
