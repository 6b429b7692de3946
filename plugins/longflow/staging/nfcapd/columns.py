"""Flows of a block on their way to a batch, and the gathering of fields out of a block."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .container import Block
from .model import FlowBatch


@dataclass
class BlockFlows:
    """Flows of one block, and what is needed to look up the rest about them.

    Attributes:
        batch: the flows; position, exporter and sampling interval are yet to be written.
        sysid: int64, the collector's number of the exporter.
        starts: int64, positions of the records in the block.
        sampling: int64, what the flow itself says about its sampler, which depends on the version
            (`Registry`); -1 if nothing; None if no flow says anything.
        find_routers: returns where the flows of the records at given positions were received from;
            None where extension maps contain that.
        map_id: int64, number of the record's extension map, and extensions_at: int64, position of
            what it describes in the block; None where records have no map.
        skipped_elements: by element type, how many were skipped because they are unknown.
        first_row: number of flows of the block before these.
        event: bool, the collector marked the record as an event; None where no record is marked.
        out_packets, out_bytes: int64, reverse counters; None where no record has them.
        merged: int64, number of flows that nfdump merged into the record; None like these.
    """

    batch: FlowBatch
    sysid: NDArray[np.int64]
    starts: NDArray[np.int64]
    sampling: NDArray[np.int64] | None = None
    find_routers: "Callable[[NDArray[np.int64]], Routers] | None" = None
    map_id: NDArray[np.int64] | None = None
    extensions_at: NDArray[np.int64] | None = None
    skipped_elements: Counter[int] = field(default_factory=Counter)
    first_row: int = 0
    event: NDArray[np.bool_] | None = None
    out_packets: NDArray[np.int64] | None = None
    out_bytes: NDArray[np.int64] | None = None
    merged: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.sysid)

    def mark_events(self, rows: slice | NDArray[np.int64], marks: NDArray[np.bool_] | bool) -> None:
        """Add marks of events at some rows."""
        if bool(np.any(marks)):
            if self.event is None:
                self.event = np.zeros(len(self), dtype=np.bool_)
            self.event[rows] |= marks

    def write_way_back(
        self,
        rows: slice | NDArray[np.int64],
        **counters: NDArray[np.integer[Any]],
    ) -> None:
        """Write reverse counters at some rows: `out_packets`, `out_bytes`, `merged`."""
        if self.out_bytes is None:
            self.out_packets = np.zeros(len(self), dtype=np.int64)
            self.out_bytes = np.zeros(len(self), dtype=np.int64)
            self.merged = np.zeros(len(self), dtype=np.int64)
        for name, numbers in counters.items():
            getattr(self, name)[rows] = numbers

    def part(self, rows: slice | NDArray[np.int64]) -> "BlockFlows":
        """Return some of the flows, as views where `rows` is a slice."""
        if isinstance(rows, slice) and rows == slice(0, len(self)):
            return self
        cut: dict[str, Any] = {"batch": self.batch.select(rows)}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, np.ndarray):
                cut[entry.name] = value[rows]
            elif entry.name != "batch":
                cut[entry.name] = value
        return BlockFlows(**cut)


class Routers(NamedTuple):
    """Addresses that flows were received from: version (0 unknown), upper and lower halves."""

    version: NDArray[np.uint8]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]


_ONE_V4 = np.dtype([("low", "<u4")])
_ONE_V6 = np.dtype([("high", "<u8"), ("low", "<u8")])


def routers_at(content: bytes, version: NDArray[np.uint8], places: NDArray[np.int64]) -> Routers:
    """Return the addresses of some IP versions at some places of a block."""
    high = np.zeros(len(version), dtype=np.uint64)
    low = np.zeros(len(version), dtype=np.uint64)
    for number, dtype in ((4, _ONE_V4), (6, _ONE_V6)):
        rows = np.flatnonzero((version == number) & (places + dtype.itemsize <= len(content)))
        if len(rows):
            found = take(content, dtype, places[rows])
            low[rows] = found["low"]
            if number == 6:
                high[rows] = found["high"]
    return Routers(version, high, low)


def take(content: bytes, dtype: np.dtype[Any], positions: NDArray[np.int64]) -> NDArray[Any]:
    """Return the structures at some positions of a block: `dtype`, as long as `positions`."""
    width = dtype.itemsize
    windows = np.ndarray((len(content) - width + 1,), f"V{width}", content, 0, (1,))
    return windows[positions].view(dtype)


def check_signed(block: Block, flows: BlockFlows) -> None:
    """Look for numbers that were unsigned in the file and do not fit.

    Raises:
        NfcapdError: there is one, which no real counter or clock reaches.
    """
    batch = flows.batch
    for column, what in (
        (batch.first_seen_ms, "ms as its start"),
        (batch.last_seen_ms, "ms as its end"),
        (batch.packets, "packets"),
        (batch.bytes, "bytes"),
        (flows.out_packets, "reverse packets"),
        (flows.out_bytes, "reverse bytes"),
    ):
        if column is not None and int(column.min()) < 0:
            worst = int(column.argmin())
            number = int(column[worst]) + 2**64
            place = int(flows.starts[worst])
            raise block.error(place, f"a flow has {number} {what}, which cannot be")
