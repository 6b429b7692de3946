"""The flows that cross the provider's routers, and what sampling leaves of them.

A flow here is what a router exports as one record: the active timeout of 30 minutes bounds it.
Its packets are of up to three sizes. Each packet is sampled with probability 1 / interval, by
size, so the number sampled is binomial; a flow of which no packet was sampled has no record. The
record carries interval times the sampled packets and bytes, as nfcapd scales them. It keeps the
flow's own first and last time — a router would know only those of the sampled packets — so that
truth and estimate are spread over the same span.
"""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.addresses import (
    MOBILE4,
    MOBILE6,
    REMOTE4,
    REMOTE6,
    ROUTER4,
    random_addresses,
    session_addresses,
)
from longflow.simulator.clock import HOUR_MS, WeekClock
from longflow.simulator.levels import ipv6_share
from longflow.simulator.population import GOLDEN, Lines
from longflow.simulator.ports import (
    APPLICATION_PORTS,
    APPLICATION_SHARE,
    ICMP,
    IPV6_ICMP,
    KINDS,
    TCP,
    UDP,
    shares,
)
from longflow.simulator.profiles import hour_weights
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import DUALSTACK_SHARE, Sessions

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Addresses: TypeAlias = npt.NDArray[np.uint64]
Flags: TypeAlias = npt.NDArray[np.bool_]

BROADBAND_STREAM, MOBILE_STREAM = 401, 402
MOBILE_EXPORTER = 2
EPHEMERAL_PORT = 32_768

ACTIVE_TIMEOUT_MS = 30 * 60_000
INACTIVE_TIMEOUT_MS = 15_000
FASTEST_BYTES_A_MS = 60_000  # 480 Mbit/s
OUT_FLOWS = 0.6
"""Of a line's flows so many are downloads."""
LEAST_FLOWS = 3
SIZE_SPREAD = 1.3
"""Standard deviation of the natural logarithm of a line's flow sizes."""
USER_TO_USER = 0.02
"""Of the uploads so many go to another line of the same access server."""
UNATTRIBUTED = 0.005
"""Bytes between routers, over the subscribers' bytes."""

# What a flow's packets are: data flows have full packets and some small ones, acknowledgements
# small ones, the rest mostly packets in between.
DATA, ACKNOWLEDGEMENTS, REST = 0, 1, 2
CONTENT_SHARE = {"out": (0.80, 0.08, 0.12), "in": (0.55, 0.28, 0.17)}
CONTENT_SIZE = np.array([1.0, 0.35, 0.5])
"""Size of the flows of each content over that of data flows."""
FULL_BYTES = {"broadband": 1454, "mobile": 1400}

ROUTER_PORTS = ((TCP, 179), (UDP, 123), (UDP, 161), (UDP, 514))


@dataclasses.dataclass(frozen=True)
class Flows:
    """Flows, one an entry of every array; times in epoch milliseconds.

    Attributes:
        exporter: Which router exports it: 0 and 1 serve broadband, 2 serves mobile.
        first_ms, last_ms: First and last packet.
        received_ms: When the collector received the record.
        protocol, source_port, destination_port: As in the packets; the ports of ICMP are 0 and
            type * 256 + code.
        ipv6: Whether the addresses are IPv6.
        source, destination: Addresses, shape (n, 2): upper and lower 64 bits; IPv4 in the lower.
        packets: Packets of each size, shape (n, 3).
        packet_bytes: The sizes, shape (n, 3).
        upload: Whether it leaves towards the network's core.
        in_line, out_line: The line that uploads and the line that downloads it, -1 for none.
        in_session, out_session: Their sessions, -1 for none.
    """

    exporter: Integers
    first_ms: Integers
    last_ms: Integers
    received_ms: Integers
    protocol: Integers
    source_port: Integers
    destination_port: Integers
    ipv6: Flags
    source: Addresses
    destination: Addresses
    packets: Integers
    packet_bytes: Integers
    upload: Flags
    in_line: Integers
    out_line: Integers
    in_session: Integers
    out_session: Integers

    def __len__(self) -> int:
        return len(self.first_ms)

    def select(self, which: Flags | Integers) -> Flows:
        """The flows of a mask or of indices, in that order."""
        return Flows(
            **{field.name: getattr(self, field.name)[which] for field in dataclasses.fields(self)}
        )

    @staticmethod
    def concatenate(parts: list[Flows]) -> Flows:
        """All flows of several sets, one set after the other."""
        return Flows(
            **{
                field.name: np.concatenate([getattr(part, field.name) for part in parts])
                for field in dataclasses.fields(Flows)
            }
        )

    def total_bytes(self) -> Integers:
        """Bytes of each flow, shape (n,)."""
        total: Integers = (self.packets * self.packet_bytes).sum(axis=1)
        return total

    def total_packets(self) -> Integers:
        """Packets of each flow, shape (n,)."""
        total: Integers = self.packets.sum(axis=1)
        return total

    def smaller_port(self) -> Integers:
        """The smaller of the two ports; -1 where both are 0 and for all but TCP and UDP."""
        smaller = np.minimum(self.source_port, self.destination_port)
        ported = np.isin(self.protocol, (TCP, UDP)) & (
            (self.source_port > 0) | (self.destination_port > 0)
        )
        return np.where(ported, smaller, -1)


