"""Files as nfcapd writes them: layout 2 with LZ4 blocks.

Written from the layout as nfdump's headers describe it, and checked by having nfdump read the
files. A file has a header of 40 bytes, blocks of records, and an appendix block with the
collector's name and its statistics.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import lz4.block
import numpy as np
import numpy.typing as npt

from longflow.simulator.collectors import Collector
from longflow.simulator.nfcapd_records import IPFIX, SHAPE_TYPES, ExporterInfo, Integers, Records
from longflow.simulator.ports import ICMP, IPV6_ICMP, TCP, UDP

FILE_HEADER = struct.Struct("<HHIqBBHIqII")
MAGIC, LAYOUT, WRITTEN_AS = 0xA50C, 2, 0x01070101  # nfcapd 1.7.1-1
LZ4, NOT_ENCRYPTED, CREATED_BY_NFCAPD = 3, 0, 1
APPENDIX_BLOCKS, ANY_BLOCK_SIZE = 1, 0
BLOCK_HEADER = struct.Struct("<IIHH")
BLOCK_TYPE = 3
LARGEST_BLOCK = 1024 * 1024

EXPORTER_RECORD = struct.Struct("<HHI16sHHI")
EXPORTER_TYPE, AF_INET = 7, 2
SAMPLER_RECORD = struct.Struct("<HHHHqII")
SAMPLER_TYPE, SAMPLER_ID, RANDOM_SAMPLING = 15, 1, 2
STATISTICS_RECORD = struct.Struct("<HHIIIQQ")
STATISTICS_TYPE = 8
RECORDS_A_PACKET = 24
"""How many flow records an exporter puts into one export packet."""
IDENT_TYPE, TOTALS_TYPE = 0x8001, 0x8002


def write_files(
    folder: Path,
    collector: Collector,
    records: Records,
    edges_ms: Integers,
    names: list[str],
    interval: int,
    exceptions: Mapping[str, ExporterInfo] | None = None,
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
    usual, others = ExporterInfo(interval), exceptions or {}
    position = np.searchsorted(records.received_ms, edges_ms).tolist()
    slots: dict[str, list[int]] = {}
    for slot, name in enumerate(names):
        slots.setdefault(name, []).append(slot)
    for name, same_name in slots.items():
        rows = np.concatenate([np.arange(position[slot], position[slot + 1]) for slot in same_name])
        created_s = int(edges_ms[same_name[-1] + 1]) // 1000
        info = others.get(name, usual)
        _write_file(folder / f"nfcapd.{name}", collector, records, rows, created_s, info)


def _write_file(
    path: Path,
    collector: Collector,
    records: Records,
    rows: Integers,
    created_s: int,
    info: ExporterInfo,
) -> None:
    flat, offsets, totals = _in_order(records, rows)
    head = [_exporter_record(collector)]
    if info.interval != 1:
        head.append(_sampler_record(collector, info.interval))
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
    statistics = _statistics_record(collector, len(rows), info.sequence_failures)
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
