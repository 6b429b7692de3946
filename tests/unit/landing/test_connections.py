"""Connections of the environment, in the spellings of Airflow."""

from __future__ import annotations

import pytest
from longflow.errors import LongflowError
from longflow.landing.connections import connection


@pytest.mark.parametrize(
    "text",
    [
        "postgres://ann:p%40ss@/?sslmode=require",
        # Airflow writes an extra with numbers in it so.
        "postgres://ann:p%40ss@/?__extra__=%7B%22sslmode%22%3A+%22require%22%7D",
        '{"login": "ann", "password": "p@ss", "extra": {"sslmode": "require"}}',
        '{"login": "ann", "password": "p@ss", "extra": "{\\"sslmode\\": \\"require\\"}"}',
    ],
)
def test_spellings_of_a_connection(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_RADIUS", text)
    assert connection("radius") == ("ann", "p@ss", {"sslmode": "require"})


@pytest.mark.parametrize("text", ["no uri: p@ss", '{"password": "p@ss"', "a://b:p@ss@[x"])
def test_one_that_is_neither_says_so_without_its_password(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_RADIUS", text)
    with pytest.raises(LongflowError, match="is neither a URI nor JSON") as caught:
        connection("radius")
    assert "p@ss" not in str(caught.value)
