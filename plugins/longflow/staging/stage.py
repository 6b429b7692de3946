"""Stage a week: every delivered file of a feed into one Parquet schema, rows and bytes counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from longflow.staging.ledger import SamplingNotes
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

    A file that cannot be read is left to the quarantine; a feed with more of them than the settings
    tolerate gets a critical finding and is not staged; the other feeds go on.

    Raises:
        LongflowError: the week has not been fetched into this workspace.
    """
    landed = workspace.read("landed", Landed)
    if landed is None:
        raise LongflowError(f"week {week} has not been fetched", file=workspace.root)
    workspace.fresh(workspace.staged)
    workspace.fresh(workspace.notes)
    broken = {f.feed for f in landed.findings if f.severity == "critical"}
    feeds: list[Feed] = []
    files: list[StagedFile] = []
    slots: list[SourceSlots] = []
    findings: list[Finding] = []
    doubles = _doubles(landed.files)
    for feed in landed.feeds:
        if feed in broken:
            continue
        came = sorted((f for f in landed.files if f.feed is feed), key=lambda f: f.source)
        told: list[Finding] = []
        for name, group in groupby(came, key=lambda f: f.source):
            source = next(s for s in settings.sources_of(feed) if s.name == name)
            staging = _SourceStaging(settings, week, workspace, source, doubles)
            staging.run(list(group))
            files += staging.tally.files
            slots.append(staging.tally.slots())
            told += staging.findings()
        findings += told
        if all(finding.severity != "critical" for finding in told):
            feeds.append(feed)
    result = Staged(
        feeds=tuple(feeds), files=tuple(files), slots=tuple(slots), findings=tuple(findings)
    )
    workspace.write("staged", result)
    return result


def _doubles(files: Sequence[LandedFile]) -> dict[int, int]:
    """File → the first file of its feed with the very same content, where there is one before."""
    first: dict[tuple[Feed, str], int] = {}
    return {
        file.index: original
        for file in files
        if (original := first.setdefault((file.feed, file.sha256), file.index)) != file.index
    }


@dataclass
class _SourceStaging:
    """The files of one source on their way into one Parquet file."""

    settings: Settings
    week: Week
    workspace: Workspace
    source: Source
    doubles: dict[int, int]

    def __post_init__(self) -> None:
        self.tally = _Tally(self.settings, self.week, self.source)
        self._broken: list[tuple[LandedFile, LongflowError]] = []

    def run(self, files: list[LandedFile]) -> None:
        """Stage the files; those that are broken up to the break."""
        source, workspace = self.source, self.workspace
        zone = source.zone(self.settings.zone)
        notes = SamplingNotes()
        path = workspace.staged / source.feed / f"{source.name}.parquet"
        # Of nfcapd files every value is known.
        whole = source.format == "nfcapd"
        with parquet_writer(source.feed, path, without_nulls=whole) as writer:
            for file in files:
                self.tally.begin()
                delivered = workspace.landed / source.feed / source.name / file.name
                broken = False
                try:
                    for table in _read(delivered, source, zone, file.index, notes):
                        writer.write_table(table.cast(writer.schema))
                        self.tally.count(file, table)
                except LongflowError as error:
                    self._broken.append((file, error))
                    broken = True
                self.tally.end(
                    file,
                    broken=broken,
                    double_of=self.doubles.get(file.index),
                    sequence_failures=notes.sequence_failures.get(file.index, 0),
                )
        if source.feed is Feed.FLOWS:
            notes.write(workspace.notes, source.name)

    def findings(self) -> list[Finding]:
        """What is to be told of broken files."""
        counted = {file.index: file for file in self.tally.files}
        share = len(self._broken) / len(counted)
        tolerated = self.settings.validation.broken_files_max_share
        return [
            Finding(
                rule="staging.broken_file",
                severity="quarantine" if share <= tolerated else "critical",
                feed=self.source.feed,
                source=self.source.name,
                file=file.name,
                sentence=str(error),
                rows=counted[file.index].rows,
                bytes=counted[file.index].bytes,
                count=1,
                unit="files",
                start_ms=file.slot_ms,
            )
            for file, error in self._broken
        ]


def _read(
    path: Path, source: Source, zone: ZoneInfo, index: int, notes: SamplingNotes
) -> Iterator[pa.Table]:
    if source.format == "nfcapd":
        return read_nfcapd(path, source, index, notes)
    return read_tabular(path, source, zone, index, notes)


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
    _of_file: set[int] = field(default_factory=set)

    def begin(self) -> None:
        """Open a file."""
        self._rows = self._bytes = 0
        self._of_file = set()

    def count(self, file: LandedFile, table: pa.Table) -> None:
        """Add one piece of a file."""
        self._rows += table.num_rows
        self._bytes += _sum_bytes(self.source.feed, table)
        time = _SLOT_TIMES.get(self.source.feed)
        if file.slot_ms is None and time is not None:
            self._of_file |= self._slots_with_records(table[time])

    def end(
        self, file: LandedFile, *, broken: bool, double_of: int | None, sequence_failures: int
    ) -> None:
        """Close a file: an empty one is delivered too."""
        # Two files without a flow may well be equal.
        double_of = double_of if self._rows else None
        if not broken and double_of is None:
            self._delivered |= self._of_file
            if file.slot_ms is not None:
                self._delivered.add(file.slot_ms)
        self.files.append(
            StagedFile(
                index=file.index,
                rows=self._rows,
                bytes=self._bytes,
                broken=broken,
                double_of=double_of,
                sequence_failures=sequence_failures,
            )
        )

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
