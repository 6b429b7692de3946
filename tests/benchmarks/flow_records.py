"""Flows with known packets, by traffic, and what the records of sampled flows keep of them.

Packet sizes mix inside flows as they do in practice: hardly in web and video, where one
direction is full packets and the other acknowledgements, but strongly in tunnels and between peers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# One packet in this many is sampled.
INTERVAL = 1024

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Flows:
    """True flows: packet sizes in bytes, and how many packets of each size each flow has."""

    sizes: tuple[int, ...]
    packets: Integers


Draw = Callable[[np.random.Generator, int], Flows]


def lengths(random: np.random.Generator, flows: int, median: float, width: float) -> Integers:
    """Numbers of packets per flow, log-normal with `width` in natural logarithms."""
    drawn = median * np.exp(width * random.standard_normal(flows))
    return np.maximum(1, np.rint(drawn)).astype(np.int64)


def of_mix(
    sizes: tuple[int, ...],
    share: tuple[float, ...],
    median: float,
    width: float,
    *,
    handshake: int = 0,
    varies: bool = False,
) -> Draw:
    """Flows whose packets have sizes drawn by share; the first few have the first size.

    Args:
        sizes: packet sizes in bytes.
        share: share of each size; parameters of a Dirichlet distribution if `varies`.
        median: median number of packets per flow.
        width: standard deviation of the natural logarithm of the number of packets.
        handshake: number of packets of the first size at the start of a flow.
        varies: whether each flow has its own shares.
    """

    def draw(random: np.random.Generator, flows: int) -> Flows:
        number = lengths(random, flows, median, width)
        first = np.minimum(number, handshake)
        shares = random.dirichlet(share, flows) if varies else np.tile(share, (flows, 1))
        packets = random.multinomial(number - first, shares)
        packets[:, 0] += first
        return Flows(sizes, packets)

    return draw


def of_one_size(sizes: tuple[int, ...], median: float, width: float) -> Draw:
    """Flows in which all packets have the same size, as in calls with one codec."""

    def draw(random: np.random.Generator, flows: int) -> Flows:
        packets = np.zeros((flows, len(sizes)), dtype=np.int64)
        size = random.integers(0, len(sizes), flows)
        packets[np.arange(flows), size] = lengths(random, flows, median, width)
        return Flows(sizes, packets)

    return draw


SHORT = of_mix((80, 1500), (0.5, 0.5), 100, 2.0)
LONG = of_mix((80, 1500), (0.5, 0.5), 3000, 1.0)
# By traffic: the composition of each port, and its number of flows.
TRAFFIC: Mapping[str, Mapping[str, Sequence[tuple[Draw, int]]]] = {
    "80 and 1,500 bytes, short flows": {
        "a third of it": [(SHORT, 10_000)],
        "the rest": [(SHORT, 20_000)],
    },
    "80 and 1,500 bytes, long flows": {
        "a third of it": [(LONG, 1_000)],
        "the rest": [(LONG, 2_000)],
    },
    "households": {
        "web and video, TCP 443": [
            (of_mix((52, 700, 1500), (0.02, 0.03, 0.95), 20, 2.5, handshake=4), 40_000),
            (of_mix((52, 400, 1500), (0.96, 0.03, 0.01), 12, 2.4, handshake=4), 40_000),
        ],
        "the same, UDP 443": [
            (of_mix((45, 500, 1280), (0.05, 0.05, 0.90), 30, 2.4), 20_000),
            (of_mix((45, 500, 1280), (0.90, 0.05, 0.05), 20, 2.3), 20_000),
        ],
        "names, UDP 53": [(of_mix((65, 130, 400), (0.3, 0.4, 0.3), 1, 0.4, varies=True), 200_000)],
        "peers, both ways in one flow": [
            (of_mix((52, 1400), (2.0, 2.0), 60, 2.5, varies=True), 4_000)
        ],
        "calls, one size a flow": [(of_one_size((120, 200, 400), 2000, 1.0), 1_000)],
        "games": [(of_mix((60, 90, 250), (2.0, 2.0, 1.0), 1000, 1.2, varies=True), 1_500)],
        "tunnels, ESP": [(of_mix((100, 600, 1400), (2.0, 1.0, 2.0), 500, 2.2, varies=True), 1_000)],
    },
}


@dataclass(frozen=True)
class Records:
    """Flow records of a port: sampled packets and their bytes for each flow."""

    packets: Integers
    bytes: Floats


def sampled_records(random: np.random.Generator, port: Sequence[Flows]) -> tuple[Records, float]:
    """Records of the flows that were sampled, and the squares of all sampled packets' sizes."""
    packets, volumes, squares = [], [], 0.0
    for flows in port:
        sizes = np.array(flows.sizes)
        seen = random.binomial(flows.packets, 1 / INTERVAL)
        seen = seen[seen.any(axis=1)]
        packets.append(seen.sum(axis=1))
        volumes.append((seen @ sizes).astype(np.float64))
        squares += float((seen @ sizes**2).sum())
    return Records(np.concatenate(packets), np.concatenate(volumes)), squares
