"""Flows of nfcapd files in the staged schema: the bridge from the reader to the staging area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longflow.errors import LongflowError
from longflow.settings import Feed, Source
from longflow.staging.ledger import SamplingNotes
from longflow.staging.nfcapd import FlowBatch, NfcapdError, NfcapdReader, open_flows
from longflow.staging.schema import arrow_schema

# Flows that are written at a time: a row group of the size that DuckDB works in.
_CHUNK_ROWS = 122_880


def read_nfcapd(
    path: Path, source: Source, file_index: int, notes: SamplingNotes
) -> Iterator[pa.Table]:
    """The flows of one nfcapd file in the staged schema, in pieces, without nulls.

    Within a piece they come in any order; `position` tells that of the file. A piece lies in
    memory that the next one uses again: write it before you ask for more.

    Args:
        path: the delivered file.
        source: who scaled, and the interval to take where the file tells none.
        file_index: the file's number in the week's manifest.
        notes: gets what the file tells of sampling and sequence failures.

    Raises:
        LongflowError: the file is broken; names the byte. The flows before it were given.
    """
    try:
        with open_flows(path) as reader:
            for batch in reader.batches(_CHUNK_ROWS, reuse=True, ordered=False):
                yield _staged(batch, reader, source, file_index, notes)
            _note_exporters(reader, file_index, notes)
    except NfcapdError as error:
        raise LongflowError(
            error.reason, file=path.name, place=f"byte {error.offset}", remedy=error.remedy
        ) from None


def _note_exporters(reader: NfcapdReader, file_index: int, notes: SamplingNotes) -> None:
    for exporter in reader.exporters:
        for sampler in exporter.samplers.values():
            notes.announce(file_index, exporter.address or "", sampler.id, sampler.interval)
    # Old files count the failures of all exporters together only.
    of_file = reader.statistics.sequence_failures if reader.statistics else 0
    of_exporters = sum(exporter.sequence_failures for exporter in reader.exporters)
    notes.sequence_failures[file_index] = max(of_file, of_exporters)


def _staged(
    batch: FlowBatch, reader: NfcapdReader, source: Source, file_index: int, notes: SamplingNotes
) -> pa.Table:
    interval = batch.sampling_interval
    addresses = [*(e.address or "" for e in reader.exporters), ""]
    notes.add(file_index, addresses, batch.exporter_index, interval, batch.packets, batch.bytes)
    if source.sampling_interval is not None:
        interval = np.where(interval == 0, source.sampling_interval, interval)
    packets, octets = batch.packets, batch.bytes
    if source.scaled_by == "nobody":
        packets, octets = packets * interval, octets * interval
    index = batch.exporter_index
    if len(index) and int(index.min()) < 0:
        # An exporter that the file never tells takes the last name.
        index = np.where(index < 0, np.int32(len(addresses) - 1), index)
    names = arrow_schema(Feed.FLOWS).names
    columns = {
        **{name: column for name, column in batch.columns().items() if name in names},
        "file_index": np.full(len(batch), file_index, dtype=np.int32),
        "position": batch.position.view(np.int64),
        "packets": packets,
        "bytes": octets,
        "sampling_interval": interval,
    }
    arrays = {name: _array(column) for name, column in columns.items()}
    arrays["exporter"] = pa.DictionaryArray.from_arrays(_array(index), _texts(addresses))
    arrays["unreadable"] = pa.nulls(len(batch), pa.string())
    return pa.Table.from_arrays([arrays[name] for name in names], names=names)


# pa.array would do, but the first time it is called it looks for pandas, for a second.


def _array(column: NDArray[Any]) -> pa.Array:
    """A column without nulls, in the same memory."""
    kind = pa.from_numpy_dtype(column.dtype)
    return pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(column)])


def _texts(texts: Sequence[str]) -> pa.StringArray:
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(data), pa.py_buffer(ends), pa.py_buffer(b"".join(data)))
