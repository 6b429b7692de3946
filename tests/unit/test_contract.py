"""Contracts: read from YAML, and refused where they contradict themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from longflow.contract import Contract, contract
from longflow.edition.tables import drawn_from, is_of_weeks, published_tables
from longflow.release.report import LAYOUTS
from pydantic import ValidationError

PUBLISHED: dict[str, Any] = {
    "table": "speed",
    "meaning": "how fast",
    "published": {
        "id": "speed",
        "order": 1,
        "number": "Speed",
        "title": "How fast",
        "unit": "Mbit/s",
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
    ],
)
def test_contract_that_contradicts_itself_is_refused(content: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Contract.model_validate(content)


def test_rule_takes_the_values_of_its_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"id": "speed.kind", "kind": "in_set", "column": "kind", "severity": "refuse"}
    rules = [{**rule, "sentence": "neither", "remedy": "look"}]
    file = tmp_path / "edition" / "speed" / "contract.yml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({**PUBLISHED, "rules": rules}))
    monkeypatch.setattr("longflow.contract.reading.sql_root", lambda: tmp_path)
    assert contract.__wrapped__("edition", "speed").rules[0].values == ("up", "down")


def test_published_tables_come_from_their_contracts_in_order() -> None:
    order = [p.published.order for p in published_tables().values() if p.published]
    assert order == sorted(order)
    assert [*published_tables()][:2] == ["table-1", "table-2"]
    assert drawn_from("ports", service="broadband") == ("table-3",)
    assert drawn_from("subscribers", "modes", service="mobile") == (
        *("table-2", "concentration", "growth"),
    )
    assert not is_of_weeks("growth")


@pytest.mark.parametrize("table", published_tables())
def test_report_has_the_layout_of_each_table(table: str) -> None:
    published = published_tables()[table].published
    assert published is not None
    assert published.layout is None or published.layout in LAYOUTS
