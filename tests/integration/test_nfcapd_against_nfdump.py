"""The reader against nfdump: real files, and files that nfcapd writes here from what we send it."""

import json
from pathlib import Path

import pytest
from longflow.staging.nfcapd import compiled, open_flows

from tests.integration.collecting import V5_FLOWS, Collect, nfdump, printed_by_nfdump, rows_of
from tests.integration.export_packets import (
    COUNTERS,
    ICMP_V4,
    INTERFACES,
    MILLISECONDS,
    NOW,
    PAIR,
    PORTS,
    PROTOCOL_AND_FLAGS,
    TIMES,
    UPTIMES,
    V4,
    V6,
    Fields,
    export,
    flow_set,
    flows_9,
    ipfix_v6,
    netflow_5,
    netflow_9_v4,
    sampling_template,
    v6,
    values,
)

pytestmark = pytest.mark.nfdump

REAL_FILES = Path(__file__).parents[3] / "shared" / "data"
LOW_32 = 0xFFFFFFFF


def read_here(path: Path) -> list[list[int]]:
    rows = []
    for row in rows_of(path):
        words = [
            number
            for end in ("src", "dst")
            for half in (row[f"{end}_addr_high"], row[f"{end}_addr_low"])
            for number in (half >> 32, half & LOW_32)
        ]
        rows.append(
            [
                2 if row["ip_version"] == 4 else 10,
                row["first_seen_ms"],
                row["last_seen_ms"],
                row["protocol"],
                *words[:4],
                row["src_port"],
                *words[4:],
                row["dst_port"],
                row["tcp_flags"],
                row["packets"],
                row["bytes"],
            ]
        )
    return rows


def assert_equal_to_nfdump(path: Path) -> None:
    """Compare all flows: counters and addresses, then exporters and the mark of sampled flows."""
    expected = printed_by_nfdump(path)
    assert read_here(path) == expected
    with pytest.MonkeyPatch.context() as patch:
        # The files made here are small: the compiled walk, too, has to give the same.
        patch.setattr(compiled, "LEAST_RECORDS", 1)
        assert read_here(path) == expected
    # nfdump separates the flows of its JSON by commas, without an outer list in some versions.
    text = "\n".join(nfdump(path, "json")).strip().removeprefix("[").removesuffix("]")
    flows = json.loads(f"[{text}]")
    rows = rows_of(path)
    assert [row["sysid"] for row in rows] == [flow["export_sysid"] for flow in flows]
    assert [int(row["sampled"]) for row in rows] == [flow["sampled"] for flow in flows]
    routers = [flow.get("ip4_router", flow.get("ip6_router")) for flow in flows]
    assert [row["exporter"] for row in rows] == routers


@pytest.mark.parametrize("name", ["nfcapd-v2-2023.nfcapd", "nfcapd-v1-bz2-2019.nfcapd"])
def test_real_files(name: str) -> None:
    path = REAL_FILES / name
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    assert_equal_to_nfdump(path)


# What nfcapd offers: none, LZ4, LZO, BZ2.
CODECS = [[], ["-y"], ["-z"], ["-j"]]


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_netflow_5(collect: Collect, codec: list[str]) -> None:
    path = collect([("127.0.0.1", netflow_5(V5_FLOWS))], *codec)
    assert_equal_to_nfdump(path)
    assert len(read_here(path)) == len(V5_FLOWS)


def test_sampled_netflow_5_is_given_as_the_collector_multiplied_it(collect: Collect) -> None:
    path = collect([("127.0.0.1", netflow_5(V5_FLOWS, sampling=1000))])
    assert_equal_to_nfdump(path)
    rows = rows_of(path)
    assert {row["sampling_interval"] for row in rows} == {1000}
    assert rows[0]["bytes"] == 14_000_000
    assert rows[4]["bytes"] == 0xFFFFFFFF * 1000


def test_netflow_9_and_ipfix_of_several_exporters_in_one_file(collect: Collect) -> None:
    packets = [
        ("127.0.0.1", netflow_9_v4(domain=1)),
        ("127.0.0.2", ipfix_v6(domain=7)),
        ("127.0.0.3", netflow_5(V5_FLOWS)),
        ("127.0.0.1", netflow_9_v4(sequence=1, domain=1)),
        ("127.0.0.2", ipfix_v6(sequence=15, domain=8)),
    ]
    path = collect(packets, "-y")
    assert_equal_to_nfdump(path)
    rows = rows_of(path)
    assert len(rows) == 20 + 15 + 5 + 20 + 15
    assert {row["exporter"] for row in rows} == {"127.0.0.1", "127.0.0.2", "127.0.0.3"}
    with open_flows(path) as reader:
        list(reader)
        reported = {(one.address, one.id): one.flows for one in reader.exporters}
        statistics = reader.statistics
    assert reported == {
        ("127.0.0.1", 1): 40,
        ("127.0.0.2", 7): 15,
        ("127.0.0.2", 8): 15,
        ("127.0.0.3", 0): 5,
    }
    assert statistics is not None
    assert statistics.flows == len(rows)
    assert statistics.bytes == sum(row["bytes"] for row in rows)


def test_an_exporter_that_sends_over_ipv6(collect: Collect) -> None:
    path = collect([("::1", netflow_9_v4())], family="-6")
    assert_equal_to_nfdump(path)
    assert {row["exporter"] for row in rows_of(path)} == {"::1"}


