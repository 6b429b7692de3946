"""The load of a judged week: how archive, review, quarantine and Data Docs work together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from longflow.archive.account import account
from longflow.archive.aggregates import LACKING
from longflow.archive.aggregation import Aggregation
from longflow.archive.claim import OvertakenError, make_claimable
from longflow.archive.damaged_week import DamagedWeek
from longflow.archive.data_files import DataFiles
from longflow.archive.input_digest import input_digests
from longflow.archive.lake import Archive, open_archive
from longflow.archive.log import Attempt, attempts, findings_of, in_force
from longflow.archive.pseudonyms import pseudonym_key
from longflow.archive.renewal import Renewal, archived_aggregates
from longflow.archive.replacement import Replacement
from longflow.archive.transaction import in_transaction
from longflow.archive.unchanged import brings_nothing
from longflow.companions import judged_as_loaded
from longflow.database import create_functions
from longflow.errors import LongflowError
from longflow.faults import faults_in
from longflow.judged_week import JudgedWeek
from longflow.last_look import look_at
from longflow.records import Companion, Finding, Judged, Loaded
from longflow.settings import Feed, Settings
from longflow.validation.data_docs import write_page
from longflow.validation.quarantine import has_drafts, keep, put_in_place
from longflow.week import Week
from longflow.workspace import Workspace

# A load starts again at most this many times because another run loaded the same week meanwhile.
_LOADS_AT_ONCE = 20


def load_weeks(
    settings: Settings, weeks: Sequence[tuple[Week, Workspace]], accept_reason: str | None = None
) -> Iterator[Loaded]:
    """Load judged weeks, one after the other and each in a transaction of its own.

    A week's aggregates and its log are written together. The same input a second time changes
    nothing. Feeds that were refused, or that are held because they hold less than what was loaded
    before, are logged as such and leave that untouched. Companions of the run's feeds are used as
    they were loaded, and get no revision; what cannot be replaced without them stays as it was.

    If another run has loaded feeds of the same week meanwhile, the load starts again from the
    result of that one, so that each of several runs makes its own revision or changes nothing.

    The archive is opened once for all weeks, which for light ones takes longer than a load.

    Args:
        settings: the settings.
        weeks: each with the workspace of the run.
        accept_reason: why feeds are loaded that would be held otherwise.

    Returns:
        What became of each week, once it is loaded.

    Raises:
        LongflowError: a week has not been judged, or rows or bytes do not add up.
    """
    runs = [JudgedWeek.read(settings, week, workspace) for week, workspace in weeks]
    # The key comes first: an archive is never started without one.
    key = pseudonym_key(settings)
    with open_archive(settings, read_only=False) as archive:
        create_functions(archive.connection)
        for number, run in enumerate(runs):
            later = [one.week for one in runs[number + 1 :]]
            with faults_in(run.workspace.root):
                yield _loaded(archive, run, later, key, accept_reason)


def _loaded(
    archive: Archive,
    run: JudgedWeek,
    later: Sequence[Week],
    key: bytes,
    accept_reason: str | None,
) -> Loaded:
    digests = input_digests(run.settings, run.landed, run.judged)
    load = _Load(archive, run, later, digests, key, accept_reason)
    for _ in range(_LOADS_AT_ONCE):
        with suppress(OvertakenError):
            loaded, reviewed = load.over_what_is_there()
            break
    else:
        raise LongflowError(
            f"other runs kept loading week {run.week} meanwhile",
            remedy="nothing was loaded; load the week again when they have ended",
        )
    run.workspace.write("reviewed", reviewed)
    write_page(run.settings, run.week, reviewed, run.workspace.suites)
    run.workspace.write("loaded", loaded)
    return loaded


@dataclass(frozen=True)
class _Load:
    """A judged week, the open archive that it is loaded into, and the weeks that come next."""

    archive: Archive
    run: JudgedWeek
    later: Sequence[Week]
    digests: Mapping[Feed, str]
    key: bytes
    accept_reason: str | None

    def over_what_is_there(self) -> tuple[Loaded, Judged]:
        """Load the week once over what the archive holds now; the result and final judgements.

        Raises:
            OvertakenError: another run loaded feeds of the week meanwhile; nothing was written.
        """
        connection, week = self.archive.connection, self.run.week
        files = DataFiles.read(connection, self.run.settings)
        damaged = self._set_aside(files)
        was_tried = files.may_hold("load_log", week.monday, week.monday)
        log = attempts(connection, week) if was_tried else []
        self._put_quarantine_in_place(log)
        loads = in_force(connection, week) if was_tried else {}
        companions = judged_as_loaded(self.run, loads)
        before = {attempt.feed: attempt for attempt in log}
        found = findings_of(connection, week) if was_tried else []
        if was_tried:
            # Never older than the log: what another run loads from now on, the claim notices.
            files = DataFiles.read(connection, self.run.settings)
        if not damaged.damaged and self._brings_nothing(log, before, companions, found):
            unchanged = Loaded(
                unchanged=tuple(sorted(self.digests)),
                snapshot=self.archive.snapshot,
                companions=companions,
            )
            return unchanged, _as_logged(self.run.judged, before, found)
        aggregation = Aggregation(connection, self.run, Renewal.of(self.run.judged, companions))
        aggregation.make(self.key)
        reviewed = look_at(
            connection, self.run, aggregation.renewal, loads, files, damaged, self.accept_reason
        )
        left = {one.file.table for one in damaged.left}
        aggregation.settle(reviewed, archived_aggregates(connection, files, week, left))
        return self._write(aggregation, before, files, damaged, companions)

    def _write(
        self,
        aggregation: Aggregation,
        before: Mapping[Feed, Attempt],
        files: DataFiles,
        damaged: DamagedWeek,
        companions: tuple[Companion, ...],
    ) -> tuple[Loaded, Judged]:
        connection, run, renewal = self.archive.connection, self.run, aggregation.renewal
        seen = {feed: attempt.revision for feed, attempt in before.items()}
        loads = [
            account(
                connection,
                judgement,
                max(seen.get(judgement.feed, 0), damaged.highest_revision) + 1,
                aggregation.parameters,
            )
            for judgement in renewal.judged.feeds
        ]
        drafts = {load.feed: (load.revision, self.digests[load.feed]) for load in loads}
        keep(run.settings, run.week, run.workspace, run.landed, drafts)
        self._make_claimable(files)
        new = Replacement(connection, run, renewal, loads, self.digests, damaged)
        in_transaction(connection, lambda: new.write(seen, files))
        damaged.remove_stand_ins()
        if has_drafts(run.settings, run.week):
            self._put_quarantine_in_place(attempts(connection, run.week))
        loaded = Loaded(
            feeds=tuple(loads),
            snapshot=self.archive.snapshot,
            aggregates=tuple(one.name for one in renewal.aggregates),
            companions=companions,
        )
        return loaded, renewal.judged

    def _make_claimable(self, files: DataFiles) -> None:
        """Let the week be claimed, and with it the later ones, if none of their rows exists yet."""
        week, later = self.run.week, self.later
        if not files.may_hold("week_load", week.monday, week.monday):
            fresh = [w for w in later if not files.may_hold("week_load", w.monday, w.monday)]
            make_claimable(self.archive.connection, self.run.settings, [week, *fresh])

    def _set_aside(self, files: DataFiles) -> DamagedWeek:
        """Set aside damaged files of the week that this load replaces."""
        damaged = DamagedWeek.find(files, self.archive.snapshot, self.run.week)
        if not damaged.damaged:
            return damaged
        return damaged.set_aside(
            self.archive.connection,
            files,
            self.run.judged.accepted(),
            {one.feed for one in self.run.landed.companions if not one.lack},
            {source.feed for source in self.run.settings.sources},
        )

    def _brings_nothing(
        self,
        log: Sequence[Attempt],
        before: Mapping[Feed, Attempt],
        companions: Sequence[Companion],
        found: Sequence[Finding],
    ) -> bool:
        """Whether the archive already holds all of it, and no held feed is accepted."""
        held = {feed for feed, attempt in before.items() if attempt.verdict == "held"}
        if self.accept_reason and held & self.digests.keys():
            return False
        return brings_nothing(
            log,
            self.digests,
            self.run.judged.accepted(),
            {one.feed for one in companions if not one.lack},
            {finding.feed for finding in found if finding.rule == LACKING},
        )

    def _put_quarantine_in_place(self, log: Sequence[Attempt]) -> None:
        logged = {(one.feed, one.revision): one.input_digest for one in log}
        put_in_place(self.run.settings, self.run.week, logged)


def _as_logged(judged: Judged, before: Mapping[Feed, Attempt], found: Sequence[Finding]) -> Judged:
    """The judgements of a week that is already in the archive, with the findings of its review."""
    return Judged(
        feeds=tuple(
            judgement.model_copy(
                update={
                    "verdict": before[judgement.feed].verdict,
                    "findings": tuple(f for f in found if f.feed is judgement.feed),
                }
            )
            for judgement in judged.feeds
        )
    )
