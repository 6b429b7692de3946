"""Shares of flows and sessions outside the provider's prefixes."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import duckdb
import pytest
from longflow.database import create_functions
from longflow.records import Finding
from longflow.settings import Feed, Settings
from longflow.settings.delivery import Provider
from longflow.validation import prefixes
from pydantic import ValidationError

from tests.conftest import MakeSettings

LOW = (1 << 64) - 1


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_functions(connection)
    connection.execute("CREATE TABLE delivered_file AS SELECT 0 AS file_index, 'edge' AS source")
    return connection


def found(
    connection: duckdb.DuckDBPyConnection, settings: Settings, own: Sequence[str], inside: int
) -> list[Finding]:
    """Findings about 100 flows of 10 bytes, some of them with an address of the provider."""
    provider = Provider(name="x", time_zone="UTC", prefixes=list(own))
    settings = settings.model_copy(update={"provider": provider})
    connection.execute(
        "CREATE OR REPLACE TABLE flows AS SELECT 0 AS file_index, 4::UTINYINT AS ip_version, "
        "0::UBIGINT AS src_addr_high, 0::UBIGINT AS dst_addr_high, 1::UBIGINT AS dst_addr_low, "
        "(CASE WHEN i < $inside THEN 3221225985 ELSE 1 END)::UBIGINT AS src_addr_low, "
        "10::BIGINT AS bytes FROM range(100) AS t (i)",
        {"inside": inside},
    )
    return list(prefixes.findings(connection, settings, Feed.FLOWS))


@pytest.mark.parametrize(
    ("inside", "severity"), [(100, None), (99, None), (98, "warning"), (40, "critical")]
)
def test_a_share_outside_is_reported(
    inside: int,
    severity: str | None,
    database: duckdb.DuckDBPyConnection,
    make_settings: MakeSettings,
) -> None:
    reported = found(database, make_settings("flows"), ["192.0.2.0/24"], inside)
    assert [one.severity for one in reported] == ([severity] if severity else [])
    if severity:
        (one,) = reported
        assert (one.rows, one.bytes, one.source) == (100 - inside, 10 * (100 - inside), "edge")
        assert one.sentence.startswith(f"{100 - inside} % of the bytes are of flows with neither")


def test_without_prefixes_nothing_is_checked(
    database: duckdb.DuckDBPyConnection, make_settings: MakeSettings
) -> None:
    assert found(database, make_settings("flows"), [], 0) == []


@pytest.mark.parametrize(
    ("own", "address"),
    [
        (["192.0.2.0/24", "100.64.0.0/10"], "100.127.255.255"),
        (["192.0.2.0/24", "192.0.2.128/29"], "192.0.2.200"),
        (["192.0.2.0/24"], "192.0.3.0"),
        (["2001:db8::/32", "2001:db8:1::/56"], "2001:db8:ffff:ffff::1"),
        (["2001:db8::/44"], "2001:db8:10::1"),
        (["192.0.2.0/24"], "2001:db8::1"),
    ],
)
def test_blocks_hold_the_addresses_of_the_prefixes(own: list[str], address: str) -> None:
    networks = [ipaddress.ip_network(one) for one in own]
    ip = ipaddress.ip_address(address)
    shifts = {f"shift_{version}": prefixes._shift(networks, version) for version in (4, 6)}
    blocks = prefixes._blocks(networks, shifts)
    number = int(ip) if ip.version == 4 else int(ip) >> 64
    rows = blocks.filter(ip_version=ip.version, block=number >> shifts[f"shift_{ip.version}"])
    assert rows.height == any(ip in one for one in networks)


@pytest.mark.parametrize(
    ("own", "what"),
    [
        (["192.0.2.1/24"], "'192.0.2.1/24' is no prefix"),
        (["example"], "'example' is no prefix"),
        (["2001:db8::/96"], "'2001:db8::/96' is longer than 64 bits"),
        (["10.0.0.0/8", "192.0.2.1/32"], "IPv4 prefixes of 8 and 32 bits differ too much"),
    ],
)
def test_prefixes_that_are_none_are_refused(own: list[str], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Provider(name="x", time_zone="UTC", prefixes=own)
