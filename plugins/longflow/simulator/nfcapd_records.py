"""Flow records as nfcapd stores them, in several shapes, and a file's data on its exporter."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.collectors import Collector
from longflow.simulator.ports import TCP
from longflow.simulator.traffic import Traffic

Integers: TypeAlias = npt.NDArray[np.int64]
IPFIX = 10
FLOW_TYPE, SAMPLED_FLAG = 11, 2
Field: TypeAlias = tuple[str, str] | tuple[str, str, tuple[int]]

# The elements a flow record can have: number and fields.
ELEMENTS: dict[str, tuple[int, list[Field]]] = {
    "flow": (
        1,
        [
            ("first_ms", "<u8"),
            ("last_ms", "<u8"),
            ("received_ms", "<u8"),
            ("packets", "<u8"),
            ("bytes", "<u8"),
            ("source_port", "<u2"),
            ("destination_port", "<u2"),
            ("protocol", "u1"),
            ("tcp_flags", "u1"),
            ("forwarding_status", "u1"),
            ("source_tos", "u1"),
        ],
    ),
    "ipv4": (2, [("source4", "<u4"), ("destination4", "<u4")]),
    # Each half of an address is a little-endian number.
    "ipv6": (3, [("source6", "<u8", (2,)), ("destination6", "<u8", (2,))]),
    "interfaces": (
        4,
        [
            ("input", "<u4"),
            ("output", "<u4"),
            ("source_mask", "u1"),
            ("destination_mask", "u1"),
            ("direction", "u1"),
            ("destination_tos", "u1"),
            ("biflow", "u1"),
            ("end_reason", "u1"),
            ("fill", "<u2"),
        ],
    ),
    "vlan": (6, [("source_vlan", "<u4"), ("destination_vlan", "<u4")]),
    "autonomous_system": (7, [("source_as", "<u4"), ("destination_as", "<u4")]),
    "next_hop4": (10, [("next_hop", "<u4")]),
    "exporter4": (12, [("exporter", "<u4")]),
}

# The records of two line cards, each with its own template for IPv4 and for IPv6.
SHAPES = (
    ("flow", "ipv4", "interfaces", "exporter4"),
    ("flow", "ipv6", "interfaces", "exporter4"),
    ("flow", "ipv4", "interfaces", "vlan", "autonomous_system", "next_hop4", "exporter4"),
    ("flow", "ipv6", "vlan", "interfaces", "autonomous_system", "exporter4"),
)
SECOND_CARD_EVERY = 4
"""Every fourth flow, by its first time, passes the second card."""

ACCESS_INTERFACE, UPLINK_INTERFACE = 101, 1
OWN_AS, REMOTE_AS = 64_496, 64_511


def _shape_type(shape: tuple[str, ...]) -> np.dtype[np.void]:
    fields: list[Field] = [
        ("record_type", "<u2"),
        ("record_size", "<u2"),
        ("elements", "<u2"),
        ("engine_type", "u1"),
        ("engine_id", "u1"),
        ("exporter_id", "<u2"),
        ("flags", "u1"),
        ("version", "u1"),
    ]
    for name in shape:
        fields += [(f"{name}_type", "<u2"), (f"{name}_size", "<u2"), *ELEMENTS[name][1]]
    return np.dtype(fields)


SHAPE_TYPES = tuple(_shape_type(shape) for shape in SHAPES)


@dataclasses.dataclass(frozen=True)
class Records:
    """Flow records of one collector as a file holds them, ordered by time of receipt.

    Attributes:
        received_ms: Shape (n,).
        shapes: Which of `SHAPES` each record has.
        by_shape: The records of each shape, in the order of `received_ms`.
        within: Position of each record in its shape's array.
    """

    received_ms: Integers
    shapes: Integers
    by_shape: tuple[npt.NDArray[np.void], ...]
    within: Integers

    def __len__(self) -> int:
        return len(self.received_ms)

    def values(self, rows: Integers, field: str) -> Integers:
        """A field of some records that records of all shapes have, shape (rows,)."""
        found = np.zeros(len(rows), dtype=np.int64)
        for number, where, within in self._by_shape(rows):
            found[where] = self.by_shape[number][field][within].astype(np.int64)
        return found

    def put(self, rows: Integers, field: str, values: Integers | int) -> None:
        """Change, in place, a field of some records that records of all shapes have."""
        every = np.broadcast_to(np.asarray(values, dtype=np.int64), rows.shape)
        for number, where, within in self._by_shape(rows):
            self.by_shape[number][field][within] = every[where]

    def _by_shape(self, rows: Integers) -> list[tuple[int, Integers, Integers]]:
        shapes = self.shapes[rows]
        return [
            (number, where, self.within[rows[where]])
            for number in range(len(self.by_shape))
            if len(where := np.flatnonzero(shapes == number))
        ]

    def placed(self, rows: Integers, received_ms: Integers) -> Records:
        """Copies of some records, in the order of the times at which they are received.

        Their own field `received_ms` stays unchanged: it is only what the record in the file says.
        """
        order = np.argsort(received_ms, kind="stable")
        shapes = self.shapes[rows[order]]
        within = np.zeros(len(rows), dtype=np.int64)
        by_shape = []
        for number, records in enumerate(self.by_shape):
            where = np.flatnonzero(shapes == number)
            within[where] = np.arange(len(where))
            by_shape.append(records[self.within[rows[order][where]]])
        return Records(received_ms[order], shapes, tuple(by_shape), within)

    def joined(self, others: Records) -> Records:
        """These records and others, ordered by time of receipt."""
        lengths = np.array([len(records) for records in self.by_shape])
        both = Records(
            np.concatenate([self.received_ms, others.received_ms]),
            np.concatenate([self.shapes, others.shapes]),
            tuple(
                np.concatenate([mine, theirs])
                for mine, theirs in zip(self.by_shape, others.by_shape, strict=True)
            ),
            np.concatenate([self.within, others.within + lengths[others.shapes]]),
        )
        return both.placed(np.arange(len(both)), both.received_ms)


@dataclasses.dataclass(frozen=True)
class ExporterInfo:
    """What a file says about its exporter, in addition to the flows.

    Attributes:
        interval: The sampling interval announced; 1 announces none.
        sequence_failures: How often the sequence of export packets was broken.
    """

    interval: int
    sequence_failures: int = 0


def records_of(traffic: Traffic, exporter: int, collector: Collector) -> Records:
    """The records that one exporter's delivered flows become.

    Args:
        traffic: Flows and what was sampled of them.
        exporter: Index of the exporter in the flows.
        collector: Who receives them.
    """
    rows = np.flatnonzero(traffic.delivered & (traffic.flows.exporter == exporter))
    rows = rows[np.argsort(traffic.flows.received_ms[rows], kind="stable")]
    flows = traffic.flows.select(rows)
    record_packets, record_bytes = traffic.record_packets()[rows], traffic.record_bytes()[rows]
    second_card = flows.first_ms % SECOND_CARD_EVERY == 0
    shapes = second_card * 2 + flows.ipv6
    by_shape = []
    within = np.zeros(len(rows), dtype=np.int64)
    for number, shape in enumerate(SHAPES):
        which = np.flatnonzero(shapes == number)
        within[which] = np.arange(len(which))
        records = np.zeros(len(which), dtype=SHAPE_TYPES[number])
        records["record_type"] = FLOW_TYPE
        records["record_size"] = SHAPE_TYPES[number].itemsize
        records["elements"] = len(shape)
        records["engine_id"] = number // 2
        records["exporter_id"] = collector.system_id
        records["flags"] = SAMPLED_FLAG if traffic.interval > 1 else 0
        records["version"] = IPFIX
        for name in shape:
            records[f"{name}_type"] = ELEMENTS[name][0]
            records[f"{name}_size"] = 4 + np.dtype(ELEMENTS[name][1]).itemsize
        for field in ("first_ms", "last_ms", "received_ms", "source_port", "destination_port"):
            records[field] = getattr(flows, field)[which]
        records["protocol"] = flows.protocol[which]
        records["packets"] = record_packets[which]
        records["bytes"] = record_bytes[which]
        records["tcp_flags"] = np.where(flows.protocol[which] == TCP, 0x1B, 0)
        if "ipv6" in shape:
            records["source6"] = flows.source[which]
            records["destination6"] = flows.destination[which]
        else:
            records["source4"] = flows.source[which, 1]
            records["destination4"] = flows.destination[which, 1]
        records["input"] = np.where(flows.upload[which], ACCESS_INTERFACE, UPLINK_INTERFACE)
        records["output"] = np.where(flows.upload[which], UPLINK_INTERFACE, ACCESS_INTERFACE)
        records["exporter"] = collector.exporter
        if "autonomous_system" in shape:
            records["source_as"] = np.where(flows.upload[which], OWN_AS, REMOTE_AS)
            records["destination_as"] = np.where(flows.upload[which], REMOTE_AS, OWN_AS)
            records["source_vlan"] = ACCESS_INTERFACE
        by_shape.append(records)
    return Records(flows.received_ms, shapes, tuple(by_shape), within)
