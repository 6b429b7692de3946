"""Stage a week: every delivered file of a feed into one Parquet schema, rows and bytes counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from longflow.contract import contract
from longflow.errors import LongflowError
from longflow.records import Finding, Landed, LandedFile, SourceSlots, Staged, StagedFile
from longflow.settings import Feed, Settings, Source
from longflow.staging.nfcapd_flows import read_nfcapd
from longflow.staging.schema import parquet_writer
from longflow.staging.tabular import read_tabular
from longflow.week import Week
from longflow.workspace import Workspace

# Time columns whose slots count as delivered where file names tell none.
_SLOT_TIMES = {
    Feed.FLOWS: "first_seen_ms",
    Feed.USAGE: "start_ms",
    Feed.COUNTERS: "time_ms",
}


def stage_week(settings: Settings, week: Week, workspace: Workspace) -> Staged:
    """Write `staged/<feed>/<source>.parquet` for every feed that was landed without a fault.

    A feed with a file that cannot be read gets a critical finding and is not staged; the other
    feeds go on.

    Raises:
        LongflowError: the week has not been fetched into this workspace.
    """
    landed = workspace.read("landed", Landed)
    if landed is None:
        raise LongflowError(f"week {week} has not been fetched", file=workspace.root)
    workspace.fresh(workspace.staged)
    broken = {f.feed for f in landed.findings if f.severity == "critical"}
    feeds: list[Feed] = []
    files: list[StagedFile] = []
    slots: list[SourceSlots] = []
    findings: list[Finding] = []
    for feed in landed.feeds:
        if feed in broken:
            continue
        came = sorted((f for f in landed.files if f.feed is feed), key=lambda f: f.source)
        staged: list[StagedFile] = []
        covered: list[SourceSlots] = []
        for name, group in groupby(came, key=lambda f: f.source):
            source = next(s for s in settings.sources_of(feed) if s.name == name)
            try:
                counted, source_slots = _stage_source(
                    settings, week, workspace, source, list(group)
                )
            except LongflowError as error:
                findings.append(
                    Finding(
                        rule="staging.file",
                        severity="critical",
                        feed=feed,
                        source=name,
                        file=error.file,
                        sentence=str(error),
                    )
                )
                break
            staged += counted
            covered.append(source_slots)
        else:
            feeds.append(feed)
            files += staged
            slots += covered
    result = Staged(
        feeds=tuple(feeds), files=tuple(files), slots=tuple(slots), findings=tuple(findings)
    )
    workspace.write("staged", result)
    return result


def _stage_source(
    settings: Settings,
    week: Week,
    workspace: Workspace,
    source: Source,
    files: list[LandedFile],
) -> tuple[list[StagedFile], SourceSlots]:
    zone = source.zone(settings.zone)
    tally = _Tally(settings, week, source)
    with parquet_writer(source.feed, workspace.staged / source.feed / f"{source.name}.parquet") as (
        writer
    ):
        for file in files:
            path = workspace.landed / source.feed / source.name / file.name
            for table in _read(path, source, zone, file.index):
                writer.write_table(table)
                tally.count(file, table)
            tally.end(file)
    return tally.files, tally.slots()


def _read(path: Path, source: Source, zone: ZoneInfo, index: int) -> Iterator[pa.Table]:
    if source.format == "nfcapd":
        return read_nfcapd(path, source, index)
    return read_tabular(path, source, zone, index)


@dataclass
class _Tally:
    """Rows and bytes by file, and the slots of the week in which something was delivered."""

    settings: Settings
    week: Week
    source: Source
    files: list[StagedFile] = field(default_factory=list)
    _rows: int = 0
    _bytes: int = 0
    _delivered: set[int] = field(default_factory=set)

    def count(self, file: LandedFile, table: pa.Table) -> None:
        """Add one piece of a file."""
        self._rows += table.num_rows
        self._bytes += _sum_bytes(self.source.feed, table)
        time = _SLOT_TIMES.get(self.source.feed)
        if file.slot_ms is None and time is not None:
            self._delivered |= self._slots_with_records(table[time])

    def end(self, file: LandedFile) -> None:
        """Close a file: an empty one is delivered too."""
        if file.slot_ms is not None:
            self._delivered.add(file.slot_ms)
        self.files.append(StagedFile(index=file.index, rows=self._rows, bytes=self._bytes))
        self._rows = self._bytes = 0

    def slots(self) -> SourceSlots:
        """Coverage of the source over the week."""
        minutes = self._slot_minutes
        expected = self.week.slots(minutes)
        # A feed without times (a snapshot) is one slot, delivered by being there.
        whole = self.source.feed not in _SLOT_TIMES and not self._delivered
        missing = () if whole else tuple(s for s in expected if s not in self._delivered)
        return SourceSlots(
            feed=self.source.feed,
            source=self.source.name,
            slot_minutes=minutes,
            expected=len(expected),
            missing_ms=missing,
        )

    @property
    def _slot_minutes(self) -> int:
        return self.source.slot_minutes or 7 * 1440

    def _slots_with_records(self, times: pa.ChunkedArray) -> set[int]:
        starts = pl.Series("start", self.week.slots(self._slot_minutes), dtype=pl.Int64)
        distinct = pl.Series("time", pc.unique(times), dtype=pl.Int64).drop_nulls()
        inside = distinct.filter((distinct >= self.week.start_ms) & (distinct < self.week.end_ms))
        places = starts.search_sorted(inside, side="right") - 1
        return set(starts.gather(places.unique()).to_list())


def _sum_bytes(feed: Feed, table: pa.Table) -> int:
    """Bytes of a piece, as the contract's `bytes` names them; 0 for a feed without any."""
    names = contract("staged", feed).byte_columns
    return sum(int(pc.sum(table[name]).as_py() or 0) for name in names)
