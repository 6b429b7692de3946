"""Names of protocols and ports: the lists that the port tables are labelled by."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from longflow.edition import scope

NAMES = Path(scope.__file__).parent / "names"

# Ports that port tables of the field print with a name, and those they print because they matter.
OF_THE_FIELD = {
    (6, 22): "ssh",
    (6, 80): "http",
    (6, 443): "https",
    (6, 993): "imaps",
    (6, 1935): "rtmp",
    (6, 8080): "http-alt",
    (17, 53): "dns",
    (17, 443): "https",
    (17, 4500): "nat-t",
    (17, 8801): "zoom",
    (17, 51820): "wireguard",
}
PROTOCOLS_OF_THE_FIELD = {
    1: "ICMP",
    4: "IP-ENCAP",
    6: "TCP",
    17: "UDP",
    47: "GRE",
    50: "ESP",
}


def rows(name: str) -> list[dict[str, str]]:
    with (NAMES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(("place", "label"), OF_THE_FIELD.items())
def test_ports_that_tables_of_the_field_print_have_a_name(
    place: tuple[int, int], label: str
) -> None:
    found = [
        row["label"] for row in rows("port") if (int(row["protocol"]), int(row["port"])) == place
    ]
    assert found == [label]


def test_protocols_are_named_as_in_tables_of_the_field() -> None:
    names = scope.protocol_names()
    assert {number: names[number] for number in PROTOCOLS_OF_THE_FIELD} == PROTOCOLS_OF_THE_FIELD


def test_every_port_stands_once_in_order_and_says_where_its_name_is_from() -> None:
    places = [(int(row["protocol"]), int(row["port"])) for row in rows("port")]
    assert places == sorted(set(places))
    assert all(protocol in {6, 17} and 0 <= port < 65536 for protocol, port in places)
    assert {row["source"] for row in rows("port")} == {"iana", "field"}
    assert all(row["label"].strip() == row["label"] != "" for row in rows("port"))


def test_no_two_protocols_have_one_name() -> None:
    names = [row["name"] for row in rows("protocol")]
    assert len(names) == len(set(names))
