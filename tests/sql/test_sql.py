"""Every SQL file of archive and edition against cases in plain data files (see README.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from longflow.contract import contract
from longflow.database import connect, create_functions, execute_named
from longflow.edition import scope
from longflow.settings import DatabaseSettings, Provider, Settings
from longflow.sqlfile import identifier, query, sql_root, tables

STEPS = {
    "archive": ("staged", "archive"),
    "edition": ("archive", "edition"),
    "ask": ("archive", "ask"),
}
# Steps on the way, from staged rows to aggregates and to findings: none is kept.
PASSING = ("week", "judge")
CASES = Path(__file__).parent
# Tests run beside each other.
ONE_THREAD = DatabaseSettings(threads=1)
# Queries beside that of a published table have no contract either: disclosure and errors.
PASSING_QUERIES = ("disclosure", "parts", "errors")

TABLES = [(step, table) for step in STEPS for table in tables(step)]

PASSING_TABLES = [
    (step, table)
    for step in PASSING
    for table in tables(step)
    if any((sql_root() / step / table).glob("*.sql"))
]


def cases_of(root: Path, step: str, table: str) -> list[Path]:
    folder = root / step / table
    return sorted(p for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []


def has_no_query(file: Path) -> bool:
    """Whether a contract names a function that makes the table, or queries of other folders."""
    return file.is_file() and bool(
        {"made_by", "union_of"} & {*yaml.safe_load(file.read_text("utf-8"))}
    )


def query_of(case: Path) -> str:
    """Name of the query that a case shows."""
    file = case / "parameters.yml"
    said = yaml.safe_load(file.read_text("utf-8")) if file.is_file() else {}
    return str(said.get("query", "query"))


def what_is_missing(sql: Path, cases: Path, step: str, table: str) -> list[str]:
    """What a table lacks of query, contract, case and expected rows."""
    files = [sql / step / table / "contract.yml"]
    if not has_no_query(files[0]):
        files.insert(0, sql / step / table / "query.sql")
    missing = [str(file) for file in files if not file.is_file()]
    found = cases_of(cases, step, table)
    if (sql / step / table / "errors.sql").is_file() and "errors" not in map(query_of, found):
        missing.append(f"a case with query: errors in {cases / step / table}")
    if not found and len(files) > 1:
        missing.append(f"a case in {cases / step / table}")
    for case in found:
        expected = case / "expected.csv"
        if not expected.is_file() or len(expected.read_text("utf-8").strip().splitlines()) < 2:
            missing.append(f"rows in {expected}")
    return missing


def contract_columns(step: str, table: str) -> dict[str, str]:
    """Types of the columns of an input table; empty when no contract has its name."""
    for room in STEPS.get(step, ("staged", "judge", "archive")):
        if table in tables(room) and (sql_root() / room / table / "contract.yml").is_file():
            return {name: c.type for name, c in contract(room, table).columns.items()}
    return {}


def cell(text: str) -> str | None:
    if text == "":
        return None
    return "" if text == "''" else text


def create_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    file: Path,
    known: dict[str, str],
    *,
    backwards: bool = False,
) -> None:
    """Make the table `name` of the rows of a CSV file; `known` are types of columns by name."""
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    given = [column.partition(":") for column in header]
    untyped = [column for column, _, kind in given if not kind and column not in known]
    assert not untyped, f"{file}: write name:TYPE for {', '.join(untyped)}: no contract has them"
    types = {column: kind or known[column] for column, _, kind in given}
    definitions = [f"{identifier(c)} {kind}" for c, kind in {**known, **types}.items()]
    connection.execute(f"CREATE TABLE {identifier(name)} ({', '.join(definitions)})")
    columns = ", ".join(identifier(column) for column in types)
    values = ", ".join(f"CAST(? AS {kind})" for kind in types.values())
    for row in rows:
        assert len(row) == len(types), f"{file}: {row} has not {len(types)} cells"
    if rows:
        connection.execute(
            f"INSERT INTO {identifier(name)} ({columns}) VALUES "
            + ", ".join(f"({values})" for _ in rows),
            [cell(text) for row in (reversed(rows) if backwards else rows) for text in row],
        )


def fetch(
    connection: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    order = ", ".join(f"{identifier(c)} NULLS FIRST" for c in key) or "ALL"
    return connection.execute(f"FROM {identifier(table)} ORDER BY {order}").fetchall()


def types_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE {table}").fetchall()]


@pytest.fixture(scope="session")
def functions(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the functions that queries share, and no tables."""
    var = tmp_path_factory.mktemp("var")
    with connect(
        Settings(
            file=CASES,
            provider=Provider(name="test", time_zone="Asia/Tokyo"),
            sources=(),
            var=var,
            database=ONE_THREAD,
        )
    ) as connection:
        create_functions(connection)
        scope.create_functions(connection)
        yield connection


