"""Contracts: read from YAML, and refused where they contradict themselves."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from longflow.contract import Contract, chart_of, contract
from longflow.contract.creating import create_table
from longflow.contract.reading import fields
from longflow.contract.types import polars_schema
from longflow.edition.tables import drawn_from, is_drawn, is_of_weeks, published_tables
from longflow.release.report import LAYOUTS
from longflow.settings import Feed, delivered_columns
from longflow.sqlfile import sql_root, tables
from pydantic import ValidationError

PUBLISHED: dict[str, Any] = {
    "table": "speed",
    "meaning": "how fast",
    "published": {
        "id": "speed",
        "order": 1,
        "layout": "volumes",
        "span": "years",
        "drawn_from": ["counters"],
    },
    "key": ["year"],
    "columns": {
        "year": {"type": "INTEGER", "nullable": False, "meaning": "year"},
        "mbit": {"type": "DOUBLE", "role": "figure", "decimals": 1, "meaning": "speed"},
        "kind": {"type": "VARCHAR", "role": "label", "values": ["up", "down"], "meaning": "way"},
    },
}


def changed(column: str, **by: object) -> dict[str, Any]:
    columns = PUBLISHED["columns"]
    return {**PUBLISHED, "columns": {**columns, column: {**columns[column], **by}}}


def test_published_table_has_columns_by_role() -> None:
    promise = Contract.model_validate(PUBLISHED)
    assert promise.columns_of("figure", "label") == ["mbit", "kind"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed("mbit", role=None), "column mbit: of a published table it needs a role"),
        (changed("year", role="figure"), "column year: of a published table it needs a role"),
        ({**PUBLISHED, "key": ["years"]}, "key: there is no column years"),
        (
            {
                **changed("kind", role=None),
                "key": ["kind"],
                "columns": {"kind": PUBLISHED["columns"]["kind"] | {"role": None}},
            },
            "key: rows of span years are of a year each",
        ),
    ],
)
def test_contract_that_contradicts_itself_is_refused(content: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Contract.model_validate(content)


def test_rule_takes_the_values_of_its_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"id": "speed.kind", "kind": "in_set", "column": "kind", "missing": "keeps"}
    rules = [{**rule, "severity": "refuse", "sentence": "neither", "remedy": "look"}]
    file = tmp_path / "edition" / "speed" / "contract.yml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({**PUBLISHED, "rules": rules}))
    monkeypatch.setattr("longflow.contract.reading.sql_root", lambda: tmp_path)
    assert contract.__wrapped__("edition", "speed").rules[0].values == ("up", "down")


def test_field_is_taken_but_for_what_the_contract_says_itself() -> None:
    year, kept = fields()["year"], contract("edition", "errors").columns["year"]
    assert kept.type == year["type"]
    assert contract("edition", "table_1").columns["year"].meaning == year["meaning"]
    staged = contract("staged", "usage").columns["service"]
    assert (staged.values, staged.nullable) == (("broadband", "mobile"), True)
    assert fields()["service"]["nullable"] is False


def test_field_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "edition" / "speed" / "contract.yml"
    file.parent.mkdir(parents=True)
    (tmp_path / "fields.yml").write_text("year: {type: INTEGER, meaning: year}")
    columns = {"year": {"field": "years"}}
    file.write_text(yaml.safe_dump({"table": "speed", "meaning": "fast", "columns": columns}))
    monkeypatch.setattr("longflow.contract.reading.sql_root", lambda: tmp_path)
    monkeypatch.setattr("longflow.contract.reading.fields", fields.__wrapped__)
    with pytest.raises(LookupError, match="years"):
        contract.__wrapped__("edition", "speed")


def test_every_field_is_of_several_tables() -> None:
    used = Counter(
        column["field"]
        for file in sql_root().glob("*/*/contract.yml")
        for column in yaml.safe_load(file.read_text("utf-8"))["columns"].values()
        if "field" in column
    )
    assert {name for name in fields() if used[name] < 2} == set()
    assert set(used) == {*fields()}


@pytest.mark.parametrize("feed", Feed)
def test_every_staged_feed_says_in_which_columns_it_is_delivered(feed: Feed) -> None:
    assert not all(delivered_columns(feed).values())


def test_table_of_a_contract_is_made_with_its_types_and_demands() -> None:
    rows = [(2024, "mobile", "in", 5_000_000, None)]
    with duckdb.connect() as connection:
        create_table(connection, "edition", "analysis_week", [(2024, date(2024, 6, 3))])
        made = connection.execute("FROM analysis_week").pl()
        assert made.schema == polars_schema(contract("edition", "analysis_week"))
        assert made.rows() == [(2024, date(2024, 6, 3))]
        create_table(connection, "edition", "analysis_week")
        assert connection.execute("SELECT count(*) FROM analysis_week").fetchall() == [(0,)]
        with pytest.raises(duckdb.ConstraintException, match="estimate_bytes"):
            create_table(connection, "edition", "volume_mode", rows)


@pytest.mark.parametrize("step", ["staged", "judge", "week", "edition"])
def test_every_type_of_a_table_that_python_makes_is_known_to_polars(step: str) -> None:
    for table in tables(step):
        file = sql_root() / step / table / "contract.yml"
        if file.is_file() and (step != "edition" or contract(step, table).made_by):
            promise = contract(step, table)
            assert polars_schema(promise).names() == [*promise.columns]


def test_published_tables_come_from_their_contracts_in_order() -> None:
    order = [p.published.order for p in published_tables().values() if p.published]
    assert order == sorted(order)
    assert [*published_tables()][:2] == ["table-1", "table-2"]
    of_mobile = drawn_from("subscribers", "modes", service="mobile")
    assert {"table-2", "concentration", "growth"} <= {*of_mobile}
    # Of the other service, of other sources, and about other tables.
    assert not {*of_mobile} & {"table-1", "table-4", "totals"}
    assert is_of_weeks("concentration")
    assert not is_of_weeks("growth")


@pytest.mark.parametrize("table", published_tables())
def test_report_has_the_layout_of_each_table(table: str) -> None:
    published = published_tables()[table].published
    assert published is not None
    assert published.layout in {None, *LAYOUTS}


@pytest.mark.parametrize("table", published_tables())
def test_a_figure_and_no_other_table_says_how_it_is_drawn(table: str) -> None:
    folder = published_tables()[table].table
    assert (sql_root() / "edition" / folder / "chart.yml").is_file() == is_drawn(table)
    if is_drawn(table):
        assert chart_of(folder).problem_with(contract("edition", folder)) is None
