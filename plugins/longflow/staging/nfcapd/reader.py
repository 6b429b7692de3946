"""Reading of one file: `open_flows`."""

import os
from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import NDArray

from . import compiled, flows_1_6, flows_1_7
from .beside_flows import are_events, count_equal_ways, count_without_bytes, split_ways
from .columns import BlockFlows, Routers
from .container import Block, BlockFile, Frame
from .errors import NfcapdError
from .flows_1_6 import ExtensionMaps
from .model import Exporter, FlowBatch, Header, Skipped, Statistics
from .parallel import ahead
from .records import BLOCK_1_5, FLOW_1_7, FLOW_1_8, SMALLEST_FLOW, Other, locate
from .registry import EXPORTER_STATISTICS_RECORD, Definition, Registry, read_definition
from .shapes_1_7 import Shapes

_BLOCK_TYPES_OF_RECORDS = (BLOCK_1_5, 2, 3)
_EXTENSION_MAP_RECORD = 2
# Histograms and exporters of early 1.6, names of applications, interfaces and VRFs, and appendices
# left in the middle by nfdump's change of a file's ident.
_RECORDS_WITHOUT_FLOWS = (3, 4, 5, 6, 12, 13, 14, 0x8001, 0x8002)
_NO_MAP = -1


def open_flows(path: str | os.PathLike[str]) -> "NfcapdReader":
    """Open a file that nfcapd wrote.

    Args:
        path: the file; layout 1 (nfdump 1.5, 1.6) or 2 (1.7), packed in any way nfdump knows.

    Returns:
        A reader; iterate over it for the flows, and close it or use it in a `with`.

    Raises:
        NfcapdError: the file is not one of flows, or cannot be read at all.
        OSError: the file cannot be opened.
    """
    return NfcapdReader(BlockFile(path))


