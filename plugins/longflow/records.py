"""What one step of a week passes to the next: small typed records, as JSON in the workspace.

None of them carries an address or the name of a subscriber.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from longflow.amounts import amounts
from longflow.settings import Feed
from longflow.spans import Span, minute
from longflow.week import Week

Verdict = Literal["passed", "warned", "held", "refused", "not_judged"]
Severity = Literal["info", "warning", "quarantine", "hold", "critical", "error"]


def verdict_of(severities: set[Severity]) -> Verdict:
    """The verdict on a feed with findings of these severities."""
    if "error" in severities:
        return "not_judged"
    if "critical" in severities:
        return "refused"
    if "hold" in severities:
        return "held"
    return "warned" if severities - {"info"} else "passed"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


# What the column `unreadable` of staged rows says where a whole line is no record.
LINE = "line"


class Finding(_Record):
    """One thing found about a week: which rule, how bad, how much, where, and what to do.

    `severity`: `info` is normal and counted, `warning` is reported and the rows stay, `quarantine`
    took rows out, `hold` keeps the better load in force until a person accepts this one, `critical`
    refused the feed's week, `error` means that the check itself could not run.
    `place` says where in the file: `line 7, 9, 12 …`. `count` is in `unit` where something other
    than rows was counted (slots, sessions); `start_ms` to `end_ms` is the time that it is about,
    epoch milliseconds.
    """

    rule: str
    severity: Severity
    feed: Feed
    sentence: str
    source: str | None = None
    file: str | None = None
    place: str = ""
    rows: int = 0
    bytes: int = 0
    count: int = 0
    unit: str = ""
    start_ms: int | None = None
    end_ms: int | None = None

    def accepted(self, reason: str) -> Finding:
        """The finding as a warning, if it holds a feed that a person accepts all the same."""
        if self.severity != "hold":
            return self
        sentence = f"accepted: {reason} ({self.sentence.partition(';')[0]})"
        return self.model_copy(update={"severity": "warning", "sentence": sentence})

    @property
    def line(self) -> str:
        """The finding in one line for people, without the time that it is about."""
        return self._line([])

    def line_of(self, week: Week) -> str:
        """The finding in one line for people, with the part of its week that it is about."""
        if self.start_ms is None or (self.start_ms, self.end_ms) == (week.start_ms, week.end_ms):
            return self.line
        start = minute(self.start_ms, week.zone)
        if start in self.sentence:
            return self.line
        end = "" if self.end_ms is None else f" to {minute(self.end_ms, week.zone)}"
        return self._line([f"{start}{end}"])

    def _line(self, when: list[str]) -> str:
        where = " ".join(part for part in (self.source, self.file, self.place) if part)
        counts = when + amounts(self.rows, self.bytes, self.count, self.unit)
        count = f" ({'; '.join(counts)})" if counts else ""
        return f"{self.feed}{' ' + where if where else ''}: {self.sentence}{count} [{self.rule}]"


class NamedTime(_Record):
    """An interval that a file's name can mean: [start_ms, end_ms), epoch milliseconds.

    `told`: the name alone states it; otherwise only records within it can show that it is meant.
    """

    start_ms: int
    end_ms: int
    told: bool = True


class DatabaseRead(_Record):
    """How a file was made from a database: in which snapshot, by which query with which values.

    `server` is the URL without the user, `snapshot_at` the server's own time.
    """

    server: str
    version: str
    snapshot_at: datetime
    query: str
    values: Mapping[str, str]
    rows: int


class LandedFile(_Record):
    """One delivered file; `index` is its number in the week's manifest.

    `slot_ms` is the start of the slot stated by its name, if any; `times` is all that the name can
    mean, earliest first: more than one interval around clock changes. `version` is what a listing
    says of the file beside its size: time of change or entity tag. `database` says where the rows
    of a query come from.
    """

    index: int
    feed: Feed
    source: str
    name: str
    size_bytes: int
    sha256: str
    fetched_at: datetime
    slot_ms: int | None = None
    times: tuple[NamedTime, ...] = ()
    database: DatabaseRead | None = None
    version: str | None = None


class SourceSlots(_Record):
    """Coverage of one source: slots expected within the week and those delivered.

    `missing_ms` are the starts of the slots that were not delivered, epoch milliseconds, and
    `missing_until_ms` their ends.
    """

    feed: Feed
    source: str
    slot_minutes: int
    expected: int
    missing_ms: tuple[int, ...]
    missing_until_ms: tuple[int, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_ends(cls, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Weeks loaded before ends were recorded: all slots have the same length."""
        if "missing_until_ms" in content:
            return content
        length = content["slot_minutes"] * 60_000
        return {**content, "missing_until_ms": [s + length for s in content["missing_ms"]]}

    @property
    def delivered(self) -> int:
        """Slots of the week that were delivered."""
        return self.expected - len(self.missing_ms)

    @property
    def missing(self) -> list[Span]:
        """The slots that were not delivered."""
        return list(zip(self.missing_ms, self.missing_until_ms, strict=True))

    def slots_in(self, span: Span) -> int:
        """About how many slots an interval covers; at least one."""
        return max(1, round((span[1] - span[0]) / (self.slot_minutes * 60_000)))


