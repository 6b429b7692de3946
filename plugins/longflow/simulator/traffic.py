"""What crosses a service's routers: flows, and the records of those that were sampled."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.ports import TCP, UDP

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Addresses: TypeAlias = npt.NDArray[np.uint64]
Flags: TypeAlias = npt.NDArray[np.bool_]


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
