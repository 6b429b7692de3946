"""A router has one name, however a feed spells its address."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.staging.address_text import canonical_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("192.000.002.007", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:C000:0207", "192.0.2.7"),
        ("2001:DB8:0:0:0:0:0:7", "2001:db8::7"),
        ("2001:0db8::0007/128", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
    ],
)
def test_spellings_of_an_address_become_one(text: str, address: str) -> None:
    assert canonical_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "bras-1.example.net", "BRAS07", "192.0.2", "192.0.2.256", "192.0.2.0/24", "fe80::/64"],
)
def test_what_is_no_address_stays_as_it_is(text: str) -> None:
    assert canonical_address(text) == text


@given(st.ip_addresses())
def test_two_addresses_never_become_one(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    for text in (str(address), address.exploded, str(address).upper()):
        assert ipaddress.ip_address(canonical_address(text)) == (mapped or address)
