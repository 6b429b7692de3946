"""Figures of earlier reports, as the archive's files hold them."""

from __future__ import annotations

from longflow.release.second_way.model import Basis, Expected, Row


def imported(basis: Basis, table: str, row: Row) -> Expected:
    """The imported figures of a published row of a table, all of which it must contain.

    Args:
        basis: the archive's files.
        table: the table for which they were imported.
        row: with the key columns of that table.
    """
    for key, figures in basis.observed.imported.get(table, {}).items():
        if all(row[name] == value for name, value in key):
            return dict(figures)
    return {name: None for name, value in row.items() if isinstance(value, float)}
