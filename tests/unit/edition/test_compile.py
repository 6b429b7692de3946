"""An edition compiled from an archive whose content is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from longflow.edition import CompiledEdition
from longflow.edition.compile import compile_edition, span_word
from longflow.edition.tables import promise_of, publication_of, published_tables
from longflow.errors import LongflowError
from longflow.settings import Settings
from polars.testing import assert_frame_equal

from tests.unit.conftest import WEEKS, MemoryArchive, findings_of, insert, snapshot, volumes

Compile = Callable[[], CompiledEdition]

# Names and order of the columns are a promise to everyone who reads a release: they are in the
# cases of each table's query.
CASES = Path(__file__).parents[2] / "sql" / "edition"


def promised_columns(table: str) -> list[list[str]]:
    """The headers of what the cases of a published table's query expect."""
    headers = []
    for file in sorted((CASES / promise_of(table).table).glob("*/expected.csv")):
        parameters = file.with_name("parameters.yml")
        if not parameters.is_file() or "query: " not in parameters.read_text():
            first_line = file.read_text().split("\n")[0]
            headers.append([column.partition(":")[0] for column in first_line.split(",")])
    return headers


def week_volumes(
    connection: duckdb.DuckDBPyConnection, year: int, service: str, direction: str
) -> list[int]:
    """Weekly bytes of the consumers of a distribution, added up in Python."""
    accesses = {"broadband": ["pppoe"] if year <= 2020 else ["pppoe", "ipoe"], "mobile": [""]}
    days = connection.execute("FROM subscriber_day").pl()
    chosen = days.filter(
        pl.col("week").dt.year() == year,
        pl.col("service") == service,
        pl.col("access").is_in(accesses[service]),
        pl.col("segment") == "consumer",
    )
    sums: dict[str, int] = {}
    for subscriber, volume in chosen.select("subscriber", f"{direction}_bytes").iter_rows():
        sums[subscriber] = sums.get(subscriber, 0) + volume
    return sorted((volume for volume in sums.values() if volume > 0), reverse=True)


def test_columns_are_as_promised(compiled: CompiledEdition) -> None:
    for table, frame in compiled.tables.items():
        for header in promised_columns(table):
            # A table about others has the keys of these, too, which its cases need not name.
            left_out = {*frame.columns} - {*header} if table == "errors" else set()
            assert [name for name in frame.columns if name not in left_out] == header
            assert left_out <= {*promise_of(table).key}
    assert [*compiled.tables] == [
        t for t in published_tables() if publication_of(t).only_with is None
    ]


