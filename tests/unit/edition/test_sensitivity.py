"""Figures of the weeks around the analysis weeks, from an archive whose content is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache

import duckdb
import pytest
from longflow.edition import CompiledEdition, compile_edition
from longflow.edition.sensitivity import of_weeks
from longflow.edition.tables import promise_of
from longflow.settings import Settings
from polars.testing import assert_frame_equal

from tests.unit.conftest import (
    WEEKS,
    MemoryArchive,
    filled_memory,
    findings_of,
    insert,
    loads,
    snapshot,
    volumes,
)
from tests.unit.port_rows import ports

BEFORE, AFTER = WEEKS[2023] - timedelta(weeks=1), WEEKS[2023] + timedelta(weeks=2)

Filled = tuple[Settings, MemoryArchive]


def add_neighbours(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the week before that of 2023 and the second after it."""
    for seed, monday in ((1, BEFORE), (2, AFTER)):
        insert(connection, "subscriber_day", volumes(seed, monday, 30))
        insert(connection, "subscriber_snapshot", snapshot(monday, 30))
        insert(connection, "port_week", ports(2020 + seed, monday))
        insert(connection, "load_log", loads([monday], ["flows", "usage"]))


@pytest.fixture(scope="module")
def with_neighbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """An archive that also holds these weeks, which tests only read."""
    with filled_memory(tmp_path_factory.mktemp("neighbours")) as filled:
        add_neighbours(filled[1].connection)
        yield filled


@pytest.fixture(scope="module")
def compiled_with_neighbours(with_neighbours: Filled) -> Callable[[int], CompiledEdition]:
    """The edition of that archive, by the fewest subscribers that a value may describe."""
    return cache(lambda minimum: compiled_for(with_neighbours, minimum_subscribers=minimum))


@pytest.fixture(scope="module")
def found(compiled_with_neighbours: Callable[[int], CompiledEdition]) -> CompiledEdition:
    """The edition of that archive, from which nothing is withheld."""
    return compiled_with_neighbours(1)


def compiled_for(
    filled: Filled, week: date | None = None, minimum_subscribers: int = 1
) -> CompiledEdition:
    """The edition; where a week is given, with that as the one of 2023."""
    settings, archive = filled
    edition = settings.editions[2024].model_copy(
        update={"minimum_subscribers": minimum_subscribers}
    )
    if week is not None:
        weeks = {**edition.analysis_weeks, 2023: week}
        edition = edition.model_copy(update={"analysis_weeks": weeks, "neighbour_weeks": 0})
    changed = settings.model_copy(update={"editions": {2024: edition}})
    return compile_edition(changed, 2024, archive)


def delete(connection: duckdb.DuckDBPyConnection, table: str, where: str) -> None:
    connection.execute(f"DELETE FROM {table} WHERE {where}")


def findings(edition: CompiledEdition) -> list[str]:
    return findings_of(edition, "sensitivity")


@pytest.mark.parametrize(
    ("offset", "week", "minimum"), [(-1, BEFORE, 1), (2, AFTER, 1), (2, AFTER, 3)]
)
def test_figures_are_those_of_an_edition_with_that_week(
    with_neighbours: Filled,
    compiled_with_neighbours: Callable[[int], CompiledEdition],
    offset: int,
    week: date,
    minimum: int,
) -> None:
    """The oracle is the edition itself, its week of 2023 put where the neighbour lies.

    So nothing about another week is published that would not be if it were the analysis week.
    """
    edition = compiled_with_neighbours(minimum)
    found = edition.tables["sensitivity"].filter(offset_weeks=offset)
    moved = compiled_for(with_neighbours, week, minimum_subscribers=minimum).tables
    assert {*of_weeks()} - {"concentration"} <= set(found["table"]) <= {*of_weeks()}
    assert found.select("year", "week").unique().rows() == [(2023, week)]
    for (table,), rows in found.group_by("table"):
        frame = moved[str(table)]
        places = [name for name in found.columns[1:9] if name in frame.columns]
        there = frame.rows_by_key(places, named=True, include_key=True)
        for row in rows.iter_rows(named=True):
            key = tuple(row[name] for name in places)
            (expected,) = there[key if len(key) > 1 else key[0]]
            assert row["value"] == expected[row["column"]]
            if "coverage_percent" in expected:
                assert row["coverage_percent"] == expected["coverage_percent"]


