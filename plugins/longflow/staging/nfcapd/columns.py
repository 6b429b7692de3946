"""The columns of a block before exporters and sampling are looked up."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .container import Block


@dataclass
class FlowColumns:
    """Flows of one block in file order; dtypes and units as in `FlowBatch`.

    Attributes:
        sysid: int64, the collector's number of the exporter.
        stored_interval: int64, sampling interval that lies in the flow itself, 0 where none does;
            None when no flow has one.
        router_high, router_low: uint64, address the flow was received from; 0 where unknown.
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
    router_version: NDArray[np.uint8]
    router_high: NDArray[np.uint64]
    router_low: NDArray[np.uint64]
    stored_interval: NDArray[np.int64] | None = None
    map_id: NDArray[np.int64] | None = None
    extensions_at: NDArray[np.int64] | None = None
    skipped_elements: Counter[int] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.sysid)

    def part(self, rows: slice | NDArray[np.bool_]) -> "FlowColumns":
        """Return some of the flows, as views where `rows` is a slice."""
        cut: dict[str, Any] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            cut[entry.name] = value[rows] if isinstance(value, np.ndarray) else value
        return FlowColumns(**cut)


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
