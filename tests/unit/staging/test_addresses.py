"""Addresses and prefixes become numbers, and any other text becomes null."""

from __future__ import annotations

import ipaddress

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.staging.addresses import parse_addresses


@pytest.mark.parametrize(
    ("text", "version", "high", "low", "length"),
    [
        ("192.0.2.7", 4, 0, 0xC0000207, 32),
        (" 192.0.2.7/24 ", 4, 0, 0xC0000207, 24),
        ("0.0.0.0/0", 4, 0, 0, 0),
        ("2001:db8::7", 6, 0x20010DB8 << 32, 7, 128),
        ("2001:db8:5::/48", 6, 0x20010DB8_00050000, 0, 48),
        ("::ffff:192.0.2.7", 4, 0, 0xC0000207, 32),
        ("::ffff:192.0.2.0/120", 4, 0, 0xC0000200, 24),
    ],
)
def test_an_address_is_its_numbers(
    text: str, version: int, high: int, low: int, length: int
) -> None:
    assert parse_addresses(pl.Series([text])).row(0) == (version, high, low, length)


@pytest.mark.parametrize(
    "text",
    [
        *("192.0.2", "192.0.2.256", "192.0.2.07", "192.0.2.7/", "192.0.2.7/33", "192.0.2.7/-1"),
        *("192.0.2.7/2/4", "2001:db8::/129", "fe80::1%eth0", "unknown", "", None, "192.0.2.7\0"),
    ],
)
def test_what_is_no_address_is_nothing_and_its_neighbours_stay(text: str | None) -> None:
    rows = parse_addresses(pl.Series(["192.0.2.7", text, "2001:db8::7"])).rows()
    assert [row[0] for row in rows] == [4, None, 6]
    assert rows[1] == (None, None, None, None)


@given(st.lists(st.ip_addresses(), max_size=20))
def test_any_address_reads_as_the_standard_library_reads_it(
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    column = pl.Series([str(address) for address in addresses], dtype=pl.String)
    read = parse_addresses(column)
    meant = [getattr(address, "ipv4_mapped", None) or address for address in addresses]
    assert [(high << 64) + low for _, high, low, _ in read.iter_rows()] == list(map(int, meant))
    assert read["version"].to_list() == [address.version for address in meant]