def test_figure_of_the_edition_stands_beside(found: CompiledEdition) -> None:
    mean = found.tables["table-1"].filter(year=2023, direction="out")["mean_mb"][0]
    (before, after) = (
        found.tables["sensitivity"]
        .filter(table="table-1", direction="out", column="mean_mb")
        .to_dicts()
    )
    assert (before["offset_weeks"], after["offset_weeks"]) == (-1, 2)
    assert before["edition_value"] == after["edition_value"] == mean
    assert after["difference_percent"] == pytest.approx(100 * (after["value"] / mean - 1))


def test_neighbours_change_no_other_table(
    compiled: CompiledEdition, found: CompiledEdition
) -> None:
    assert compiled.tables["sensitivity"].is_empty()
    for table, frame in compiled.tables.items():
        if table != "sensitivity":
            assert_frame_equal(found.tables[table], frame, check_exact=True)
    assert found.coverage_percent == compiled.coverage_percent


def test_rests_of_port_tables_are_no_figures(found: CompiledEdition) -> None:
    named = set(found.tables["sensitivity"]["port"].drop_nulls())
    assert {"443", "80", "<1024", ">=1024"} <= named
    assert not [port for port in named if port == "unknown" or port.startswith("other")]


def test_table_with_keys_of_its_own_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    promise = promise_of("table-2")
    by_hour = promise.model_copy(update={"key": (*promise.key, "hour")})
    monkeypatch.setattr(
        "longflow.edition.sensitivity.promise_of",
        lambda table: by_hour if table == "table-2" else promise_of(table),
    )
    assert "table-1" in of_weeks()
    assert "table-2" not in of_weeks()


def test_absent_weeks_are_reported(compiled: CompiledEdition, found: CompiledEdition) -> None:
    assert findings(compiled) == ["The archive holds no weeks around the analysis weeks."]
    assert findings(found) == [
        "The archive does not hold these neighbouring weeks, counted from the analysis week:"
        " 2019, 2024 (-2, -1, +1, +2); 2023 (-2, +1).".replace("-", "\N{MINUS SIGN}")
    ]


def test_week_of_half_a_population_gives_no_volumes(memory_archive: Filled) -> None:
    add_neighbours(memory_archive[1].connection)
    delete(memory_archive[1].connection, "subscriber_day", f"week = '{AFTER}' AND access = 'ipoe'")
    found = compiled_for(memory_archive).tables["sensitivity"].filter(offset_weeks=2)
    assert set(found["table"]) == {*of_weeks()} - {"table-1"}
    assert set(found.filter(table="concentration")["service"]) == {"mobile"}


def test_week_without_flows_gives_no_shares(memory_archive: Filled) -> None:
    add_neighbours(memory_archive[1].connection)
    delete(memory_archive[1].connection, "port_week", f"week = '{AFTER}'")
    found = compiled_for(memory_archive).tables["sensitivity"].filter(offset_weeks=2)
    assert set(found["table"]) == {
        "table-1",
        "table-2",
        "concentration",
        "day-to-day-spread",
    }


def test_loads_of_neighbours_are_inputs(compiled: CompiledEdition, found: CompiledEdition) -> None:
    known = set(compiled.inputs.select("week", "feed").iter_rows())
    loaded = set(found.inputs.select("week", "feed").iter_rows())
    assert loaded - known == {
        (week, feed) for week in (BEFORE, AFTER) for feed in ("flows", "usage")
    }


def test_no_neighbours_where_the_settings_want_none(with_neighbours: Filled) -> None:
    edition = compiled_for(with_neighbours, WEEKS[2023])
    assert edition.tables["sensitivity"].is_empty()
    assert findings(edition) == [
        "The settings request no neighbouring weeks (neighbour_weeks = 0)."
    ]
