"""What the reader takes out of files whose every byte is known."""

from __future__ import annotations

import ipaddress
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longflow.staging.nfcapd import FlowBatch, NfcapdError, Sampler, open_flows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.staging.nfcapd.conftest import Maker

pytestmark = pytest.mark.usefixtures("both_ways")


def flows_of(path: Path) -> list[dict[str, Any]]:
    """Return all flows of a file, one dict of Python values each, with the exporter's address."""
    with open_flows(path) as reader:
        rows = []
        for batch in reader:
            columns = {name: column.tolist() for name, column in batch.columns().items()}
            for number in range(len(batch)):
                row = {name: column[number] for name, column in columns.items()}
                index = row["exporter_index"]
                row["exporter"] = reader.exporters[index].address if index >= 0 else None
                rows.append(row)
    return rows


def address(row: dict[str, Any], end: str) -> str:
    number = row[f"{end}_addr_high"] << 64 | row[f"{end}_addr_low"]
    if row["ip_version"] == 4:
        return str(ipaddress.IPv4Address(number))
    return str(ipaddress.IPv6Address(number))


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


def both_versions(make: Maker, v4: str, v6: str, told: int | None = None) -> bytes:
    """A flow with addresses of both IP versions; `told`: the version that its exporter told."""
    layer_2 = [] if told is None else [(38, bytes(26) + bytes([told]) + bytes(5))]
    pairs = [make.pair(v4, v4), make.pair(v6, v6)]
    return make.flow(addresses=False, behind=[*pairs, *layer_2])


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(
    ("v4", "v6", "told", "source"),
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
    make: Maker, v4: str, v6: str, told: int | None, source: str, mixed: bool
) -> None:
    others = [make.flow(src="2001:db8::1", dst="::2"), make.flow()] if mixed else []
    path = make.file([both_versions(make, v4, v6, told), *others] * 3)
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
        # 12, 13 and 18 have a meaning of their own, with a size.
        others = [(number, data) for number, data in elements if number not in (12, 13, 18)]
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


# Exporters and sampling


def test_exporter_statistics(make: Maker) -> None:
    path = make.file(
        [make.exporter("203.0.113.9", number=7), make.flow()],
        [make.exporter_counts((1, 2, 30, 400)), make.exporter_counts((1, 1, 1, 1))],
    )
    with open_flows(path) as reader:
        list(reader)
        [exporter] = reader.exporters
    assert (exporter.address, exporter.sysid, exporter.id, exporter.version) == (
        "203.0.113.9",
        1,
        7,
        9,
    )
    assert (exporter.sequence_failures, exporter.packets, exporter.flows) == (3, 31, 401)


def test_an_exporter_with_an_ipv6_address(make: Maker) -> None:
    path = make.file([make.exporter("2001:db8::9"), make.flow()])
    assert flows_of(path)[0]["exporter"] == "2001:db8::9"


def test_an_exporter_as_nfdump_1_7_8_writes_it(make: Maker) -> None:
    mapped = ipaddress.IPv6Address("::ffff:203.0.113.77").packed
    record = make.record(7, struct.pack("<I", 10) + mapped + struct.pack("<HHI", 0, 1, 0))
    assert flows_of(make.file([record, make.flow()]))[0]["exporter"] == "203.0.113.77"


def test_an_exporter_told_behind_its_flows(make: Maker) -> None:
    path = make.file([make.flow(flags=2)], [make.exporter("203.0.113.9"), make.sampler(16)])
    [row] = flows_of(path)
    assert (row["exporter"], row["sampling_interval"]) == ("203.0.113.9", 16)


def test_a_number_given_to_another_exporter_in_the_middle(make: Maker) -> None:
    path = make.file(
        [make.exporter("203.0.113.1"), make.flow(), make.exporter("203.0.113.2"), make.flow()]
    )
    assert [row["exporter"] for row in flows_of(path)] == ["203.0.113.1", "203.0.113.2"]


def test_the_router_address_of_a_flow_stands_in_for_a_missing_exporter(make: Maker) -> None:
    routers = ["203.0.113.5", "2001:db8::5", "203.0.113.5", None]
    path = make.file([make.flow(sysid=4, router=router) for router in routers])
    assert [row["exporter"] for row in flows_of(path)] == routers


def test_the_exporter_record_counts_before_the_router_address(make: Maker) -> None:
    path = make.file([make.exporter("203.0.113.1"), make.flow(router="203.0.113.5")])
    assert flows_of(path)[0]["exporter"] == "203.0.113.1"