class NfcapdReader:
    """The flows of one file, in the order in which nfdump prints them.

    Iterating yields a `FlowBatch` for every block, and another one with the reverse
    directions of its biflows, if it has any. A block that is broken raises `NfcapdError` after all
    whole blocks before it were given; its `flows_before` counts their flows. Every iteration starts
    at the beginning.

    Attributes:
        header: the head of the file.
        statistics: the collector's account of the file; None when it left none (it was killed, or
            the file is cut off).
        skipped: what the last iteration stepped over.
        flows_back, bytes_back: flows of the last iteration that are reverse directions of biflows,
            and their bytes.
        equal_ways: how many of these biflows have equal counters for both directions.
    """

    def __init__(self, file: BlockFile) -> None:
        self._file = file
        self.header: Header = file.header
        self.statistics: Statistics | None = file.statistics
        self._shapes = Shapes()
        self._begin()

    @property
    def path(self) -> str:
        """The file."""
        return self._file.path

    @property
    def exporters(self) -> list[Exporter]:
        """Exporters met so far; an index, once given, always means the same one."""
        return self._registry.exporters

    @property
    def flows_with_inferred_interval(self) -> int:
        """Flows whose exporter has several samplers, so that their interval was inferred."""
        return self._registry.ambiguous

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[FlowBatch]:
        return self.batches(0)

    def batches(self, rows: int, *, reuse: bool = False) -> Iterator[FlowBatch]:
        """Yield the flows as iterating does, but several blocks together.

        Args:
            rows: a batch has no more flows than that, unless a single block has.
            reuse: every batch lies in the same memory, and is overwritten by the next one. That
                is the fastest way for what is written out at once.
        """
        self._begin()
        room = FlowBatch.empty(rows)
        used = 0
        try:
            for frame in self._frames():
                block = self._file.load(frame)
                count = most_flows(block)
                if used + count > len(room):
                    if used:
                        yield room.select(slice(used))
                    used = 0
                    if count > len(room) or not reuse:
                        room = FlowBatch.empty(max(count, rows))
                decoded = decode(block, room, used, self._shapes)
                left, back = self._take(block, decoded, room, used)
                used += left
                for flows in back:
                    if used + len(flows) > len(room):
                        yield room.select(slice(used))
                        used = 0
                        if len(flows) > len(room) or not reuse:
                            room = FlowBatch.empty(max(len(flows), rows))
                    room.write(used, flows)
                    used += len(flows)
        except NfcapdError as error:
            if used:
                yield room.select(slice(used))
            error.flows_before = self._flows
            raise
        if used:
            yield room.select(slice(used))

    def threaded(self, threads: int) -> Iterator[FlowBatch]:
        """Yield the flows as iterating does; several threads unpack and decode blocks ahead."""

        def prepare(frame: Frame) -> tuple[Block, FlowBatch, list[Decoded]]:
            block = self._file.load(frame)
            batch = FlowBatch.empty(most_flows(block))
            return block, batch, decode(block, batch, 0, self._shapes)

        self._begin()
        try:
            for block, batch, decoded in ahead(prepare, self._frames(), threads):
                left, back = self._take(block, decoded, batch, 0)
                if left:
                    yield batch.select(slice(left))
                yield from back
        except NfcapdError as error:
            error.flows_before = self._flows
            raise

    def _begin(self) -> None:
        self.skipped = Skipped()
        self.flows_back = self.bytes_back = self.equal_ways = 0
        self._registry = Registry(flows_name_samplers=self.header.flows_name_samplers)
        self._maps = ExtensionMaps()
        self._looked_ahead = False
        # Flows, and records of flows and events, of the blocks before.
        self._flows = self._records = 0

    def _frames(self) -> Iterator[Frame]:
        for frame in self._file.frames():
            if frame.type in _BLOCK_TYPES_OF_RECORDS:
                yield frame
            else:
                self.skipped.block_types[frame.type] += 1

    def _take(
        self, block: Block, decoded: "list[Decoded]", batch: FlowBatch, used: int
    ) -> tuple[int, list[FlowBatch]]:
        """Look up what the flows of a block lack; return how many count, and reverse flows.

        They lie in `batch` from row `used` on, and are closed up where some do not count.
        """
        left = 0
        back: list[FlowBatch] = []
        for others, flows in decoded:
            self._take_in_order(block, others, flows)
            if flows is not None:
                self._records += len(flows)
                self.skipped.element_types.update(flows.skipped_elements)
                self.skipped.ways_back_without_bytes += count_without_bytes(flows)
                self.equal_ways += count_equal_ways(flows)
                kept = self._counting(flows)
                ways_back = split_ways(flows, kept)
                if ways_back is not None:
                    back.append(ways_back)
                number = len(flows) if kept is None else _close_up(flows.batch, kept)
                if left < flows.first_row:
                    for column in batch.columns().values():
                        column[used + left : used + left + number] = column[
                            used + flows.first_row : used + flows.first_row + number
                        ]
                self._number(batch.position[used + left : used + left + number])
                left += number
        for flows_back in back:
            self._number(flows_back.position)
            self.flows_back += len(flows_back)
            self.bytes_back += sum(flows_back.bytes.tolist())
        return left, back

    def _number(self, positions: NDArray[np.uint64]) -> None:
        """Write the numbers of the next flows."""
        positions[:] = np.arange(self._flows, self._flows + len(positions))
        self._flows += len(positions)

    def _take_in_order(self, block: Block, others: list[Other], flows: BlockFlows | None) -> None:
        settled = 0
        for place, kind, size, flows_before in others:
            definition = read_definition(block, place, kind, size)
            waiting = flows if settled < flows_before else None
            if definition is not None:
                flow = self._records + flows_before
                if waiting is not None and self._registry.changes(definition, flow):
                    settled = self._settle(block, waiting, settled, flows_before)
                self._registry.define(definition, flow)
            elif kind == _EXTENSION_MAP_RECORD:
                rows = slice(settled, flows_before)
                if waiting is not None and self._maps.changes(block, place, size, waiting, rows):
                    settled = self._settle(block, waiting, settled, flows_before)
                self._maps.define(block, place, size)
            elif kind == EXPORTER_STATISTICS_RECORD:
                self._registry.count(block, place, size)
            elif kind == FLOW_1_8:
                raise block.error(place, "flow records of nfdump 1.8 cannot be read")
            elif kind not in _RECORDS_WITHOUT_FLOWS:
                self.skipped.record_types[kind] += 1
        if flows is not None:
            self._settle(block, flows, settled, len(flows))

    def _settle(self, block: Block, flows: BlockFlows, first: int, last: int) -> int:
        """Look up exporters and samplers of flows `first` to `last` - 1 as things stand now."""
        if first == last:
            return last
        part = flows.part(slice(first, last))
        index = self._registry.indices(part)
        if not self._looked_ahead and self._registry.lacks(part, index):
            self._looked_ahead = True
            self._registry.define_missing(self._definitions_behind(block.frame.offset))
            index = self._registry.indices(part)

        def find_routers(some: BlockFlows) -> Routers:
            if some.find_routers is not None:
                return some.find_routers(some.starts)
            return self._maps.routers(block, some)

        self._registry.find_by_router(part, index, find_routers)
        self._registry.write_intervals(part, index)
        self._maps.write_ways_back(block, flows, first, last)
        part.batch.exporter_index[:] = index
        if part.map_id is not None:
            self._maps.count_unknown(part, self.skipped.element_types)
            part.map_id[~self._maps.known(part.map_id)] = _NO_MAP
        return last

    def _counting(self, flows: BlockFlows) -> NDArray[np.bool_] | None:
        """Return which records count as flows, and note the others; None if all do."""
        events = are_events(flows)
        kept = None
        if events is not None:
            self.skipped.events += int(events.sum())
            kept = ~events
        if flows.map_id is not None and int(flows.map_id.min()) == _NO_MAP:
            lost = flows.map_id == _NO_MAP
            if kept is not None:
                lost &= kept
                kept &= ~lost
            else:
                kept = ~lost
            self.skipped.flows_without_map += int(lost.sum())
            self.skipped.bytes_without_map += sum(flows.batch.bytes[lost].tolist())
        return kept

    def _definitions_behind(self, offset: int) -> Iterator[Definition]:
        """Yield the exporters and samplers of the blocks from an offset on, up to a broken one."""
        try:
            for frame in self._file.frames():
                if frame.offset < offset or frame.type not in _BLOCK_TYPES_OF_RECORDS:
                    continue
                block = self._file.load(frame)
                for layout in locate(block):
                    for place, kind, size, _ in layout.others:
                        definition = read_definition(block, place, kind, size)
                        if definition is not None:
                            yield definition
        except NfcapdError:
            # The verdict comes when the flows have been read up to there.
            return