class Companion(_Record):
    """A feed that a run does not take in, but whose rows its own feeds are joined with.

    Its rows are used as its load in force, `revision`, took them in (0: no load); `lack` says why
    it cannot be used, and is empty if it can.
    """

    feed: Feed
    revision: int = 0
    lack: str = ""


class Landed(_Record):
    """Result of fetch: the manifest, and what was refused at landing.

    `files` are those of `feeds`, which the run takes in, and of companions that can be used. Of
    them, `reused` were there from an earlier try of the run.
    """

    feeds: tuple[Feed, ...]
    files: tuple[LandedFile, ...]
    findings: tuple[Finding, ...] = ()
    companions: tuple[Companion, ...] = ()
    reused: int = 0

    @property
    def to_stage(self) -> tuple[Feed, ...]:
        """Feeds whose files are read: those of the run, and companions that can be used."""
        return (*self.feeds, *(one.feed for one in self.companions if not one.lack))


class StagedFile(_Record):
    """One delivered file after staging: rows and bytes it holds (bytes where the feed has any).

    For a `broken` file, rows and bytes are those before the break; `double_of` is the number of an
    earlier file with the same content. Neither kind fills its slot. Of the `timed_rows`, whose time
    is known, `rows_in_time` touch the time stated by the file's name; both are 0 if it states none.
    Of the `lines` of a text file, those `passed_over` hold no record and need none: markers,
    comments, titles, empty ones; `is_by_line` if lines number the records. Where a row has one
    counter, rows `joined` gave the second counter of a reading; rows `left_out` are of counters or
    interfaces that are not of the report.
    """

    index: int
    rows: int
    bytes: int
    broken: bool = False
    double_of: int | None = None
    sequence_failures: int = 0
    timed_rows: int = 0
    rows_in_time: int = 0
    lines: int = 0
    passed_over: int = 0
    is_by_line: bool = False
    joined: int = 0
    left_out: int = 0


class Staged(_Record):
    """Result of stage; `feeds` are those staged whole, `slots` the coverage of their sources."""

    feeds: tuple[Feed, ...]
    files: tuple[StagedFile, ...]
    slots: tuple[SourceSlots, ...]
    findings: tuple[Finding, ...] = ()

    def files_of(self, feed: Feed, landed: Landed) -> list[StagedFile]:
        """The files of a feed; `landed` is the manifest that they were staged from."""
        numbers = {file.index for file in landed.files if file.feed is feed}
        return [file for file in self.files if file.index in numbers]

    def broken_sequences(self, files: Mapping[int, LandedFile]) -> Iterator[tuple[LandedFile, int]]:
        """Files that report gaps in sequence numbers, each content once, with their numbers."""
        for one in self.files:
            if one.sequence_failures and one.double_of is None:
                yield files[one.index], one.sequence_failures


