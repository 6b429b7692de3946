"""Files of nfdump 1.5 and 1.6."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from longflow.staging.nfcapd import NfcapdError, open_flows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.staging.nfcapd.conftest import Maker

V4_ROUTER, V6_ROUTER, INTERFACES, AS_NUMBERS = (23, 4), (24, 16), (4, 4), (7, 8)

pytestmark = pytest.mark.usefixtures("both_ways")


def rows_of(path: Path, *names: str) -> list[tuple[Any, ...]]:
    with open_flows(path) as reader:
        columns = [batch.columns() for batch in reader]
    return [
        row
        for batch in columns
        for row in zip(*(batch[name].tolist() for name in names), strict=True)
    ]


def exporters_of(path: Path) -> list[str | None]:
    with open_flows(path) as reader:
        indices = [index for batch in reader for index in batch.exporter_index.tolist()]
        return [reader.exporters[index].address if index >= 0 else None for index in indices]


@pytest.mark.parametrize("codec", ["none", "lzo", "bz2", "lz4"])
@pytest.mark.parametrize("early", [False, True])
def test_every_field_of_a_flow(make: Maker, codec: str, early: bool) -> None:
    flow = make.flow_1_6(sampled=True, early=early)
    path = make.file_1(
        [make.exporter("203.0.113.9"), make.sampler(500), make.extension_map(0), flow], codec=codec
    )
    with open_flows(path) as reader:
        [batch] = list(reader)
    row = {name: column.tolist() for name, column in batch.columns().items()}
    assert row == {
        "position": [0],
        "first_seen_ms": [1_560_000_000_250],
        "last_seen_ms": [1_560_000_001_999],
        "ip_version": [4],
        "protocol": [6],
        "src_addr_high": [0],
        "src_addr_low": [0xC0000201],
        "dst_addr_high": [0],
        "dst_addr_low": [0xC6336407],
        "src_port": [443],
        "dst_port": [50_000],
        "packets": [3],
        "bytes": [1500],
        "tcp_flags": [0x18],
        "sampled": [True],
        "exporter_index": [0],
        "sampling_interval": [500],
    }


def test_head_and_statistics(make: Maker) -> None:
    with open_flows(make.file_1(ident="osaka", codec="bz2", flows=11)) as reader:
        header, statistics = reader.header, reader.statistics
    assert (header.layout, header.nfdump_version, header.created) == (1, None, None)
    assert (header.compression, header.ident) == ("bz2", "osaka")
    assert statistics is not None
    assert (statistics.flows, statistics.bytes, statistics.packets) == (11, 22, 33)
    assert (statistics.first_seen_ms, statistics.last_seen_ms) == (100_005, 200_007)
    assert statistics.sequence_failures == 4


def test_widths_of_addresses_and_counters_in_any_mix(make: Maker) -> None:
    large = 2**40
    flows = [
        make.flow_1_6(packets=1, octets=10),
        make.flow_1_6(packets=large, octets=large + 1, wide=True),
        make.flow_1_6(src="2001:db8::1", dst="2001:db8::2", packets=2, octets=20),
        make.flow_1_6(src="2001:db8::3", dst="::4", packets=large, octets=large + 2, wide=True),
    ]
    path = make.file_1([make.extension_map(0), *flows * 3])
    expected = [
        (4, 0xC0000201, 0xC6336407, 1, 10),
        (4, 0xC0000201, 0xC6336407, large, large + 1),
        (6, 1, 2, 2, 20),
        (6, 3, 4, large, large + 2),
    ]
    names = ("ip_version", "src_addr_low", "dst_addr_low", "packets", "bytes")
    assert rows_of(path, *names) == expected * 3


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("src", "dst"), [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "::2")])
def test_blocks_of_records_that_are_all_alike(make: Maker, wide: bool, src: str, dst: str) -> None:
    flows = [
        make.flow_1_6(src=src, dst=dst, packets=number, octets=number * 10, wide=wide)
        for number in range(1, 6)
    ]
    path = make.file_1([make.extension_map(0)], flows)
    names = ("packets", "bytes", "src_addr_high", "src_addr_low", "dst_addr_high", "dst_addr_low")
    high, low, last = (0, 0xC0000201, 0xC0000202) if "." in src else (0x20010DB8 << 32, 1, 2)
    assert rows_of(path, *names) == [
        (number, number * 10, high, low, 0, last) for number in range(1, 6)
    ]


def test_the_router_address_stands_where_the_map_says(make: Maker) -> None:
    router = struct.pack("<I", 0xCB007105)
    v6_router = struct.pack("<QQ", 0x20010DB8 << 32, 0x77)
    maps = [
        make.extension_map(1, INTERFACES, V4_ROUTER),
        make.extension_map(2, V6_ROUTER, AS_NUMBERS),
        make.extension_map(3, INTERFACES),
    ]
    flows = [
        make.flow_1_6(sysid=0, extension_map=1, extensions=b"ifif" + router),
        make.flow_1_6(sysid=0, extension_map=2, extensions=v6_router + bytes(8)),
        make.flow_1_6(sysid=0, extension_map=3, extensions=b"ifif"),
    ]
    path = make.file_1([*maps, *flows])
    assert exporters_of(path) == ["203.0.113.5", "2001:db8::77", None]


def test_a_map_given_anew_applies_from_its_place_on(make: Maker) -> None:
    router = struct.pack("<I", 0xCB007105)
    flow = make.flow_1_6(sysid=0, extension_map=1, extensions=b"ifif" + router)
    first, second = (
        make.extension_map(1, INTERFACES, V4_ROUTER),
        make.extension_map(1, INTERFACES, INTERFACES),
    )
    assert exporters_of(make.file_1([first, flow, second, flow])) == ["203.0.113.5", None]


def test_a_flow_without_its_map_is_left_out_and_counted_as_nfdump_does(make: Maker) -> None:
    flows = [make.flow_1_6(octets=1), make.flow_1_6(octets=2, extension_map=9)]
    path = make.file_1([make.extension_map(0), *flows], [make.flow_1_6(octets=3)])
    with open_flows(path) as reader:
        octets = [number for batch in reader for number in batch.bytes.tolist()]
        left_out = reader.skipped.flows_without_map
    assert (octets, left_out) == ([1, 3], 1)
    assert rows_of(path, "position") == [(0,), (1,)]


def test_unknown_extensions_are_counted_for_every_flow(make: Maker) -> None:
    flow = make.flow_1_6(extensions=bytes(8))
    path = make.file_1([make.extension_map(0, INTERFACES, (200, 4)), flow, flow])
    with open_flows(path) as reader:
        assert sum(len(batch) for batch in reader) == 2
        assert reader.skipped.element_types == {200: 2}


def test_records_of_1_6_in_a_file_of_layout_2(make: Maker) -> None:
    # nfdump -J recompresses block by block: the header is that of 1.7, the records stay.
    path = make.file([make.extension_map(0), make.flow_1_6(), make.flow(octets=7)])
    assert rows_of(path, "bytes", "position") == [(1500, 0), (7, 1)]


def test_flows_of_nfdump_1_5(make: Maker) -> None:
    flows = [
        make.flow_1_5(octets=2**33),
        make.flow_1_5(src="2001:db8::1", dst="2001:db8::2", packets=8),
    ]
    path = make.file_1(flows, kind=1)
    names = ("ip_version", "src_addr_low", "src_port", "dst_port", "packets", "bytes")
    assert rows_of(path, *names) == [
        (4, 0xC0000201, 443, 50_000, 3, 2**33),
        (6, 1, 443, 50_000, 8, 9),
    ]
    assert rows_of(path, "first_seen_ms", "tcp_flags", "protocol")[0] == (1_200_000_000_250, 24, 6)


def verdict(path: Path) -> str:
    with pytest.raises(NfcapdError) as caught:
        rows_of(path, "bytes")
    return caught.value.reason


def test_a_record_too_short_for_its_counters(make: Maker) -> None:
    short = make.record(10, make.flow_1_6(wide=True)[4:-4])
    assert "too short for its counters" in verdict(make.file_1([make.extension_map(0), short]))


def test_a_record_too_short_for_its_head(make: Maker) -> None:
    assert "has only 20 bytes" in verdict(make.file_1([make.record(10, bytes(16))]))


def test_a_map_without_end(make: Maker) -> None:
    endless = make.record(2, struct.pack("<HHHH", 0, 8, 4, 4))
    assert "does not end" in verdict(make.file_1([endless, make.flow_1_6()]))


def test_two_codecs_at_once(make: Maker) -> None:
    path = make.file_1([make.flow_1_6()])
    content = bytearray(path.read_bytes())
    content[4] = 0x11
    assert verdict(make.write(bytes(content))) == "compressed in 2 ways at once"


@pytest.mark.parametrize("kept", [100, 200, 300])
def test_a_file_cut_off(make: Maker, kept: int) -> None:
    path = make.file_1([make.extension_map(0), make.flow_1_6()])
    assert "cut off" in verdict(make.write(path.read_bytes()[:kept]))


def test_more_records_of_1_5_promised_than_follow(make: Maker) -> None:
    block = make.block([make.flow_1_5()], kind=1, count=2)
    path = make.file_1()
    content = bytearray(path.read_bytes() + block)
    content[8] = 1
    assert "promises 2 records, but only 1 follow" in verdict(make.write(bytes(content)))
