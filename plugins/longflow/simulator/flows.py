"""The flows that cross the provider's routers, and what sampling leaves of them.

A flow here is what a router exports as one record: the active timeout of 30 minutes limits it. Its
packets have up to three sizes. Each packet is sampled with probability 1 / interval, by size, so
the number sampled is binomial; a flow without a sampled packet has no record. The record carries
interval times the sampled packets and bytes, as nfcapd scales them. It keeps the flow's own first
and last time — a router would know only those of the sampled packets — so that truth and estimate
are spread over the same span.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from longflow.simulator.addresses import (
    MOBILE4,
    MOBILE6,
    REMOTE4,
    REMOTE6,
    random_addresses,
    session_addresses,
)
from longflow.simulator.clock import HOUR_MS, WeekClock
from longflow.simulator.drafts import (
    CONTENT_SHARE,
    CONTENT_SIZE,
    EPHEMERAL_PORT,
    MOBILE_EXPORTER,
    Drafts,
    durations,
    export_delays,
    packets_of,
)
from longflow.simulator.flows_beside import between_routers, between_users
from longflow.simulator.levels import ipv6_share
from longflow.simulator.population import GOLDEN, Lines
from longflow.simulator.ports import (
    APPLICATION_PORTS,
    APPLICATION_SHARE,
    ICMP,
    IPV6_ICMP,
    KINDS,
    shares,
)
from longflow.simulator.profiles import hour_weights
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import DUALSTACK_SHARE, Sessions
from longflow.simulator.traffic import Addresses, Flags, Floats, Flows, Integers, Traffic

BROADBAND_STREAM, MOBILE_STREAM = 401, 402
OUT_FLOWS = 0.6
"""Share of a line's flows that are downloads."""
LEAST_FLOWS = 3
SIZE_SPREAD = 1.3
"""Standard deviation of the natural logarithm of a line's flow sizes."""


@dataclasses.dataclass(frozen=True)
class Ends:
    """The provider's side of flows: which line, with which address, on which router, until when."""

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
    flows = between_users(generator, Flows.concatenate(sets), sessions)
    flows = Flows.concatenate([flows, between_routers(generator, clock, flows)])
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
        generator: The source of randomness.
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
    """Put the flows of lines into sessions; a flow that starts between two waits for the next."""
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
    packets, packet_bytes = packets_of(generator, service, drafts, ends.ipv6)
    size = (packets * packet_bytes).sum(axis=1)
    last_ms = np.minimum(
        drafts.first_ms + durations(generator, size, packets.sum(axis=1)), ends.latest_ms
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
        received_ms=last_ms + export_delays(generator, drafts.first_ms, last_ms),
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
