"""Reading of one file: `open_flows`."""

import os
from collections.abc import Iterator
from dataclasses import fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from . import flows_1_6, flows_1_7
from .columns import FlowColumns, Routers
from .container import Block, BlockFile
from .errors import NfcapdError
from .flows_1_6 import ExtensionMaps
from .model import Exporter, FlowBatch, Header, Skipped, Statistics
from .records import BLOCK_1_5, FLOW_1_7, FLOW_1_8, Layout, locate
from .registry import (
    EXPORTER_STATISTICS_RECORD,
    Definition,
    Registry,
    read_definition,
)

_BLOCK_TYPES_OF_RECORDS = (BLOCK_1_5, 2, 3)
_EXTENSION_MAP_RECORD = 2
# Histograms and exporters of early 1.6, names of applications, interfaces and VRFs, and appendices
# left in the middle by nfdump's change of a file's ident.
_RECORDS_WITHOUT_FLOWS = (3, 4, 5, 6, 12, 13, 14, 0x8001, 0x8002)
_MADE_HERE = ("position", "exporter_index", "sampling_interval")
_COPIED = tuple(entry.name for entry in fields(FlowBatch) if entry.name not in _MADE_HERE)


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
    """The flows of one file, in the order and number in which nfdump prints them.

    Iterating yields a `FlowBatch` for every block. A block that is broken raises `NfcapdError`
    after all whole blocks before it were given; its `flows_before` counts their flows. Every
    iteration starts at the beginning.

    Attributes:
        header: the head of the file.
        statistics: the collector's account of the file; None when it left none (it was killed, or
            the file is cut off).
        skipped: what the last iteration stepped over.
    """

    def __init__(self, file: BlockFile) -> None:
        self._file = file
        self.header: Header = file.header
        self.statistics: Statistics | None = file.statistics
        self.skipped = Skipped()
        self._registry = Registry()
        self._maps = ExtensionMaps()
        self._looked_ahead = False

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
        self.skipped = Skipped()
        self._registry = Registry()
        self._maps = ExtensionMaps()
        self._looked_ahead = False
        flows = 0
        try:
            for block in self._blocks():
                for layout in locate(block):
                    batch = self._batch(block, layout, flows)
                    if batch is not None:
                        flows += len(batch)
                        yield batch
        except NfcapdError as error:
            error.flows_before = flows
            raise

    def _blocks(self) -> Iterator[Block]:
        for frame in self._file.frames():
            if frame.type in _BLOCK_TYPES_OF_RECORDS:
                yield self._file.load(frame)
            else:
                self.skipped.block_types[frame.type] += 1

    def _batch(self, block: Block, layout: Layout, position: int) -> FlowBatch | None:
        """Return the flows of a block; None when it has none."""
        flows = decode(block, layout)
        pending = None if flows is None else _Pending(flows)
        for place, kind, size, flows_before in layout.others:
            definition = read_definition(block, place, kind, size)
            if definition is not None:
                if pending is not None and self._registry.changes(definition):
                    self._settle(block, pending, flows_before)
                self._registry.define(definition)
            elif kind == _EXTENSION_MAP_RECORD:
                if pending is not None and self._maps.changes(
                    block, place, size, pending.map_ids(flows_before)
                ):
                    self._settle(block, pending, flows_before)
                self._maps.define(block, place, size)
            elif kind == EXPORTER_STATISTICS_RECORD:
                self._registry.count(block, place, size)
            elif kind == FLOW_1_8:
                raise block.error(place, "flow records of nfdump 1.8 cannot be read")
            elif kind not in _RECORDS_WITHOUT_FLOWS:
                self.skipped.record_types[kind] += 1
        if pending is None:
            return None
        self._settle(block, pending, len(layout.flows))
        self.skipped.element_types.update(pending.flows.skipped_elements)
        return self._finished(pending, position)

    def _settle(self, block: Block, pending: "_Pending", last: int) -> None:
        """Look up exporters and samplers for the flows up to number `last` as things stand now."""
        rows = slice(pending.settled, last)
        if rows.start == rows.stop:
            return
        part = pending.flows.part(rows)
        if part.map_id is not None:
            pending.kept[rows] = self._maps.known(part)
            self._maps.count_unknown(part, self.skipped.element_types)
        if not self._looked_ahead and self._registry.lacks(part):
            self._looked_ahead = True
            self._registry.define_missing(self._definitions_behind(block.frame.offset))

        def find_routers(flows: FlowColumns) -> Routers:
            if flows.router_places:
                return flows_1_7.routers(block, flows)
            return self._maps.routers(block, flows)

        index = self._registry.exporters_of(part, find_routers)
        pending.exporter_index[rows] = index
        pending.sampling_interval[rows] = self._registry.intervals_of(part, index)
        pending.settled = last

    def _finished(self, pending: "_Pending", position: int) -> FlowBatch | None:
        flows, kept = pending.flows, pending.kept
        exporter_index, interval = pending.exporter_index, pending.sampling_interval
        if not bool(kept.all()):
            self.skipped.flows_without_map += int((~kept).sum())
            flows, exporter_index, interval = flows.part(kept), exporter_index[kept], interval[kept]
        if not len(flows):
            return None
        return FlowBatch(
            position=np.arange(position, position + len(flows), dtype=np.uint64),
            exporter_index=exporter_index,
            sampling_interval=interval,
            **{name: getattr(flows, name) for name in _COPIED},
        )

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


class _Pending:
    """Flows of a block, of which the first `settled` have their exporters and intervals."""

    def __init__(self, flows: FlowColumns) -> None:
        self.flows = flows
        self.settled = 0
        self.kept = np.ones(len(flows), dtype=np.bool_)
        self.exporter_index = np.empty(len(flows), dtype=np.int32)
        self.sampling_interval = np.empty(len(flows), dtype=np.int64)

    def map_ids(self, last: int) -> NDArray[np.int64] | None:
        """Return the extension maps of the flows that wait up to number `last`."""
        ids = self.flows.map_id
        return None if ids is None else ids[self.settled : last]


def decode(block: Block, layout: Layout) -> FlowColumns | None:
    """Return the flows of a block; None when it has none.

    Raises:
        NfcapdError: a flow record is broken.
    """
    if not len(layout.flows):
        return None
    if layout.flow_type == FLOW_1_7:
        return flows_1_7.decode(block, layout)
    return flows_1_6.decode(block, layout)