@dataclasses.dataclass(frozen=True)
class Traffic:
    """The true flows of a service and their sampled packets.

    Attributes:
        flows: All true flows.
        sampled: Sampled packets of each size, shape (n, 3); with interval 1 all of them.
        interval: The sampling interval.
        delivered: Flows that have a record in the week's files.
    """

    flows: Flows
    sampled: Integers
    interval: int
    delivered: Flags

    def record_packets(self) -> Integers:
        """Packets as in the record, scaled, shape (n,)."""
        packets: Integers = self.sampled.sum(axis=1) * self.interval
        return packets

    def record_bytes(self) -> Integers:
        """Bytes as in the record, scaled, shape (n,)."""
        scaled: Integers = (self.sampled * self.flows.packet_bytes).sum(axis=1) * self.interval
        return scaled


@dataclasses.dataclass(frozen=True)
class Drafts:
    """Flows before they have addresses and ports.

    Attributes:
        owner: The line, ascending.
        first_ms: Start.
        size_bytes: What the flow should carry.
        content: `DATA`, `ACKNOWLEDGEMENTS` or `REST`.
    """

    owner: Integers
    first_ms: Integers
    size_bytes: Floats
    content: Integers


@dataclasses.dataclass(frozen=True)
class Ends:
    """The provider's side of flows: who, with which address, on which router, until when."""

    line: Integers
    session: Integers
    exporter: Integers
    ipv6: Flags
    address: Addresses
    latest_ms: Integers


def broadband_traffic(
    provider: Provider, clock: WeekClock, lines: Lines, sessions: Sessions
) -> Traffic:
    """The flows of the PPPoE lines, and some between routers, of one week.

    Every flow of a line starts while the line has a session on the exporting server, and uses
    that session's address.
    """
    generator = np.random.default_rng([provider.seed, clock.monday.toordinal(), BROADBAND_STREAM])
    sets = []
    for direction, volumes, share in (
        ("out", lines.out_bytes, OUT_FLOWS),
        ("in", lines.in_bytes, 1 - OUT_FLOWS),
    ):
        flows_a_line = provider.pppoe_flows_per_week * share
        drafts = _draw(generator, clock, "broadband", direction, volumes, flows_a_line)
        drafts, ends = _line_ends(generator, clock, drafts, sessions)
        sets.append(_flows(generator, clock, "broadband", direction, drafts, ends))
    flows = _between_users(generator, Flows.concatenate(sets), sessions)
    flows = Flows.concatenate([flows, _between_routers(generator, clock, flows)])
    return _sample(generator, provider, clock, flows)