@pytest.mark.parametrize("version", [9, 10])
def test_sampling_announced_late(collect: Collect, version: int) -> None:
    times = UPTIMES if version == 9 else MILLISECONDS
    moments = TIMES if version == 9 else (NOW * 1000 - 5000, NOW * 1000 - 17)
    fields = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + times

    def flows(sequence: int) -> bytes:
        row = (*PAIR, 443, 50_000, 7, 9000, 6, 24, *moments)
        sets = flows_9(fields, 260, row, row, version=version)
        return export(version, sets, sequence=sequence, records=3)

    # Interval of the whole exporter. nfcapd 1.7.1 overlooks it where the algorithm stands beside.
    rule: Fields = [(34, 4)]
    options = [
        sampling_template(270, rule, version=version),
        flow_set(270, bytes(4) + values(rule, 512)),
    ]
    announced = export(version, options, sequence=2, records=2)
    changed = export(version, [flow_set(270, bytes(4) + values(rule, 1024))], sequence=5, records=1)
    packets = [flows(0), announced, flows(3), changed, flows(6)]
    path = collect([("127.0.0.1", packet) for packet in packets])
    assert_equal_to_nfdump(path)
    rows = rows_of(path)
    assert [row["sampled"] for row in rows] == [False] * 2 + [True] * 4
    # Of IPFIX, nfcapd 1.7.1 writes the old interval when it changes: the new one is not known.
    last = 1024 if version == 9 else 0
    assert [row["sampling_interval"] for row in rows] == [1, 1, 512, 512, last, last]
    assert [row["bytes"] for row in rows] == [9000 * n for n in (1, 1, 512, 512, 1024, 1024)]


def test_packets_taken_in_a_row(collect: Collect) -> None:
    fields = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + MILLISECONDS
    rule: Fields = [(305, 4), (306, 4)]
    options = [
        sampling_template(271, rule, version=10),
        flow_set(271, bytes(4) + values(rule, 2, 198)),
    ]
    row = (*PAIR, 443, 50_000, 7, 999, 6, 24, NOW * 1000 - 9, NOW * 1000)
    flows = flows_9(fields, 261, row, version=10)
    packets = [export(10, options), export(10, flows, sequence=1)]
    path = collect([("127.0.0.1", packet) for packet in packets])
    assert_equal_to_nfdump(path)
    [flow] = rows_of(path)
    assert (flow["bytes"], flow["sampling_interval"]) == (999 * 100, 100)


@pytest.mark.parametrize("option", ["-s 64", "-s -32"])
def test_intervals_that_the_collector_was_started_with(collect: Collect, option: str) -> None:
    path = collect([("127.0.0.1", netflow_9_v4())], *option.split())
    assert_equal_to_nfdump(path)
    rows = rows_of(path)
    assert {row["sampling_interval"] for row in rows} == {abs(int(option.split()[1]))}
    assert {row["sampled"] for row in rows} == {True}


def test_a_template_that_changes(collect: Collect) -> None:
    slim = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + UPTIMES
    wide = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + UPTIMES + INTERFACES
    row = (*PAIR, 443, 50_000, 7, 9000, 6, 24, *TIMES)
    packets = [
        export(9, flows_9(slim, 260, row, row), records=3),
        export(9, flows_9(wide, 260, (*row, 17, 18)), sequence=1, records=2),
        export(9, flows_9(slim, 260, row), sequence=2, records=2),
    ]
    path = collect([("127.0.0.1", packet) for packet in packets], "-y")
    assert_equal_to_nfdump(path)
    assert len(rows_of(path)) == 4


def test_icmp_esp_gre_and_counters_beyond_32_bits(collect: Collect) -> None:
    plain = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + UPTIMES
    icmp: Fields = [*V4, *ICMP_V4, *COUNTERS, (4, 1), *UPTIMES]
    sets = flows_9(
        plain,
        260,
        (*PAIR, 0, 0, 2**33, 2**42 + 5, 50, 0, *TIMES),
        (*PAIR, 0, 0, 9, 12_000, 47, 0, *TIMES),
        (*PAIR, 0, 0, 1, 40, 4, 0, *TIMES),
    )
    sets += flows_9(icmp, 262, (*PAIR, 3 * 256 + 1, 2, 168, 1, *TIMES))
    sets += flows_9(
        [*V6, (139, 2), *COUNTERS, (4, 1), *UPTIMES],
        263,
        (v6("2001:db8::1"), v6("2001:db8::2"), 128 * 256, 2, 168, 58, *TIMES),
    )
    path = collect([("127.0.0.1", export(9, sets, records=8))])
    assert_equal_to_nfdump(path)
    rows = rows_of(path)
    assert [row["protocol"] for row in rows] == [50, 47, 4, 1, 58]
    assert rows[0]["bytes"] == 2**42 + 5
    assert rows[3]["dst_port"] == 3 * 256 + 1


def test_sequence_failures_are_handed_on(collect: Collect) -> None:
    packets = [("127.0.0.1", netflow_5(V5_FLOWS, sequence=number)) for number in (0, 5, 500)]
    path = collect(packets)
    with open_flows(path) as reader:
        list(reader)
        [exporter] = reader.exporters
        statistics = reader.statistics
    assert statistics is not None
    assert statistics.sequence_failures == exporter.sequence_failures == 1
    assert (exporter.flows, statistics.flows) == (15, 15)


@pytest.mark.slow
@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_many_flows_in_many_blocks(collect: Collect, codec: list[str]) -> None:
    packets = []
    for number in range(600):
        packets.append(("127.0.0.1", netflow_9_v4(sequence=number, domain=1)))
        packets.append(("127.0.0.2", ipfix_v6(sequence=15 * number, domain=7)))
    path = collect(packets, *codec, pause=0.0)
    expected = printed_by_nfdump(path)
    assert read_here(path) == expected
    with open_flows(path) as reader:
        assert reader.header.blocks > 1
