"""A staged feed as DuckDB sees it: its files against the contract, and the rows violating it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from longflow.contract import Contract
from longflow.settings import Feed
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
    """Rows and bytes of one delivered file that violate a rule.

    Attributes:
        rule: its id.
        file_index: number of the file.
        rows: how many.
        bytes: their bytes.
        unreadable: the delivered column that could not be read, if the rule is about that.
        positions: places of the first of them in the file.
    """

    rule: str
    file_index: int
    rows: int
    bytes: int
    unreadable: str | None = None
    positions: tuple[int, ...] = ()


def wrong_columns(
    connection: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[Path]
) -> list[WrongColumn]:
    """Compare the schemas of Parquet files with a contract; additional columns do not matter."""
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


# As many places of a file show what is wrong with it.
_POSITIONS_NAMED = 3

# Columns of the delivered file that rules on rows may use in addition to the contract's own.
_FILE_COLUMNS = (
    "service",
    "start_ms",
    "end_ms",
    "clock_limit_ms",
    "dump_end_ms",
    "shortest_prefix",
    "longest_prefix",
    "is_broken",
    "is_double",
)


def create_view(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    files: Sequence[Path],
    *,
    with_file: bool = False,
) -> None:
    """Make the contract's table a view over its Parquet files; without files it has no rows.

    Args:
        connection: gets the view.
        contract: of the table.
        files: its Parquet files.
        with_file: add to each row the columns of the file it came in (table `delivered_file`),
            and to flows their `sampling_fault`.
    """
    if files:
        columns = ", ".join(f"record.{identifier(name)}" for name in contract.columns)
        names = ", ".join(map(literal, files))
        query = f"SELECT {columns} FROM read_parquet([{names}]) AS record"
    else:
        columns = ", ".join(
            f"NULL::{column.type} AS {identifier(name)}"
            for name, column in contract.columns.items()
        )
        query = f"SELECT {columns} WHERE false"
    if with_file:
        beside = ", ".join(f"file.{name}" for name in _FILE_COLUMNS if name not in contract.columns)
        query = (
            f"SELECT record.*, {beside} FROM ({query}) AS record "
            "LEFT JOIN delivered_file AS file USING (file_index)"
        )
        if contract.table == Feed.FLOWS:
            query = (
                f"SELECT flow.*, fault.sampling_fault FROM ({query}) AS flow "
                "LEFT JOIN sampling_fault AS fault USING (file_index, exporter)"
            )
    connection.execute(f"CREATE OR REPLACE VIEW {identifier(contract.table)} AS {query}")


def count_by_file(
    connection: duckdb.DuckDBPyConnection, contract: Contract, violations: Mapping[str, str]
) -> list[FileCount]:
    """Count the rows and bytes that violate rules, in each delivered file.

    A row that violates several rules is counted only under the first, so that one fault is not
    reported several times.

    Args:
        connection: has the view of the contract's table.
        contract: of the table.
        violations: rule id → SQL condition of the rows that violate it, first rule first.

    Returns:
        Counts greater than zero, by rule in the order given, then by file.
    """
    if not violations:
        return []
    rows = connection.execute(
        f"SELECT broken, file_index, count(*), coalesce(sum(size), 0), "
        f"CASE WHEN broken = $readable THEN unreadable END AS column_name, "
        f"min(position, {_POSITIONS_NAMED}) "
        f"FROM (SELECT file_index, position, unreadable, {contract.bytes_sql} AS size, "
        f"{_first(violations)} AS broken "
        f"FROM {identifier(contract.table)}) WHERE broken IS NOT NULL GROUP BY ALL",
        {"readable": f"{contract.table}.readable"},
    ).fetchall()
    order = list(violations)
    counts = [
        FileCount(rule, index, count, int(size), unreadable, tuple(positions))
        for rule, index, count, size, unreadable, positions in rows
    ]
    return sorted(
        counts, key=lambda one: (order.index(one.rule), one.file_index, one.unreadable or "")
    )


def _first(violations: Mapping[str, str]) -> str:
    """SQL expression of the first rule that a row violates; NULL where it violates none."""
    cases = " ".join(
        f"WHEN {condition} THEN {literal(rule)}" for rule, condition in violations.items()
    )
    return f"CASE {cases} END"


def write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    violations: Mapping[str, str],
    path: Path,
    files: Collection[int],
) -> tuple[int, int]:
    """Write the rows that violate any rule, each once, with the first rule it violates.

    Args:
        connection: has the view of the contract's table.
        contract: of the table.
        violations: rule id → SQL condition, in order of precedence.
        path: Parquet file with the columns of the contract and `rule`, by file and position.
        files: numbers of the delivered files that hold such rows; no others are read again.

    Returns:
        Rows and bytes written.
    """
    columns = ", ".join(map(identifier, contract.columns))
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"COPY (SELECT * FROM (SELECT {columns}, {_first(violations)} AS rule "
        f"FROM {identifier(contract.table)} "
        'WHERE "file_index" IN (SELECT unnest($files))) WHERE rule IS NOT NULL '
        'ORDER BY "file_index", "position") TO $path (FORMAT parquet, COMPRESSION zstd)',
        {"path": str(path), "files": sorted(files)},
    )
    rows, size = connection.execute(
        f"SELECT count(*), coalesce(sum({contract.bytes_sql}), 0) FROM read_parquet($path)",
        {"path": str(path)},
    ).fetchall()[0]
    return rows, int(size)
