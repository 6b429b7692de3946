"""Events are no flows, and records that count both ways are two, whoever decodes them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longflow.staging.nfcapd import NfcapdError, open_flows

from tests.unit.staging.nfcapd.reading import address, flows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.staging.nfcapd.conftest import Maker

pytestmark = pytest.mark.usefixtures("both_ways")

EVENT_1_7, EVENT_1_6 = 1, 64
# Time, pool and kind of a NAT event; firewalls log time, connection and kind.
NAT = (25, struct.pack("<QIBBH", 1_717_369_201_000, 0, 1, 0, 0))
NSEL = (19, struct.pack("<QIHBB", 1_717_369_201_000, 7, 0, 2, 0))
TRANSLATED = (20, struct.pack("<II", 0xCB007109, 0))


def way_back(packets: int, octets: int) -> tuple[int, bytes]:
    """Element with the counters of the way back, of 1.7."""
    return 5, struct.pack("<QQQ", 1, packets, octets)


def volumes(path: Path) -> list[tuple[int, int]]:
    return [(row["packets"], row["bytes"]) for row in flows_of(path)]


@pytest.mark.parametrize("log", [NAT, NSEL], ids=["nat", "nsel"])
def test_events_without_volume_are_left_out_and_counted(
    make: Maker, log: tuple[int, bytes]
) -> None:
    event = make.flow(first=0, last=0, packets=0, octets=0, behind=[TRANSLATED, log])
    path = make.file([make.flow(octets=1), event, make.flow(octets=2), event], [event])
    with open_flows(path) as reader:
        batches = list(reader)
        assert [batch.bytes.tolist() for batch in batches] == [[1, 2]]
        assert batches[0].position.tolist() == [0, 1]
        assert reader.skipped.events == 3


def test_the_collectors_mark_is_enough(make: Maker) -> None:
    event = make.flow(packets=0, octets=0, flags=EVENT_1_7)
    with open_flows(make.file([event, make.flow()])) as reader:
        assert [len(batch) for batch in reader] == [1]
        assert reader.skipped.events == 1


def test_flows_with_translated_addresses_and_a_volume_stay(make: Maker) -> None:
    path = make.file(
        [
            make.flow(packets=2, octets=80, flags=EVENT_1_7, behind=[TRANSLATED, NAT]),
            make.flow(packets=0, octets=90, behind=[NSEL]),
            make.flow(packets=0, octets=0, behind=[NSEL, way_back(1, 40)]),
        ]
    )
    assert volumes(path) == [(2, 80), (0, 90), (1, 40)]


def test_a_record_without_volume_that_is_no_event_stays_for_the_judge(make: Maker) -> None:
    assert volumes(make.file([make.flow(packets=0, octets=0)])) == [(0, 0)]


# Maps of layout 1: counters of the way back with 4 and with 8 bytes, and events.
SHORT_BACK = [(14, 4), (16, 4)]
WIDE_BACK = [(5, 8), (15, 8), (17, 8), (23, 4)]


def test_layout_1(make: Maker) -> None:
    records = [
        make.exporter("203.0.113.1"),
        make.extension_map(1, *SHORT_BACK),
        make.extension_map(2, *WIDE_BACK),
        make.extension_map(3, (37, 20)),
        make.extension_map(4, (46, 12)),
        make.extension_map(5),
        make.flow_1_6(packets=1, octets=100, extension_map=1, extensions=struct.pack("<II", 3, 7)),
        make.flow_1_6(
            packets=2,
            octets=200,
            extension_map=2,
            extensions=bytes(8) + struct.pack("<QQ", 5, 2**40) + bytes(4),
        ),
        make.flow_1_6(packets=0, octets=0, extension_map=3, extensions=bytes(20)),
        make.flow_1_6(packets=9, octets=900, extension_map=3, extensions=bytes(20)),
        make.flow_1_6(packets=0, octets=0, extension_map=4, extensions=bytes(12)),
        make.flow_1_6(packets=4, octets=400, extension_map=5),
    ]
    path = make.file_1(records)
    assert volumes(path) == [(1, 100), (2, 200), (9, 900), (4, 400), (3, 7), (5, 2**40)]
    with open_flows(path) as reader:
        list(reader)
        assert (reader.skipped.events, reader.flows_back, reader.bytes_back) == (2, 2, 2**40 + 7)


def test_a_map_that_changes_amid_the_flows(make: Maker) -> None:
    flow = make.flow_1_6(octets=1, extensions=struct.pack("<II", 3, 7))
    path = make.file_1(
        [
            make.extension_map(0, *SHORT_BACK),
            flow,
            make.extension_map(0, (4, 4), (16, 4)),
            flow,
            make.extension_map(0, (4, 4), (4, 4)),
            flow,
        ]
    )
    # The map in the middle lists bytes of the way back without its packets.
    assert volumes(path) == [(3, 1)] * 3 + [(3, 7), (0, 7)]


def test_a_record_of_layout_1_too_short_for_its_counters_is_broken(make: Maker) -> None:
    path = make.file_1(
        [make.extension_map(0, (15, 8), (17, 8)), make.flow_1_6(extensions=bytes(8))] * 2
    )
    with pytest.raises(NfcapdError, match="too short for its extensions"):
        flows_of(path)


def test_the_way_back_goes_from_destination_to_source(make: Maker) -> None:
    sampling = (18, struct.pack("<iIHH", 1, 512, 0, 1))
    path = make.file(
        [
            make.exporter("203.0.113.1"),
            make.flow(flags=2, behind=[way_back(100, 150_000), sampling]),
            make.flow(src="2001:db8::1", dst="2001:db8::2", behind=[way_back(1, 60)]),
            make.flow(protocol=1, src_port=0, dst_port=0x0800, behind=[way_back(1, 84)]),
        ]
    )
    there, there_v6, _, back, back_v6, back_icmp = flows_of(path)
    assert (address(back, "src"), address(back, "dst")) == ("198.51.100.7", "192.0.2.1")
    assert (back["src_port"], back["dst_port"]) == (there["dst_port"], there["src_port"])
    assert (back["packets"], back["bytes"]) == (100, 150_000)
    same = ("first_seen_ms", "last_seen_ms", "protocol", "exporter", "sampled", "sampling_interval")
    assert [back[name] for name in same] == [there[name] for name in same]
    assert back["sampling_interval"] == 512
    assert (address(back_v6, "src"), back_v6["ip_version"]) == (address(there_v6, "dst"), 6)
    # Type and code of the answer are not known; the port of ICMP is not one of an end.
    assert (back_icmp["src_port"], back_icmp["dst_port"]) == (0, 0x0800)


def test_counters_of_one_way_only_are_one_flow_as_it_is_addressed(make: Maker) -> None:
    path = make.file([make.flow(packets=0, octets=0, behind=[way_back(3, 4000)]), make.flow()])
    outgoing, _ = flows_of(path)
    assert (outgoing["packets"], outgoing["bytes"]) == (3, 4000)
    assert address(outgoing, "src") == "192.0.2.1"


def test_counters_of_the_way_back_only_of_merged_flows_are_turned_around(make: Maker) -> None:
    merged = (5, struct.pack("<QQQ", 4, 3, 4000))
    rows = flows_of(make.file([make.flow(packets=0, octets=0, behind=[merged]), make.flow()]))
    extensions = struct.pack("<QQI", 3, 4000, 4)
    rows += flows_of(
        make.file_1(
            [
                make.extension_map(0, (15, 8), (17, 8), (18, 4)),
                make.flow_1_6(packets=0, octets=0, extensions=extensions),
            ]
        )
    )
    for row in (rows[0], rows[2]):
        assert (address(row, "src"), row["src_port"]) == ("198.51.100.7", 50_000)
        assert (row["dst_port"], row["packets"], row["bytes"]) == (443, 3, 4000)


def test_packets_back_without_bytes_are_counted_and_no_flow(make: Maker) -> None:
    with open_flows(make.file([make.flow(behind=[way_back(8, 0)]), make.flow()])) as reader:
        assert sum(map(len, reader)) == 2
        assert reader.skipped.ways_back_without_bytes == 1


def test_a_counter_of_the_way_back_out_of_range(make: Maker) -> None:
    path = make.file([make.flow(), make.flow(behind=[way_back(1, 2**63)])])
    with pytest.raises(NfcapdError, match=f"a flow has {2**63} reverse bytes, which cannot be"):
        flows_of(path)


class Drawn(NamedTuple):
    """A record: the counters of both ways, and whether it is marked as an event."""

    packets: int
    octets: int
    packets_back: int
    octets_back: int
    event: bool

    @property
    def flows(self) -> int:
        """How many flows it stands for, by the definition."""
        if self.event and not any(self[:4]):
            return 0
        return 2 if self.octets_back and (self.packets or self.octets) else 1


counts = st.sampled_from([0, 0, 1, 7, 2**31, 2**40])
drawn_records = st.lists(
    st.builds(Drawn, counts, counts, counts, counts, st.booleans()), max_size=40
)


def _record(make: Maker, one: Drawn, layout: int) -> bytes:
    back: Any
    if layout == 2:
        back = [way_back(one.packets_back, one.octets_back)] if any(one[2:4]) else []
        return make.flow(
            packets=one.packets,
            octets=one.octets,
            behind=[*back, *([NAT] if one.event else [])],
        )
    return make.flow_1_6(
        packets=one.packets,
        octets=one.octets,
        wide=True,
        extension_map=1 if one.event else 0,
        extensions=struct.pack("<QQ", one.packets_back, one.octets_back)
        + bytes(12 if one.event else 0),
    )


@pytest.mark.parametrize("layout", [1, 2])
@given(drawn=drawn_records, per_block=st.integers(1, 20), rows=st.sampled_from([0, 5, 30]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_that_is_delivered_is_a_flow_or_counted(
    make: Maker, layout: int, drawn: list[Drawn], per_block: int, rows: int
) -> None:
    maps = [
        make.extension_map(0, (15, 8), (17, 8)),
        make.extension_map(1, (15, 8), (17, 8), (46, 12)),
    ]
    records = [_record(make, one, layout) for one in drawn]
    blocks = [records[at : at + per_block] for at in range(0, len(records), per_block)]
    path = make.file(*blocks) if layout == 2 else make.file_1(maps, *blocks)
    for threads in (0, 2):
        with open_flows(path) as reader:
            given = reader.threaded(threads) if threads else reader.batches(rows)
            flows = [
                row
                for batch in given
                for row in zip(batch.position.tolist(), batch.bytes.tolist(), strict=True)
            ]
            skipped = reader.skipped
        assert [place for place, _ in flows] == list(range(len(flows)))
        assert len(flows) == sum(one.flows for one in drawn)
        assert skipped.events == sum(one.flows == 0 for one in drawn)
        assert sum(size for _, size in flows) == sum(one.octets + one.octets_back for one in drawn)
        assert reader.flows_back == sum(one.flows == 2 for one in drawn)
        lost = [one for one in drawn if one.packets_back and not one.octets_back]
        assert skipped.ways_back_without_bytes == len(lost)
