"""Laws of the port shares: each level adds up to the one above it, whatever was measured."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longflow.contract import contract
from longflow.database import execute_named
from longflow.edition import scope
from longflow.edition.checks import check_table
from longflow.sqlfile import query

CELL = st.fixed_dictionaries(
    {
        "service": st.sampled_from(["broadband", "mobile"]),
        "ip_version": st.sampled_from([4, 6]),
        "protocol": st.sampled_from([1, 6, 17, 47, 50, 58, 200]),
        "port": st.one_of(st.none(), st.sampled_from([0, 22, 443, 1023, 1024, 8080, 31000])),
        # a share resolves whole bytes up to here: a double has sixteen digits
        "bytes": st.integers(1, 10**12),
        "sampled_packets": st.integers(1, 200),
    }
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        scope.create_functions(connection)
        connection.execute("CREATE TABLE analysis_week AS SELECT 2024 AS year, 1 AS week")
        connection.execute("CREATE TABLE protocol_name (protocol UTINYINT, name VARCHAR)")
        connection.execute("INSERT INTO protocol_name VALUES (6, 'TCP'), (17, 'UDP'), (1, 'ICMP')")
        connection.execute(
            "CREATE TABLE port_name (protocol UTINYINT, port USMALLINT, label VARCHAR)"
        )
        yield connection


def shares(
    connection: duckdb.DuckDBPyConnection, cells: list[dict[str, object]], most_ports: int
) -> pl.DataFrame:
    connection.execute(
        "CREATE OR REPLACE TABLE port_week (week INTEGER, service VARCHAR, ip_version UTINYINT,"
        " protocol UTINYINT,"
        " port USMALLINT, bytes BIGINT, sampled_packets BIGINT, variance_bytes2 DECIMAL(38, 0),"
        " coverage_percent DOUBLE)"
    )
    connection.executemany(
        "INSERT INTO port_week VALUES (1, $service, $ip_version, $protocol,"
        " CASE WHEN $protocol IN (6, 17) THEN $port END, $bytes, $sampled_packets,"
        " $bytes::HUGEINT * 8192, 100)",
        cells,
    )
    parameters: dict[str, object] = {
        "first_port_year": 2024,
        "threshold_percent": 0.1,
        "most_ports": most_ports,
    }
    for step in ("port_volume", "port_row", "port_share"):
        statement = f"CREATE OR REPLACE TABLE {step} AS {query('edition', step)}"
        execute_named(connection, statement, parameters)
    return connection.execute("FROM port_share").pl()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(cells=st.lists(CELL, min_size=1, max_size=25), most_ports=st.integers(0, 4))
def test_levels_add_up(
    connection: duckdb.DuckDBPyConnection, cells: list[dict[str, object]], most_ports: int
) -> None:
    shares(connection, cells, most_ports)
    for table, rule in (
        ("table_3", "broadband_ports.ports_add_up"),
        ("table_4", "mobile_ports.ports_add_up"),
        ("table_4_by_ip_version", "mobile_ports_by_version.versions_add_up"),
    ):
        frame = connection.execute(query("edition", table)).pl()
        assert rule in check_table(connection, contract("edition", table), frame)


def in_bytes(frame: pl.DataFrame, total: int) -> int:
    return sum(round(share / 100 * total) for share in frame["share_percent"])


def volume(cells: list[dict[str, object]], *protocols: int) -> int:
    return sum(int(str(c["bytes"])) for c in cells if not protocols or c["protocol"] in protocols)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(cells=st.lists(CELL, min_size=1, max_size=25), most_ports=st.integers(0, 4))
def test_no_byte_is_lost_between_levels(
    connection: duckdb.DuckDBPyConnection, cells: list[dict[str, object]], most_ports: int
) -> None:
    rows = shares(connection, cells, most_ports)
    for (service, version), table in rows.group_by("service", "ip_version"):
        own = [c for c in cells if c["service"] == service and str(c["ip_version"]) in version]
        total = volume(own)
        assert in_bytes(table.filter(level="protocol"), total) == total
        for protocol, number in (("TCP", 6), ("UDP", 17)):
            whole = volume(own, number)
            of = table.filter(protocol=protocol)
            assert in_bytes(of.filter(level="protocol"), total) == whole
            if service == "broadband":
                assert in_bytes(of.filter(level="class"), total) == whole
                whole -= in_bytes(of.filter(level="class", port="unknown"), total)
            assert in_bytes(of.filter(level="port"), total) == whole


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(cells=st.lists(CELL, min_size=1, max_size=25), factor=st.integers(2, 1000))
def test_shares_do_not_depend_on_the_unit_of_bytes(
    connection: duckdb.DuckDBPyConnection, cells: list[dict[str, object]], factor: int
) -> None:
    scaled = [{**cell, "bytes": int(str(cell["bytes"])) * factor} for cell in cells]
    columns = ["ip_version", "level", "protocol", "port", "position"]
    before, after = shares(connection, cells, 3), shares(connection, scaled, 3)
    assert before.select(columns).equals(after.select(columns))
    assert after["share_percent"].to_list() == pytest.approx(before["share_percent"].to_list())
