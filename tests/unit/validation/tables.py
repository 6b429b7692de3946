"""A small contract, rules for it, and rows as staged files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from longflow.contract import Column, Contract, Rule

Row = dict[str, Any]

POLARS_TYPES = {
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "UBIGINT": pl.UInt64,
    "UINTEGER": pl.UInt32,
    "USMALLINT": pl.UInt16,
    "UTINYINT": pl.UInt8,
    "VARCHAR": pl.String,
}


def write_parquet(contract: Contract, rows: list[Row], path: Path) -> Path:
    """Rows as a staged file; `file_index` is 0 and `position` counts unless a row says else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = {name: POLARS_TYPES[column.type] for name, column in contract.columns.items()}
    whole = [{"file_index": 0, "position": n} | row for n, row in enumerate(rows)]
    pl.DataFrame(whole, schema=schema).write_parquet(path)
    return path


def small_contract(*rules: Rule) -> Contract:
    """A table of a login, two numbers and bytes."""
    types = {
        "file_index": "INTEGER",
        "position": "BIGINT",
        "login": "VARCHAR",
        "a": "BIGINT",
        "b": "BIGINT",
        "bytes": "BIGINT",
        "unreadable": "VARCHAR",
    }
    return Contract(
        table="usage",
        meaning="a table of the tests",
        columns={name: Column(type=kind, meaning=name) for name, kind in types.items()},
        byte_columns=("bytes",),
        rules=rules,
    )


def rule(kind: str, name: str = "usage.rule", **fields: object) -> Rule:
    """A rule that quarantines without limit, unless fields say else."""
    reported = {"sentence": "something is wrong", "remedy": "mend it"}
    limits = {"severity": "refuse"} if kind == "row_count" else {"severity": "quarantine"}
    return Rule.model_validate(
        {"id": name, "kind": kind, "max_share": 1, **reported, **limits, **fields}
    )
