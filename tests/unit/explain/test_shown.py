"""Of persons the rows behind a figure give rounded numbers, and nothing of too few."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from longflow.edition import scope
from longflow.explain.links import joint
from longflow.explain.made_from import Place
from longflow.explain.rows import Rows
from longflow.explain.shown import Shown, is_made_of_persons

DAILY, CONSUMERS = Place("edition", "daily_volume"), Place("edition", "consumer_volume")
BINS, MODE = Place("edition", "volume_histogram"), Place("edition", "volume_mode")
MEAN = {(2024, "mobile", "in"): 100.0}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        scope.create_functions(connection)
        yield connection


def consumers(connection: duckdb.DuckDBPyConnection, number: int) -> Rows:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE consumers AS SELECT 2024 AS year, 'mobile' AS service,"
        " 'in' AS direction, 'n' || i AS subscriber, i * 1000 AS week_bytes"
        f" FROM range({number}) t(i)"
    )
    link = joint(DAILY, CONSUMERS)
    assert link is not None
    return Rows(CONSUMERS, "consumers", joints={DAILY: link})


def test_one_subscriber_more_does_not_show(connection: duckdb.DuckDBPyConnection) -> None:
    shown = Shown(connection, 10, MEAN)
    (before,) = shown.lines(consumers(connection, 41))
    (after,) = shown.lines(consumers(connection, 42))
    assert before == after
    assert before == (
        "year 2024 service mobile direction in: about 40 subscribers, 28 GB in the week (7 days of"
        " the published mean, times their number)"
    )


def test_too_few_are_withheld(connection: duckdb.DuckDBPyConnection) -> None:
    (line,) = Shown(connection, 10, MEAN).lines(consumers(connection, 9))
    assert line == ("year 2024 service mobile direction in: withheld (fewer than 10 subscribers)")


def test_without_a_published_mean_there_is_no_volume(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    (line,) = Shown(connection, 10, {}).lines(consumers(connection, 41))
    assert line == "year 2024 service mobile direction in: about 40 subscribers"


def test_bins_with_anybody_in_them_are_not_counted(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE TEMP TABLE bins AS SELECT 2024 AS year, 'mobile' AS service, 'in' AS direction,"
        " i AS bin, 1 AS subscribers FROM range(7) t(i)"
    )
    link = joint(MODE, BINS)
    assert link is not None
    (line,) = Shown(connection, 10, MEAN).lines(Rows(BINS, "bins", joints={MODE: link}))
    assert line == "rows: year 2024 service mobile direction in"


def test_ports_and_counters_are_of_no_single_subscriber() -> None:
    assert is_made_of_persons(Place("edition", "growth_part"))
    assert not is_made_of_persons(Place("edition", "port_share"))
    assert not is_made_of_persons(Place("edition", "service_month"))


def test_a_table_of_ports_shows_sums_and_no_single_port(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "CREATE TEMP TABLE ports AS SELECT DATE '2024-06-03' AS week, 'mobile' AS service,"
        " 4 AS ip_version, 6 AS protocol, i AS port, i * 10 AS bytes, i AS sampled_packets,"
        " 1 AS subscribers FROM range(1, 4) t(i)"
    )
    volume, week = Place("edition", "port_volume"), Place("archive", "port_week")
    link = joint(volume, week)
    assert link is not None
    (line,) = Shown(connection, 10, {}).lines(Rows(week, "ports", joints={volume: link}))
    assert line.endswith("· bytes 60 · sampled_packets 6")
    assert "subscribers" not in line


def test_a_share_of_zero_does_not_show_what_it_is_a_share_of(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "CREATE TEMP TABLE whole AS SELECT 2024 AS year, 'mobile' AS service, '6' AS ip_version,"
        " 6 AS protocol, 443 AS port, 1000 AS bytes, 10 AS sampled_packets"
    )
    connection.execute("CREATE TEMP TABLE part AS FROM whole WHERE false")
    share, volume = Place("edition", "port_share"), Place("edition", "port_volume")
    link = joint(share, volume)
    assert link is not None
    rows = Rows(volume, "part", whole="whole", joints={share: link})
    assert list(Shown(connection, 10, {}).lines(rows)) == ["0 rows"]