def mobile_traffic(provider: Provider, clock: WeekClock, lines: Lines) -> Traffic:
    """The flows of all mobile numbers of one week; their bytes are about what the numbers use."""
    generator = np.random.default_rng([provider.seed, clock.monday.toordinal(), MOBILE_STREAM])
    sets = []
    for direction, volumes, share in (
        ("out", lines.out_bytes, OUT_FLOWS),
        ("in", lines.in_bytes, 1 - OUT_FLOWS),
    ):
        together = volumes.sum(axis=0, keepdims=True)
        flows_a_line = len(lines) * provider.mobile_flows_per_week * share
        drafts = _draw(generator, clock, "mobile", direction, together, flows_a_line)
        count = len(drafts.owner)
        ipv6 = generator.random(count) < ipv6_share("mobile", clock.monday)
        nobody = np.full(count, -1)
        ends = Ends(
            line=nobody,
            session=nobody,
            exporter=np.full(count, MOBILE_EXPORTER),
            ipv6=ipv6,
            address=random_addresses(generator, ipv6, MOBILE4, MOBILE6),
            latest_ms=np.full(count, np.iinfo(np.int64).max),
        )
        sets.append(_flows(generator, clock, "mobile", direction, drafts, ends))
    return _sample(generator, provider, clock, Flows.concatenate(sets))


def _draw(
    generator: np.random.Generator,
    clock: WeekClock,
    service: str,
    direction: str,
    volumes: Floats,
    flows_a_line: float,
) -> Drafts:
    """Draw the flows of one direction from what each line uses on each day.

    A line that uses four times as much has twice as many flows, twice as large.

    Args:
        generator: Where chance comes from.
        clock: The week.
        service: `broadband` or `mobile`, for the hours.
        direction: `in` or `out`.
        volumes: Bytes a whole day, shape (lines, days).
        flows_a_line: Flows of a line in the time drawn, on average.
    """
    hours = hour_weights(clock, service, direction)
    days = volumes.shape[1]
    by_day = volumes * np.bincount(clock.hour_day, weights=hours, minlength=days)
    volume = by_day.sum(axis=1)
    root = np.sqrt(volume)
    wanted = np.rint(root / max(root.mean(), 1e-9) * flows_a_line)
    count = np.where(volume > 0, np.maximum(wanted, LEAST_FLOWS), 0).astype(np.int64)
    owner = np.repeat(np.arange(len(count)), count)

    content = np.searchsorted(
        np.cumsum(CONTENT_SHARE[direction])[:-1], generator.random(len(owner)), side="right"
    )
    weight = CONTENT_SIZE[content] * np.exp(generator.normal(0.0, SIZE_SPREAD, len(owner)))
    weights = np.bincount(owner, weights=weight, minlength=len(count))
    size = weight * (volume / np.maximum(weights, 1e-9))[owner]

    until_day = np.cumsum(by_day, axis=1) / np.maximum(volume, 1e-9)[:, None]
    day = (generator.random(len(owner))[:, None] >= until_day[owner, :-1]).sum(axis=1)
    until_hour = np.concatenate([[0.0], np.cumsum(hours)])
    first_hour = np.searchsorted(clock.hour_day, np.arange(days + 1), side="left")
    low, high = until_hour[first_hour[day]], until_hour[first_hour[day + 1]]
    point = low + generator.random(len(owner)) * (high - low)
    hour = np.searchsorted(until_hour, point, side="right") - 1
    # Rounding may push a point over the edge of its day.
    hour = np.clip(hour, first_hour[day], first_hour[day + 1] - 1)
    first_ms = clock.hours_ms[hour] + generator.integers(0, HOUR_MS, len(owner))
    return Drafts(owner, first_ms, size, content)


def _line_ends(
    generator: np.random.Generator, clock: WeekClock, drafts: Drafts, sessions: Sessions
) -> tuple[Drafts, Ends]:
    """Put the flows of lines into sessions; what starts between two waits for the next."""
    session = sessions.at(drafts.owner, drafts.first_ms)
    between = drafts.first_ms >= sessions.stop_s[session] * 1000
    session = session + between
    waited = sessions.start_s[session] * 1000 + generator.integers(0, 30_000, len(session))
    first_ms = np.where(between, waited, drafts.first_ms)
    ipv6 = sessions.dualstack[session] & (
        generator.random(len(session)) < ipv6_share("broadband", clock.monday) / DUALSTACK_SHARE
    )
    ends = Ends(
        line=drafts.owner,
        session=session,
        exporter=sessions.server[session],
        ipv6=ipv6,
        address=session_addresses(generator, sessions, session, ipv6),
        latest_ms=sessions.stop_s[session] * 1000,
    )
    return dataclasses.replace(drafts, first_ms=first_ms), ends