def test_only_flows_marked_as_sampled_have_an_interval(make: Maker) -> None:
    records = [make.exporter("203.0.113.1"), make.sampler(1024), make.flow(), make.flow(flags=2)]
    rows = flows_of(make.file(records))
    assert [row["sampled"] for row in rows] == [False, True]
    assert [row["sampling_interval"] for row in rows] == [1, 1024]
    assert {row["bytes"] for row in rows} == {1500}


def test_a_changed_interval_applies_from_its_place_on(make: Maker) -> None:
    flow = make.flow(flags=2, packets=2048, octets=2048)
    records = [make.exporter("203.0.113.1"), make.sampler(1024), flow, make.sampler(2048), flow]
    rows = flows_of(make.file(records))
    assert [row["sampling_interval"] for row in rows] == [1024, 2048]


def test_an_interval_told_again_amid_the_flows_is_no_longer_known(make: Maker) -> None:
    # nfcapd 1.7.1 writes the old interval when an IPFIX exporter announces a new one.
    flow = make.flow(flags=2)
    head = [make.exporter("203.0.113.1"), make.sampler(512)]
    changes = [make.sampler(512), flow, make.sampler(1024), flow]
    path = make.file([*head, flow, *changes], [*head, flow])
    assert [row["sampling_interval"] for row in flows_of(path)] == [512, 0, 0, 512]


def test_the_collectors_override_counts_before_what_was_announced(make: Maker) -> None:
    samplers = [make.sampler(100), make.sampler(512, number=-3), make.sampler(200, number=4)]
    path = make.file([make.exporter("203.0.113.1"), *samplers, make.flow(flags=2)])
    assert flows_of(path)[0]["sampling_interval"] == 512


def test_a_sampler_in_the_form_of_nfdump_1_6(make: Maker) -> None:
    old = make.record(9, struct.pack("<iIHH", -1, 3000, 1, 1))
    path = make.file([make.exporter("203.0.113.1"), old, make.flow(flags=2)])
    assert flows_of(path)[0]["sampling_interval"] == 3000


def test_several_samplers_leave_the_interval_to_what_divides_the_counters(make: Maker) -> None:
    samplers = [make.sampler(1000, number=1), make.sampler(256, number=2)]
    flows = [
        make.flow(flags=2, packets=3000, octets=126_000),
        make.flow(flags=2, packets=512, octets=256 * 99),
        make.flow(flags=2, packets=7, octets=99),
    ]
    path = make.file([make.exporter("203.0.113.1"), *samplers, *flows])
    with open_flows(path) as reader:
        [batch] = list(reader)
        inferred = reader.flows_with_inferred_interval
    assert batch.sampling_interval.tolist() == [1000, 256, 0]
    assert inferred == 3


def test_a_marked_flow_without_any_sampler_has_interval_0(make: Maker) -> None:
    path = make.file([make.exporter("203.0.113.1"), make.flow(flags=2)])
    assert flows_of(path)[0]["sampling_interval"] == 0


def test_an_interval_within_the_flow_counts(make: Maker) -> None:
    inside = (18, struct.pack("<iIHH", 1, 4096, 0, 1))
    path = make.file([make.exporter("203.0.113.1"), make.flow(flags=2, behind=[inside])])
    assert flows_of(path)[0]["sampling_interval"] == 4096


def test_an_announced_interval_of_0_is_unknown(make: Maker) -> None:
    old = make.record(9, struct.pack("<iIHH", -1, 0, 1, 1))
    path = make.file([make.exporter("203.0.113.1"), old, make.flow(flags=2)])
    assert flows_of(path)[0]["sampling_interval"] == 0


def test_the_interval_of_packets_taken_in_a_row() -> None:
    assert Sampler(id=1, packet_interval=10, packet_space=990, algorithm=1).interval == 100


# What is broken


def verdict(path: Path) -> NfcapdError:
    """Read a file to its break."""
    with pytest.raises(NfcapdError) as caught:
        flows_of(path)
    return caught.value


def test_an_empty_file(make: Maker) -> None:
    error = verdict(make.write(b""))
    assert str(error).endswith(
        ": byte 0: the file is empty; fetch the file again, or quarantine it"
    )


def test_a_file_of_something_else(make: Maker) -> None:
    assert "not an nfcapd file" in verdict(make.write(b"date,bytes\n2019-06-03,1\n")).reason


def test_a_file_of_the_other_byte_order(make: Maker) -> None:
    assert "big-endian" in verdict(make.write(b"\xa5\x0c" + bytes(60))).reason


def test_layout_3(make: Maker) -> None:
    error = verdict(make.write(struct.pack("<HH", 0xA50C, 3) + bytes(100)))
    assert error.reason == "file layout 3 cannot be read"
    assert error.offset == 2


