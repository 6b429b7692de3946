"""Which columns of a published table can be empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longflow.edition.tables import promise_of


def may_be_empty(table: str, column: Mapping[str, Any]) -> bool:
    """Whether a column, as the manifest has it, can be empty: a figure is where it is withheld."""
    role = promise_of(table).columns[column["name"]].role
    return bool(column["nullable"]) or role == "figure"
