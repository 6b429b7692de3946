"""Logins that two systems spell differently."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest
from longflow.database import create_functions
from longflow.validation import logins


def found(delivered: Sequence[str], listed: Sequence[str]) -> list[str]:
    with duckdb.connect() as connection:
        create_functions(connection)
        connection.execute("CREATE TABLE assignments (login VARCHAR)")
        connection.execute("CREATE TABLE subscribers (login_or_number VARCHAR, service VARCHAR)")
        connection.execute("INSERT INTO assignments SELECT unnest(?::VARCHAR[])", [delivered])
        connection.execute(
            "INSERT INTO subscribers SELECT unnest(?::VARCHAR[]), 'broadband'", [listed]
        )
        return [finding.sentence for finding in logins.findings(connection)]


def test_a_realm_that_only_one_system_writes_is_reported_with_the_settings() -> None:
    assert found(["U0@isp.example", "U1@isp.example"], ["u0", "u1"]) == [
        "the snapshot lists 0 of the 2 logins of accounting sessions, but 2 if case, realm and "
        "separators are ignored; set login_case, login_realm and login_separators of both sources"
    ]


@pytest.mark.parametrize(
    ("delivered", "listed"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "b", "C"], ["a", "b", "c"]),
        (["a", "b"], ["x", "y"]),
        ([], ["a"]),
    ],
)
def test_logins_that_are_found_or_unknown_are_no_matter_of_spelling(
    delivered: list[str], listed: list[str]
) -> None:
    assert found(delivered, listed) == []
