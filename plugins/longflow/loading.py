"""The load of a judged week: how archive, review, quarantine and Data Docs work together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from longflow.errors import LongflowError
from longflow.judged_week import JudgedWeek
from longflow.last_look import look_at
from longflow.records import Companion, Finding, Judged, Loaded
from longflow.settings import Feed, Settings
from longflow.validation.data_docs import write_page
from longflow.validation.quarantine import keep, put_in_place
from longflow.week import Week
from longflow.workspace import Workspace

# A load starts again at most this many times because another run loaded the same week meanwhile.
_LOADS_AT_ONCE = 20


def load_week(
    settings: Settings, week: Week, workspace: Workspace, accept_reason: str | None = None
) -> Loaded:
    """Write a judged week's aggregates and its log into the archive, in one transaction.

    The same input a second time changes nothing. Feeds that were refused, or that are held because
    they hold less than what was loaded before, are logged as such and leave that untouched.
    Companions of the run's feeds are used as they were loaded, and get no revision; what cannot be
    replaced without them stays as it was.

    If another run has loaded feeds of the same week meanwhile, the load starts again from the
    result of that one, so that each of several runs makes its own revision or changes nothing.

    Args:
        settings: the settings.
        week: the week.
        workspace: of the run.
        accept_reason: why feeds are loaded that would be held otherwise.

    Raises:
        LongflowError: the week has not been judged, or rows or bytes do not add up.
    """
    run = JudgedWeek.read(settings, week, workspace)
    digests = input_digests(settings, run.landed, run.judged)
    # The key comes first: an archive is never started without one.
    key = pseudonym_key(settings)
    with open_archive(settings, read_only=False) as archive:
        load = _Load(archive, run, digests, key, accept_reason)
        for _ in range(_LOADS_AT_ONCE):
            with suppress(OvertakenError):
                loaded, reviewed = load.over_what_is_there()
                break
        else:
            raise LongflowError(
                f"other runs kept loading week {week} meanwhile",
                remedy="nothing was loaded; load the week again when they have ended",
            )
    workspace.write("reviewed", reviewed)
    write_page(settings, week, reviewed, workspace.suites)
    workspace.write("loaded", loaded)
    return loaded


@dataclass(frozen=True)
class _Load:
    """A judged week, and the open archive that it is loaded into."""

    archive: Archive
    run: JudgedWeek
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
        log = attempts(connection, week)
        self._put_quarantine_in_place(log)
        loads = in_force(connection, week)
        companions = judged_as_loaded(self.run, loads)
        before = {attempt.feed: attempt for attempt in log}
        found = findings_of(connection, week)
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
        aggregation.settle(reviewed, archived_aggregates(connection, week, left))
        return self._write(aggregation, before, damaged, companions)

    def _write(
        self,
        aggregation: Aggregation,
        before: Mapping[Feed, Attempt],
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
        make_claimable(connection, run.settings, run.week)
        files = DataFiles.read(connection, run.settings)
        new = Replacement(connection, run, renewal, loads, self.digests, damaged)
        in_transaction(connection, lambda: new.write(seen, files))
        damaged.remove_stand_ins()
        self._put_quarantine_in_place(attempts(connection, run.week))
        loaded = Loaded(
            feeds=tuple(loads),
            snapshot=self.archive.snapshot,
            aggregates=tuple(one.name for one in renewal.aggregates),
            companions=companions,
        )
        return loaded, renewal.judged

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
