"""The way back of a table comes out of contracts and queries, and ends at the staged feeds."""

from __future__ import annotations

import pytest
from longflow import cli
from longflow.edition.tables import promise_of, published_tables
from longflow.explain.made_from import Place, guarded_by, made_from
from longflow.explain.page import way_page
from longflow.explain.way_back import stage, way_back

TABLES = list(published_tables())


def way_of(table: str) -> list[Place]:
    return [stage.place for stage in way_back(Place("edition", promise_of(table).table))]


@pytest.mark.parametrize("table", TABLES)
def test_the_way_ends_at_staged_feeds_and_holds_each_table_once(table: str) -> None:
    way = way_of(table)
    assert way[-1].step == "staged"
    assert len(way) == len({*way})


@pytest.mark.parametrize("table", TABLES)
def test_a_table_stands_after_all_that_are_made_of_it(table: str) -> None:
    way = way_of(table)
    for place in way:
        inputs = [*made_from(place), *guarded_by(place)]
        assert all(way.index(place) < way.index(other) for other in inputs)


@pytest.mark.parametrize("table", TABLES)
def test_every_line_fits_and_every_table_has_a_sentence(table: str) -> None:
    assert all(len(line) <= 100 for line in way_page(table))
    for one in way_back(Place("edition", promise_of(table).table)):
        assert one.sentence.endswith((".", ":"))
        assert all(said.endswith(".") for _, said in one.variants)


def test_shares_of_ports_come_from_flows_and_volumes_of_mobile_do_not() -> None:
    feeds = {table: {p.table for p in way_of(table) if p.step == "staged"} for table in TABLES}
    assert feeds["growth"] >= {"counters"}
    assert "counters" not in feeds["table-3"]
    assert feeds["table-3"] >= {"flows", "assignments", "subscribers"}


def test_what_only_withholds_is_no_part_of_a_table() -> None:
    table = Place("edition", "table_3")
    assert made_from(table) == (Place("edition", "port_share"),)
    assert guarded_by(table) == (Place("edition", "port_disclosure"),)


def test_a_table_that_python_makes_names_the_function() -> None:
    mode = stage(Place("edition", "volume_mode"))
    assert mode.made_by == "longflow.edition.modes.find_modes"
    assert mode.inputs == (Place("edition", "volume_histogram"),)


def test_variants_of_a_query_have_a_sentence_each() -> None:
    owned = stage(Place("week", "flow_owned"))
    assert [name for name, _ in owned.variants] == [
        *("attributed", "attributed_by_port", "unattributed"),
    ]


def test_without_a_table_the_published_ones_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == TABLES


def test_a_table_that_nobody_publishes_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "table-9"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("longflow: there is no table 'table-9'; the tables are table-1, ")