@pytest.fixture
def connection(functions: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same connection; what a test makes is gone after it."""
    functions.execute("BEGIN TRANSACTION")
    yield functions
    functions.execute("ROLLBACK")


def outcome(
    connection: duckdb.DuckDBPyConnection, case: Path, step: str, table: str, *, backwards: bool
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows that the query gives, and rows that are expected."""
    parameters_file = case / "parameters.yml"
    parameters = (
        yaml.safe_load(parameters_file.read_text("utf-8")) if parameters_file.is_file() else {}
    )
    name = parameters.pop("query", "query")
    for file in sorted(case.glob("*.csv")):
        if file.stem != "expected":
            # What a guard is asked about is the table itself.
            known = contract_columns(step, table if file.stem == "computed" else file.stem)
            create_table(connection, file.stem, file, known, backwards=backwards)
    execute_named(
        connection,
        f"CREATE TABLE actual_rows AS {query(step, table, name)}",
        parameters,
    )
    key: tuple[str, ...] = ()
    known = {}
    passing = step in PASSING or name in PASSING_QUERIES
    if name == "errors":
        columns = {column for column, _ in types_of(connection, "actual_rows")}
        assert {*contract(step, table).key} <= columns
        assert columns <= {*contract("edition", "figure_error").columns}
    if not passing:
        promise = contract(step, table)
        connection.execute(f"CREATE TABLE promised ({promise.column_definitions()})")
        assert types_of(connection, "actual_rows") == types_of(connection, "promised")
        connection.execute("INSERT INTO promised FROM actual_rows")  # no NULL where none may be
        known = {name: column.type for name, column in promise.columns.items()}
        key = promise.key
    create_table(connection, "expected_rows", case / "expected.csv", known)
    if passing:  # a passing row has many columns; a case names those it is about
        named = ", ".join(identifier(c) for c, _ in types_of(connection, "expected_rows"))
        connection.execute(
            f"CREATE OR REPLACE TABLE actual_rows AS SELECT {named} FROM actual_rows"
        )
    assert types_of(connection, "actual_rows") == types_of(connection, "expected_rows")
    return (
        fetch(connection, "actual_rows", key),
        fetch(connection, "expected_rows", key),
    )


def rounded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows in which floats compare equal within 1e-9 of their value."""
    return [
        tuple(pytest.approx(v, rel=1e-9, abs=1e-12) if isinstance(v, float) else v for v in row)
        for row in rows
    ]


@pytest.mark.parametrize(
    ("step", "table"),
    [pytest.param(step, table, id=f"{step}/{table}") for step, table in TABLES],
)
def test_table_has_query_contract_and_case(step: str, table: str) -> None:
    assert what_is_missing(sql_root(), CASES, step, table) == []


@pytest.mark.parametrize(("step", "table"), PASSING_TABLES)
def test_passing_table_has_a_case(step: str, table: str) -> None:
    found = cases_of(CASES, step, table)
    assert found
    assert all(len((c / "expected.csv").read_text("utf-8").splitlines()) > 1 for c in found)


@pytest.mark.parametrize("backwards", [False, True], ids=["", "rows reversed"])
@pytest.mark.parametrize(
    ("step", "table", "case"),
    [
        pytest.param(step, table, case, id=f"{step}/{table}/{case.name}")
        for step, table in [*TABLES, *PASSING_TABLES]
        for case in cases_of(CASES, step, table)
    ],
)
def test_case(
    connection: duckdb.DuckDBPyConnection, step: str, table: str, case: Path, backwards: bool
) -> None:
    actual, expected = outcome(connection, case, step, table, backwards=backwards)
    assert actual == rounded(expected)


def test_no_case_without_its_table() -> None:
    folders = {(p.parent.name, p.name) for step in STEPS for p in (CASES / step).glob("*")}
    assert folders <= set(TABLES)


def test_missing_parts_of_a_table_are_named(tmp_path: Path) -> None:
    (tmp_path / "sql" / "edition" / "bare").mkdir(parents=True)
    (tmp_path / "cases" / "edition" / "bare" / "empty_case").mkdir(parents=True)
    (tmp_path / "cases" / "edition" / "bare" / "empty_case" / "expected.csv").write_text("year\n")

    missing = what_is_missing(tmp_path / "sql", tmp_path / "cases", "edition", "bare")

    assert [Path(text.split()[-1]).name for text in missing] == [
        "query.sql",
        "contract.yml",
        "expected.csv",
    ]


def test_table_without_case_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "edition" / "untested"
    folder.mkdir(parents=True)
    (folder / "query.sql").write_text("SELECT 1")
    (folder / "contract.yml").write_text("table: untested")

    missing = what_is_missing(tmp_path / "sql", tmp_path / "cases", "edition", "untested")

    assert missing == [f"a case in {tmp_path / 'cases' / 'edition' / 'untested'}"]
