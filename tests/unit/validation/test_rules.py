"""Which rows violate a rule: plain DuckDB, no Great Expectations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.contract import Rule, contract
from longflow.settings import Settings, ValidationSettings
from longflow.validation.feed import create_view
from longflow.validation.rules import max_share, tolerated_rows

from tests.unit.validation.tables import Row, rule, small_contract, write_parquet


def violating(tmp_path: Path, judged: Rule, rows: list[Row]) -> list[int]:
    """Positions of the rows that violate a rule."""
    contract = small_contract(judged)
    with duckdb.connect() as connection:
        create_view(connection, contract, [write_parquet(contract, rows, tmp_path / "f.parquet")])
        found = connection.execute(
            f"SELECT position FROM usage WHERE {judged.violation('usage')} ORDER BY ALL"
        ).fetchall()
    return [position for (position,) in found]


@pytest.mark.parametrize(
    ("judged", "rows", "expected"),
    [
        pytest.param(rule("not_null", column="a"), [{"a": 0}, {"a": None}], [1], id="not_null"),
        pytest.param(
            rule("between", column="a", min=1, max=3),
            [{"a": 0}, {"a": 1}, {"a": 3}, {"a": 4}, {"a": None}],
            [0, 3],
            id="between has both edges and passes NULL",
        ),
        pytest.param(
            rule("in_set", column="login", values=["x", "o'clock"], missing="breaks"),
            [{"login": "x"}, {"login": "o'clock"}, {"login": "y"}, {"login": None}],
            [2, 3],
            id="in_set refuses NULL",
        ),
        pytest.param(
            rule("in_set", column="login", values=["x"], missing="keeps"),
            [{"login": "x"}, {"login": "y"}, {"login": None}],
            [1],
            id="in_set passes NULL where it says so",
        ),
        pytest.param(
            rule("in_set", column="a", values=[4, 6], missing="breaks"),
            [{"a": 4}, {"a": 5}, {"a": 6}],
            [1],
            id="in_set of numbers",
        ),
        pytest.param(
            rule("not_after", columns=["a", "b"]),
            [{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": None, "b": 1}, {"a": 1, "b": None}],
            [1],
            id="not_after allows equal and passes NULL",
        ),
        pytest.param(
            rule("violation", sql="a > 1 OR b > 1"),
            [{"a": 2}, {"b": 2}, {"a": 1, "b": 1}, {}],
            [0, 1],
            id="violation",
        ),
        pytest.param(
            rule("unique", columns=["a", "b"]),
            [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1}, {"a": 1, "b": 1}],
            [2, 3],
            id="unique spares the first",
        ),
        pytest.param(
            rule("unique", columns=["a", "b"]),
            [{"a": 1, "b": None}, {"a": 1, "b": None}, {"a": None}, {"a": None}],
            [],
            id="unique passes NULL",
        ),
    ],
)
def test_rows_that_violate(
    tmp_path: Path, judged: Rule, rows: list[Row], expected: list[int]
) -> None:
    assert violating(tmp_path, judged, rows) == expected


def test_the_first_of_doubles_is_the_one_of_the_earlier_file(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"file_index": 1, "position": 0, "a": 7},
        {"file_index": 0, "position": 9, "a": 7},
        {"file_index": 0, "position": 5, "a": 7},
    ]
    judged = rule("unique", columns=["a"])
    assert violating(tmp_path, judged, rows) == [0, 9]


def test_numbers_too_large_for_64_bits_do_not_break_the_packet_size_rule(tmp_path: Path) -> None:
    judged = next(r for r in contract("staged", "flows").rules if r.id == "flows.packet_size")
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {judged.violation('t')} "
            "FROM (VALUES (9223372036854775807, 9223372036854775807)) AS t(bytes, packets)"
        ).fetchone()
    assert found == (False,)


def test_the_settings_override_the_share_of_a_rule(settings: Settings) -> None:
    judged = rule("not_null", "usage.known", column="a", max_share=0.01)
    other = settings.model_copy(
        update={"validation": ValidationSettings.model_construct(max_share={"usage.known": 0.2})}
    )
    assert (max_share(judged, settings), max_share(judged, other)) == (0.01, 0.2)


@pytest.mark.parametrize(
    ("share", "rows", "tolerated"),
    [(0.0, 100, 0), (0.01, 100, 1), (0.01, 199, 1), (0.29, 100, 29), (1.0, 7, 7), (0.1, 0, 0)],
)
def test_tolerated_rows(share: float, rows: int, tolerated: int) -> None:
    assert tolerated_rows(share, rows) == tolerated


@given(percent=st.integers(0, 100), hundreds=st.integers(0, 10**9))
def test_a_share_in_whole_percents_is_taken_exactly(percent: int, hundreds: int) -> None:
    assert tolerated_rows(percent / 100, hundreds * 100) == percent * hundreds


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "row_count", "min": 1, "severity": "quarantine"},
        {"kind": "between", "column": "a", "min": 1},
        {"kind": "in_set", "column": "login", "values": ["x"]},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"usage\.rule"):
        rule(**fields)


def test_a_rule_on_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no column colour"):
        small_contract(rule("not_null", column="colour"))
