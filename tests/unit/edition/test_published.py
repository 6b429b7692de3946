"""Published figures in an edition's tables: beside computed years, never in their place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import duckdb
import polars as pl
import pytest
from longflow.edition import CompiledEdition
from longflow.edition.published.order import merged_order
from longflow.errors import LongflowError
from polars.testing import assert_frame_equal

from tests.unit.conftest import findings_of, insert

Compile = Callable[[], CompiledEdition]


def put(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    key: Mapping[str, object],
    note: str | None = None,
    **figures: float | str,
) -> None:
    """Put published figures of one row into the archive."""
    year = int(str(key.get("year") or key["to"])[:4])
    before = connection.execute("FROM published_figure").fetchall()
    rows = [
        {
            "table_id": table,
            "year": year,
            "key": json.dumps(key),
            "column_name": column,
            "value": None if isinstance(value, str) else float(value),
            "text": value if isinstance(value, str) else None,
            "note": note,
            "position": position,
            "file": "figures.csv",
            "file_sha256": "abc",
        }
        for position, (column, value) in enumerate(figures.items(), start=len(before))
    ]
    insert(connection, "published_figure", pl.DataFrame(rows, infer_schema_length=None))


def test_year_without_dumps_is_published_with_what_is_known(
    compiled: CompiledEdition,
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
) -> None:
    before = compiled.tables["table-1"]
    put(memory_connection, "table-1", {"year": 2007, "direction": "in"}, "read off", mean_mb=436)
    edition = compile_memory()
    after = edition.tables["table-1"]
    assert after.row(0, named=True) == {
        "year": 2007,
        "direction": "in",
        "mean_mb": 436,
        "median_mb": None,
        "mode_mb": None,
        "mode_estimate_mb": None,
        "population": "pppoe",
        "coverage_percent": None,
        "status": "published",
    }
    assert_frame_equal(after[1:], before)
    assert "2007: read off." in findings_of(edition, "table-1")
    assert any(
        text.startswith("Figures marked p, of 2007, were printed in an earlier report.")
        for text in findings_of(edition, "table-1")
    )
    assert edition.published[0]["years"] == [2007]
    assert edition.coverage_percent["table-1"].keys() == {"2019", "2023", "2024"}


def test_computed_year_is_never_filled_or_replaced(
    compiled: CompiledEdition,
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
) -> None:
    before = compiled.tables
    put(memory_connection, "table-1", {"year": 2023, "direction": "in"}, mean_mb=1)
    put(
        memory_connection,
        "growth",
        {"measure": "ratio_to_base", "service": "mobile", "direction": "out",
         "from": "2020-01", "to": "2023-12"},
        value=2.1,
    )  # fmt: skip
    edition = compile_memory()
    for table, frame in edition.tables.items():
        assert_frame_equal(frame, before[table])
    line = "Published figures of 2023 are left out: these years are computed."
    assert line in findings_of(edition, "table-1")
    assert line in findings_of(edition, "growth")


def test_a_month_of_the_series_makes_no_computed_year(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    """Of 2020 the archive holds the counters of January alone."""
    key = {"measure": "yearly_growth_percent", "service": "mobile", "direction": "out"}
    put(memory_connection, "growth", {**key, "from": "2019-06", "to": "2020-06"}, value=31)
    edition = compile_memory()
    of_2020 = edition.tables["growth"].filter(pl.col("to").str.starts_with("2020-"), **key)
    assert of_2020.select("value", "status").rows() == [(31, "published")]
    assert not [text for text in findings_of(edition, "growth") if "left out" in text]


def test_later_year_than_the_edition_is_not_published(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    put(memory_connection, "table-2", {"year": 2025, "direction": "in"}, mean_mb=1)
    assert compile_memory().tables["table-2"]["year"].max() == 2024


def test_port_tables_end_with_the_last_years(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    for year in (2012, 2020, 2021):
        for port, share in (("443", 50), ("1935", 3)):
            key = {"year": year, "level": "port", "protocol": "TCP", "port": port}
            put(memory_connection, "table-4", key, share_percent=share, label="name")
    table = compile_memory().tables["table-4"]
    assert table["year"].unique(maintain_order=True).to_list() == [2019, 2020, 2021, 2023, 2024]
    printed = table.filter(year=2020)
    assert printed["port"].to_list() == ["443", "1935"]
    assert printed["status"].unique().to_list() == ["published"]
    assert printed["error_points"].null_count() == 2


def test_published_growth_stands_with_its_measure(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    key = {"measure": "yearly_growth_percent", "service": "mobile", "direction": "out",
           "from": "2016-06", "to": "2017-06"}  # fmt: skip
    put(memory_connection, "growth", key, value=20)
    growth = compile_memory().tables["growth"]
    assert growth["measure"].to_list() == sorted(
        growth["measure"], key=growth["measure"].unique(maintain_order=True).to_list().index
    )
    assert growth.filter(status="published")["value"].to_list() == [20]


def test_archive_from_before_there_were_published_figures(
    compiled: CompiledEdition,
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
) -> None:
    memory_connection.execute("DROP TABLE published_figure")
    for table, frame in compile_memory().tables.items():
        assert_frame_equal(frame, compiled.tables[table])


@pytest.mark.parametrize(
    ("sequences", "order"),
    [
        ([["a", "b"], ["a", "b"]], ["a", "b"]),
        ([["a", "c"], ["a", "b", "c"]], ["a", "b", "c"]),
        ([["a"], ["x", "a", "z"]], ["x", "a", "z"]),
    ],
)
def test_lines_that_are_new_come_behind_the_one_they_follow(
    sequences: list[list[str]], order: list[str]
) -> None:
    assert merged_order(sequences) == order


@pytest.fixture
def without_mobile_2019(memory_connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    memory_connection.execute(
        "DELETE FROM subscriber_day WHERE service = 'mobile' AND week = DATE '2019-06-03'"
    )
    return memory_connection


def test_a_week_that_is_gone_is_replaced_by_what_was_printed(
    without_mobile_2019: duckdb.DuckDBPyConnection, compile_memory: Compile
) -> None:
    put(without_mobile_2019, "table-2", {"year": 2019, "direction": "in"}, mean_mb=11.2)
    edition = compile_memory()
    first = edition.tables["table-2"].row(0, named=True)
    assert (first["year"], first["mean_mb"], first["status"]) == (2019, 11.2, "published")
    assert edition.tables["table-1"]["status"].unique().to_list() == ["computed"]
    [note] = [note for note in edition.notes if note.key == "volumes_gone"]
    assert note.tables == ("table-2", "figure-4", "figure-6")
    assert note.values == {"service": "mobile", "years": [2019]}


def test_figures_of_another_service_or_year_replace_no_week(
    without_mobile_2019: duckdb.DuckDBPyConnection, compile_memory: Compile
) -> None:
    put(without_mobile_2019, "table-1", {"year": 2019, "direction": "in"}, mean_mb=400)
    put(without_mobile_2019, "table-2", {"year": 2018, "direction": "in"}, mean_mb=10.5)
    with pytest.raises(LongflowError, match=r"weeks: 2019-06-03 \(mobile\)"):
        compile_memory()


def test_figures_of_an_earlier_report_do_not_replace_half_a_population(
    memory_connection: duckdb.DuckDBPyConnection, compile_memory: Compile
) -> None:
    memory_connection.execute(
        "DELETE FROM subscriber_day WHERE access = 'ipoe' AND week = DATE '2024-06-03'"
    )
    put(memory_connection, "table-1", {"year": 2024, "direction": "in"}, mean_mb=834)
    with pytest.raises(LongflowError, match=r"weeks: 2024-06-03 \(broadband ipoe\)"):
        compile_memory()


def test_printed_ports_of_a_year_without_flows_are_not_called_missing(
    memory_connection: duckdb.DuckDBPyConnection, compile_memory: Compile
) -> None:
    memory_connection.execute(
        "DELETE FROM port_week WHERE service = 'broadband' AND week = DATE '2019-06-03'"
    )
    key = {"year": 2019, "level": "protocol", "protocol": "TCP", "port": None}
    put(memory_connection, "table-3", key, share_percent=77.2)
    edition = compile_memory()
    assert [n.tables for n in edition.notes if n.key == "flows_missing"] == []


def test_a_break_between_printed_years_is_said(
    memory_connection: duckdb.DuckDBPyConnection, compile_memory: Compile
) -> None:
    # Both of the years before 2021 are printed; the computed ones hold both accesses.
    memory_connection.execute("DELETE FROM subscriber_day WHERE week = DATE '2019-06-03'")
    put(memory_connection, "table-1", {"year": 2019, "direction": "in"}, mean_mb=400)
    put(memory_connection, "table-2", {"year": 2019, "direction": "in"}, mean_mb=11)
    assert "population_break" in {note.key for note in compile_memory().notes}