def _flows(
    generator: np.random.Generator,
    clock: WeekClock,
    service: str,
    direction: str,
    drafts: Drafts,
    ends: Ends,
) -> Flows:
    """Flows between the provider's subscribers and hosts elsewhere."""
    count = len(drafts.owner)
    packets, packet_bytes = _packets(generator, service, drafts, ends.ipv6)
    size = (packets * packet_bytes).sum(axis=1)
    last_ms = np.minimum(
        drafts.first_ms + _durations(generator, size, packets.sum(axis=1)), ends.latest_ms
    )
    remote = random_addresses(generator, ends.ipv6, REMOTE4, REMOTE6)
    upload = direction == "in"
    protocol, source_port, destination_port = _ports(
        generator, clock, service, size, ends.ipv6, upload=upload
    )
    nobody = np.full(count, -1)
    return Flows(
        exporter=ends.exporter,
        first_ms=drafts.first_ms,
        last_ms=last_ms,
        received_ms=last_ms + _export_delays(generator, drafts.first_ms, last_ms),
        protocol=protocol,
        source_port=source_port,
        destination_port=destination_port,
        ipv6=ends.ipv6,
        source=ends.address if upload else remote,
        destination=remote if upload else ends.address,
        packets=packets,
        packet_bytes=packet_bytes,
        upload=np.full(count, upload),
        in_line=ends.line if upload else nobody,
        out_line=nobody if upload else ends.line,
        in_session=ends.session if upload else nobody,
        out_session=nobody if upload else ends.session,
    )


def _packets(
    generator: np.random.Generator, service: str, drafts: Drafts, ipv6: Flags
) -> tuple[Integers, Integers]:
    """Packets of each flow by size, and the sizes: small, in between, full; shapes (n, 3)."""
    count = len(drafts.owner)
    sizes = np.empty((count, 3), dtype=np.int64)
    sizes[:, 0] = generator.integers(40, 90, count) + 20 * ipv6
    sizes[:, 1] = generator.integers(150, 700, count)
    sizes[:, 2] = FULL_BYTES[service]
    few, fewer = generator.random((2, count))
    zero = np.zeros(count)
    small = np.choose(drafts.content, [0.05 * few, 1 - 0.02 * few, 0.10 * few])
    middle = np.choose(drafts.content, [0.02 * fewer, 0.02 * few, 1 - 0.10 * few])
    full = np.choose(drafts.content, [1 - 0.05 * few - 0.02 * fewer, zero, zero])
    mix = np.stack([small, middle, full], axis=1)
    together = drafts.size_bytes / (mix * sizes).sum(axis=1)
    packets = np.floor(together[:, None] * mix + generator.random((count, 3))).astype(np.int64)
    empty = np.flatnonzero(packets.sum(axis=1) == 0)
    packets[empty, mix[empty].argmax(axis=1)] = 1
    return packets, sizes


def _durations(generator: np.random.Generator, size: Integers, packets: Integers) -> Integers:
    """Milliseconds from the first to the last packet: most under a minute, some to the timeout."""
    drawn = np.exp(generator.normal(np.log(25_000), 1.4, len(size)))
    possible = np.maximum(drawn, size / FASTEST_BYTES_A_MS)
    duration = np.minimum(possible, ACTIVE_TIMEOUT_MS).astype(np.int64)
    return np.where(packets > 1, duration, 0)


def _export_delays(
    generator: np.random.Generator, first_ms: Integers, last_ms: Integers
) -> Integers:
    """Milliseconds from a flow's last packet to the collector: inactive timeout and transport."""
    transport = generator.integers(5, 2_000, len(first_ms))
    timed_out = last_ms - first_ms >= ACTIVE_TIMEOUT_MS
    return transport + np.where(timed_out, 0, INACTIVE_TIMEOUT_MS)


