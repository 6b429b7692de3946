"""Records that are not one flow, collected by nfcapd: both ways of biflows, and events of NAT."""

import struct
from pathlib import Path

import pytest
from longflow.staging.nfcapd import open_flows

from tests.integration.collecting import Collect, nfdump_of, printed_by_nfdump, rows_of
from tests.integration.export_packets import (
    COUNTERS,
    MILLISECONDS,
    NOW,
    PAIR,
    PORTS,
    PROTOCOL_AND_FLAGS,
    TIMES,
    UPTIMES,
    V4,
    Fields,
    export,
    flow_set,
    flows_9,
    netflow_5,
    values,
)

pytestmark = pytest.mark.nfdump


def test_both_ways_of_ipfix_add_up_as_nfdump_does(collect: Collect) -> None:
    # Octets and packets of RFC 5103: the private enterprise number 29305 marks the way back.
    fields = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + MILLISECONDS
    moments = (NOW * 1000 - 5000, NOW * 1000 - 17)
    described = b"".join(struct.pack("!HH", *entry) for entry in fields)
    described += b"".join(struct.pack("!HHI", 0x8000 | number, 8, 29305) for number in (1, 2))
    template = flow_set(2, struct.pack("!HH", 400, len(fields) + 2) + described)
    data = b"".join(
        values(fields, *PAIR, 443, 40_000 + number, 7, 9000, 6, 24, *moments)
        + struct.pack("!QQ", octets, packets)
        for number, (packets, octets) in enumerate([(100, 150_000), (0, 0), (1, 60)])
    )
    path = collect([("127.0.0.1", export(10, [template, flow_set(400, data)]))])
    rows = rows_of(path)
    assert [row["bytes"] for row in rows] == [9000] * 3 + [150_000, 60]
    assert [row["src_port"] for row in rows] == [443] * 3 + [40_000, 40_002]
    [total] = [line for line in nfdump_of(path, "-I") if line.startswith("Bytes: ")]
    assert sum(row["bytes"] for row in rows) == int(total.removeprefix("Bytes: "))


def test_files_that_nfdump_merged_both_ways(collect: Collect, tmp_path: Path) -> None:
    way = ("192.0.2.1", "198.51.100.1", 50_001, 443, 6, 10, 1000, 0x1B)
    back = ("198.51.100.1", "192.0.2.1", 443, 50_001, 6, 100, 99_000, 0x1B)
    path = collect([("127.0.0.1", netflow_5([way, back]))])
    merged = tmp_path / "merged"
    nfdump_of(path, "-B", "-w", str(merged))
    assert len(printed_by_nfdump(merged)) == 1
    columns = ("src_addr_low", "dst_addr_low", "src_port", "dst_port", "packets", "bytes")
    plain, of_merged = (
        sorted([row[name] for name in columns] for row in rows_of(one)) for one in (path, merged)
    )
    assert of_merged == plain


def test_nat_events_beside_flows(collect: Collect) -> None:
    event: Fields = [*V4, *PORTS, (225, 4), (227, 2), (4, 1), (230, 1)]
    plain = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + UPTIMES
    sets = flows_9(event, 280, (*PAIR, 40_000, 443, 0xCB007109, 50_000, 6, 1))
    sets += flows_9(plain, 281, (*PAIR, 443, 50_000, 7, 9000, 6, 24, *TIMES))
    path = collect([("127.0.0.1", export(9, sets, records=4))])
    assert len(printed_by_nfdump(path)) == 2
    with open_flows(path) as reader:
        assert [batch.bytes.tolist() for batch in reader] == [[9000]]
        assert reader.skipped.events == 1