def test_mean_and_median_agree_with_a_second_way(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    edition = compile_memory()
    for table, service in (("table-1", "broadband"), ("table-2", "mobile")):
        assert edition.tables[table].height == 6
        for row in edition.tables[table].iter_rows(named=True):
            volumes = week_volumes(memory_connection, row["year"], service, row["direction"])
            middle = (volumes[(len(volumes) - 1) // 2] + volumes[len(volumes) // 2]) / 2
            assert row["mean_mb"] == pytest.approx(sum(volumes) / len(volumes) / 7 / 10**6)
            assert row["median_mb"] == pytest.approx(middle / 7 / 10**6)


def test_concentration_agrees_with_a_second_way(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    frame = compile_memory().tables["concentration"]
    assert frame.height == 3 * 2 * 2 * 2
    for row in frame.iter_rows(named=True):
        volumes = week_volumes(memory_connection, row["year"], row["service"], row["direction"])
        top = math.ceil(len(volumes) * row["top_percent"] / 100)
        assert row["share_percent"] == pytest.approx(100 * sum(volumes[:top]) / sum(volumes))


def test_rows_stand_in_the_order_of_years_and_of_the_last_years_shares(
    compiled: CompiledEdition,
) -> None:
    ports = compiled.tables["table-4"]
    assert ports["year"].is_sorted()
    last = ports.filter(year=2024, level="protocol")
    assert last["share_percent"].is_sorted(descending=True)
    assert ports.filter(year=2019, level="protocol")["protocol"].to_list() == (
        last["protocol"].to_list()
    )


def test_order_of_rows_in_the_archive_does_not_matter(
    compiled: CompiledEdition,
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
) -> None:
    before = compiled.tables
    for table in ("subscriber_day", "port_week", "rate_hour"):
        memory_connection.execute(f"CREATE TEMP TABLE turned AS FROM {table} ORDER BY random()")
        memory_connection.execute(f"TRUNCATE {table}")
        memory_connection.execute(f"INSERT INTO {table} FROM turned")
        memory_connection.execute("DROP TABLE turned")
    for table, frame in compile_memory().tables.items():
        assert_frame_equal(frame, before[table], check_exact=True)


def test_names_of_subscribers_do_not_matter(
    compiled: CompiledEdition,
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
) -> None:
    before = compiled.tables
    memory_connection.execute("UPDATE subscriber_day SET subscriber = md5(subscriber)")
    for table, frame in compile_memory().tables.items():
        assert_frame_equal(frame, before[table], check_exact=True)


def test_missing_week_is_reported_with_its_remedy(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute(
        "DELETE FROM subscriber_day WHERE week = '2023-05-29' AND access <> 'pppoe'"
    )
    with pytest.raises(LongflowError) as caught:
        compile_memory()
    assert str(caught.value) == (
        "the archive holds no volumes of consumers in these analysis weeks: 2023-05-29"
        " (broadband ipoe, mobile); load each of them: longflow ingest --first 2023-05-29; or,"
        " if the dumps are gone and the archive holds nothing of the service in that week, import"
        " what was printed: longflow import-published FILE"
    )


@pytest.mark.parametrize(
    ("table", "column"),
    [("port_week", "variance_bytes2"), ("subscriber_day", "out_variance_bytes2")],
)
def test_variance_below_zero_is_reported_with_its_week(
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str,
) -> None:
    memory_connection.execute(f"UPDATE {table} SET {column} = -1 WHERE week = '2023-05-29'")
    with pytest.raises(
        LongflowError,
        match=rf"negative sampling variances: \d+ rows of {table} in week 2023-05-29;",
    ):
        compile_memory()


def test_port_year_without_flows_is_left_out_and_reported(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute(
        "DELETE FROM port_week WHERE week = '2019-06-03' AND service = 'broadband'"
    )
    edition = compile_memory()
    assert edition.tables["table-3"]["year"].unique().to_list() == [2023, 2024]
    assert edition.tables["table-4"]["year"].unique().to_list() == [2019, 2023, 2024]
    assert any(
        "no broadband flows for 2019 (week 2019-06-03)" in text
        for text in findings_of(edition, "table-3")
    )


def test_gaps_in_the_export_are_a_footnote(
    memory_connection: duckdb.DuckDBPyConnection, compile_memory: Compile
) -> None:
    memory_connection.execute(
        "UPDATE port_week SET sequence_failures = 12"
        " WHERE week = '2024-06-03' AND service = 'mobile'"
    )
    edition = compile_memory()
    (reported,) = [text for text in findings_of(edition, "table-4") if "sequence" in text]
    assert reported.endswith("Gaps by year: 2024: 12.")
    assert not [text for text in findings_of(edition, "table-3") if "sequence" in text]


def test_month_that_is_covered_too_little_gives_no_value_and_is_reported(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute(
        "DELETE FROM rate_hour WHERE week = '2023-06-12' AND interface = 'bras-2'"
    )
    edition = compile_memory()
    growth = edition.tables["growth"].filter(service="broadband")
    assert "2023-06" not in {*growth["from"], *growth["to"]}
    assert "2023-06" in edition.tables["growth"].filter(service="mobile")["from"]
    assert "There is no value from broadband counters for 2023-06 (76.7 % covered)." in findings_of(
        edition, "growth"
    )
    assert edition.coverage_percent["growth broadband"]["2023-06"] == pytest.approx(100 * 23 / 30)


def test_break_of_the_population_is_reported(compiled: CompiledEdition) -> None:
    assert any("PPPoE alone up to 2020" in text for text in findings_of(compiled, "table-1"))


def test_growth_without_ipoe_counters_is_reported(compiled: CompiledEdition) -> None:
    assert "Broadband rates of 2019-06 are PPPoE alone: there are no IPoE counters." in findings_of(
        compiled, "growth"
    )


def test_growth_is_split_where_all_accesses_are_known(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute(
        "UPDATE subscriber_snapshot SET subscribers = 84"
        " WHERE week = '2024-06-03' AND access <> 'pppoe' AND segment = 'consumer'"
    )
    edition = compile_memory()
    parts = edition.tables["growth-parts"]
    spans = {
        service: set(rows.select("from", "to").iter_rows())
        for (service,), rows in parts.group_by("service")
    }
    # 2019 is PPPoE alone; no year follows it but after a gap.
    assert spans == {
        "broadband": {("2023", "2024")},
        "mobile": {("2023", "2024"), ("2019", "2024")},
    }
    out = parts.filter(service="mobile", direction="out", **{"from": pl.lit("2023")})
    points = dict(out.select("part", "growth_points").iter_rows())
    days = memory_connection.execute(
        "SELECT week, sum(out_bytes)::DOUBLE FROM subscriber_day"
        " WHERE service = 'mobile' AND segment = 'consumer' GROUP BY week"
    ).fetchall()
    volume = {monday.year: total for monday, total in days}
    ratio = volume[2024] / volume[2023]
    assert points["volume"] == pytest.approx(100 * (ratio - 1))
    assert points["subscribers"] == pytest.approx(100 * (ratio - 1) * math.log(2) / math.log(ratio))
    assert set(points) == {"volume", "subscribers", "volume_per_subscriber"}
    assert (
        "Growth of broadband from or to 2019 is not split: only PPPoE was counted."
        in findings_of(edition, "growth-parts")
    )


@pytest.mark.parametrize(
    ("years", "has_ipoe", "split", "not_split"),
    [
        ((2019, 2020), True, set(), "2019 or 2020"),
        ((2023, 2024), False, set(), "2023 or 2024"),
        ((2019, 2020, 2023, 2024), True, {("2023", "2024")}, "2019 or 2020"),
        ((2023, 2024), True, {("2023", "2024")}, None),
    ],
    ids=["in_all_years", "of_a_provider_without_ipoe", "in_the_first_years", "in_no_year"],
)
def test_pppoe_alone_is_not_split(
    memory_archive: tuple[Settings, MemoryArchive],
    years: tuple[int, ...],
    has_ipoe: bool,
    split: set[tuple[str, str]],
    not_split: str | None,
) -> None:
    settings, archive = memory_archive
    insert(archive.connection, "subscriber_day", volumes(2020, date(2020, 6, 1), 40))
    insert(archive.connection, "subscriber_snapshot", snapshot(date(2020, 6, 1), 40))
    weeks = {year: {**WEEKS, 2020: date(2020, 6, 1)}[year] for year in years}
    edition = settings.editions[2024].model_copy(update={"analysis_weeks": weeks})
    sources = [source for source in settings.sources if has_ipoe or source.access != "ipoe"]
    changed = settings.model_copy(update={"editions": {2024: edition}, "sources": sources})
    found = compile_edition(changed, 2024, archive)
    spans: dict[str, set[tuple[str, str]]] = {"broadband": set(), "mobile": set()}
    for service, *span in found.tables["growth-parts"].select("service", "from", "to").iter_rows():
        spans[service].add(tuple(span))
    assert spans["broadband"] == split
    assert (str(years[0]), str(years[-1])) in spans["mobile"]
    reported = [text for text in findings_of(found, "growth-parts") if "is not split" in text]
    assert reported == [
        f"Growth of broadband from or to {text} is not split: only PPPoE was counted."
        for text in [not_split]
        if text
    ]


def test_growth_of_an_access_that_the_customer_system_lacks_is_not_split(
    compile_memory: Compile, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute(
        "DELETE FROM subscriber_snapshot WHERE week = '2023-05-29' AND access = 'ipoe'"
    )
    edition = compile_memory()
    assert set(edition.tables["growth-parts"]["service"]) == {"mobile"}
    assert [text for text in findings_of(edition, "growth-parts") if "not split" in text] == [
        "Growth of broadband from or to 2019 is not split: only PPPoE was counted.",
        "Growth of broadband from or to 2023 is not split: the volume or the number of subscribers"
        " of one access type is not known.",
    ]


def test_missing_slots_move_the_coverage_and_nothing_else(
    compiled: CompiledEdition,
    compile_memory: Compile,
    memory_connection: duckdb.DuckDBPyConnection,
) -> None:
    before = compiled.tables["table-1"]
    memory_connection.execute(
        "UPDATE subscriber_day SET coverage_percent = 93"
        " WHERE day = '2024-06-05' AND access = 'pppoe'"
    )
    after = compile_memory().tables["table-1"]
    assert after.filter(year=2024)["coverage_percent"].to_list() == pytest.approx([99.0, 99.0])
    assert_frame_equal(after.drop("coverage_percent"), before.drop("coverage_percent"))
    assert after.filter(pl.col("year") < 2024).equals(before.filter(pl.col("year") < 2024))


def test_inputs_name_each_load_that_the_edition_draws_on(compiled: CompiledEdition) -> None:
    inputs = compiled.inputs
    counts = dict(inputs.group_by("feed").len().iter_rows())
    # Each June and January 2020 touch five weeks; of other months drawn, three weeks are loaded.
    assert counts == {"flows": 3, "assignments": 3, "usage": 3, "subscribers": 3, "counters": 23}


@pytest.mark.parametrize(("years", "word"), [(5, "five"), (1, "one"), (20, "twenty"), (21, "21")])
def test_word_for_the_length_of_the_look_back(years: int, word: str) -> None:
    assert span_word(years) == word
