"""What the reader takes out of files whose every byte is known."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longflow.staging.nfcapd import FlowBatch, open_flows

from tests.unit.staging.nfcapd.reading import address, flows_of

if TYPE_CHECKING:
    from tests.unit.staging.nfcapd.conftest import Maker

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_every_field_of_a_flow(make: Maker, codec: str) -> None:
    path = make.file([make.exporter("203.0.113.9"), make.flow()], codec=codec)
    [row] = flows_of(path)
    assert (address(row, "src"), address(row, "dst")) == ("192.0.2.1", "198.51.100.7")
    assert row["first_seen_ms"] == 1_560_000_000_000
    assert row["last_seen_ms"] == 1_560_000_001_500
    assert (row["protocol"], row["src_port"], row["dst_port"]) == (6, 443, 50_000)
    assert (row["packets"], row["bytes"], row["tcp_flags"]) == (3, 1500, 0x18)
    assert (row["sampled"], row["sampling_interval"]) == (False, 1)
    assert (row["position"], row["exporter"]) == (0, "203.0.113.9")


def test_columns_have_the_promised_types_and_lengths(make: Maker) -> None:
    path = make.file([make.flow(), make.flow(src="2001:db8::1", dst="2001:db8::2")])
    with open_flows(path) as reader:
        [batch] = list(reader)
    expected = {
        "position": np.uint64,
        "first_seen_ms": np.int64,
        "last_seen_ms": np.int64,
        "ip_version": np.uint8,
        "protocol": np.uint8,
        "src_addr_high": np.uint64,
        "src_addr_low": np.uint64,
        "dst_addr_high": np.uint64,
        "dst_addr_low": np.uint64,
        "src_port": np.uint16,
        "dst_port": np.uint16,
        "packets": np.int64,
        "bytes": np.int64,
        "tcp_flags": np.uint8,
        "sampled": np.bool_,
        "exporter_index": np.int32,
        "sampling_interval": np.int64,
    }
    assert {name: column.dtype for name, column in batch.columns().items()} == expected
    assert {len(column) for column in batch.columns().values()} == {2}


def test_select_keeps_the_chosen_flows(make: Maker) -> None:
    path = make.file([make.flow(octets=number) for number in (1, 2, 3)])
    with open_flows(path) as reader:
        [batch] = list(reader)
    chosen = batch.select(batch.bytes >= 2)
    assert isinstance(chosen, FlowBatch)
    assert chosen.bytes.tolist() == [2, 3]
    assert chosen.position.tolist() == [1, 2]


def test_head_of_the_file(make: Maker) -> None:
    path = make.file([make.flow()], codec="lz4", appendix=[make.ident("tokyo-1")])
    with open_flows(path) as reader:
        header = reader.header
    assert (header.layout, header.nfdump_version, header.created) == (2, "1.7.1", 1_560_000_300)
    assert (header.compression, header.blocks, header.ident) == ("lz4", 1, "tokyo-1")


def test_statistics_of_the_collector(make: Maker) -> None:
    numbers = make.statistics(flows=1, packets=3, bytes=1500, first=11, last=22, failures=4)
    path = make.file([make.flow()], appendix=[numbers])
    with open_flows(path) as reader:
        statistics = reader.statistics
    assert statistics is not None
    assert (statistics.flows, statistics.packets, statistics.bytes) == (1, 3, 1500)
    assert (statistics.first_seen_ms, statistics.last_seen_ms) == (11, 22)
    assert statistics.sequence_failures == 4


def test_a_file_without_flows_gives_none(make: Maker) -> None:
    assert flows_of(make.file(appendix=[make.statistics()])) == []


def test_ipv6_addresses(make: Maker) -> None:
    path = make.file([make.flow(src="2001:db8:1:2:3:4:5:6", dst="fe80::1")])
    [row] = flows_of(path)
    assert row["ip_version"] == 6
    assert (address(row, "src"), address(row, "dst")) == ("2001:db8:1:2:3:4:5:6", "fe80::1")


def test_bytes_and_packets_beyond_32_bits(make: Maker) -> None:
    path = make.file([make.flow(packets=2**33 + 1, octets=2**62)])
    [row] = flows_of(path)
    assert (row["packets"], row["bytes"]) == (2**33 + 1, 2**62)


def test_a_flow_without_counters_and_addresses_is_all_zero(make: Maker) -> None:
    path = make.file([make.flow(), make.flow(generic=False, addresses=False)])
    row = flows_of(path)[1]
    assert (row["ip_version"], address(row, "src"), row["bytes"]) == (4, "0.0.0.0", 0)  # noqa: S104 # an address, not an interface
    assert (row["first_seen_ms"], row["protocol"], row["dst_port"]) == (0, 0, 0)


def test_unknown_records_elements_and_blocks_are_counted(make: Maker) -> None:
    odd = make.flow(before=[(999, b"abcd")])
    content = make.content([make.record(77, b"what"), odd, odd, make.flow()], promised=2)
    path = make.write(content + make.block([b"array of something"], kind=4))
    with open_flows(path) as reader:
        flows = sum(len(batch) for batch in reader)
        skipped = reader.skipped
    assert flows == 3
    assert skipped.record_types == {77: 1}
    assert skipped.element_types == {999: 2}
    assert skipped.block_types == {4: 1}


def test_elements_may_stand_in_any_order(make: Maker) -> None:
    pair = make.pair("192.0.2.8", "192.0.2.9")
    path = make.file([make.flow(), make.flow(before=[pair], addresses=False)] * 3)
    rows = flows_of(path)
    assert [address(row, "src") for row in rows] == ["192.0.2.1", "192.0.2.8"] * 3
    assert {row["bytes"] for row in rows} == {1500}


def test_shapes_of_one_size_do_not_read_each_other_s_gaps(make: Maker) -> None:
    pair = make.pair("192.0.2.8", "192.0.2.9")
    misc = (4, bytes(range(20)))
    flows = [make.flow(behind=[misc]), make.flow(addresses=False, behind=[misc, pair])] * 100
    path = make.file(flows, flows)
    sources = ["192.0.2.1", "192.0.2.8"] * 200
    assert [address(row, "src") for row in flows_of(path)] == sources


def both_versions(make: Maker, v4: str, v6: str, stated: int | None = None) -> bytes:
    """A flow with addresses of both IP versions; `stated`: the version that its exporter states."""
    layer_2 = [] if stated is None else [(38, bytes(26) + bytes([stated]) + bytes(5))]
    pairs = [make.pair(v4, v4), make.pair(v6, v6)]
    return make.flow(addresses=False, behind=[*pairs, *layer_2])


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(
    ("v4", "v6", "stated", "source"),
    [
        ("192.0.2.8", "::", None, "192.0.2.8"),
        ("0.0.0.0", "2001:db8::8", None, "2001:db8::8"),  # noqa: S104 # an address
        ("192.0.2.8", "2001:db8::8", None, "192.0.2.8"),
        ("192.0.2.8", "2001:db8::8", 0, "192.0.2.8"),
        ("192.0.2.8", "2001:db8::8", 6, "2001:db8::8"),
        ("0.0.0.0", "2001:db8::8", 4, "0.0.0.0"),  # noqa: S104 # an address
    ],
)
def test_of_addresses_of_both_versions_those_that_hold_are_taken(
    make: Maker, v4: str, v6: str, stated: int | None, source: str, mixed: bool
) -> None:
    others = [make.flow(src="2001:db8::1", dst="::2"), make.flow()] if mixed else []
    path = make.file([both_versions(make, v4, v6, stated), *others] * 3)
    rows = flows_of(path)[:: len(others) + 1]
    assert [address(row, "src") for row in rows] == [source] * 3
    assert {row["ip_version"] for row in rows} == {ipaddress.ip_address(source).version}


def test_an_exporter_may_send_both_versions_now_one_now_the_other(make: Maker) -> None:
    flows = [both_versions(make, "192.0.2.8", "::"), both_versions(make, "0.0.0.0", "2001:db8::8")]  # noqa: S104 # an address
    versions = [row["ip_version"] for row in flows_of(make.file(flows * 20))]
    assert versions == [4, 6] * 20


def test_a_record_that_looks_like_a_flow_within_another_is_not_one(make: Maker) -> None:
    decoy = (4, make.flow(octets=666))
    path = make.file([make.flow(behind=[decoy]), make.record(77, make.flow()), make.flow()] * 5)
    assert [row["bytes"] for row in flows_of(path)] == [1500] * 10


def test_iterating_again_starts_again(make: Maker) -> None:
    path = make.file([make.exporter("203.0.113.9"), make.flow()])
    with open_flows(path) as reader:
        once = [batch.bytes.tolist() for batch in reader]
        twice = [batch.bytes.tolist() for batch in reader]
        exporters = len(reader.exporters)
    assert once == twice == [[1500]]
    assert exporters == 1


def test_every_flow_has_the_router_of_its_own_record(make: Maker) -> None:
    v6 = make.flow(src="2001:db8::1", dst="2001:db8::2", router="203.0.113.6")
    v4 = make.flow(router="203.0.113.4")
    rows = flows_of(make.file([v4, v6, v4, v6], [v6, v4]))
    assert [row["position"] for row in rows] == list(range(6))
    assert [row["ip_version"] for row in rows] == [4, 6, 4, 6, 6, 4]
    assert [row["exporter"][-1] for row in rows] == ["4", "6", "4", "6", "6", "4"]


def test_a_change_amid_the_flows_of_a_block_applies_from_its_place_on(make: Maker) -> None:
    v6 = make.flow(src="2001:db8::1", dst="2001:db8::2")
    path = make.file(
        [make.exporter("203.0.113.1"), make.flow(), v6, make.exporter("203.0.113.2"), v6]
    )
    with open_flows(path) as reader:
        [batch] = list(reader)
    assert batch.exporter_index.tolist() == [0, 0, 1]


def test_more_shapes_than_are_looked_for_together(make: Maker) -> None:
    flows = [make.flow(octets=kind, behind=[(kind, b"data")]) for kind in range(100, 200)]
    path = make.file(flows * 2)
    with open_flows(path) as reader:
        rows = [number for batch in reader for number in batch.bytes.tolist()]
        elements = reader.skipped.element_types
    assert rows == list(range(100, 200)) * 2
    assert set(elements.values()) == {2}


shapes = st.tuples(
    st.booleans(),
    st.lists(st.tuples(st.integers(4, 60), st.binary(max_size=11)), max_size=3),
    st.booleans(),
)


@given(
    drawn=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1)),
        min_size=1,
        max_size=60,
    ),
    kinds=st.lists(shapes, min_size=5, max_size=5),
    per_block=st.integers(1, 40),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mix_of_record_shapes_comes_out_in_order(
    make: Maker,
    drawn: list[tuple[int, int, int]],
    kinds: list[tuple[bool, list[tuple[int, bytes]], bool]],
    per_block: int,
) -> None:
    records = []
    for kind, packets, octets in drawn:
        is_v6, elements, control_before = kinds[kind]
        # These have a meaning of their own (test_beside_flows.py for 5, 19, 25 and 26).
        own = (5, 12, 13, 18, 19, 25, 26)
        others = [(number, data) for number, data in elements if number not in own]
        src, dst = ("2001:db8::5", "2001:db8::6") if is_v6 else ("192.0.2.5", "192.0.2.6")
        if control_before:
            records.append(make.sampler(8, number=kind))
        records.append(make.flow(packets=packets, octets=octets, behind=others, src=src, dst=dst))
    blocks = [records[at : at + per_block] for at in range(0, len(records), per_block)]
    rows = flows_of(make.file(*blocks, codec="lz4"))
    assert [(row["packets"], row["bytes"]) for row in rows] == [entry[1:] for entry in drawn]
    assert [row["ip_version"] for row in rows] == [6 if kinds[k][0] else 4 for k, _, _ in drawn]
    assert [row["position"] for row in rows] == list(range(len(drawn)))
    with open_flows(make.folder / "nfcapd.201906080000") as reader:
        again = [
            (place, *counters)
            for batch in reader.batches(7)
            for place, *counters in zip(
                batch.position.tolist(), batch.packets.tolist(), batch.bytes.tolist(), strict=True
            )
        ]
    assert again == [(place, *entry[1:]) for place, entry in enumerate(drawn)]
