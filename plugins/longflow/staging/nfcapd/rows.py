"""The columns that a compiled walk over a block writes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .model import FlowBatch
from .records import FLOW_1_7


class Rows(NamedTuple):
    """Where the walk writes: columns of a batch, and of `BlockFlows` what a layout has of them.

    `shape` is the number of the record's shape among those of `Places`. Columns that a layout does
    not have are empty. `event`: the collector marked the record as an event.
    """

    first_seen_ms: NDArray[np.int64]
    last_seen_ms: NDArray[np.int64]
    packets: NDArray[np.int64]
    bytes: NDArray[np.int64]
    src_port: NDArray[np.uint16]
    dst_port: NDArray[np.uint16]
    protocol: NDArray[np.uint8]
    tcp_flags: NDArray[np.uint8]
    ip_version: NDArray[np.uint8]
    src_addr_high: NDArray[np.uint64]
    src_addr_low: NDArray[np.uint64]
    dst_addr_high: NDArray[np.uint64]
    dst_addr_low: NDArray[np.uint64]
    sampled: NDArray[np.bool_]
    event: NDArray[np.bool_]
    sysid: NDArray[np.int64]
    starts: NDArray[np.int64]
    shape: NDArray[np.uint8]
    sampling: NDArray[np.int64]
    map_id: NDArray[np.int64]
    extensions_at: NDArray[np.int64]


def rows_of(batch: FlowBatch, flow_type: int) -> Rows:
    """The columns of a batch, and beside them new ones for what else a layout has."""

    def empty(dtype: type[np.generic], *, is_there: bool) -> NDArray[Any]:
        return np.empty(len(batch) if is_there else 0, dtype=dtype)

    is_1_7 = flow_type == FLOW_1_7
    own = {
        "event": empty(np.bool_, is_there=True),
        "sysid": empty(np.int64, is_there=True),
        "starts": empty(np.int64, is_there=True),
        "shape": empty(np.uint8, is_there=is_1_7),
        "sampling": empty(np.int64, is_there=is_1_7),
        "map_id": empty(np.int64, is_there=not is_1_7),
        "extensions_at": empty(np.int64, is_there=not is_1_7),
    }
    return Rows(*(own[name] if name in own else getattr(batch, name) for name in Rows._fields))
