"""The step *judge*: a verdict on every feed of a week, with findings, quarantine and suites."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from longflow.contract import Contract, contract
from longflow.database import connect, create_functions
from longflow.faults import machine_fault
from longflow.records import (
    FeedJudgement,
    Finding,
    Judged,
    Landed,
    LandedFile,
    Staged,
    Verdict,
    verdict_of,
)
from longflow.settings import Feed, Settings
from longflow.severity import settled
from longflow.validation import (
    counters,
    coverage,
    doubles,
    findings,
    logins,
    prefixes,
    sampling,
    sessions,
)
from longflow.validation.feed import (
    FileCount,
    count_by_file,
    create_view,
    write_quarantine,
    wrong_columns,
)
from longflow.validation.files import create_delivered_file
from longflow.validation.outcome import Counting, Outcome, Runner
from longflow.validation.rules import in_force
from longflow.week import Week
from longflow.workspace import Workspace, unfinished

# Raised by damaged files; an error in our own SQL is a bug and must not be caught.
_READING_ERRORS = (duckdb.OperationalError, duckdb.DataError, duckdb.InvalidInputException)


def judge_week(settings: Settings, week: Week, workspace: Workspace) -> Judged:
    """Judge every feed of a week by its contract.

    Writes to the workspace: `judged.json`, `quarantined/<feed>.parquet` where rows were refused,
    and `suites/<feed>.json` with the result of each check, without any value of a row.

    Returns:
        A judgement for every feed to be fetched, in that order. A feed that did not pass landing or
        staging is refused with the findings from there.

    Raises:
        LongflowError: the week has not been fetched and staged.
        MachineError: disk or memory failed, which is no verdict on a delivery.
    """
    landed, staged = workspace.read("landed", Landed), workspace.read("staged", Staged)
    if landed is None or staged is None:
        raise unfinished(week, "fetched" if landed is None else "staged", workspace)
    workspace.fresh(workspace.quarantined)
    workspace.fresh(workspace.suites)
    earlier = dict.fromkeys((*landed.findings, *staged.findings))
    found = _judge_feeds(settings, week, workspace, landed, staged)

    def judgement(feed: Feed) -> FeedJudgement:
        files = staged.files_of(feed, landed)
        now = found.get(feed, _Found())
        delivered_bytes = sum(file.bytes for file in files)
        all_found = settled(
            (
                *(finding for finding in earlier if finding.feed is feed),
                *now.findings,
                *findings.too_many_bytes(feed, delivered_bytes - now.quarantined_bytes),
            ),
            settings,
            week,
        )
        return FeedJudgement(
            feed=feed,
            verdict=_verdict(all_found) if feed in found else "refused",
            delivered_rows=sum(file.rows for file in files),
            delivered_bytes=delivered_bytes,
            quarantined_rows=now.quarantined_rows,
            quarantined_bytes=now.quarantined_bytes,
            findings=all_found,
        )

    judged = Judged(
        feeds=tuple(judgement(feed) for feed in landed.feeds),
        companions=tuple(judgement(one.feed) for one in landed.companions if not one.lack),
    )
    workspace.write("judged", judged)
    return judged


def _verdict(found: Iterable[Finding]) -> Verdict:
    """What findings together mean for a feed that was staged."""
    return verdict_of({finding.severity for finding in found})


@dataclass(frozen=True)
class _Found:
    """What judging a staged feed found."""

    findings: tuple[Finding, ...] = ()
    quarantined_rows: int = 0
    quarantined_bytes: int = 0


def _judge_feeds(
    settings: Settings, week: Week, workspace: Workspace, landed: Landed, staged: Staged
) -> dict[Feed, _Found]:
    if not staged.feeds:
        return {}
    # Its import takes ten seconds, which only judging should cost.
    from longflow.validation.suite import suites  # noqa: PLC0415

    with (
        contextlib.closing(connect(settings)) as connection,
        suites(connection, settings) as runner,
    ):
        create_functions(connection)
        create_delivered_file(connection, settings, week, landed, staged)
        judging = _Judging(settings, week, workspace, landed, staged, connection, runner)
        found = {}
        for feed in staged.feeds:
            try:
                found[feed] = judging.feed(feed)
            except _READING_ERRORS as error:
                fault = machine_fault(error)
                if fault is not None:
                    raise fault from error
                found[feed] = _Found((findings.unreadable(feed, error),))
        return found


# What a single file cannot show.
_OF_A_WEEK = ("coverage.gap", "coverage.low", "sessions.")


def judge_file(
    settings: Settings, week: Week, workspace: Workspace, landed: Landed, staged: Staged
) -> tuple[Finding, ...]:
    """What the judge would find in a staged file of one feed, if it were alone in its week.

    Findings that only a whole week can show are left out. No suite of Great Expectations runs.
    """
    (feed,) = landed.feeds
    workspace.fresh(workspace.quarantined)
    workspace.fresh(workspace.suites)
    found = staged.findings
    if feed in staged.feeds:
        with contextlib.closing(connect(settings)) as connection:
            create_functions(connection)
            create_delivered_file(connection, settings, week, landed, staged)
            runner = Counting(connection, settings)
            judging = _Judging(settings, week, workspace, landed, staged, connection, runner)
            found += judging.feed(feed).findings
    told = (finding for finding in found if not finding.rule.startswith(_OF_A_WEEK))
    return settled(told, settings, week)


@dataclass(frozen=True)
class _Judging:
    """Judges the staged feeds of one week."""

    settings: Settings
    week: Week
    workspace: Workspace
    landed: Landed
    staged: Staged
    connection: duckdb.DuckDBPyConnection
    runner: Runner

    def feed(self, feed: Feed) -> _Found:
        """Judge one feed: its rows by its contract, then what single rows do not show."""
        promised = in_force(contract("staged", feed), self.settings)
        parquet = sorted((self.workspace.staged / feed).glob("*.parquet"))
        wrong = wrong_columns(self.connection, promised, parquet)
        if wrong:
            return _Found(tuple(findings.wrong_column(feed, column) for column in wrong))
        if feed is Feed.FLOWS:
            sampling.create_ledger(self.connection, self.workspace.notes)
            sampling.write_ledger(self.connection, self.workspace.sampling_ledger)
            create_view(self.connection, promised, parquet)
            doubles.create_repetitions(self.connection)
        create_view(self.connection, promised, parquet, with_file=True)
        rows = self._rows(promised, feed)
        return replace(rows, findings=(*rows.findings, *self._whole(feed)))

    def _see(self, feed: Feed) -> bool:
        """Make a view of another feed, whatever the order of judging; whether it is staged."""
        promised = contract("staged", feed)
        parquet = sorted((self.workspace.staged / feed).glob("*.parquet"))
        if feed not in self.staged.feeds or wrong_columns(self.connection, promised, parquet):
            return False
        create_view(self.connection, promised, parquet)
        return True

    def _rows(self, promised: Contract, feed: Feed) -> _Found:
        """What the suite of a contract finds, and the rows that it quarantines."""
        outcomes = self.runner.run(promised)
        _write_suite(self.workspace, promised.table, outcomes)
        broken = {outcome.rule.id: outcome for outcome in outcomes if outcome.broken}
        conditions = {
            name: outcome.rule.violation(promised.table)
            for name, outcome in broken.items()
            if outcome.rule.kind != "row_count"
        }
        taken_out = {n: c for n, c in conditions.items() if broken[n].rule.severity == "quarantine"}
        reported_only = {n: c for n, c in conditions.items() if n not in taken_out}
        counts = count_by_file(self.connection, promised, taken_out)
        counts += [
            count
            for name, condition in reported_only.items()
            for count in count_by_file(self.connection, promised, {name: condition})
        ]
        files = {file.index: file for file in self.landed.files}
        found = (
            *(findings.not_run(feed, o.rule, o.error) for o in outcomes if o.error is not None),
            *(findings.too_few_rows(feed, o) for o in broken.values() if _is_row_count(o)),
            *(
                self._violated(feed, broken[count.rule], count, files.get(count.file_index))
                for count in counts
                # Staging has already reported what is wrong with the file, and where.
                if count.rule != "staging.broken_file"
            ),
        )
        if not taken_out or _verdict(found) == "not_judged":
            return _Found(found)
        path = self.workspace.quarantined / f"{feed}.parquet"
        holding = {count.file_index for count in counts if count.rule in taken_out}
        return _Found(found, *write_quarantine(self.connection, promised, taken_out, path, holding))

    def _violated(
        self, feed: Feed, outcome: Outcome, count: FileCount, file: LandedFile | None
    ) -> Finding:
        sources = {source.name: source for source in self.settings.sources_of(feed)}
        source = None if file is None else sources.get(file.source)
        staged = {one.index: one for one in self.staged.files}
        return findings.violated(feed, outcome, count, file, source, staged.get(count.file_index))

    def _whole(self, feed: Feed) -> tuple[Finding, ...]:
        """Findings that only the feed as a whole shows."""
        files = {file.index: file for file in self.landed.files}
        found = [
            *coverage.of_another_time(self.settings, self.staged, files, feed),
            *coverage.too_low(self.settings, self.week, self.staged, feed),
            *coverage.gaps(self.staged, files, feed),
            *coverage.sequence_failures(self.staged, files, feed),
        ]
        match feed:
            case Feed.FLOWS:
                found += sampling.findings(self.connection)
                rows = sum(file.rows for file in self.staged.files_of(feed, self.landed))
                found += doubles.two_exporters(self.connection, self.settings, rows)
                found += prefixes.findings(self.connection, self.settings, feed)
            case Feed.ASSIGNMENTS:
                found += sessions.findings(self.connection, self.settings, self.week)
                found += prefixes.findings(self.connection, self.settings, feed)
            case Feed.COUNTERS:
                found += counters.findings(self.connection, files)
            case Feed.SUBSCRIBERS if self._see(Feed.ASSIGNMENTS):
                found += logins.findings(self.connection)
            case _:
                pass
        return tuple(found)


def _is_row_count(outcome: Outcome) -> bool:
    return outcome.rule.kind == "row_count"


def _write_suite(workspace: Workspace, name: str, outcomes: Sequence[Outcome]) -> None:
    """Write the result of every check of a suite, for people."""
    checks = [
        {
            "rule": outcome.rule.id,
            "sentence": outcome.rule.sentence,
            "severity": outcome.rule.severity,
            "expectation": outcome.expectation,
            "arguments": outcome.arguments,
            "success": outcome.kept,
            "observed": outcome.observed,
            "rows": outcome.rows,
            "error": outcome.error,
        }
        for outcome in outcomes
    ]
    text = json.dumps({"suite": name, "checks": checks}, ensure_ascii=False, indent=1)
    (workspace.suites / f"{name}.json").write_text(text + "\n", encoding="utf-8")