def test_an_encrypted_file(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[17] = 1
    error = verdict(make.write(bytes(content)))
    assert (error.offset, error.reason) == (17, "the file is encrypted")


def test_an_unknown_compression(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[16] = 9
    error = verdict(make.write(bytes(content)))
    assert (error.offset, error.reason) == (16, "unknown compression 9")


@pytest.mark.parametrize("kept", [1, 3, 20, 39])
def test_a_head_cut_off(make: Maker, kept: int) -> None:
    assert verdict(make.write(make.content([make.flow()])[:kept])).offset == 0


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_whole_blocks_before_a_cut_are_given(make: Maker, codec: str) -> None:
    content = make.content([make.flow()], [make.flow()], [make.flow()], codec=codec)
    with open_flows(make.write(content[:-1])) as reader:
        batches = iter(reader)
        assert [len(next(batches)), len(next(batches))] == [1, 1]
        with pytest.raises(NfcapdError, match="cut off") as caught:
            next(batches)
    assert caught.value.flows_before == 2
    assert caught.value.offset == 40 + (len(content) - 40) // 3 * 2


def test_a_head_that_promises_more_blocks_than_follow(make: Maker) -> None:
    path = make.file([make.flow()], promised=2)
    error = verdict(path)
    assert error.offset == path.stat().st_size
    assert error.flows_before == 1


def test_a_head_that_promises_fewer_blocks_than_follow(make: Maker) -> None:
    error = verdict(make.file([make.flow()], [make.flow()], promised=1))
    assert "more follows" in error.reason
    assert error.flows_before == 1


def test_a_block_that_promises_more_records_than_follow(make: Maker) -> None:
    error = verdict(make.file([make.flow()], count=2))
    assert "promises 2 records, but only 1 follow" in error.reason


def test_a_block_with_more_records_than_it_promises(make: Maker) -> None:
    assert "follow behind the last of 1" in verdict(make.file([make.flow()] * 2, count=1)).reason


def test_a_block_larger_than_the_file(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[44:48] = struct.pack("<I", 4_000_000)
    assert "cut off" in verdict(make.write(bytes(content))).reason


def test_a_block_larger_than_any_collector_writes(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[44:48] = struct.pack("<I", 0xFFFFFFFF)
    assert "claims to be 4294967295 bytes" in verdict(make.write(bytes(content))).reason


def test_a_block_that_unpacks_to_more_than_the_bound(make: Maker) -> None:
    path = make.file([make.record(77, bytes(60_000))] * 100, codec="lz4")
    assert "does not unpack" in verdict(path).reason


def test_a_damaged_packed_block(make: Maker) -> None:
    content = bytearray(make.content([make.flow()] * 50, codec="lz4"))
    content[52:70] = b"\xff" * 18
    error = verdict(make.write(bytes(content)))
    assert "does not unpack as lz4" in error.reason
    assert error.offset == 40


def test_a_record_of_size_0(make: Maker) -> None:
    error = verdict(make.file([make.flow(), struct.pack("<HH", 5, 0), make.flow()]))
    assert "a record claims to be 0 bytes long" in error.reason
    assert error.offset == 40 + 12 + len(make.flow())


def test_elements_that_do_not_fill_their_record(make: Maker) -> None:
    flow = bytearray(make.flow())
    flow[4] -= 1
    assert "the elements of a flow record fill" in verdict(make.file([bytes(flow)])).reason


def test_an_element_of_size_0(make: Maker) -> None:
    flow = bytearray(make.flow())
    flow[14:16] = bytes(2)
    assert "element 1 of a flow record claims 0 bytes" in verdict(make.file([bytes(flow)])).reason


def test_an_element_too_short_for_its_fields(make: Maker) -> None:
    short = make.flow(generic=False, before=[(1, bytes(40))])
    assert "element 1 of a flow record has only 44 bytes" in verdict(make.file([short])).reason


def test_a_number_beyond_63_bits(make: Maker) -> None:
    error = verdict(make.file([make.flow(), make.flow(octets=2**63)]))
    assert "9223372036854775808 bytes" in error.reason


def test_flows_of_nfdump_1_8(make: Maker) -> None:
    assert "nfdump 1.8" in verdict(make.file([make.record(16, bytes(20))])).reason


def test_a_broken_appendix_is_told_behind_the_flows(make: Maker) -> None:
    path = make.file([make.flow()], appendix=[make.ident("x")])
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert verdict(path).flows_before == 1


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "not a file" in verdict(tmp_path).reason
