"""Walks over the flow records of a block, compiled by Numba: only loops and plain numbers.

A walk continues from record to record as long as it knows what it sees, and writes each flow as a
row. It reads nothing outside the block, whatever its content: sizes are checked before what they
promise is read. Positions are in words of four bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .compiling import compiled
from .flows_1_6 import BYTES_64, IPV6, PACKETS_64
from .flows_1_6 import EVENT as EVENT_1_6
from .flows_1_6 import SAMPLED as SAMPLED_1_6
from .flows_1_7 import EVENT as EVENT_1_7
from .flows_1_7 import SAMPLED as SAMPLED_1_7
from .records import FLOW_1_6, FLOW_1_7
from .shapes_1_7 import NO_SAMPLER

if TYPE_CHECKING:
    from .rows import Rows
    from .shapes_1_7 import Places

_Words = NDArray[np.uint32]


@compiled
def _signed(words: _Words, at: int) -> np.int64:
    return np.int64(words[at]) | np.int64(words[at + 1]) << 32


@compiled
def _unsigned(words: _Words, at: int) -> np.uint64:
    return np.uint64(words[at]) | np.uint64(words[at + 1]) << np.uint64(32)


@compiled
def _write_pair_v4(rows: Rows, row: int, words: _Words, at: int) -> None:
    rows.ip_version[row] = 4
    rows.src_addr_high[row] = 0
    rows.src_addr_low[row] = words[at]
    rows.dst_addr_high[row] = 0
    rows.dst_addr_low[row] = words[at + 1]


@compiled
def _write_pair_v6(rows: Rows, row: int, words: _Words, at: int) -> None:
    rows.ip_version[row] = 6
    rows.src_addr_high[row] = _unsigned(words, at)
    rows.src_addr_low[row] = _unsigned(words, at + 2)
    rows.dst_addr_high[row] = _unsigned(words, at + 4)
    rows.dst_addr_low[row] = _unsigned(words, at + 6)


@compiled
def _write_no_pair(rows: Rows, row: int) -> None:
    rows.ip_version[row] = 4
    rows.src_addr_high[row] = rows.src_addr_low[row] = 0
    rows.dst_addr_high[row] = rows.dst_addr_low[row] = 0


@compiled
def _has_shape(words: _Words, position: int, look: Places, shape: int) -> bool:
    """Whether the record at a position, of that shape's size, has its elements too."""
    if look.elements[shape] != words[position + 1] & 0xFFFF:
        return False
    for element in range(look.elements[shape]):
        if words[position + look.word_places[shape, element]] != look.words[shape, element]:
            return False
    return True


@compiled
def walk_1_7(
    words: _Words, promised: int, look: Places, rows: Rows, position: int, row: int, records: int
) -> tuple[int, int, int]:
    """Write flow records of nfdump 1.7, up to one that is of no known shape.

    Args:
        words: the block.
        promised: its number of records.
        look: where things lie in the records of the known shapes.
        rows: what to write; as many rows as the block can have flows.
        position: of the first record to look at.
        row: the first row to write.
        records: number of records before it.

    Returns:
        Position, row and number of records after the last one that was written.
    """
    length, shapes, shape = len(words), len(look.sizes), 0
    while records < promised and position < length:
        head = words[position]
        size = np.int64(head >> 16)
        next_position = position + size // 4
        if head & 0xFFFF != FLOW_1_7 or next_position > length:
            break
        # Most often the record before had the same.
        for _ in range(shapes):
            if look.sizes[shape] == size and _has_shape(words, position, look, shape):
                break
            shape = shape + 1 if shape + 1 < shapes else 0
        else:
            break
        rows.starts[row] = 4 * position
        rows.shape[row] = shape
        rows.sysid[row] = words[position + 2] & 0xFFFF
        rows.sampled[row] = words[position + 2] >> 16 & SAMPLED_1_7 != 0
        rows.event[row] = words[position + 2] >> 16 & EVENT_1_7 != 0
        at = position + look.generic[shape]
        rows.first_seen_ms[row] = _signed(words, at)
        rows.last_seen_ms[row] = _signed(words, at + 2)
        rows.packets[row] = _signed(words, at + 6)
        rows.bytes[row] = _signed(words, at + 8)
        rows.src_port[row] = words[at + 10] & 0xFFFF
        rows.dst_port[row] = words[at + 10] >> 16
        rows.protocol[row] = words[at + 11] & 0xFF
        rows.tcp_flags[row] = words[at + 11] >> 8 & 0xFF
        if look.pair_v6[shape]:
            _write_pair_v6(rows, row, words, position + look.pair_v6[shape])
        elif look.pair_v4[shape]:
            _write_pair_v4(rows, row, words, position + look.pair_v4[shape])
        else:
            _write_no_pair(rows, row)
        at = position + look.sampling[shape]
        rows.sampling[row] = _signed(words, at) if look.sampling[shape] else NO_SAMPLER
        position = int(next_position)
        row += 1
        records += 1
    return position, row, records


@compiled
def walk_1_6(
    words: _Words, promised: int, look: int, rows: Rows, position: int, row: int, records: int
) -> tuple[int, int, int]:
    """Write flow records of nfdump 1.6, up to one that is too short or of another type.

    Arguments and result are those of `walk_1_7`, but for `look`: the type of the records.
    """
    length, head_words = len(words), 8 if look == FLOW_1_6 else 7
    while records < promised and position + head_words <= length:
        head, second, moments = words[position], words[position + 1], words[position + 2]
        size, flags = np.int64(head >> 16), second & 0xFF
        next_position = position + size // 4
        if head & 0xFFFF != look or size % 4 or next_position > length:
            break
        at = position + head_words
        packets_at = at + (8 if flags & IPV6 else 2)
        bytes_at = packets_at + (2 if flags & PACKETS_64 else 1)
        end = bytes_at + (2 if flags & BYTES_64 else 1)
        if end > next_position:
            break
        rows.starts[row] = 4 * position
        rows.extensions_at[row] = 4 * end
        rows.map_id[row] = second >> 16
        rows.sysid[row] = words[position + 7] & 0xFFFF if look == FLOW_1_6 else second >> 8 & 0xFF
        rows.sampled[row] = flags & SAMPLED_1_6 != 0
        rows.event[row] = flags & EVENT_1_6 != 0
        rows.first_seen_ms[row] = np.int64(words[position + 3]) * 1000 + (moments & 0xFFFF)
        rows.last_seen_ms[row] = np.int64(words[position + 4]) * 1000 + (moments >> 16)
        rows.tcp_flags[row] = words[position + 5] >> 8 & 0xFF
        rows.protocol[row] = words[position + 5] >> 16 & 0xFF
        rows.src_port[row] = words[position + 6] & 0xFFFF
        rows.dst_port[row] = words[position + 6] >> 16
        if flags & IPV6:
            _write_pair_v6(rows, row, words, at)
        else:
            _write_pair_v4(rows, row, words, at)
        is_wide = flags & PACKETS_64
        rows.packets[row] = _signed(words, packets_at) if is_wide else words[packets_at]
        is_wide = flags & BYTES_64
        rows.bytes[row] = _signed(words, bytes_at) if is_wide else words[bytes_at]
        position = int(next_position)
        row += 1
        records += 1
    return position, row, records
