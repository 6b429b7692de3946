"""Queries of the settings: what they may be, and where their values are bound."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.errors import LongflowError
from longflow.settings import Settings, Source
from longflow.settings.databases import MARIADB, POSTGRESQL, bound, query_problems

BASE = """
[provider]
name = "Test"
time_zone = "Asia/Tokyo"

[[sources]]
name = "radius"
"""
QUERY = "SELECT * FROM radacct WHERE acctstarttime < :week_end"


def problems(query: str, system: str = POSTGRESQL) -> list[str]:
    return [one.what for one in query_problems(query, system, needs_bounds=True)]


def load(tmp_path: Path, section: str) -> Settings:
    file = tmp_path / "longflow.toml"
    file.write_text(BASE + section)
    return Settings.load(file)


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        f"-- sessions; of the week\n{QUERY};",
        f"{QUERY} AND username <> ';into:x'",
        f'WITH s AS ({QUERY}) SELECT "into" FROM s',
        "SELECT a::text FROM t WHERE a > $$:x;$$ AND b < :week_end_epoch",
    ],
)
def test_a_query_that_can_be_run(query: str) -> None:
    assert problems(query) == []


@pytest.mark.parametrize(
    ("query", "system", "expected"),
    [
        ("DELETE FROM radacct WHERE :week_end > a", POSTGRESQL, "begins with 'delete'"),
        (f"{QUERY}; DROP TABLE radacct", POSTGRESQL, "holds more than one statement"),
        (f"SELECT 1 INTO t FROM ({QUERY}) AS s", POSTGRESQL, "has INTO, which writes"),
        (f"{QUERY} /*!INTO OUTFILE '/tmp/x' */", MARIADB, "has a comment that the server would"),
        ("SELECT * FROM radacct WHERE a < :weekend", POSTGRESQL, "':weekend' is no value"),
        ("SELECT * FROM radacct", POSTGRESQL, "names no bound of the week"),
        ("SELECT * FROM t -- :week_end", POSTGRESQL, "names no bound of the week"),
        ("SELECT '\\' :week_end' FROM t", MARIADB, "names no bound of the week"),
        ("-- nothing :week_end", POSTGRESQL, "begins with no word"),
    ],
)
def test_a_query_that_cannot(query: str, system: str, expected: str) -> None:
    assert problems(query, system)[0].startswith(expected)


def test_values_are_bound_by_number_in_postgresql() -> None:
    found = bound(
        "SELECT ':week_end'::text WHERE :week_end > a OR :week_start < :week_end;", POSTGRESQL
    )
    assert found.text == "SELECT ':week_end'::text WHERE $1 > a OR $2 < $1"
    assert found.names == ("week_end", "week_start")


def test_values_are_bound_in_their_order_in_mariadb() -> None:
    found = bound("SELECT `:x` WHERE :week_end > a OR :week_start < :week_end # :x", MARIADB)
    assert found.text == "SELECT `:x` WHERE ? > a OR ? < ? # :x"
    assert found.names == ("week_end", "week_start", "week_end")


def test_a_query_may_have_lines_and_lie_in_a_file(tmp_path: Path) -> None:
    query = QUERY.replace(" FROM", "\nFROM")
    (tmp_path / "radacct.sql").write_text(query + "\n")
    section = 'feed = "assignments"\nurl = "postgresql://db.example.net/radius"\nquery = '
    for spelled in (f'"""\n{query}\n"""', '"radacct.sql"'):
        (source,) = load(tmp_path, section + spelled).sources
        assert source.query == query
        assert source.format == "csv"


def test_a_source_of_a_manifest_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "radacct.sql").write_text(QUERY)
    section = 'feed = "assignments"\nurl = "mysql://db/radius"\nquery = "radacct.sql"\n'
    (source,) = load(tmp_path, section).sources
    assert Source.model_validate(source.model_dump(mode="json")) == source


def test_customers_need_no_bounds_of_a_week(tmp_path: Path) -> None:
    section = (
        'feed = "subscribers"\nurl = "mysql://db.example.net/crm"\nquery = "SELECT * FROM c"\n'
    )
    assert load(tmp_path, section).sources[0].query == "SELECT * FROM c"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            'url = "postgresql://db.example.net/radius"',
            "is a database, so the source needs a query",
        ),
        ('url = "postgresql://db.example.net"\nquery = "SELECT 1"', "does not name host and data"),
        ('url = "postgresql://a:b@db/radius"\nquery = "SELECT 1"', "the URL holds a password"),
        ('url = "mysql://db/radius?ssl=1"\nquery = "SELECT 1"', "has options; put them into"),
        ('url = "mysql://db/radius"\nquery = "radacct.sql"', "radacct.sql; write it, or the query"),
        (f'format = "csv"\nquery = "{QUERY}"', "has a query, but its url names no database; write"),
        (f'url = "mysql://db/r"\nfiles = "x"\nquery = "{QUERY}"', "is for files; a query has none"),
        (f'url = "mysql://db/r"\nformat = "json"\nquery = "{QUERY}"', "rows of a query become CSV"),
    ],
)
def test_a_source_that_cannot_be(tmp_path: Path, section: str, expected: str) -> None:
    with pytest.raises(LongflowError) as caught:
        load(tmp_path, f'feed = "assignments"\n{section}\n')
    assert expected in str(caught.value)
    assert "longflow.toml: line " in str(caught.value)


def test_dumps_do_not_lie_in_a_database(tmp_path: Path) -> None:
    section = 'feed = "assignments"\nformat = "csv"\n[landing]\nurl = "mysql://db/radius"\n'
    with pytest.raises(LongflowError, match="is a database, which holds no files"):
        load(tmp_path, section)
