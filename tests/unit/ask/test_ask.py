"""Questions to a small archive: what they see, what they cannot reach, and how answers look."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.ask import Questions, open_to_ask
from longflow.ask.dictionary import macros, names, page
from longflow.cli import main
from longflow.errors import LongflowError, WrongUsageError
from longflow.settings import Settings

from tests.unit.conftest import WEEKS, make_settings_over


@pytest.fixture(scope="module")
def settings(shared_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over the shared archive, for the module."""
    return make_settings_over(shared_lake, tmp_path_factory.mktemp("ask"))


@pytest.fixture(scope="module")
def questions(settings: Settings) -> Iterator[Questions]:
    """The shared archive, open to questions."""
    with open_to_ask(settings) as opened:
        yield opened


def test_a_question_reads_tables_views_macros_and_weeks_of_editions(questions: Questions) -> None:
    frame = questions.sql(
        "SELECT year, sum(in_bytes) AS in_bytes, max(broadband_population) AS population"
        " FROM consumer_week JOIN week_of_edition USING (week)"
        " WHERE service = 'mobile' GROUP BY year ORDER BY year"
    ).pl()
    days = questions.sql("FROM subscriber_day").pl()
    expected = days.filter(pl.col("service") == "mobile", pl.col("segment") == "consumer")
    assert frame["year"].to_list() == list(WEEKS)
    assert frame["population"].to_list() == ["pppoe", "pppoe+ipoe", "pppoe+ipoe"]
    assert frame["in_bytes"].sum() == expected["in_bytes"].sum()


def test_weekends_and_rates(questions: Questions) -> None:
    ((weekend, rate),) = questions.sql(
        "SELECT is_weekend(DATE '2024-06-08') AND NOT is_weekend(DATE '2024-06-07'),"
        " (SELECT mbit_per_second(b, ms) FROM (VALUES (1000000, 4000), (1000000, 4000)) t(b, ms))"
    ).fetchall()
    assert weekend
    assert rate == pytest.approx(2)


def test_the_dictionary_describes_everything_that_can_be_read(questions: Questions) -> None:
    said = questions.sql("FROM dictionary").pl()
    assert set(said.filter(pl.col("kind") != "macro")["name"]) == names()
    for name in names():
        listed = said.filter(pl.col("name") == name, pl.col("position") > 0)
        columns = questions.sql(f"DESCRIBE {name}").fetchall()
        actual = [(column, kind) for column, kind, *_ in columns if column != "snapshot_id"]
        kinds = listed["type"].str.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
        assert list(zip(listed["column_name"], kinds, strict=True)) == actual


def test_the_listed_macros_exist_with_their_parameters(questions: Questions) -> None:
    connection = questions._archive.connection
    found = dict(
        connection.execute(
            "SELECT function_name, parameters FROM duckdb_functions()"
            " WHERE function_type = 'macro' AND NOT internal"
        ).fetchall()
    )
    assert {name: found.get(name) for name in macros()} == {
        name: said["parameters"] for name, said in macros().items()
    }


def test_the_dictionary_is_printed_without_an_archive(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql"]) == 0
    printed = capsys.readouterr().out
    assert printed.strip() == "\n".join(page()).strip()
    assert "  in_bytes BIGINT [bytes]: bytes that the subscriber sent" in printed


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '{folder}/x.csv'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '99GB'",
        "SET enable_external_access = true",
        "DELETE FROM archive.load_log",
        "FROM read_text('{data}/../catalogue.sqlite')",
    ],
)
def test_the_connection_itself_is_locked(
    questions: Questions, statement: str, tmp_path: Path, shared_lake: Path
) -> None:
    text = statement.format(folder=tmp_path, data=shared_lake / "data")
    with pytest.raises(duckdb.Error, match=r"disabled|locked|read-only"):
        questions._archive.connection.execute(text)
    assert not list(tmp_path.iterdir())


def test_names_of_python_are_no_tables(questions: Questions) -> None:
    secret = pl.DataFrame({"a": [1]})
    assert secret.height
    with pytest.raises(LongflowError, match="no table or view 'secret'"):
        questions.sql("FROM secret")