def _ports(
    generator: np.random.Generator,
    clock: WeekClock,
    service: str,
    size: Integers,
    ipv6: Flags,
    *,
    upload: bool,
) -> tuple[Integers, Integers, Integers]:
    """Protocol, source port and destination port of each flow.

    Kinds are dealt out in order of size, so that large flows cannot tilt the shares of bytes.
    """
    kinds = KINDS[service]
    share = ipv6_share(service, clock.monday)
    kind = np.empty(len(size), dtype=np.int64)
    for version, kind_shares in enumerate(shares(service, clock.monday.year, share)):
        rows = np.flatnonzero(ipv6 == bool(version))
        largest_first = rows[np.argsort(-size[rows], kind="stable")]
        dealt = (np.arange(len(rows)) * GOLDEN + generator.random()) % 1.0
        kind[largest_first] = np.searchsorted(np.cumsum(kind_shares)[:-1], dealt, side="right")

    protocol = np.array([one.protocol for one in kinds], dtype=np.int64)[kind]
    server = np.zeros(len(size), dtype=np.int64)
    client = np.zeros(len(size), dtype=np.int64)
    for index, one in enumerate(kinds):
        rows = np.flatnonzero(kind == index)
        if one.ports == "fixed":
            server[rows] = generator.choice(np.array(one.among), len(rows))
            client[rows] = generator.integers(
                np.maximum(EPHEMERAL_PORT, server[rows] + 1), 65_536, len(rows)
            )
        elif one.ports == "dynamic":
            # Most have a port that an application uses; of the others the low are more frequent.
            server[rows] = np.where(
                generator.random(len(rows)) < APPLICATION_SHARE,
                generator.choice(np.array(APPLICATION_PORTS), len(rows)),
                np.exp(generator.uniform(np.log(1_024), np.log(60_000), len(rows))),
            ).astype(np.int64)
            client[rows] = generator.integers(server[rows], 65_536)
    source, destination = (client, server) if upload else (server, client)
    icmp = np.flatnonzero(protocol == ICMP)
    # Echo request, echo reply and port unreachable, as type * 256 + code.
    message = generator.integers(0, 3, len(icmp))
    destination[icmp] = np.where(
        ipv6[icmp],
        np.array([0x8000, 0x8100, 0x0104])[message],
        np.array([0x0800, 0x0000, 0x0303])[message],
    )
    protocol[icmp[ipv6[icmp]]] = IPV6_ICMP
    return protocol, source, destination


def _between_users(generator: np.random.Generator, flows: Flows, sessions: Sessions) -> Flows:
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


def _between_routers(generator: np.random.Generator, clock: WeekClock, flows: Flows) -> Flows:
    """Flows that no subscriber has: routing, management and time between routers."""
    count = max(4, round(UNATTRIBUTED * len(flows)))
    weight = np.exp(generator.normal(0.0, 1.0, count))
    drafts = Drafts(
        owner=np.full(count, -1),
        first_ms=generator.integers(clock.hours_ms[0], clock.drawn_ms, count),
        size_bytes=weight / weight.sum() * UNATTRIBUTED * float(flows.total_bytes().sum()),
        content=generator.choice(np.array([DATA, REST]), count),
    )
    ipv4 = np.zeros(count, dtype=np.bool_)
    packets, packet_bytes = _packets(generator, "broadband", drafts, ipv4)
    size = (packets * packet_bytes).sum(axis=1)
    last_ms = drafts.first_ms + _durations(generator, size, packets.sum(axis=1))
    kind = generator.choice(np.array(ROUTER_PORTS), count)
    addresses = np.zeros((2, count, 2), dtype=np.uint64)
    for side, network in enumerate(ROUTER4):
        addresses[side, :, 1] = network + generator.integers(1, 255, count)
    nobody = np.full(count, -1)
    return Flows(
        exporter=generator.integers(0, MOBILE_EXPORTER, count),
        first_ms=drafts.first_ms,
        last_ms=last_ms,
        received_ms=last_ms + _export_delays(generator, drafts.first_ms, last_ms),
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


def _sample(
    generator: np.random.Generator, provider: Provider, clock: WeekClock, flows: Flows
) -> Traffic:
    """Sample each packet with probability 1 / interval."""
    interval = provider.sampling_interval
    sampled = flows.packets if interval == 1 else generator.binomial(flows.packets, 1.0 / interval)
    delivered = (
        (sampled.sum(axis=1) > 0)
        & (flows.received_ms >= clock.start_ms)
        & (flows.received_ms < clock.drawn_ms)
    )
    return Traffic(flows, sampled, interval, delivered)
