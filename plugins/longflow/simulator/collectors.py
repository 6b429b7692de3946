"""The provider's flow collectors."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Collector:
    """One nfcapd and the router it listens to.

    Attributes:
        name: The collector's ident, as in the files' appendix.
        exporter: The router's IPv4 address as a number.
        system_id: The number nfcapd gave the exporter.
    """

    name: str
    exporter: int
    system_id: int = 1


COLLECTORS = (
    Collector("bb-east", 0xC6336401),  # 198.51.100.1
    Collector("bb-west", 0xC6336402),  # 198.51.100.2
    Collector("mobile-core", 0xC6336403),  # 198.51.100.3
)
