"""Every table that a query reads is known: a folder of `sql/`, or declared in a contract."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest
from longflow.contract import Contract, contract
from longflow.edition.disclosure import COMPUTED
from longflow.sqlfile import sql_root, tables
from longflow.sqlnames import tables_read

STEPS = sorted(path.name for path in sql_root().iterdir() if path.is_dir())
QUERIES = sorted(sql_root().glob("*/*/*.sql"))
CONTRACTS = [
    contract(file.parent.parent.name, file.parent.name)
    for file in sorted(sql_root().glob("*/*/contract.yml"))
]
FOLDERS = {table for step in STEPS for table in tables(step)}


@pytest.mark.parametrize("file", QUERIES, ids=lambda f: f.relative_to(sql_root()).as_posix())
def test_every_name_behind_from_and_join_is_known(file: Path) -> None:
    declared: set[str] = set()
    if (file.parent / "contract.yml").is_file():
        declared = {*contract(file.parent.parent.name, file.parent.name).reads}
    if file.stem == "disclosure":
        declared.add(COMPUTED)
    assert tables_read(file.read_text("utf-8")) - FOLDERS - declared == set()


@pytest.mark.parametrize("promise", CONTRACTS, ids=lambda promise: promise.table)
def test_what_a_contract_declares_is_there_and_read(promise: Contract) -> None:
    assert {*promise.made_of} <= FOLDERS
    if promise.made_by is not None:
        assert callable(pkgutil.resolve_name(promise.made_by))
    read = {
        name
        for file in QUERIES
        if file.parent.name == promise.table
        for name in tables_read(file.read_text("utf-8"))
    }
    assert {*promise.reads} <= read


def test_names_of_with_are_no_tables_and_parameters_do_no_harm() -> None:
    sql = """
        WITH one AS (FROM first WHERE day = $day), two AS (SELECT * FROM one)
        SELECT * FROM two JOIN (SELECT unnest(list) AS n FROM second) USING (n)
        WHERE EXISTS (FROM "third one") AND n > (SELECT max(n) FROM one)
    """
    assert tables_read(sql) == {"first", "second", "third one"}


def test_what_is_no_query_is_refused() -> None:
    with pytest.raises(ValueError, match="not a query"):
        tables_read("SELECT FROM WHERE")