def _close_up(batch: FlowBatch, kept: NDArray[np.bool_]) -> int:
    """Close up a batch over flows that do not count; return how many are left."""
    left = int(kept.sum())
    for column in batch.columns().values():
        column[:left] = column[kept]
    return left


Decoded = tuple[list[Other], BlockFlows | None]


def most_flows(block: Block) -> int:
    """Return how many flows a block has at most."""
    return min(block.frame.records, len(block.content) // SMALLEST_FLOW)


def decode(block: Block, batch: FlowBatch, used: int, shapes: Shapes) -> list[Decoded]:
    """Write the flows of a block into a batch, from row `used` on.

    `shapes` is memory for the next call.

    Raises:
        NfcapdError: a record is broken.
    """
    rows = batch.select(slice(used, used + most_flows(block)))
    by_walk = compiled.decode(block, rows, shapes)
    if by_walk is not None:
        return [by_walk]
    result: list[Decoded] = []
    row = used
    for layout in locate(block):
        flows = None
        if len(layout.flows):
            rows = batch.select(slice(row, row + len(layout.flows)))
            if layout.flow_type == FLOW_1_7:
                flows = flows_1_7.decode(block, layout, rows, shapes)
            else:
                flows = flows_1_6.decode(block, layout, rows)
            flows.first_row = row - used
            row += len(layout.flows)
        result.append((layout.others, flows))
    return result
