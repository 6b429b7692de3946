"""Staging of one source's CSV, JSON and Parquet files, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from longflow.contract import contract
from longflow.errors import LongflowError
from longflow.settings import Feed, Source
from longflow.staging.amounts import exact_sum
from longflow.staging.beside_flows import Amount
from longflow.staging.file_time import TimeWindow
from longflow.staging.nfcapd_flows import FileCount, slots_with
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.schema import known_numbers, parquet_writer
from longflow.staging.tabular import Halves, LineCount, RepeatedHours, read_tabular, staged
from longflow.sums import LARGEST

# Time columns whose slots count as delivered where file names state no time.
SLOT_TIMES = {
    Feed.FLOWS: "first_seen_ms",
    Feed.USAGE: "start_ms",
    Feed.COUNTERS: "time_ms",
}
# First and last instant of a record, to compare with the time in file names. A session without an
# end is open, and touches everything after its start.
_RECORD_TIMES = {
    Feed.ASSIGNMENTS: ("start_ms", "stop_ms"),
    Feed.USAGE: ("start_ms", "end_ms"),
    Feed.COUNTERS: ("time_ms", "time_ms"),
    Feed.FLOWS: ("first_seen_ms", "last_seen_ms"),
}


class Table(NamedTuple):
    """A delivered file.

    Attributes:
        number: its number in the week's manifest.
        path: where it lies.
        slot_ms: the time that its name states; None if it states none.
        window: what the times of its records are compared with.
        is_by_records: whether records show which slots the file covers.
    """

    number: int
    path: Path
    slot_ms: int | None
    window: TimeWindow | None
    is_by_records: bool


def stage_tables(
    files: Sequence[Table],
    source: Source,
    zone: ZoneInfo,
    slot_edges_ms: Sequence[int],
    target: Path,
    notes: SamplingNotes,
) -> dict[int, FileCount]:
    """Stage files; broken ones up to the break.

    Args:
        files: the files of one source.
        source: the source.
        zone: time zone of times without offset.
        slot_edges_ms: starts of the week's slots and their end.
        target: the Parquet file to write; its folder exists.
        notes: receives what the files say about sampling.

    Returns:
        What was read from each file, by its number.

    Raises:
        MachineError: disk or memory failed.
    """
    with parquet_writer(source.feed, target) as writer:
        staging = _TableStaging(source, zone, np.array(slot_edges_ms, np.int64), writer, notes)
        # Two files of the same time may hold IN and OUT: their rows wait for each other.
        halves = Halves() if source.has_one_counter_a_row else None
        for file in sorted(files, key=lambda one: one.slot_ms or 0) if halves else files:
            staging.stage(file, halves)
        for number, rows in halves.rest() if halves else ():
            staging.add_late(number, rows)
    return staging.counts


class _TableStaging:
    """Writes the rows of files, and counts them."""

    def __init__(
        self,
        source: Source,
        zone: ZoneInfo,
        edges: NDArray[np.int64],
        writer: pq.ParquetWriter,
        notes: SamplingNotes,
    ) -> None:
        self.counts: dict[int, FileCount] = {}
        self._source, self._zone, self._edges = source, zone, edges
        self._writer, self._notes = writer, notes
        self._files: dict[int, Table] = {}

    def stage(self, file: Table, halves: Halves | None) -> None:
        """Stage a file; `halves` keeps what waits for another one."""
        count = self.counts[file.number] = FileCount()
        self._files[file.number] = file
        lines, hours = LineCount(), RepeatedHours(self._zone)
        alone: list[pl.DataFrame] | None = None if halves is None else []
        read = read_tabular(
            file.path, self._source, self._zone, file.number, self._notes, lines, hours, alone
        )
        try:
            for table in read:
                self._add(file, table)
        except LongflowError as error:
            count.error = error
        count.lines, count.passed_over = lines.lines, lines.passed_over
        count.is_by_line = lines.is_by_line
        count.guessed_times, count.readings = hours.guessed, lines.readings
        if lines.ways_back:
            back = Amount(lines.ways_back, lines.bytes_back)
            count.beside = {"flows.way_back_unread": back}
        if halves is None or not alone:
            return
        if count.error is not None:
            # What a broken file holds is quarantined, so it completes no other file's reading.
            for rows in alone:
                self.add_late(file.number, Halves.spread(rows))
            return
        for number, readings in halves.matched(file.number, alone):
            lines.readings.joined += readings.height
            self.add_late(number, readings)

    def add_late(self, number: int, rows: pl.DataFrame) -> None:
        """Stage rows of a file that was read before."""
        hours = RepeatedHours(self._zone)
        table = staged(rows, self._source, self._zone, number, self._notes, hours)
        self._add(self._files[number], table)
        self.counts[number].guessed_times += hours.guessed

    def _add(self, file: Table, table: pa.Table) -> None:
        feed, count = self._source.feed, self.counts[file.number]
        time = SLOT_TIMES.get(feed)
        self._writer.write_table(table)
        count.rows += table.num_rows
        count.bytes += _sum_bytes(feed, table)
        if file.is_by_records and time is not None:
            count.slots_ms |= slots_with(known_numbers(table[time]), self._edges)
        if file.window is not None and feed in _RECORD_TIMES:
            count.times.add(file.window, *_record_times(feed, table))


def _record_times(feed: Feed, table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last instants of the records in a piece whose times are known."""
    first, last = (table[name] for name in _RECORD_TIMES[feed])
    if feed is Feed.ASSIGNMENTS:
        last = last.fill_null(LARGEST)
    known = pc.and_(first.is_valid(), last.is_valid())
    return known_numbers(first.filter(known)), known_numbers(last.filter(known))


def _sum_bytes(feed: Feed, table: pa.Table) -> int:
    """Bytes of a piece, from the contract's `bytes` columns; 0 for a feed without any."""
    names = contract("staged", feed).byte_columns
    return sum(exact_sum(known_numbers(table[name])) for name in names)
