"""Laws of the port curves: hours of the calendar, and nothing about few by itself or by a sum."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import polars as pl
import pytest
from longflow.contract import contract
from longflow.contract.creating import create_table
from longflow.database import create_from
from longflow.edition import scope
from longflow.edition.making import materialise
from longflow.release.second_way.port_hours import DRAWN, PortHours, Volume
from longflow.week import Week

MINIMUM = 10
MONDAY = date(2024, 6, 3)
PARAMETERS: dict[str, object] = {
    "minimum_subscribers": MINIMUM,
    "minimum_hour_coverage_percent": 90,
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        scope.create_functions(connection)
        yield connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """An archive table of these columns; the others are empty."""
    create_from(connection, "given", rows)
    columns = ", ".join(
        f"{name if name in rows.columns else 'NULL'}::{column.type} AS {name}"
        for name, column in contract("archive", table).columns.items()
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {columns} FROM given")


@pytest.mark.parametrize(
    ("zone", "monday", "hours"),
    [
        ("Asia/Tokyo", date(2024, 6, 3), 168),
        ("Europe/Berlin", date(2024, 3, 25), 167),
        ("Europe/Berlin", date(2024, 10, 21), 169),
        ("Australia/Lord_Howe", date(2024, 4, 1), 169),
        ("America/Santiago", date(2024, 9, 2), 167),
    ],
)
def test_hours_are_those_of_the_archive(
    zone: str, monday: date, hours: int, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(f"SET TimeZone = '{zone}'")
    create_table(connection, "edition", "analysis_week", [(2024, monday)])
    week = Week(monday, ZoneInfo(zone))
    starts = week.hour_edges_ms()[:-1]
    rows = pl.DataFrame({"hour_start": starts}).select(
        pl.from_epoch("hour_start", time_unit="ms").dt.replace_time_zone("UTC"),
        week=pl.lit(monday),
        service=pl.lit("mobile"),
        port_group=pl.lit("other"),
        bytes=1,
        sampled_packets=1,
        variance_bytes2=0,
        coverage_percent=100.0,
    )
    fill(connection, "port_group_hour", rows)
    materialise(connection, "flow_hour", PARAMETERS)
    found = connection.execute(
        "SELECT epoch_ms(hour_start), bytes, hour_of_week(hour_start), local_time(hour_start)"
        " FROM flow_hour ORDER BY hour_start"
    ).fetchall()
    assert [start for start, *_ in found] == starts
    assert {volume for _, volume, *_ in found} == {1}
    assert len(found) == hours
    for start, _, hour, text in found:
        local = datetime.fromtimestamp(start / 1000, UTC).astimezone(week.zone)
        assert hour == 24 * local.weekday() + local.hour
        assert text == local.isoformat()


@pytest.mark.parametrize("seed", range(25))
def test_nothing_of_few_is_given_and_both_ways_withhold_the_same(
    seed: int, connection: duckdb.DuckDBPyConnection
) -> None:
    """Of a day's hours, an attacker knows each curve's sum, and that the peak's total is 1."""
    random = np.random.default_rng(seed)
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    create_table(connection, "edition", "analysis_week", [(2024, MONDAY)])
    number = int(random.integers(30, 1500))
    starts = [datetime(2024, 6, 2, 15, tzinfo=UTC) + timedelta(hours=h) for h in range(24)]
    groups = [*DRAWN["mobile"], "other"]
    # Shares from a few subscribers to most of the hour; some hours without a group's flows.
    sizes = 10 ** random.uniform(-3.5, 0, (24, 4)) * random.binomial(1, 0.95, (24, 4))
    cells = {
        (start, group): Volume(int(1e9 * size), 0, 1)
        for start, row in zip(starts, sizes, strict=True)
        for group, size in zip(groups, row, strict=True)
        if size
    }
    rows = pl.DataFrame(
        [(at, group, volume.bytes) for (at, group), volume in cells.items()],
        schema=["hour_start", "port_group", "bytes"],
        orient="row",
    ).with_columns(
        week=pl.lit(MONDAY),
        service=pl.lit("mobile"),
        sampled_packets=1,
        variance_bytes2=0,
        coverage_percent=100.0,
    )
    fill(connection, "port_group_hour", rows)
    base = pl.DataFrame({"week": [MONDAY], "service": ["mobile"]})
    people = base.with_columns(
        access=pl.lit(""), segment=pl.lit("consumer"), subscribers=pl.lit(number)
    )
    fill(connection, "subscriber_snapshot", people)
    fill(connection, "port_week", base.with_columns(protocol=6, port=443, bytes=1))
    for table in ("flow_hour", "flow_peak", "port_curve", "port_curve_disclosure"):
        materialise(connection, table, PARAMETERS)
    found = connection.execute(
        "SELECT port_group, hour_start, bytes, least_subscribers FROM port_curve"
        " JOIN port_curve_disclosure USING (year, service, port_group, hour_start)"
        " WHERE relative_volume IS NOT NULL"
    ).fetchall()
    gone = {(at.astimezone(UTC), group) for group, at, _, least in found if least < MINIMUM}

    hours = PortHours(
        cells,
        dict.fromkeys((at for at, _ in cells), 100.0),
        dict.fromkeys(DRAWN["mobile"]),
        subscribers=number,
        minimum_subscribers=MINIMUM,
        minimum_coverage_percent=90,
        time_zone="Asia/Tokyo",
    )
    assert gone == hours.withheld

    def behind(at: datetime, volume: float) -> float:
        return number * volume / hours.totals[at].bytes

    given = [(at.astimezone(UTC), group, v) for group, at, v, least in found if least >= MINIMUM]
    assert all(volume == 0 or behind(at, volume) >= MINIMUM for at, _, volume in given)
    peak = hours.peak
    assert peak is not None
    left = hours.totals[peak].bytes - sum(v for at, _, v in given if at == peak)
    seen = any(at == peak and volume for at, _, volume in given)
    assert left == 0 or not seen or behind(peak, left) >= MINIMUM - 1e-6
    for group in DRAWN["mobile"]:
        apart = [at for at, of in gone if of == group]
        published = [volume for _, of, volume in given if of == group and volume]
        assert len(apart) != 1 or not published
        most = max((behind(at, cells[at, group].bytes) for at in apart), default=MINIMUM)
        assert most >= MINIMUM or not published
