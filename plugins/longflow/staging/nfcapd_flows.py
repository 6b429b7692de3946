"""Flows of nfcapd files in the staged schema: the bridge from the reader to the staging area.

It imports nothing slow, because several processes run it at once (`processes.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from longflow.errors import LongflowError
from longflow.staging.address_text import canonical_address
from longflow.staging.amounts import exact_sum, scaled
from longflow.staging.beside_flows import Amount, beside, uncounted
from longflow.staging.file_time import TimeCount, TimeWindow
from longflow.staging.nfcapd import Exporter, FlowBatch, NfcapdError, NfcapdReader, open_flows
from longflow.staging.packed import chunks, packed_by
from longflow.staging.parquet import Column, FlatParquetWriter, Run, Texts, Values
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.small_groups import GatheringWriter

if TYPE_CHECKING:
    from longflow.staging.tabular import ReadingCount

_COPIED_BYTES = 1 << 20
# Flows written at a time: a row group of the size that DuckDB works in.
_CHUNK_ROWS = 122_880


class NfcapdJob(NamedTuple):
    """What is needed to stage the files of one source.

    Attributes:
        columns: the staged schema.
        scaled_by: `collector` or `nobody`: who multiplied by the sampling interval.
        sampling_interval: the interval to use where a file states none.
        slot_edges_ms: starts of the week's slots and their end, for files whose names state no
            time; empty for the others.
        most_unpacked_ratio: most bytes that a byte of a compressed file may become.
    """

    columns: list[Column]
    scaled_by: str
    sampling_interval: int | None
    slot_edges_ms: list[int]
    most_unpacked_ratio: int


@dataclass
class FileCount:
    """What was read from a file.

    Attributes:
        rows, bytes: of its records up to the break, where it is broken.
        slots_ms: slots of the week in which its records lie, where its name states no time.
        times: how its records relate to the time stated by its name.
        sequence_failures: gaps in the exporters' sequence numbers, as their collector counted them.
        beside: what else a file of flows holds: records and bytes, by kind (`beside_flows.py`).
        error: what is broken.
        lines, passed_over: lines of a text file, and those that hold no record and need none.
        is_by_line: whether its records are numbered by their lines.
        guessed_times: local times that are two instants, and are read as the earlier one.
        readings: rows of counters that are no reading of their own.
    """

    rows: int = 0
    bytes: int = 0
    slots_ms: set[int] = field(default_factory=set)
    times: TimeCount = field(default_factory=TimeCount)
    sequence_failures: int = 0
    beside: dict[str, Amount] = field(default_factory=dict)
    error: LongflowError | None = None
    lines: int = 0
    passed_over: int = 0
    is_by_line: bool = False
    guessed_times: int = 0
    readings: ReadingCount | None = None


class NfcapdStaging:
    """Stages files of one source into one Parquet file, one by one.

    Attributes:
        notes: what the files say about sampling.
    """

    def __init__(self, job: NfcapdJob, target: Path) -> None:
        self.notes = SamplingNotes()
        self._job = job
        self._beside = target.with_suffix(".unpacked")
        self._edges = np.array(job.slot_edges_ms, dtype=np.int64)
        self._file = FlatParquetWriter(target, job.columns)
        self._writer = GatheringWriter(self._file)
        # Of the file at hand, before anything is multiplied.
        self._stored_bytes = 0

    def stage(self, path: Path, file_index: int, window: TimeWindow | None) -> FileCount:
        """Write the flows of a file; if it is broken, those before the break.

        Args:
            path: the delivered file.
            file_index: its number in the week's manifest.
            window: what its flows' times are compared with, where its name states a time.
        """
        count = FileCount()
        ratio = self._job.most_unpacked_ratio
        try:
            with unpacked(path, self._beside, ratio) as plain, open_flows(plain) as reader:
                try:
                    self._flows(reader, file_index, window, count)
                finally:
                    # Of a broken file, too, what lies before the break is accounted for.
                    count.beside = beside(reader)
                count.sequence_failures = _note_exporters(reader, file_index, self.notes)
                count.beside |= uncounted(reader, count.rows, self._stored_bytes)
        except NfcapdError as error:
            count.error = LongflowError(
                error.reason, file=path.name, place=f"byte {error.offset}", remedy=error.remedy
            )
        except LongflowError as error:  # of the compression
            count.error = error
        return count

    def _flows(
        self, reader: NfcapdReader, file_index: int, window: TimeWindow | None, count: FileCount
    ) -> None:
        """Write and count the flows of a file."""
        self._stored_bytes = 0
        for batch in reader.batches(_CHUNK_ROWS, reuse=True):
            columns, octets = _staged(batch, reader, self._job, file_index, self.notes)
            self._writer.write(columns, len(batch))
            count.rows += len(batch)
            count.bytes += octets
            is_stored = self._job.scaled_by != "nobody"
            self._stored_bytes += octets if is_stored else exact_sum(batch.bytes)
            if len(self._edges):
                count.slots_ms |= slots_with(batch.first_seen_ms, self._edges)
            if window is not None:
                count.times.add(window, batch.first_seen_ms, batch.last_seen_ms)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._file.__exit__(kind, error, trace)
            return
        with self._file:
            self._writer.flush()


@contextmanager
def unpacked(path: Path, beside: Path, most_ratio: int) -> Iterator[Path]:
    """The file itself or, if it was compressed as a whole, a decompressed copy while it is read.

    Raises:
        LongflowError: the compressed data are damaged, end too early, or become too much.
    """
    if packed_by(path) is None:
        yield path
        return
    try:
        with beside.open("wb") as copy:
            for piece in chunks(path, _COPIED_BYTES, most_ratio):
                copy.write(piece)
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def slots_with(times: NDArray[np.int64], edges_ms: NDArray[np.int64]) -> set[int]:
    """Slots that contain some times, by their starts; `edges_ms` are starts and the last end."""
    places = np.searchsorted(edges_ms, times, side="right")
    counts = np.bincount(places, minlength=len(edges_ms) + 1)
    return set(edges_ms[np.flatnonzero(counts[1:-1])].tolist())


def _address(exporter: Exporter) -> str:
    """The address of an exporter as sessions spell it; empty where the file does not state it."""
    return canonical_address(exporter.address or "")


def _note_exporters(reader: NfcapdReader, file_index: int, notes: SamplingNotes) -> int:
    """Note what exporters announced; return the number of failures in their sequences."""
    for exporter in reader.exporters:
        for sampler in exporter.samplers.values():
            notes.announce(file_index, _address(exporter), sampler.id, sampler.interval)
    # Old files count the failures of all exporters together only.
    of_file = reader.statistics.sequence_failures if reader.statistics else 0
    of_exporters = sum(exporter.sequence_failures for exporter in reader.exporters)
    return max(of_file, of_exporters)


def _staged(
    batch: FlowBatch, reader: NfcapdReader, job: NfcapdJob, file_index: int, notes: SamplingNotes
) -> tuple[dict[str, Values], int]:
    """The flows' columns in the staged schema, and the sum of their bytes."""
    interval = batch.sampling_interval
    addresses = [*map(_address, reader.exporters), ""]
    notes.add(file_index, addresses, batch.exporter_index, interval, batch.packets, batch.bytes)
    if job.sampling_interval is not None:
        interval = np.where(interval == 0, job.sampling_interval, interval)
    packets, octets = batch.packets, batch.bytes
    if job.scaled_by == "nobody":
        packets, octets = scaled(packets, interval), scaled(octets, interval)
    index = batch.exporter_index
    if int(index.min()) < 0:
        # An exporter that the file never states takes the last name.
        index = np.where(index < 0, np.int32(len(addresses) - 1), index)
    columns: dict[str, Values] = {
        **batch.columns(),
        # Flows are passed on in the order of their file, without gaps.
        "position": Run(int(batch.position[0])),
        "file_index": np.full(len(batch), file_index, dtype=np.int32),
        "ip_version": _versions(batch),
        "packets": packets,
        "bytes": octets,
        "exporter": Texts(index, addresses),
        "sampling_interval": interval,
    }
    return columns, exact_sum(octets)


def _versions(batch: FlowBatch) -> NDArray[np.uint8]:
    """IP versions; 0 where an end has no address, as of frames that are not IP."""
    if bool(batch.src_addr_low.all() and batch.dst_addr_low.all()):
        return batch.ip_version
    has_both = np.ones(len(batch), dtype=np.bool_)
    for high, low in (
        (batch.src_addr_high, batch.src_addr_low),
        (batch.dst_addr_high, batch.dst_addr_low),
    ):
        has_both &= (high | low) != 0
    return np.where(has_both, batch.ip_version, np.uint8(0))
