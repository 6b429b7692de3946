"""Exporters, their samplers, and which interval counts for a flow."""

from __future__ import annotations

import ipaddress
import struct
from functools import partial
from typing import TYPE_CHECKING

import pytest
from longflow.staging.nfcapd import Sampler, open_flows

from tests.unit.staging.nfcapd.reading import flows_of

if TYPE_CHECKING:
    from tests.unit.staging.nfcapd.conftest import Maker

pytestmark = pytest.mark.usefixtures("both_ways")


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


def test_an_exporter_stated_after_its_flows(make: Maker) -> None:
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


def test_an_interval_stated_again_amid_the_flows_is_no_longer_known(make: Maker) -> None:
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


NFDUMP_1_7_8 = 0xF1070800


def _of_sampler(number: int) -> tuple[int, bytes]:
    """Element with the sampler that the flow went through, from nfdump 1.7.2 on."""
    return 18, struct.pack("<QHH", number, 1, 0)


@pytest.mark.usefixtures("both_ways")
def test_the_sampler_that_a_flow_names_counts(make: Maker) -> None:
    samplers = [make.sampler(100, number=1), make.sampler(1000, number=2)]
    flow = partial(make.flow, packets=3000, octets=126_000)
    flows = [
        flow(flags=2, behind=[_of_sampler(1)]),
        flow(flags=2, behind=[_of_sampler(2)]),
        flow(flags=2),
        flow(flags=2, behind=[_of_sampler(3)]),
        flow(flags=0, behind=[_of_sampler(1)]),
    ]
    block = [make.exporter("203.0.113.1"), *samplers, *flows]
    path = make.write(make.content(block, version=NFDUMP_1_7_8))
    with open_flows(path) as reader:
        [batch] = list(reader)
        inferred = reader.flows_with_inferred_interval
    # The third names none, the fourth one that nobody announced.
    assert batch.sampling_interval.tolist() == [100, 1000, 1000, 0, 1]
    assert inferred == 1


@pytest.mark.parametrize(
    ("others", "expected"),
    [({-1: 500}, 500), ({-2: 64}, 64), ({-1: 500, -2: 64}, 500), ({-3: 32, -1: 500}, 32)],
    ids=str,
)
def test_a_named_sampler_that_nobody_announced_gives_way_as_in_nfcapd(
    make: Maker, others: dict[int, int], expected: int
) -> None:
    samplers = [make.sampler(interval, number=number) for number, interval in others.items()]
    flow = make.flow(flags=2, behind=[_of_sampler(7)])
    block = [make.exporter("203.0.113.1"), make.sampler(100, number=1), *samplers, flow]
    path = make.write(make.content(block, version=NFDUMP_1_7_8))
    assert flows_of(path)[0]["sampling_interval"] == expected


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
