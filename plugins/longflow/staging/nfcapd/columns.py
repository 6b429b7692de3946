"""The columns of a block before exporters and sampling are looked up."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .container import Block


@dataclass
class FlowColumns:
    """Flows of one block in file order; dtypes and units as in `FlowBatch`.

    Attributes:
        sysid: int64, the collector's number of the exporter.
        starts: int64, positions of the records in the block.
        stored_interval: int64, sampling interval that lies in the flow itself, 0 where none does;
            None when no flow has one.
        shape_of: int64, number of the record's shape; None where all have shape 0.
        router_places: for each shape IP version and distance from the record's start of the
            address that the flow was received from; version 0 where there is none.
        map_id: int64, number of the record's extension map, and extensions_at: int64, position of
            what it describes in the block; None where records have no map.
        skipped_elements: by element type, how many were stepped over because nothing is known
            of them.
    """

    sysid: NDArray[np.int64]
    sampled: NDArray[np.bool_]
    first_seen_ms: NDArray[np.int64]
    last_seen_ms: NDArray[np.int64]
    ip_version: NDArray[np.uint8]
    protocol: NDArray[np.uint8]
    src_addr_high: NDArray[np.uint64]
    src_addr_low: NDArray[np.uint64]
    dst_addr_high: NDArray[np.uint64]
    dst_addr_low: NDArray[np.uint64]
    src_port: NDArray[np.uint16]
    dst_port: NDArray[np.uint16]
    packets: NDArray[np.int64]
    bytes: NDArray[np.int64]
    tcp_flags: NDArray[np.uint8]
    starts: NDArray[np.int64]
    stored_interval: NDArray[np.int64] | None = None
    shape_of: NDArray[np.int64] | None = None
    router_places: tuple[tuple[int, int], ...] = ()
    map_id: NDArray[np.int64] | None = None
    extensions_at: NDArray[np.int64] | None = None
    skipped_elements: Counter[int] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.sysid)

    def part(self, rows: slice | NDArray[np.bool_] | NDArray[np.int64]) -> "FlowColumns":
        """Return some of the flows, as views where `rows` is a slice."""
        cut: dict[str, Any] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            cut[entry.name] = value[rows] if isinstance(value, np.ndarray) else value
        return FlowColumns(**cut)


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
            found = take(content, dtype, 0, places[rows], 0)
            low[rows] = found["low"]
            if number == 6:
                high[rows] = found["high"]
    return Routers(version, high, low)


def take(
    content: bytes, dtype: np.dtype[np.void], first: int, positions: NDArray[np.int64], stride: int
) -> NDArray[np.void]:
    """Return a structure of every record: `dtype`, as long as `positions`.

    Args:
        content: the block.
        dtype: packed structure.
        first: position of the structure in the block, for the first record; used with `stride`.
        positions: positions of the structures, used when `stride` is 0.
        stride: distance of the structures, when it is always the same.
    """
    if stride:
        return np.ndarray((len(positions),), dtype, content, first, (stride,))
    width = dtype.itemsize
    windows = np.ndarray((len(content) - width + 1,), f"V{width}", content, 0, (1,))
    return windows[positions].view(dtype)


def signed(
    block: Block, positions: NDArray[np.int64], numbers: NDArray[np.uint64], what: str
) -> NDArray[np.int64]:
    """Return unsigned numbers as int64.

    Raises:
        NfcapdError: one of them does not fit, which no real counter or clock reaches.
    """
    result = numbers.astype(np.uint64, copy=False).view(np.int64)
    if len(result) and int(result.min()) < 0:
        worst = int(result.argmin())
        raise block.error(
            int(positions[worst]), f"a flow has {int(numbers[worst])} {what}, which cannot be"
        )
    return result
