"""Files as nfcapd writes them: layout 2 with LZ4 blocks.

Written from the layout as nfdump's headers describe it, and checked by nfdump itself reading
the files. A file has a header of 40 bytes, blocks of records, and an appendix block with the
collector's name and its statistics.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import lz4.block
import numpy as np
import numpy.typing as npt

from longflow.simulator.flows import Traffic
from longflow.simulator.ports import ICMP, IPV6_ICMP, TCP, UDP

Integers: TypeAlias = npt.NDArray[np.int64]

FILE_HEADER = struct.Struct("<HHIqBBHIqII")
MAGIC, LAYOUT, WRITTEN_AS = 0xA50C, 2, 0x01070101  # nfcapd 1.7.1-1
LZ4, NOT_ENCRYPTED, CREATED_BY_NFCAPD = 3, 0, 1
APPENDIX_BLOCKS, ANY_BLOCK_SIZE = 1, 0
BLOCK_HEADER = struct.Struct("<IIHH")
BLOCK_TYPE = 3
LARGEST_BLOCK = 1024 * 1024

EXPORTER_RECORD = struct.Struct("<HHI16sHHI")
EXPORTER_TYPE, AF_INET, IPFIX = 7, 2, 10
SAMPLER_RECORD = struct.Struct("<HHHHqII")
SAMPLER_TYPE, SAMPLER_ID, RANDOM_SAMPLING = 15, 1, 2
STATISTICS_RECORD = struct.Struct("<HHIIIQQ")
STATISTICS_TYPE = 8
RECORDS_A_PACKET = 24
"""How many flow records an exporter puts into one export packet."""

FLOW_TYPE, SAMPLED_FLAG = 11, 2
IDENT_TYPE, TOTALS_TYPE = 0x8001, 0x8002

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
        """Copies of some records, in the order of the times at which they are to be received.

        Their own field `received_ms` stays as it is: it only says what a file's record says.
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
class Told:
    """What a file says of its exporter beside the flows.

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


def write_files(
    folder: Path,
    collector: Collector,
    records: Records,
    edges_ms: Integers,
    names: list[str],
    interval: int,
    exceptions: Mapping[str, Told] | None = None,
) -> None:
    """Write one file a slot, `nfcapd.<name>`; slots of the same name share a file.

    Args:
        folder: Where to; it exists.
        collector: Whose files.
        records: All records of the week.
        edges_ms: Edges of the slots by time of receipt, shape (slots + 1,).
        names: Local time of each slot.
        interval: The sampling interval that the exporter announced; 1 announces none.
        exceptions: What the files of some names say instead.
    """
    usual, others = Told(interval), exceptions or {}
    position = np.searchsorted(records.received_ms, edges_ms).tolist()
    slots: dict[str, list[int]] = {}
    for slot, name in enumerate(names):
        slots.setdefault(name, []).append(slot)
    for name, same_name in slots.items():
        rows = np.concatenate([np.arange(position[slot], position[slot + 1]) for slot in same_name])
        created_s = int(edges_ms[same_name[-1] + 1]) // 1000
        told = others.get(name, usual)
        _write_file(folder / f"nfcapd.{name}", collector, records, rows, created_s, told)


def _write_file(
    path: Path,
    collector: Collector,
    records: Records,
    rows: Integers,
    created_s: int,
    told: Told,
) -> None:
    flat, offsets, totals = _in_order(records, rows)
    head = [_exporter_record(collector)]
    if told.interval != 1:
        head.append(_sampler_record(collector, told.interval))
    blocks = []
    count, content = len(head), b"".join(head)
    done = 0
    while done < len(rows):
        room = LARGEST_BLOCK - len(content)
        upto = int(np.searchsorted(offsets, offsets[done] + room, side="right")) - 1
        content += flat[offsets[done] : offsets[upto]].tobytes()
        count += upto - done
        done = upto
        if done < len(rows):
            blocks.append(_block(count, content))
            count, content = 0, b""
    # The statistics of the exporter end the last block.
    statistics = _statistics_record(collector, len(rows), told.sequence_failures)
    blocks.append(_block(count + 1, content + statistics))
    data = b"".join(blocks)
    appendix = _block(2, _ident_record(collector.name) + totals.record())
    header = FILE_HEADER.pack(
        MAGIC,
        LAYOUT,
        WRITTEN_AS,
        created_s,
        LZ4,
        NOT_ENCRYPTED,
        APPENDIX_BLOCKS,
        CREATED_BY_NFCAPD,
        FILE_HEADER.size + len(data),
        ANY_BLOCK_SIZE,
        len(blocks),
    )
    path.write_bytes(header + data + appendix)


def _in_order(records: Records, rows: Integers) -> tuple[npt.NDArray[np.uint8], Integers, _Totals]:
    """The bytes of some records one after the other, their edges, and their totals."""
    shapes = records.shapes[rows]
    sizes = np.array([shape.itemsize for shape in SHAPE_TYPES])[shapes]
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    flat = np.empty(int(offsets[-1]), dtype=np.uint8)
    totals = _Totals()
    for number, shape in enumerate(SHAPE_TYPES):
        which = np.flatnonzero(shapes == number)
        if len(which) == 0:
            continue
        chosen = records.by_shape[number][records.within[rows[which]]]
        flat[offsets[which][:, None] + np.arange(shape.itemsize)] = chosen.view(np.uint8).reshape(
            len(chosen), shape.itemsize
        )
        totals.add(chosen)
    return flat, offsets, totals


def _block(count: int, content: bytes) -> bytes:
    packed: bytes = lz4.block.compress(content, store_size=False)
    return BLOCK_HEADER.pack(count, len(packed), BLOCK_TYPE, 0) + packed


def _exporter_record(collector: Collector) -> bytes:
    # An IPv4 address is the lower half of two little-endian numbers of 64 bits.
    address = struct.pack("<QQ", 0, collector.exporter)
    return EXPORTER_RECORD.pack(
        EXPORTER_TYPE, EXPORTER_RECORD.size, IPFIX, address, AF_INET, collector.system_id, 0
    )


def _sampler_record(collector: Collector, interval: int) -> bytes:
    # One packet is taken, then interval - 1 are left out; an interval of 0 takes none.
    return SAMPLER_RECORD.pack(
        SAMPLER_TYPE,
        SAMPLER_RECORD.size,
        collector.system_id,
        RANDOM_SAMPLING,
        SAMPLER_ID,
        min(interval, 1),
        max(interval - 1, 0),
    )


def _statistics_record(collector: Collector, flows: int, sequence_failures: int) -> bytes:
    return STATISTICS_RECORD.pack(
        STATISTICS_TYPE,
        STATISTICS_RECORD.size,
        1,
        collector.system_id,
        sequence_failures,
        -(-flows // RECORDS_A_PACKET),
        flows,
    )


def _ident_record(name: str) -> bytes:
    text = name.encode("ascii") + b"\0"
    text += b"\0" * (len(text) % 2)
    return struct.pack("<HH", IDENT_TYPE, 4 + len(text)) + text


class _Totals:
    """The sums that end a file: flows, bytes and packets, whole and by protocol, and the time."""

    def __init__(self) -> None:
        self._sums = np.zeros((3, 5), dtype=np.int64)
        self._first_ms: int | None = None
        self._last_ms = 0

    def add(self, records: npt.NDArray[np.void]) -> None:
        protocol = records["protocol"]
        icmp = np.isin(protocol, (ICMP, IPV6_ICMP))
        classes = np.select([protocol == TCP, protocol == UDP, icmp], [1, 2, 3], 4)
        ones = np.ones(len(records), dtype=np.int64)
        for row, values in enumerate((ones, records["bytes"], records["packets"])):
            whole = values.astype(np.int64)
            self._sums[row, 0] += whole.sum()
            np.add.at(self._sums[row], classes, whole)
        first_ms = int(records["first_ms"].min())
        self._first_ms = first_ms if self._first_ms is None else min(self._first_ms, first_ms)
        self._last_ms = max(self._last_ms, int(records["last_ms"].max()))

    def record(self) -> bytes:
        whole = self._sums[:, 0].tolist()
        by_protocol = self._sums[:, 1:].ravel().tolist()
        content = struct.pack("<18Q", *whole, *by_protocol, self._first_ms or 0, self._last_ms, 0)
        return struct.pack("<HH", TOTALS_TYPE, 4 + len(content)) + content