def test_a_question_sees_its_snapshot_and_does_not_stop_loads(
    own_lake_settings: Settings,
) -> None:
    before = "SELECT count(*) FROM week_load"
    with open_to_ask(own_lake_settings) as asked:
        rows = asked.sql("FROM rate_hour").to_arrow_reader(100)
        rows.read_next_batch()
        catalogue = str(own_lake_settings.archive_catalogue).removeprefix("sqlite:")
        with closing(sqlite3.connect(catalogue, timeout=0)) as other:
            other.execute("BEGIN EXCLUSIVE")
            other.execute("ROLLBACK")
        with open_archive(own_lake_settings, read_only=False) as archive:
            archive.connection.execute("INSERT INTO week_load VALUES (DATE '2024-06-03', 1)")
        assert asked.sql(before).fetchall() == [(0,)]
        snapshot = asked.snapshot
    with open_to_ask(own_lake_settings) as asked:
        assert asked.sql(before).fetchall() == [(1,)]
    with open_to_ask(own_lake_settings, snapshot=snapshot) as asked:
        assert asked.sql(before).fetchall() == [(0,)]


def test_a_missing_file_is_named(own_lake_settings: Settings) -> None:
    data = Path(str(own_lake_settings.archive_data))
    next((data / "main" / "port_week").rglob("*.parquet")).unlink()
    with open_to_ask(own_lake_settings) as asked:
        assert asked.sql("SELECT count(*) FROM rate_hour").fetchall()
        with pytest.raises(LongflowError, match=r"port_week of week \S+ is missing"):
            asked.sql("SELECT count(*) FROM port_week")


def test_a_snapshot_or_a_release(settings: Settings) -> None:
    with pytest.raises(WrongUsageError), open_to_ask(settings, snapshot=1, release="x"):
        pass


def ask(settings: Settings, *arguments: str) -> int:
    return main(["sql", "--settings", str(settings.file), *arguments])


ODD = (
    "SELECT 'a\nb' AS text, 1 AS twice, 2 AS twice, 'nan'::DOUBLE AS none,"
    " 170141183460469231731687303715884105727::HUGEINT AS large, INTERVAL 1 DAY AS span,"
    " [1, 2] AS list, NULL AS empty"
)


def test_csv_and_json_hold_every_type_to_the_last_digit(settings: Settings, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("answer.csv", "answer.json")]
    for file in files:
        assert ask(settings, ODD, "--output", str(file)) == 0
    ((row,), columns) = (
        (rows := duckdb.read_csv(str(files[0]), all_varchar=True)).fetchall(),
        rows.columns,
    )
    assert columns == ["text", "twice", "twice_1", "none", "large", "span", "list", "empty"]
    assert row[:3] == ("a\nb", "1", "2")
    assert row[4:7] == ("170141183460469231731687303715884105727", "1 day", "[1, 2]")
    said = json.loads(files[1].read_text())
    assert said["large"] == 2**127 - 1
    assert said["none"] is None
    assert said["list"] == [1, 2]


def test_parquet_keeps_rows_in_their_order(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hours.parquet"
    question = "SELECT hour_start, in_bytes FROM service_hour ORDER BY in_bytes DESC, hour_start"
    assert ask(settings, question, "--output", str(file)) == 0
    frame = pl.read_parquet(file)
    assert capsys.readouterr().out.startswith(f"{file}  {frame.height:,} rows, snapshot ")
    assert frame["in_bytes"].is_sorted(descending=True)
    assert ask(settings, question, "--output", str(file)) == 1
    assert "already exists" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["hours.parquet"]


def test_a_table_says_that_there_is_more(
    settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    question = "SELECT year, broadband_population AS who FROM week_of_edition ORDER BY year"
    assert ask(settings, question, "--rows", "2") == 0
    assert capfdbinary.readouterr().out.decode().splitlines() == [
        "year  who",
        "----  ----------",
        "2019  pppoe",
        "2023  pppoe+ipoe",
        "… there are more rows than these 2; --rows shows more",
    ]


@pytest.mark.parametrize(
    ("question", "said", "more"),
    [
        ("SELECT nope FROM load_log", 'Referenced column "nope" not found', ()),
        ("SELECT error('boom')", "boom", ()),
        ("SELECT sum('a')", "No function matches", ()),
        ("SELECT $x", "parameter", ()),
        ("SELECT list(i) FROM range(50000000) AS t(i)", "more memory", ("--memory-limit", "50MB")),
        (
            "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range*b.range)%7=3",
            "longer than 1 s",
            ("--time-limit", "1"),
        ),
    ],
)
def test_an_error_is_one_line(
    settings: Settings,
    question: str,
    said: str,
    more: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    file = tmp_path / "answer.csv"
    assert ask(settings, question, "--output", str(file), *more) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("longflow: the question: ")
    assert said in line
    assert not list(tmp_path.iterdir())
