"""Who has which addresses: ranges set aside for documentation, tests and carriers' own use.

An address is two numbers of 64 bits, the upper and the lower half; IPv4 lies in the lower.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.sessions import Sessions

Integers: TypeAlias = npt.NDArray[np.int64]
Addresses: TypeAlias = npt.NDArray[np.uint64]
Flags: TypeAlias = npt.NDArray[np.bool_]

# A slot of an access server's pool is one address of each of these: IPv4, /56, /64.
POOL4 = np.array([0x64400001, 0x64600001], dtype=np.uint64)  # in 100.64.0.0/11, 100.96.0.0/11
POOL56 = np.array([0x20010DB810000000, 0x20010DB820000000], dtype=np.uint64)
POOL64 = np.array([0x20010DB890000000, 0x20010DB8A0000000], dtype=np.uint64)
# First address (IPv6: its upper half) and number of free bits.
MOBILE4, MOBILE6 = (0x0A000000, 24), (0x20010DB850000000, 28)  # 10.0.0.0/8
REMOTE4, REMOTE6 = (0xC6120000, 17), (0x20010DB8F0000000, 28)  # 198.18.0.0/15
ROUTER4 = (0xC0000200, 0xCB007100)  # 192.0.2.0/24 and 203.0.113.0/24

OWN_LINK = 0.05
"""Share of a line's IPv6 flows that use the link's /64 instead of the delegated /56."""


def session_addresses(
    generator: np.random.Generator, sessions: Sessions, session: Integers, ipv6: Flags
) -> Addresses:
    """An address that a session holds: its IPv4 address, or one in its IPv6 prefixes."""
    server = sessions.server[session]
    slot = sessions.slot[session].astype(np.uint64)
    count = len(session)
    subnet = generator.integers(0, 4, count).astype(np.uint64)
    host = generator.integers(1, 1 << 63, count).astype(np.uint64)
    own_link = generator.random(count) < OWN_LINK
    upper = np.where(
        own_link, POOL64[server] + slot, POOL56[server] + (slot << np.uint64(8)) + subnet
    )
    return np.stack(
        [np.where(ipv6, upper, 0), np.where(ipv6, host, POOL4[server] + slot)], axis=1
    ).astype(np.uint64)


def random_addresses(
    generator: np.random.Generator, ipv6: Flags, range4: tuple[int, int], range6: tuple[int, int]
) -> Addresses:
    """Addresses of ranges that are given as first address (IPv6: its upper half) and free bits."""
    count = len(ipv6)
    lower4 = range4[0] + generator.integers(1, (1 << range4[1]) - 1, count)
    upper6 = np.uint64(range6[0]) + generator.integers(0, 1 << range6[1], count).astype(np.uint64)
    lower6 = generator.integers(1, 1 << 63, count)
    return np.stack(
        [np.where(ipv6, upper6, 0), np.where(ipv6, lower6, lower4).astype(np.uint64)], axis=1
    ).astype(np.uint64)
