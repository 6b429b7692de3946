"""Traffic of subscribers as packets, and the part seen by a router that samples one in N.

Shared by the benchmarks of statistics. Packet sizes are mixed
(docs/method.md#what-such-traffic-looks-like): many small, many full. Most
upload packets are acknowledgements, but half of the bytes are in full packets; nearly all download
packets are full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

INTERVAL = 8192

# Share of the bytes, and packet size in bytes.
PACKETS = {
    "in": ((0.35, 80), (0.15, 500), (0.50, 1500)),
    "out": ((0.02, 80), (0.08, 500), (0.90, 1500)),
}


@dataclass(frozen=True)
class Sampled:
    """The sampled part of each subscriber's week.

    Attributes:
        bytes: estimated bytes, N times those sampled.
        packets: packets sampled.
        variance: estimated variance of `bytes`, Σ N(N-1)b² over sampled packets of b bytes.
    """

    bytes: Floats
    packets: npt.NDArray[np.int64]
    variance: Floats


def sampled_volumes(
    week_bytes: Floats, direction: str, interval: int, random: np.random.Generator
) -> Sampled:
    """Sample each packet with probability 1/interval: Poisson numbers of each size.

    Args:
        week_bytes: shape (subscribers,): true bytes of the week.
        direction: in or out.
        interval: N.
        random: random number generator.
    """
    total = np.zeros(len(week_bytes))
    packets = np.zeros(len(week_bytes), dtype=np.int64)
    variance = np.zeros(len(week_bytes))
    for share, size in PACKETS[direction]:
        seen = random.poisson(share * week_bytes / size / interval)
        packets += seen
        total += interval * size * seen
        variance += interval * (interval - 1) * float(size) ** 2 * seen
    return Sampled(total, packets, variance)
