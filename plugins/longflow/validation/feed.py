"""A staged feed as DuckDB sees it: its files against the contract, and the rows that violate it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from longflow.contract import Contract
from longflow.sqlfile import identifier, literal


@dataclass(frozen=True)
class WrongColumn:
    """A column of a staged file that is missing (`found` is None) or of another type."""

    file: Path
    column: str
    expected: str
    found: str | None


@dataclass(frozen=True)
class FileCount:
    """Rows and bytes of one delivered file that violate a rule."""

    rule: str
    file_index: int
    rows: int
    bytes: int


def wrong_columns(
    connection: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[Path]
) -> list[WrongColumn]:
    """Compare the schemas of Parquet files with a contract; columns beside it do not matter."""
    if not files:
        return []
    rows = connection.execute(
        """
        WITH expected AS (SELECT unnest($names) AS name, unnest($types) AS type),
             file AS (SELECT unnest($files) AS file_name)
        SELECT file_name, name, expected.type, found.duckdb_type
        FROM file CROSS JOIN expected
        LEFT JOIN parquet_schema($files) AS found USING (file_name, name)
        WHERE expected.type IS DISTINCT FROM found.duckdb_type
        ORDER BY ALL
        """,
        {
            "names": list(contract.columns),
            "types": [column.type for column in contract.columns.values()],
            "files": [str(file) for file in files],
        },
    ).fetchall()
    return [WrongColumn(Path(file), *rest) for file, *rest in rows]


def create_view(
    connection: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[Path]
) -> None:
    """Make the contract's table a view over its Parquet files; without files it has no rows."""
    if files:
        columns = ", ".join(map(identifier, contract.columns))
        names = ", ".join(map(literal, files))
        query = f"SELECT {columns} FROM read_parquet([{names}])"
    else:
        columns = ", ".join(
            f"NULL::{column.type} AS {identifier(name)}"
            for name, column in contract.columns.items()
        )
        query = f"SELECT {columns} WHERE false"
    connection.execute(f"CREATE OR REPLACE VIEW {identifier(contract.table)} AS {query}")


def count_by_file(
    connection: duckdb.DuckDBPyConnection, contract: Contract, violations: Mapping[str, str]
) -> list[FileCount]:
    """Count the rows and bytes that violate rules, in each delivered file.

    Args:
        connection: has the view of the contract's table.
        contract: of the table.
        violations: rule id → SQL condition of the rows that violate it.

    Returns:
        Counts of at least one row, by rule in the order given, then by file.
    """
    flags = ", ".join(f"{condition} AS v{n}" for n, condition in enumerate(violations.values()))
    counts = ", ".join(
        f"count(*) FILTER (WHERE v{n}), coalesce(sum(size) FILTER (WHERE v{n}), 0)"
        for n in range(len(violations))
    )
    rows = connection.execute(
        f'SELECT "file_index", {counts} '
        f'FROM (SELECT "file_index", {contract.bytes_sql} AS size, {flags} '
        f"FROM {identifier(contract.table)}) "
        f"WHERE {' OR '.join(f'v{n}' for n in range(len(violations)))} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        FileCount(rule, index, numbers[2 * n], int(numbers[2 * n + 1]))
        for n, rule in enumerate(violations)
        for index, *numbers in rows
        if numbers[2 * n]
    ]


def write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    violations: Mapping[str, str],
    path: Path,
) -> tuple[int, int]:
    """Write the rows that violate any rule, each once, with the first rule that it violates.

    Args:
        connection: has the view of the contract's table.
        contract: of the table.
        violations: rule id → SQL condition, in the order in which rules come first.
        path: Parquet file with the columns of the contract and `rule`, by file and position.

    Returns:
        Rows and bytes written.
    """
    first = " ".join(
        f"WHEN {condition} THEN {literal(rule)}" for rule, condition in violations.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"COPY (SELECT * FROM (SELECT *, CASE {first} END AS rule "
        f"FROM {identifier(contract.table)}) WHERE rule IS NOT NULL "
        'ORDER BY "file_index", "position") TO $path (FORMAT parquet, COMPRESSION zstd)',
        {"path": str(path)},
    )
    rows, size = connection.execute(
        f"SELECT count(*), coalesce(sum({contract.bytes_sql}), 0) FROM read_parquet($path)",
        {"path": str(path)},
    ).fetchall()[0]
    return rows, int(size)
