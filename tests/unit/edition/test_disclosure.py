"""What describes too few subscribers is withheld or rounded, in every table of an edition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import duckdb
import polars as pl
import pytest
from longflow.edition import CompiledEdition, compile_edition
from longflow.edition.disclosure import guard
from longflow.edition.tables import (
    guarded_columns,
    is_about_others,
    is_drawn_from_tables,
    promise_of,
    published_tables,
)
from longflow.errors import LongflowError
from longflow.settings import Settings
from longflow.sqlfile import query

from tests.unit.conftest import (
    MemoryArchive,
    filled_memory,
    findings_of,
    with_minimum,
    worded,
)
from tests.unit.edition.test_published import put

Compile = Callable[[int], CompiledEdition]


@pytest.fixture(scope="module")
def compiled_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compile]:
    """The edition in which no value describes fewer subscribers."""
    with filled_memory(tmp_path_factory.mktemp("guarded")) as (settings, archive):
        yield cache(lambda minimum: compile_edition(with_minimum(settings, minimum), 2024, archive))


@pytest.fixture
def compile_with(memory_archive: tuple[Settings, MemoryArchive]) -> Compile:
    """Compile the archive in memory so that no value describes fewer subscribers."""
    settings, archive = memory_archive
    return lambda minimum: compile_edition(with_minimum(settings, minimum), 2024, archive)


@pytest.mark.parametrize("table", published_tables())
def test_every_published_table_says_about_how_many_subscribers_it_tells(table: str) -> None:
    assert "least_subscribers" in query("edition", promise_of(table).table, "disclosure")
    promise = promise_of(table)
    has_rows_of_its_own = not is_about_others(table) or is_drawn_from_tables(table)
    assert ("status" in promise.columns) == has_rows_of_its_own
    assert guarded_columns(promise)


def test_table_that_does_not_say_so_is_not_published(
    compile_with: Compile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_growth(step: str, table: str, name: str = "query") -> str:
        if (table, name) == ("growth", "disclosure"):
            raise FileNotFoundError
        return query(step, table, name)

    monkeypatch.setattr(guard, "query", without_growth)
    with pytest.raises(
        LongflowError, match="growth: the number of subscribers that its rows describe is unknown"
    ):
        compile_with(1)


def test_at_1_nothing_is_withheld_or_rounded(
    compiled: CompiledEdition, compiled_with: Compile
) -> None:
    for table, frame in compiled_with(1).tables.items():
        if "status" in frame.columns:
            assert "withheld" not in frame["status"]
        assert frame.equals(compiled.tables[table])


def test_rows_stay_with_empty_figures_and_a_footnote(
    compiled: CompiledEdition, compiled_with: Compile
) -> None:
    """40 PPPoE subscribers to 2020, then 80 with IPoE, 40 numbers."""
    edition = compiled_with(20)
    for table in ("table-1", "table-2"):
        frame, before = edition.tables[table], compiled.tables[table]
        key = list(promise_of(table).key)
        assert frame.select(key).equals(before.select(key))
    statuses = dict(edition.tables["table-1"].select("year", "status").iter_rows())
    assert statuses == {2019: "withheld", 2023: "computed", 2024: "computed"}
    assert edition.tables["table-2"]["status"].unique().to_list() == ["withheld"]
    row = edition.tables["table-1"].row(0, named=True)
    assert [row[name] for name in ("mean_mb", "median_mb", "mode_mb", "mode_estimate_mb")] == (
        [None] * 4
    )
    assert (row["population"], row["coverage_percent"]) == ("pppoe", 100)
    assert [n for n in findings_of(edition, "table-1") if n.startswith("Withheld")] == [
        "Withheld: 2 of 6 rows in the data file (2019: 2)."
    ]


def test_ratio_of_a_mode_that_is_withheld_is_withheld(compiled_with: Compile) -> None:
    growth = compiled_with(20).tables["growth"].filter(pl.col("measure").str.contains("mode"))
    reported = growth.filter(status="computed").select("service", "from", "to").unique().rows()
    assert reported == [("broadband", "2023", "2024")]


def test_rounded_values_are_near_and_have_few_digits(
    compiled: CompiledEdition, compiled_with: Compile
) -> None:
    found = compiled_with(5).tables
    for table in ("table-1", "table-2"):
        rows = found[table].filter(status="computed")
        exact = compiled.tables[table]
        assert not rows.is_empty()
        for row in rows.iter_rows(named=True):
            before = exact.row(
                by_predicate=(pl.col("year") == row["year"])
                & (pl.col("direction") == row["direction"]),
                named=True,
            )
            assert row["mode_mb"] == before["mode_mb"]
            for name in ("mean_mb", "median_mb", "mode_estimate_mb"):
                assert row[name] == pytest.approx(before[name], rel=0.4)
                assert len(f"{row[name]:.12g}".replace(".", "").strip("0")) <= 3


def test_top_of_fewer_than_enough_is_withheld(compiled_with: Compile) -> None:
    """80 broadband consumers: one is the top 1 %, eight the top 10 %."""
    frame = compiled_with(8).tables["concentration"].filter(service="broadband", year=2024)
    found = {(row["direction"], row["top_percent"]): row["status"] for row in frame.to_dicts()}
    assert found == {
        ("in", 1): "withheld",
        ("in", 10): "computed",
        ("out", 1): "withheld",
        ("out", 10): "computed",
    }


def test_rates_of_a_service_with_few_subscribers_are_withheld(
    compile_with: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute(
        "UPDATE subscriber_snapshot SET subscribers = 3 WHERE access = 'ipoe'"
    )
    growth = compile_with(10).tables["growth"]
    shares = growth.filter(measure="ipoe_share_percent")
    assert shares["status"].unique().to_list() == ["withheld"]
    assert growth.filter(measure="yearly_growth_percent")["status"].unique().to_list() == (
        ["computed"]
    )


def test_consumers_without_volume_are_no_percentage_where_they_are_few(
    compiled_with: Compile,
) -> None:
    """Two of 42 consumers of each access are never seen."""
    notes = [note for note in compiled_with(10).notes if note.key == "without_volume"]
    assert [note.tables for note in notes] == [
        ("table-1", "figure-3", "figure-5", "figure-11"),
        ("table-2", "figure-4", "figure-6"),
    ]
    for note in notes:
        assert "%" not in worded(note)
        assert worded(note).endswith("withheld in every year, because they are fewer than 10.")


def test_what_was_imported_is_neither_withheld_nor_rounded(
    compile_with: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    put(memory_connection, "table-2", {"year": 2015, "direction": "in"}, mean_mb=6.123)
    row = compile_with(20).tables["table-2"].row(0, named=True)
    assert (row["year"], row["mean_mb"], row["status"]) == (2015, 6.123, "published")
