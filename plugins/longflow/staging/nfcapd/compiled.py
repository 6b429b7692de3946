"""The flows of a block by one walk over its records, in compiled code (`walks.py`).

numpy examines a block once for every column of every shape of record; the walk examines each record
once, whatever the mix, and is several times as fast. It accepts only what it knows to be sound: as
soon as anything is odd, the whole block is left to `records.locate` and the two `flows` modules,
which report what is wrong. So every verdict is made in one place, and not here.

Loading Numba and its compiled code takes half a second, and compiling a few seconds, once after
every
installation: small blocks are not worth that.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows, Routers, check_signed, routers_at, take
from .container import Block
from .model import FlowBatch
from .records import BLOCK_1_5, FLOW_1_6, FLOW_1_7, FLOW_TYPES, RECORD, Other
from .rows import Rows, rows_of
from .shapes_1_7 import WAY_BACK, Shapes

# Blocks of fewer records are left to numpy.
LEAST_RECORDS = 2048

# Blocks with more than this many records without flows are left to numpy.
_MOST_OTHERS = 64


def decode(
    block: Block, batch: FlowBatch, shapes: Shapes
) -> tuple[list[Other], BlockFlows | None] | None:
    """Write the flows of a block into the first rows of a batch, in the order of the file.

    Args:
        block: the block.
        batch: at least as many rows as the block can have flows.
        shapes: those of flow records of the file, which are added to.

        The records without flows and the flows; None if numpy has to find them.
        The records without flows and the flows; None where that has to be found out by numpy.

    Raises:
        NfcapdError: a number is out of range.
    """
    if not _is_worth_it(block) or shapes.is_odd:
        return None
    flow_type = _first_flow_type(block.content)
    rows = rows_of(batch, flow_type)
    walked = _walk(block, flow_type, rows, shapes)
    if walked is None:
        return None
    others, count = walked
    flows = _flows(block, batch.select(slice(count)), rows, flow_type, shapes) if count else None
    return others, flows


def load() -> None:
    """Load the compiled code now, and not with the first large block."""
    from .walks import walk_1_6, walk_1_7  # noqa: PLC0415

    words, batch = np.frombuffer(bytes(4), "<u4"), FlowBatch.empty(0)
    walk_1_7(words, 0, Shapes().places(), rows_of(batch, FLOW_1_7), 0, 0, 0)
    walk_1_6(words, 0, FLOW_1_6, rows_of(batch, FLOW_1_6), 0, 0, 0)


def _is_worth_it(block: Block) -> bool:
    is_large = block.frame.records >= LEAST_RECORDS
    return is_large and block.frame.type != BLOCK_1_5 and len(block.content) % 4 == 0


def _walk(
    block: Block, flow_type: int, rows: Rows, shapes: Shapes
) -> tuple[list[Other], int] | None:
    """Walk over a block: its records without flows, and how many flows were written."""
    # Numba takes longer to import than all the rest: not before the first large block.
    from .walks import walk_1_6, walk_1_7  # noqa: PLC0415

    content, promised = block.content, block.frame.records
    words = np.frombuffer(content, "<u4")
    others: list[Other] = []
    at = (0, 0, 0)
    while True:
        if flow_type == FLOW_1_7:
            at = walk_1_7(words, promised, shapes.places(), rows, *at)
        elif flow_type:
            at = walk_1_6(words, promised, flow_type, rows, *at)
        position, row, records = at
        if records == promised:
            return (others, row) if 4 * position == len(content) else None
        kind, size = _record_at(content, 4 * position)
        if kind == flow_type == FLOW_1_7:
            if not shapes.learn(block, 4 * position, size):
                return None
        elif size == 0 or kind in FLOW_TYPES or len(others) == _MOST_OTHERS:
            return None
        else:
            others.append((4 * position, kind, size, row))
            at = (position + size // 4, row, records + 1)


def _record_at(content: bytes, position: int) -> tuple[int, int]:
    """Type and size of the record at a position; twice 0 unless it is there, in whole words."""
    if position + RECORD.size <= len(content):
        kind, size = RECORD.unpack_from(content, position)
        if size >= RECORD.size and size % 4 == 0 and position + size <= len(content):
            return kind, size
    return 0, 0


def _first_flow_type(content: bytes) -> int:
    """Type of the first flow record among the first few records; 0 when there is none."""
    place = 0
    for _ in range(_MOST_OTHERS):
        if place + RECORD.size > len(content):
            break
        kind, size = RECORD.unpack_from(content, place)
        if kind in FLOW_TYPES:
            return int(kind)
        place += max(size, RECORD.size)
    return 0


def _flows(
    block: Block, batch: FlowBatch, rows: Rows, flow_type: int, shapes: Shapes
) -> BlockFlows:
    count = len(batch)
    result = BlockFlows(batch, sysid=rows.sysid[:count], starts=rows.starts[:count])
    result.mark_events(slice(None), rows.event[:count])
    check_signed(block, result)
    if flow_type != FLOW_1_7:
        result.map_id, result.extensions_at = rows.map_id[:count], rows.extensions_at[:count]
        return result
    shape = rows.shape[:count]
    if shapes.have_samplers:
        result.sampling = rows.sampling[:count]
    if shapes.have_special_records:
        _write_special(block, result, shape, shapes)
    if shapes.have_unknown_elements:
        for number, uses in enumerate(np.bincount(shape).tolist()):
            for kind in shapes.known[number].unknown if uses else ():
                result.skipped_elements[kind] += uses
    result.find_routers = partial(_routers, block, result.starts, shape, shapes)
    return result


def _write_special(
    block: Block, result: BlockFlows, shape: NDArray[np.uint8], shapes: Shapes
) -> None:
    """Write the reverse counters, and mark events, for records whose shape has them."""
    for number, uses in enumerate(np.bincount(shape).tolist()):
        one = shapes.known[number]
        if uses and (one.is_event or "way_back" in one.places):
            rows = np.flatnonzero(shape == number)
            result.mark_events(rows, one.is_event)
            if "way_back" in one.places:
                found = take(block.content, WAY_BACK, result.starts[rows] + one.places["way_back"])
                result.write_way_back(rows, **{name: found[name] for name in WAY_BACK.names or ()})
    check_signed(block, result)


def _routers(
    block: Block,
    all_starts: NDArray[np.int64],
    shape: NDArray[np.uint8],
    shapes: Shapes,
    starts: NDArray[np.int64],
) -> Routers:
    """Return where the flows of the records at some positions were received from."""
    version, distance = np.array([one.router() for one in shapes.known], dtype=np.int64).T
    wanted = shape[np.searchsorted(all_starts, starts)]
    return routers_at(block.content, version[wanted].astype(np.uint8), starts + distance[wanted])
