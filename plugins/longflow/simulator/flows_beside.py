"""Flows that are not between a line and the world: between two lines, and between routers."""

from __future__ import annotations

import numpy as np

from longflow.simulator.addresses import ROUTER4, session_addresses
from longflow.simulator.clock import WeekClock
from longflow.simulator.drafts import (
    DATA,
    EPHEMERAL_PORT,
    MOBILE_EXPORTER,
    REST,
    Drafts,
    durations,
    export_delays,
    packets_of,
)
from longflow.simulator.ports import TCP, UDP
from longflow.simulator.sessions import Sessions
from longflow.simulator.traffic import Flows

USER_TO_USER = 0.02
"""Share of the uploads that go to another line of the same access server."""
UNATTRIBUTED = 0.005
"""Bytes between routers, relative to the subscribers' bytes."""
ROUTER_PORTS = ((TCP, 179), (UDP, 123), (UDP, 161), (UDP, 514))


def between_users(generator: np.random.Generator, flows: Flows, sessions: Sessions) -> Flows:
    """Turn some uploads, in place, into flows to another line of their server that is on."""
    rows = np.flatnonzero((flows.in_line >= 0) & (generator.random(len(flows)) < USER_TO_USER))
    lines = int(sessions.line.max()) + 1
    server = flows.exporter[rows]
    peer = 2 * generator.integers(0, lines // 2 + 1, len(rows)) + server
    exists = (peer < lines) & (peer != flows.in_line[rows])
    rows, peer = rows[exists], peer[exists]
    session = sessions.at(peer, flows.first_ms[rows])
    reachable = (
        (session >= 0)
        & (flows.first_ms[rows] < sessions.stop_s[session] * 1000)
        & (sessions.dualstack[session] | ~flows.ipv6[rows])
    )
    rows, peer, session = rows[reachable], peer[reachable], session[reachable]
    flows.destination[rows] = session_addresses(generator, sessions, session, flows.ipv6[rows])
    flows.out_line[rows] = peer
    flows.out_session[rows] = session
    return flows


def between_routers(generator: np.random.Generator, clock: WeekClock, flows: Flows) -> Flows:
    """Flows that belong to no subscriber: routing, management and time between routers."""
    count = max(4, round(UNATTRIBUTED * len(flows)))
    weight = np.exp(generator.normal(0.0, 1.0, count))
    drafts = Drafts(
        owner=np.full(count, -1),
        first_ms=generator.integers(clock.hours_ms[0], clock.drawn_ms, count),
        size_bytes=weight / weight.sum() * UNATTRIBUTED * float(flows.total_bytes().sum()),
        content=generator.choice(np.array([DATA, REST]), count),
    )
    ipv4 = np.zeros(count, dtype=np.bool_)
    packets, packet_bytes = packets_of(generator, "broadband", drafts, ipv4)
    size = (packets * packet_bytes).sum(axis=1)
    last_ms = drafts.first_ms + durations(generator, size, packets.sum(axis=1))
    kind = generator.choice(np.array(ROUTER_PORTS), count)
    addresses = np.zeros((2, count, 2), dtype=np.uint64)
    for side, network in enumerate(ROUTER4):
        addresses[side, :, 1] = network + generator.integers(1, 255, count)
    nobody = np.full(count, -1)
    return Flows(
        exporter=generator.integers(0, MOBILE_EXPORTER, count),
        first_ms=drafts.first_ms,
        last_ms=last_ms,
        received_ms=last_ms + export_delays(generator, drafts.first_ms, last_ms),
        protocol=kind[:, 0],
        source_port=generator.integers(EPHEMERAL_PORT, 65_536, count),
        destination_port=kind[:, 1],
        ipv6=ipv4,
        source=addresses[0],
        destination=addresses[1],
        packets=packets,
        packet_bytes=packet_bytes,
        upload=np.ones(count, dtype=np.bool_),
        in_line=nobody,
        out_line=nobody,
        in_session=nobody,
        out_session=nobody,
    )
