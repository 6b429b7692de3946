"""Which protocols and ports carry the bytes, year by year.

Shares follow the published port tables of 2020 to 2024; earlier years use those of 2020, later ones
those of 2024. The rest of the tables is spread over named and random ports.
"""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

TCP, UDP, ICMP, IP_ENCAP, GRE, ESP, IPV6_ICMP = 6, 17, 1, 4, 47, 50, 58

FIRST_YEAR = 2020


@dataclasses.dataclass(frozen=True)
class Kind:
    """A row of the port table.

    Attributes:
        protocol: IP protocol number; ICMP becomes IPv6-ICMP on IPv6.
        ports: `fixed` has one of `among` as its smaller port, `dynamic` one at 1024 or over, of
            `APPLICATION_PORTS` or random; `none` has no ports.
        among: The ports of a `fixed` kind.
        percent: Share of the service's bytes from 2020 to 2024.
        ipv6: Its share on IPv6 relative to its share of all, before both are scaled to 100 percent.
    """

    protocol: int
    ports: Literal["fixed", "dynamic", "none"]
    among: tuple[int, ...]
    percent: tuple[float, float, float, float, float]
    ipv6: float = 1.0


def _fixed(protocol: int, port: int, *percent: float, ipv6: float = 1.0) -> Kind:
    a, b, c, d, e = percent
    return Kind(protocol, "fixed", (port,), (a, b, c, d, e), ipv6)


WELL_KNOWN_REST = (21, 25, 53, 81, 110, 119, 143, 465, 554, 563, 587, 853, 873, 989, 995)

# So many that none of them carries enough for a row in a table of ports.
APPLICATION_PORTS = tuple(range(2_048, 32_768, 60))
APPLICATION_SHARE = 0.85

BROADBAND = (
    _fixed(TCP, 443, 52.4, 53.5, 55.7, 56.9, 53.8, ipv6=1.1),
    _fixed(TCP, 80, 17.2, 11.6, 8.9, 7.2, 6.5, ipv6=0.7),
    _fixed(TCP, 183, 0.02, 0.1, 0.2, 0.2, 0.2),
    _fixed(TCP, 993, 0.2, 0.1, 0.1, 0.1, 0.1),
    _fixed(TCP, 22, 0.2, 0.2, 0.1, 0.1, 0.1),
    Kind(TCP, "fixed", WELL_KNOWN_REST, (0.48, 0.30, 0.40, 0.30, 0.40)),
    _fixed(TCP, 31000, 0.4, 0.6, 0.9, 1.1, 1.2, ipv6=0.0),
    _fixed(TCP, 1935, 0.4, 0.2, 0.2, 0.2, 0.3, ipv6=0.2),
    _fixed(TCP, 8080, 0.4, 0.4, 0.3, 0.4, 0.3, ipv6=0.3),
    Kind(TCP, "dynamic", (), (5.45, 4.85, 4.75, 3.95, 4.55), 0.6),
    Kind(TCP, "none", (), (0.05, 0.05, 0.05, 0.05, 0.05), 0.0),
    _fixed(UDP, 443, 10.5, 15.9, 16.3, 18.2, 21.0, ipv6=1.4),
    _fixed(UDP, 8801, 1.1, 0.9, 0.6, 0.4, 0.4, ipv6=0.3),
    _fixed(UDP, 4500, 0.6, 0.8, 0.8, 1.0, 0.9, ipv6=0.2),
    _fixed(UDP, 53, 0.05, 0.05, 0.05, 0.05, 0.05),
    Kind(UDP, "dynamic", (), (6.65, 6.35, 6.05, 5.25, 5.35), 0.5),
    Kind(UDP, "none", (), (0.5, 0.5, 0.5, 0.5, 0.5), 0.0),
    Kind(ESP, "none", (), (3.2, 3.3, 3.8, 3.8, 4.0), 0.3),
    Kind(IP_ENCAP, "none", (), (0.1, 0.2, 0.2, 0.1, 0.2), 0.5),
    Kind(GRE, "none", (), (0.1, 0.1, 0.1, 0.1, 0.1), 0.2),
    Kind(ICMP, "none", (), (0.03, 0.03, 0.03, 0.03, 0.03)),
)

MOBILE = (
    _fixed(TCP, 443, 50.7, 44.4, 42.3, 42.1, 42.2, ipv6=1.25),
    _fixed(TCP, 80, 7.4, 5.0, 4.1, 3.5, 1.8, ipv6=0.7),
    _fixed(TCP, 993, 0.2, 0.2, 0.1, 0.1, 0.1),
    _fixed(TCP, 1935, 0.1, 0.1, 0.1, 0.2, 0.1),
    Kind(TCP, "fixed", WELL_KNOWN_REST, (0.6, 0.6, 0.6, 0.6, 0.6), 0.5),
    _fixed(TCP, 8080, 0.3, 0.3, 0.3, 0.3, 0.3, ipv6=0.3),
    Kind(TCP, "dynamic", (), (16.15, 19.65, 24.05, 24.15, 25.85), 0.6),
    Kind(TCP, "none", (), (0.05, 0.05, 0.05, 0.05, 0.05), 0.0),
    _fixed(UDP, 443, 9.3, 16.3, 17.9, 20.9, 22.5, ipv6=1.35),
    _fixed(UDP, 4500, 1.8, 3.7, 2.7, 2.5, 1.8, ipv6=0.2),
    _fixed(UDP, 51820, 0.01, 0.02, 0.1, 0.2, 0.3),
    _fixed(UDP, 53, 0.1, 0.2, 0.2, 0.2, 0.2),
    _fixed(UDP, 8801, 1.4, 0.7, 0.3, 0.2, 0.1),
    Kind(UDP, "dynamic", (), (5.09, 2.58, 2.90, 2.20, 2.30), 0.5),
    Kind(UDP, "none", (), (0.3, 0.3, 0.3, 0.3, 0.3), 0.0),
    Kind(ESP, "none", (), (6.4, 5.8, 3.9, 2.4, 1.4), 0.3),
    Kind(GRE, "none", (), (0.1, 0.1, 0.03, 0.02, 0.02), 0.0),
    Kind(ICMP, "none", (), (0.03, 0.03, 0.03, 0.08, 0.03)),
)

KINDS = {"broadband": BROADBAND, "mobile": MOBILE}


def shares(service: str, year: int, ipv6_share: float) -> tuple[Floats, Floats]:
    """The shares of a service's kinds on IPv4 and on IPv6.

    Weighted with `1 - ipv6_share` and `ipv6_share` they add up to the table's shares.

    Args:
        service: `broadband` or `mobile`.
        year: Calendar year.
        ipv6_share: Share of the bytes on IPv6.

    Returns:
        IPv4 and IPv6, each of shape (kinds,) and adding up to 1.
    """
    kinds = KINDS[service]
    column = min(max(year - FIRST_YEAR, 0), len(kinds[0].percent) - 1)
    whole = np.array([kind.percent[column] for kind in kinds], dtype=np.float64)
    whole /= whole.sum()
    ipv6 = whole * np.array([kind.ipv6 for kind in kinds], dtype=np.float64)
    ipv6 /= ipv6.sum()
    ipv4 = np.maximum(whole - ipv6_share * ipv6, 0.0)
    return ipv4 / ipv4.sum(), ipv6
