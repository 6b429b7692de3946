"""True flows and what sampling leaves of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from longflow.simulator.addresses import POOL4, POOL56, POOL64
from longflow.simulator.clock import WeekClock
from longflow.simulator.drafts import ACTIVE_TIMEOUT_MS
from longflow.simulator.flows import broadband_traffic
from longflow.simulator.population import lines_of_week
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import Sessions, draw_sessions
from longflow.simulator.traffic import Traffic

PROVIDER = Provider(pppoe_contracts=60, pppoe_flows_per_week=300, sampling_interval=512)
CLOCK = WeekClock.of(PROVIDER, date(2024, 6, 3))
LINES = lines_of_week(PROVIDER, CLOCK, "broadband", "pppoe")


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return draw_sessions(PROVIDER, CLOCK, len(LINES))


@pytest.fixture(scope="module")
def traffic(sessions: Sessions) -> Traffic:
    return broadband_traffic(PROVIDER, CLOCK, LINES, sessions)


def test_a_flows_line_holds_its_address_on_the_exporter_when_it_starts(
    traffic: Traffic, sessions: Sessions
) -> None:
    flows = traffic.flows
    for line, session, address in (
        (flows.in_line, flows.in_session, flows.source),
        (flows.out_line, flows.out_session, flows.destination),
    ):
        rows = np.flatnonzero(line >= 0)
        held = session[rows]
        np.testing.assert_array_equal(sessions.line[held], line[rows])
        np.testing.assert_array_equal(sessions.server[held], flows.exporter[rows])
        assert (sessions.start_s[held] * 1000 <= flows.first_ms[rows]).all()
        assert (flows.first_ms[rows] < sessions.stop_s[held] * 1000).all()
        server, slot = sessions.server[held], sessions.slot[held].astype(np.uint64)
        upper, lower = address[rows, 0], address[rows, 1]
        of_ipv4 = (upper == 0) & (lower == POOL4[server] + slot)
        of_ipv6 = (upper == POOL64[server] + slot) | (
            upper >> np.uint64(8) == (POOL56[server] >> np.uint64(8)) + slot
        )
        assert (np.where(flows.ipv6[rows], of_ipv6, of_ipv4)).all()


def test_flows_are_cut_by_the_active_timeout_and_received_after_their_end(traffic: Traffic) -> None:
    flows = traffic.flows
    length = flows.last_ms - flows.first_ms
    assert 0 <= length.min() <= length.max() <= ACTIVE_TIMEOUT_MS
    assert (flows.received_ms > flows.last_ms).all()


def test_lines_use_about_what_the_population_says(traffic: Traffic) -> None:
    flows = traffic.flows
    inside = (flows.first_ms >= CLOCK.start_ms) & (flows.first_ms < CLOCK.end_ms)
    drawn = flows.total_bytes()[inside & (flows.out_line >= 0) & ~flows.upload].sum()
    assert drawn == pytest.approx(LINES.out_bytes[:, 1:8].sum(), rel=0.05)


def test_records_are_scaled_and_right_on_average(traffic: Traffic) -> None:
    assert (traffic.record_packets() % 512 == 0).all()
    assert (traffic.record_bytes() % 512 == 0).all()
    true_bytes = traffic.flows.total_bytes().sum()
    true_packets = traffic.flows.total_packets().sum()
    assert traffic.record_packets().sum() == pytest.approx(true_packets, rel=0.01)
    assert traffic.record_bytes().sum() == pytest.approx(true_bytes, rel=0.01)


def test_a_flow_of_which_nothing_was_sampled_has_no_record(traffic: Traffic) -> None:
    unsampled = traffic.record_packets() == 0
    assert 0 < unsampled.sum() < len(unsampled)
    assert not traffic.delivered[unsampled].any()


def test_with_interval_one_every_packet_is_in_the_records(sessions: Sessions) -> None:
    traffic = broadband_traffic(replace(PROVIDER, sampling_interval=1), CLOCK, LINES, sessions)
    np.testing.assert_array_equal(traffic.record_bytes(), traffic.flows.total_bytes())
    np.testing.assert_array_equal(traffic.record_packets(), traffic.flows.total_packets())


def test_all_kinds_of_traffic_occur(traffic: Traffic) -> None:
    flows = traffic.flows
    assert {1, 4, 6, 17, 47, 50} <= set(flows.protocol.tolist())
    fragments = (flows.source_port == 0) & (flows.destination_port == 0)
    assert (fragments & np.isin(flows.protocol, (6, 17))).any()
    assert ((flows.in_line >= 0) & (flows.out_line >= 0)).any()
    assert ((flows.in_line < 0) & (flows.out_line < 0)).any()
    assert 0.2 < flows.ipv6.mean() < 0.6


def test_unattributed_flows_are_a_small_share(traffic: Traffic) -> None:
    flows = traffic.flows
    nobodys = (flows.in_line < 0) & (flows.out_line < 0)
    share = flows.total_bytes()[nobodys].sum() / flows.total_bytes().sum()
    assert share == pytest.approx(0.005, rel=0.2)


def test_the_smaller_port_counts_and_fragments_have_none(traffic: Traffic) -> None:
    ports = replace_ports(traffic, [443, 50_000, 0, 9], [50_000, 80, 0, 0], [6, 17, 17, 1])
    assert ports == [443, 80, -1, -1]


def replace_ports(
    traffic: Traffic, source: list[int], destination: list[int], protocol: list[int]
) -> list[int]:
    flows = replace(
        traffic.flows.select(np.arange(len(source))),
        source_port=np.array(source),
        destination_port=np.array(destination),
        protocol=np.array(protocol),
    )
    smaller: list[int] = flows.smaller_port().tolist()
    return smaller
