"""Stage a week: all delivered files of a feed in one Parquet schema, rows and bytes counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from longflow.errors import LongflowError
from longflow.records import Finding, Landed, LandedFile, SourceSlots, Staged, StagedFile
from longflow.settings import Feed, Settings, Source
from longflow.settings.patterns import named_minutes
from longflow.severity import settled
from longflow.spans import Span
from longflow.staging.beside_flows import Amount, beside_findings
from longflow.staging.file_time import TimeWindow, delivered_spans
from longflow.staging.left_out import left_out, unmatched
from longflow.staging.nfcapd_flows import FileCount, NfcapdJob
from longflow.staging.processes import Delivered, stage_files
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.schema import flat_columns
from longflow.staging.tables import SLOT_TIMES, Table, stage_tables
from longflow.week import Week
from longflow.workspace import Workspace, unfinished

_MINUTE_MS = 60_000

# More lines without a record than this, and than this share of the records, are reported.
_PASSED_OVER_LINES = 100
_PASSED_OVER_SHARE = 0.1

# One more process for this many bytes of nfcapd files: fewer are read before it has started.
_BYTES_WORTH_A_PROCESS = 64 * 1024 * 1024


def stage_week(settings: Settings, week: Week, workspace: Workspace) -> Staged:
    """Write `staged/<feed>/*.parquet` for every feed that was landed without a fault.

    Large sources of nfcapd files are read by as many processes as `database.threads` allows, each
    writing a file of its own; their number only changes which rows are in which file.

    An unreadable file is left to the quarantine. A feed with more of them than the settings
    tolerate gets a critical finding and is not staged; the other feeds continue.

    Raises:
        LongflowError: the week has not been fetched into this workspace.
    """
    landed = workspace.read("landed", Landed)
    if landed is None:
        raise unfinished(week, "fetched", workspace)
    workspace.fresh(workspace.staged)
    workspace.fresh(workspace.notes)
    broken = {f.feed for f in landed.findings if f.severity == "critical"}
    feeds: list[Feed] = []
    files: list[StagedFile] = []
    slots: list[SourceSlots] = []
    findings: list[Finding] = []
    doubles = _doubles(landed.files)
    for feed in landed.to_stage:
        if feed in broken:
            continue
        came = sorted((f for f in landed.files if f.feed is feed), key=lambda f: f.source)
        of_feed: list[Finding] = []
        for name, group in groupby(came, key=lambda f: f.source):
            source = next(s for s in settings.sources_of(feed) if s.name == name)
            staging = _SourceStaging(settings, week, workspace, source, doubles)
            staging.run(list(group))
            files += staging.tally.files
            slots.append(staging.tally.slots())
            of_feed += staging.findings()
        findings += of_feed
        # What the settings tolerate is judged with the rest.
        if all(one.severity != "critical" for one in settled(of_feed, settings, week)):
            feeds.append(feed)
    result = Staged(
        feeds=tuple(feeds), files=tuple(files), slots=tuple(slots), findings=tuple(findings)
    )
    workspace.write("staged", result)
    return result


def _doubles(files: Sequence[LandedFile]) -> dict[int, int]:
    """File → the first earlier file of its feed with the same content, where there is one."""
    first: dict[tuple[Feed, str], int] = {}
    return {
        file.index: original
        for file in files
        if (original := first.setdefault((file.feed, file.sha256), file.index)) != file.index
    }


@dataclass
class _SourceStaging:
    """Stages the files of one source into Parquet: one file, or one for each process."""

    settings: Settings
    week: Week
    workspace: Workspace
    source: Source
    doubles: dict[int, int]

    def __post_init__(self) -> None:
        self.tally = _Tally(self.settings, self.week, self.source)
        self._broken: list[tuple[LandedFile, LongflowError]] = []
        self._beside: list[tuple[LandedFile, Mapping[str, Amount]]] = []
        self._landed: list[LandedFile] = []
        self._counts: dict[int, FileCount] = {}

    def run(self, files: list[LandedFile]) -> None:
        """Stage the files; broken ones up to the break."""
        folder = self.workspace.staged / self.source.feed
        folder.mkdir(parents=True, exist_ok=True)
        notes = SamplingNotes()
        stage = self._nfcapd if self.source.format == "nfcapd" else self._tabular
        self._landed, self._counts = files, stage(files, folder, notes)
        for file in files:
            count = self._counts[file.index]
            self.tally.add(file, count, double_of=self.doubles.get(file.index))
            if count.error is not None:
                self._broken.append((file, count.error))
            if count.beside:
                self._beside.append((file, count.beside))
        if self.source.feed is Feed.FLOWS:
            notes.write(self.workspace.notes, self.source.name)

    def _path(self, file: LandedFile) -> Path:
        return self.workspace.landed / self.source.feed / self.source.name / file.name

    def _nfcapd(
        self, files: list[LandedFile], folder: Path, notes: SamplingNotes
    ) -> dict[int, FileCount]:
        source = self.source
        job = NfcapdJob(
            columns=flat_columns(source.feed),
            scaled_by=source.scaled_by,
            sampling_interval=source.sampling_interval,
            slot_edges_ms=(
                self.tally.slot_edges_ms() if any(map(self.tally.is_by_records, files)) else []
            ),
            most_unpacked_ratio=source.most_unpacked_ratio,
        )
        size = sum(file.size_bytes for file in files)
        processes = min(
            self.settings.database.threads, len(files), 1 + size // _BYTES_WORTH_A_PROCESS
        )
        # No source's name has a plus sign.
        names = [source.name, *(f"{source.name}+{number}" for number in range(1, processes))]
        return stage_files(
            job,
            (
                Delivered(file.index, self._path(file), TimeWindow.of(file, source))
                for file in files
            ),
            [folder / f"{name}.parquet" for name in names],
            notes,
        )

    def _tabular(
        self, files: list[LandedFile], folder: Path, notes: SamplingNotes
    ) -> dict[int, FileCount]:
        tables = [
            Table(
                file.index,
                self._path(file),
                file.slot_ms,
                TimeWindow.of(file, self.source),
                self.tally.is_by_records(file),
            )
            for file in files
        ]
        return stage_tables(
            tables,
            self.source,
            self.source.zone(self.settings.zone),
            self.tally.slot_edges_ms(),
            folder / f"{self.source.name}.parquet",
            notes,
        )

    def findings(self) -> list[Finding]:
        """The findings about broken files, lines without a record, and records beside flows."""
        beside = beside_findings(self.source.name, self._beside)
        readings = [
            (file, count.readings)
            for file in self._landed
            if (count := self._counts[file.index]).readings is not None
        ]
        rows = sum(count.rows for count in self._counts.values())
        return [
            *self._broken_files(),
            *beside,
            *left_out(self.source, readings, rows),
            *unmatched(self.source, readings),
            *self._passed_over(),
            *self._guessed_times(),
        ]

    def _guessed_times(self) -> Iterator[Finding]:
        for file in self._landed:
            if guessed := self._counts[file.index].guessed_times:
                yield self._warning(
                    file,
                    "staging.repeated_hour",
                    "times in the hour that clocks showed twice have no offset, and the order of "
                    "the file does not tell them apart; they were read as the first of the two; "
                    "deliver times with offset, or in UTC",
                    guessed,
                    "times",
                )

    def _passed_over(self) -> Iterator[Finding]:
        for file in self._landed:
            count = self._counts[file.index]
            records = count.lines - count.passed_over
            if count.passed_over > max(_PASSED_OVER_LINES, _PASSED_OVER_SHARE * records):
                yield self._warning(
                    file,
                    "staging.passed_over",
                    f"{count.passed_over:,} of {count.lines:,} lines are empty, comments, markers "
                    "or repeated titles; if records are among them, check delimiter and titles of "
                    "the source",
                    count.passed_over,
                    "lines",
                )

    def _warning(
        self, file: LandedFile, rule: str, sentence: str, count: int, unit: str
    ) -> Finding:
        return Finding(
            rule=rule,
            severity="warning",
            feed=self.source.feed,
            source=self.source.name,
            file=file.name,
            sentence=sentence,
            count=count,
            unit=unit,
            start_ms=file.slot_ms,
        )

    def _broken_files(self) -> list[Finding]:
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


@dataclass
class _Tally:
    """Rows and bytes by file, and the time of the week for which something was delivered."""

    settings: Settings
    week: Week
    source: Source
    files: list[StagedFile] = field(default_factory=list)
    _delivered: list[Span] = field(default_factory=list)

    def add(self, file: LandedFile, count: FileCount, *, double_of: int | None) -> None:
        """Add a file; an empty one counts as delivered too."""
        # Two files without a flow may well be equal.
        double_of = double_of if count.rows else None
        if count.error is None and double_of is None:
            self._delivered += self._brought(file, count)
        self.files.append(
            StagedFile(
                index=file.index,
                rows=count.rows,
                bytes=count.bytes,
                broken=count.error is not None,
                double_of=double_of,
                sequence_failures=count.sequence_failures,
                lines=count.lines,
                is_by_line=count.is_by_line,
                passed_over=count.passed_over,
                joined=count.readings.joined if count.readings else 0,
                left_out=count.readings.rows_left_out if count.readings else 0,
                timed_rows=count.times.timed,
                rows_in_time=count.times.in_time,
            )
        )

    def is_by_records(self, file: LandedFile) -> bool:
        """Whether records show which slots a file covers: its name states none, or a whole day."""
        a_day = named_minutes(self.source.files) == 1440 > self.source.slot_length_minutes
        return a_day or not file.times

    def _brought(self, file: LandedFile, count: FileCount) -> Iterable[Span]:
        if not self.is_by_records(file):
            return delivered_spans(file.times, count.times.ended_in)
        ends = dict(itertools.pairwise(self.slot_edges_ms()))
        return [(start, ends[start]) for start in count.slots_ms]

    def slots(self) -> SourceSlots:
        """Coverage of the source over the week."""
        # A feed without times (a snapshot) has one slot, and its presence is its delivery.
        whole = self.source.feed not in SLOT_TIMES and not self._delivered
        minutes = self.source.slot_length_minutes
        missing = [] if whole else self.week.missing_slots(self._delivered, minutes)
        return SourceSlots(
            feed=self.source.feed,
            source=self.source.name,
            slot_minutes=self.source.slot_length_minutes,
            expected=max(len(self._expected), len(missing)),
            missing_ms=tuple(start for start, _ in missing),
            missing_until_ms=tuple(end for _, end in missing),
        )

    def slot_edges_ms(self) -> list[int]:
        """Starts of the week's slots, and the end of the last."""
        return [*self._expected, self.week.end_ms]

    @property
    def _expected(self) -> list[int]:
        return self.week.slots(self.source.slot_length_minutes)
