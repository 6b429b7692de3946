"""Flows before they have addresses: their packets, how long they last, when they are exported."""

from __future__ import annotations

import dataclasses

import numpy as np

from longflow.simulator.traffic import Flags, Floats, Integers

MOBILE_EXPORTER = 2
EPHEMERAL_PORT = 32_768

ACTIVE_TIMEOUT_MS = 30 * 60_000
INACTIVE_TIMEOUT_MS = 15_000
FASTEST_BYTES_A_MS = 60_000  # 480 Mbit/s
# The packets of a flow: data flows have full packets and some small ones, acknowledgements small
# ones, the rest mostly packets in between.
DATA, ACKNOWLEDGEMENTS, REST = 0, 1, 2
CONTENT_SHARE = {"out": (0.80, 0.08, 0.12), "in": (0.55, 0.28, 0.17)}
CONTENT_SIZE = np.array([1.0, 0.35, 0.5])
"""Size of the flows of each content relative to data flows."""
FULL_BYTES = {"broadband": 1454, "mobile": 1400}


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


def packets_of(
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


def durations(generator: np.random.Generator, size: Integers, packets: Integers) -> Integers:
    """Milliseconds from the first to the last packet: most under a minute, some to the timeout."""
    drawn = np.exp(generator.normal(np.log(25_000), 1.4, len(size)))
    possible = np.maximum(drawn, size / FASTEST_BYTES_A_MS)
    duration = np.minimum(possible, ACTIVE_TIMEOUT_MS).astype(np.int64)
    return np.where(packets > 1, duration, 0)


def export_delays(
    generator: np.random.Generator, first_ms: Integers, last_ms: Integers
) -> Integers:
    """Milliseconds from a flow's last packet to the collector: inactive timeout and transport."""
    transport = generator.integers(5, 2_000, len(first_ms))
    timed_out = last_ms - first_ms >= ACTIVE_TIMEOUT_MS
    return transport + np.where(timed_out, 0, INACTIVE_TIMEOUT_MS)