class FeedJudgement(_Record):
    """The verdict on one feed of one week, with the rows and bytes that were quarantined.

    `accepted_reason` says why a person takes in a revision that would be held otherwise.
    """

    feed: Feed
    verdict: Verdict
    delivered_rows: int = 0
    delivered_bytes: int = 0
    quarantined_rows: int = 0
    quarantined_bytes: int = 0
    findings: tuple[Finding, ...] = ()
    accepted_reason: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it may be loaded."""
        return self.verdict in {"passed", "warned"}

    def with_findings(
        self, found: Sequence[Finding], *, accept_reason: str | None = None
    ) -> FeedJudgement:
        """The judgement after further findings; a feed that was refused stays refused.

        With a reason for acceptance, findings that would hold the feed become warnings.
        """
        holding = [finding for finding in found if finding.severity == "hold"]
        accepted = self.accepted_reason
        if holding and accept_reason is not None:
            accepted = accept_reason
            found = [finding.accepted(accept_reason) for finding in found]
        findings = (*self.findings, *found)
        verdict = self.verdict
        if self.accepted:
            verdict = verdict_of({finding.severity for finding in findings})
        return self.model_copy(
            update={"findings": findings, "verdict": verdict, "accepted_reason": accepted}
        )


class Judged(_Record):
    """Result of judge: one verdict a feed; `companions` are judged to find their good rows."""

    feeds: tuple[FeedJudgement, ...]
    companions: tuple[FeedJudgement, ...] = ()

    def accepted(self) -> set[Feed]:
        """Feeds that may be loaded."""
        return {f.feed for f in self.feeds if f.accepted}

    def with_findings(self, found: Sequence[Finding], accept_reason: str | None = None) -> Judged:
        """The judgements after further findings, each under its feed.

        With a reason for acceptance, feeds that would be held get warnings instead.
        """
        return self.model_copy(
            update={
                "feeds": tuple(
                    judgement.with_findings(
                        [f for f in found if f.feed is judgement.feed], accept_reason=accept_reason
                    )
                    for judgement in self.feeds
                )
            }
        )


class FeedLoad(_Record):
    """What became of a feed's rows and bytes: delivered = loaded + quarantined + out of week."""

    feed: Feed
    revision: int
    loaded_rows: int = 0
    loaded_bytes: int = 0
    quarantined_rows: int = 0
    quarantined_bytes: int = 0
    out_of_week_rows: int = 0
    out_of_week_bytes: int = 0


class Loaded(_Record):
    """Result of load; `unchanged` feeds are already in the archive from the same input."""

    feeds: tuple[FeedLoad, ...] = ()
    unchanged: tuple[Feed, ...] = ()
    snapshot: int | None = None
    aggregates: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()


class LoggedFile(_Record):
    """One delivered file in the archive's log; rows and bytes are 0 if they were not counted.

    Loads of older versions state no `version`.
    """

    source: str
    name: str
    sha256: str
    size_bytes: int | None = None
    version: str | None = None
    slot_ms: int | None = None
    rows: int = 0
    bytes: int = 0


class LoadInForce(_Record):
    """The load of a feed's week that is in force in the archive, and what it was made of.

    Revisions of the week are compared with it, and companions of a run must equal it.
    """

    feed: Feed
    revision: int
    files: tuple[LoggedFile, ...]
    slots: tuple[SourceSlots, ...]
    delivered_rows: int
    quarantined_rows: int
    quarantined_bytes: int

    @property
    def accepted_rows(self) -> int:
        """Rows delivered and not quarantined."""
        return self.delivered_rows - self.quarantined_rows

    @property
    def contents(self) -> frozenset[tuple[str, str, str]]:
        """Source, name and SHA-256 of each file."""
        return frozenset((file.source, file.name, file.sha256) for file in self.files)
