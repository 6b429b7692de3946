"""What mapping rules give to prefixes: the examples of RFC 7597, appendix A, and edges."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.settings import Feed, Source
from longflow.settings.map_rules import map_rule
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import read_tabular
from longflow.staging.tabular.map_rules import port_sets

Found = tuple[str | None, int | None, int | None, int | None]


def port_set(prefix: str, *rules: str) -> Found:
    network = ipaddress.IPv6Network(prefix)
    high = pl.Series([int(network.network_address) >> 64], dtype=pl.UInt64)
    length = pl.Series([network.prefixlen], dtype=pl.UInt8)
    (row,) = port_sets(high, length, [map_rule(rule) for rule in rules]).rows()
    address, *ports = row
    return (None if address is None else str(ipaddress.IPv4Address(address)), *ports)


@pytest.mark.parametrize(
    ("prefix", "rule", "expected"),
    [
        pytest.param(
            "2001:db8:12:3400::/56",
            "2001:db8::/40 192.0.2.0/24 16 6",
            ("192.0.2.18", 1232, 1235, 1024),
            id="RFC 7597, example 1",
        ),
        pytest.param(
            "2001:db8:12:3400::/56",
            "2001:db8:12:3400::/56 192.0.2.18/32 0 0",
            ("192.0.2.18", 0, 65535, None),
            id="an address of its own",
        ),
        pytest.param(
            "2001:db8:12:3400::/56",
            "2001:db8::/40 192.0.2.0/24 16 0",
            ("192.0.2.18", 0x3400, 0x34FF, None),
            id="no offset, one range",
        ),
        pytest.param(
            "2001:db8:12:3400::/48",
            "2001:db8::/40 192.0.2.0/24 16 6",
            (None, None, None, None),
            id="a prefix that lacks EA bits",
        ),
        pytest.param(
            "2001:db9:12:3400::/56",
            "2001:db8::/40 192.0.2.0/24 16 6",
            (None, None, None, None),
            id="a prefix of no rule",
        ),
    ],
)
def test_what_a_rule_gives(prefix: str, rule: str, expected: Found) -> None:
    network = ipaddress.IPv6Network(prefix, strict=False)
    assert port_set(str(network), rule) == expected


def test_the_longest_rule_counts() -> None:
    rules = ["2001:db8::/40 192.0.2.0/24 16 6", "2001:db8::/32 198.51.100.0/24 16 6"]
    assert port_set("2001:db8:12:3400::/56", *rules)[0] == "192.0.2.18"


@given(st.integers(0, 2**16 - 1), st.sampled_from([0, 1, 4, 6, 8]))
def test_a_port_names_its_subscriber(ea: int, offset: int) -> None:
    """By the layout of a port: offset bits (not all 0), PSID, the rest."""
    rule = f"2001:db8::/40 192.0.2.0/24 16 {offset}"
    high = (0x20010DB800 << 24) + (ea << 8)
    _, first, last, distance = port_set(str(ipaddress.IPv6Network((high << 64, 56))), rule)

    assert first is not None
    assert last is not None
    starts = range(first, 65536, distance or 65536)
    ports = [port for start in starts for port in range(start, start + last - first + 1)]
    rest = 8 - offset
    expected = [
        port
        for port in range(65536)
        if port >> rest & 0xFF == ea & 0xFF and (offset == 0 or port >> (16 - offset))
    ]
    assert ports == expected


def test_a_session_with_an_address_of_its_own_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "radacct.csv"
    file.write_text(
        "acctuniqueid,username,nasipaddress,acctstarttime,acctstoptime,framedipaddress,"
        "delegatedipv6prefix\n"
        "s1,ann,198.51.100.1,2024-06-03T00:00:00Z,,,2001:db8:12:3400::/56\n"
        "s2,bob,198.51.100.1,2024-06-03T00:00:00Z,,203.0.113.7,2001:db8:12:3500::/56\n"
    )
    source = Source.model_validate(
        {
            "name": "radius",
            "feed": Feed.ASSIGNMENTS,
            "format": "csv",
            "map_rules": ["2001:db8::/40 192.0.2.0/24 16 6"],
        }
    )

    (table,) = read_tabular(file, source, ZoneInfo("Asia/Tokyo"), 0, SamplingNotes())

    names = ["ipv4_address", "port_first", "port_last", "port_distance"]
    assert [tuple(row.values()) for row in table.select(names).to_pylist()] == [
        (0xC0000212, 1232, 1235, 1024),
        (0xCB007107, None, None, None),
    ]
