from __future__ import annotations

from longflow.database import connect, execute_named

from tests.conftest import MakeSettings


def test_more_than_the_memory_limit_spills_below_var(make_settings: MakeSettings) -> None:
    settings = make_settings("counters", extra='[database]\nmemory_limit = "60MB"\nthreads = 1\n')
    with connect(settings) as connection:
        connection.execute(
            "CREATE TEMP TABLE big AS SELECT range AS n, hash(range) h FROM range(8000000)"
        )
        spilled = list((settings.var / "tmp").rglob("*.tmp"))
        assert connection.execute("SELECT count(DISTINCT n) FROM big").fetchone() == (8_000_000,)
    assert spilled


def test_nothing_is_downloaded(make_settings: MakeSettings) -> None:
    with connect(make_settings("counters")) as connection:
        wanted = connection.execute(
            "SELECT count(*) FROM duckdb_settings() WHERE value = 'true' "
            "AND name IN ('autoinstall_known_extensions', 'autoload_known_extensions')"
        ).fetchone()
    assert wanted == (0,)


def test_only_the_parameters_that_a_statement_names_are_bound(make_settings: MakeSettings) -> None:
    parameters: dict[str, object] = {"week": 1, "week_start_ms": 2}
    with connect(make_settings("counters")) as connection:
        assert execute_named(connection, "SELECT $week_start_ms", parameters).fetchone() == (2,)
