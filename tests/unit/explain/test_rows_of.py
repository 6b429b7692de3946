"""What contracts say of the rows of other tables is checked when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.contract import contract, reading
from longflow.explain.links import joint
from longflow.explain.made_from import Place, guarded_by, made_from
from longflow.explain.rows import is_list
from longflow.sqlfile import sql_root, tables
from longflow.sqlnames import constants

EDITION = [Place("edition", table) for table in tables("edition")]


@pytest.mark.parametrize("place", EDITION, ids=[place.table for place in EDITION])
def test_links_are_to_tables_that_it_is_made_of(place: Place) -> None:
    made = {other.table for other in made_from(place)}
    assert {*contract(*place).rows_of} <= made


@pytest.mark.parametrize("place", EDITION, ids=[place.table for place in EDITION])
def test_every_table_that_rows_lead_to_is_linked(place: Place) -> None:
    """But for choices made over all rows, as which ports have a row of their own."""
    for other in made_from(place):
        if not is_list(other) and other not in guarded_by(place):
            choice = place.table == "port_row"
            assert (joint(place, other) is None) == choice


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ('{volume: {part: "true"}}', "rows_of volume: there is no such table"),
        ('{port_week: {part: "input.byte = 1"}}', "there is no column input.byte"),
        ("{port_week: {sums: [byte]}}", "there is no column input.byte"),
        ('{port_week: {whole: "output.yaer = 1"}}', "there is no column output.yaer"),
        ('{port_week: {part: "output.analysis_week = input.week"}}', None),
    ],
)
def test_a_name_that_there_is_not_is_refused(
    link: str, message: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "sql"
    root.mkdir()
    (root / "archive").symlink_to(sql_root() / "archive")
    (root / "fields.yml").symlink_to(sql_root() / "fields.yml")
    folder = root / "edition" / "odd"
    folder.mkdir(parents=True)
    (folder / "contract.yml").write_text(
        "table: odd\nmeaning: Odd.\nkey: [year]\n"
        "columns:\n  year: {type: INTEGER, meaning: year}\n"
        f"rows_of: {link}\n"
    )
    monkeypatch.setattr(reading, "sql_root", lambda: root)
    read = contract.__wrapped__
    if message is None:
        assert read("edition", "odd").rows_of
        return
    with pytest.raises(ValueError, match=message):
        read("edition", "odd")


@pytest.mark.parametrize(
    ("where", "fixed"),
    [
        ("service = 'mobile' AND year = 2024", {"service": "'mobile'", "year": "'2024'"}),
        ("service = 'mobile' OR year = 2024", {}),
        ("service <> 'mobile' AND t.port = 80", {"port": "'80'"}),
        ("service = access", {}),
    ],
)
def test_columns_that_a_where_fixes(where: str, fixed: dict[str, str]) -> None:
    assert constants(f"SELECT * FROM t WHERE {where}") == fixed
