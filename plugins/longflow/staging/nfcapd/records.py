"""Where the records of a block lie.

A record starts with its type and its size, so that records form a chain. The chain is not
followed record by record: positions that could be flow records are found at once, and those that
chain up are taken in runs; only what lies between runs is looked at singly.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .container import Block

RECORD = struct.Struct("<HH")
BLOCK_1_5 = 1

# Records of a block of type 1, which nfdump 1.5 wrote, have no type of their own.
FLOW_1_5 = 0x10000
FLOW_1_6_EARLY = 1
FLOW_1_6 = 10
FLOW_1_7 = 11
FLOW_1_8 = 16
FLOW_TYPES = (FLOW_1_7, FLOW_1_6, FLOW_1_6_EARLY)
SMALLEST_FLOW = 12
# No writer mixes flow types; a block that keeps changing is damaged.
_MOST_CHANGES = 16


Other = tuple[int, int, int, int]
"""A record without flows: its position, type and size, and the number of flow records before it."""


@dataclass(frozen=True)
class Layout:
    """The records of a block.

    Attributes:
        flow_type: record type of all its flows; 0 when there are none.
        flows: int64, positions of the flow records, ascending.
        sizes: int64, their sizes.
        stride: their common distance when they all have one size and lie side by side, else 0.
        others: all other records.
    """

    flow_type: int
    flows: NDArray[np.int64]
    sizes: NDArray[np.int64]
    stride: int
    others: list[Other]


def locate(block: Block) -> Iterator[Layout]:
    """Find the records of a block.

    Args:
        block: an unpacked block of records.

    Yields:
        One layout, or several where records of two flow types lie in one block.

    Raises:
        NfcapdError: records and block do not agree in size or number.
    """
    if block.frame.type == BLOCK_1_5:
        yield _locate_1_5(block)
        return
    content, promised = block.content, block.frame.records
    if len(content) < RECORD.size:
        raise block.error(0, "the block is too short for a record")
    kind, size = RECORD.unpack_from(content)
    if kind in FLOW_TYPES and size >= SMALLEST_FLOW and size * promised == len(content):
        heads = np.ndarray((promised,), "<u4", content, 0, (size,))
        if bool((heads == heads[0]).all()):
            yield Layout(
                flow_type=kind,
                flows=np.arange(promised, dtype=np.int64) * size,
                sizes=np.full(promised, size, dtype=np.int64),
                stride=size,
                others=[],
            )
            return
    yield from _walk(block)


class _Candidates:
    """Positions of a block that could be the start of a flow record of one type."""

    def __init__(self, content: bytes, flow_type: int) -> None:
        self._content = content
        self._flow_type = flow_type
        self._step = 4
        self._find()

    def _find(self) -> None:
        found = [self._find_from(shift) for shift in range(0, 4, self._step)]
        starts, sizes = found[0]
        if len(found) > 1:
            starts = np.concatenate([start for start, _ in found])
            order = np.argsort(starts, kind="stable")
            starts = starts[order]
            sizes = np.concatenate([size for _, size in found])[order]
        self.starts: NDArray[np.int64] = starts
        self.sizes: NDArray[np.int64] = sizes
        # Index of the last candidate of the run that each candidate belongs to.
        breaks = np.flatnonzero(starts[:-1] + sizes[:-1] != starts[1:])
        self._last_of_run = np.append(breaks, len(starts) - 1)

    def _find_from(self, shift: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        words = np.frombuffer(self._content, "<u4", (len(self._content) - shift) // 4, shift)
        # The cast keeps the lower half of each word, which would be the record's type.
        hits = np.flatnonzero(words.astype(np.uint16) == self._flow_type)
        sizes = (words[hits] >> 16).astype(np.int64)
        starts = hits * 4 + shift if shift else hits * 4
        ends = starts + sizes
        if (
            len(hits)
            and int(sizes.min()) >= SMALLEST_FLOW
            and int(ends.max()) <= len(self._content)
        ):
            return starts, sizes
        possible = (sizes >= SMALLEST_FLOW) & (ends <= len(self._content))
        return starts[possible], sizes[possible]

    def run_from(self, position: int) -> tuple[int, int] | None:
        """Return first and last index of the run of candidates that starts at a position."""
        if self._step == 4 and position % 4:
            # Some record's size is no multiple of four: look at every byte from now on.
            self._step = 1
            self._find()
        first = int(np.searchsorted(self.starts, position))
        if first == len(self.starts) or int(self.starts[first]) != position:
            return None
        last = int(self._last_of_run[np.searchsorted(self._last_of_run, first)])
        return first, last


def _walk(block: Block) -> Iterator[Layout]:
    content, promised = block.content, block.frame.records
    length = len(content)
    candidates: dict[int, _Candidates] = {}
    flow_type = 0
    starts: list[NDArray[np.int64]] = []
    sizes: list[NDArray[np.int64]] = []
    others: list[Other] = []
    position = records = flows = changes = 0
    while position < length and records < promised:
        if position + RECORD.size > length:
            raise block.error(position, "the block ends within a record")
        kind, size = RECORD.unpack_from(content, position)
        if size < RECORD.size or position + size > length:
            raise block.error(position, f"a record claims to be {size} bytes long")
        if kind not in FLOW_TYPES:
            others.append((position, kind, size, flows))
            position += size
            records += 1
            continue
        if kind not in candidates:
            candidates[kind] = _Candidates(content, kind)
        run = candidates[kind].run_from(position)
        if run is None:
            raise block.error(position, f"a flow record claims to be {size} bytes long")
        if flow_type not in (0, kind):
            changes += 1
            if changes > _MOST_CHANGES:
                raise block.error(position, "the kind of flow records changes again and again")
            yield _layout(flow_type, starts, sizes, others)
            starts, sizes, others, flows = [], [], [], 0
        flow_type = kind
        first, last = run[0], min(run[1], run[0] + promised - records - 1)
        starts.append(candidates[kind].starts[first : last + 1])
        sizes.append(candidates[kind].sizes[first : last + 1])
        flows += last + 1 - first
        records += last + 1 - first
        position = int(starts[-1][-1] + sizes[-1][-1])
    if records < promised:
        raise block.error(
            position, f"the block promises {promised} records, but only {records} follow"
        )
    if position < length:
        raise block.error(
            position, f"{length - position} bytes follow behind the last of {promised} records"
        )
    yield _layout(flow_type, starts, sizes, others)


def _locate_1_5(block: Block) -> Layout:
    # Flags of four bytes stand where later versions have type and size. Such files are rare and
    # old: following the chain is good enough.
    content, promised = block.content, block.frame.records
    starts: list[int] = []
    sizes: list[int] = []
    position = 0
    for number in range(promised):
        if position + 6 > len(content):
            raise block.error(
                position, f"the block promises {promised} records, but only {number} follow"
            )
        size = content[position + 4] | content[position + 5] << 8
        if size < RECORD.size + 2 or position + size > len(content):
            raise block.error(position, f"a flow record claims to be {size} bytes long")
        starts.append(position)
        sizes.append(size)
        position += size
    if position < len(content):
        raise block.error(
            position,
            f"{len(content) - position} bytes follow behind the last of {promised} records",
        )
    return Layout(
        flow_type=FLOW_1_5,
        flows=np.array(starts, dtype=np.int64),
        sizes=np.array(sizes, dtype=np.int64),
        stride=0,
        others=[],
    )


def _layout(
    flow_type: int,
    starts: list[NDArray[np.int64]],
    sizes: list[NDArray[np.int64]],
    others: list[Other],
) -> Layout:
    nothing = np.empty(0, dtype=np.int64)
    return Layout(
        flow_type=flow_type,
        flows=np.concatenate([nothing, *starts]),
        sizes=np.concatenate([nothing, *sizes]),
        stride=0,
        others=others,
    )
