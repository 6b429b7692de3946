"""Reading of one file: `open_flows`."""

import os
from collections.abc import Iterator
from dataclasses import fields
from typing import Self

import numpy as np

from . import flows_1_7
from .columns import FlowColumns
from .container import Block, BlockFile
from .errors import NfcapdError
from .model import Exporter, FlowBatch, Header, Skipped, Statistics
from .records import FLOW_1_7, FLOW_1_8, Layout, locate
from .registry import (
    EXPORTER_STATISTICS_RECORD,
    Definition,
    Registry,
    read_definition,
)

_BLOCK_TYPES_OF_RECORDS = (2, 3)
# Extension maps, names of applications, interfaces and VRFs, and appendices left in the middle
# by nfdump's change of a file's ident.
_RECORDS_WITHOUT_FLOWS = (2, 12, 13, 14, 0x8001, 0x8002)
_COPIED = tuple(entry.name for entry in fields(FlowBatch))


def open_flows(path: str | os.PathLike[str]) -> "NfcapdReader":
    """Open a file that nfcapd wrote.

    Args:
        path: the file; layout 2 (nfdump 1.7).

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
        count = len(layout.flows)
        exporter_index = np.empty(count, dtype=np.int32)
        interval = np.empty(count, dtype=np.int64)

        def settle(first: int, last: int) -> None:
            if flows is None or first == last:
                return
            part = flows.rows(first, last)
            if not self._looked_ahead and self._registry.lacks(part):
                self._looked_ahead = True
                self._registry.define_missing(self._definitions_behind(block.frame.offset))
            index = self._registry.exporters_of(part)
            exporter_index[first:last] = index
            interval[first:last] = self._registry.intervals_of(part, index)

        settled = 0
        for place, kind, size, flows_before in layout.others:
            definition = read_definition(block, place, kind, size)
            if definition is not None:
                if flows_before > settled and self._registry.changes(definition):
                    settle(settled, flows_before)
                    settled = flows_before
                self._registry.define(definition)
            elif kind == EXPORTER_STATISTICS_RECORD:
                self._registry.count(block, place, size)
            elif kind == FLOW_1_8:
                raise block.error(place, "flow records of nfdump 1.8 cannot be read")
            elif kind not in _RECORDS_WITHOUT_FLOWS:
                self.skipped.record_types[kind] += 1
        settle(settled, count)
        if flows is None:
            return None
        self.skipped.element_types.update(flows.skipped_elements)
        return FlowBatch(
            position=np.arange(position, position + count, dtype=np.uint64),
            exporter_index=exporter_index,
            sampling_interval=interval,
            **{name: getattr(flows, name) for name in _COPIED if hasattr(flows, name)},
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


def decode(block: Block, layout: Layout) -> FlowColumns | None:
    """Return the flows of a block; None when it has none.

    Raises:
        NfcapdError: a flow record is broken, or of a kind that cannot be read.
    """
    if not len(layout.flows):
        return None
    if layout.flow_type == FLOW_1_7:
        return flows_1_7.decode(block, layout)
    raise block.error(int(layout.flows[0]), "flow records of nfdump 1.6 cannot be read")
