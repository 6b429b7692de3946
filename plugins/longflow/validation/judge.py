"""The step *judge*: a verdict on every feed of a week, with findings, quarantine and suites."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from longflow.contract import contract
from longflow.database import connect
from longflow.errors import LongflowError
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
from longflow.validation import findings
from longflow.validation.feed import count_by_file, create_view, write_quarantine, wrong_columns
from longflow.validation.rules import violation
from longflow.week import Week
from longflow.workspace import Workspace

if TYPE_CHECKING:
    from longflow.validation.suite import Outcome, Suites


# What damaged files or a full disk raise; an error in our own SQL is a bug and stays loud.
_READING_ERRORS = (duckdb.OperationalError, duckdb.DataError, duckdb.InvalidInputException)


def judge_week(settings: Settings, week: Week, workspace: Workspace) -> Judged:
    """Judge every feed of a week by its contract.

    Leaves in the workspace: `judged.json`, `quarantined/<feed>.parquet` where rows were refused,
    and `suites/<feed>.json`, what each check found, without any value of a row.

    Returns:
        A judgement for every feed that was to be fetched, in that order. A feed that did not get
        through landing or staging is refused with what was found there.

    Raises:
        LongflowError: the week has not been fetched and staged.
    """
    landed, staged = workspace.read("landed", Landed), workspace.read("staged", Staged)
    if landed is None or staged is None:
        raise LongflowError(
            f"week {week} has not been {'fetched' if landed is None else 'staged'}",
            file=workspace.root,
            remedy="run the steps before judging",
        )
    workspace.fresh(workspace.quarantined)
    workspace.fresh(_suite_folder(workspace))
    earlier = dict.fromkeys((*landed.findings, *staged.findings))
    found = _judge_feeds(settings, workspace, landed.files, staged.feeds)
    feed_of = {file.index: file.feed for file in landed.files}
    judgements = []
    for feed in landed.feeds:
        files = [file for file in staged.files if feed_of[file.index] is feed]
        told = tuple(finding for finding in earlier if finding.feed is feed)
        now = found.get(feed, _Found())
        judgements.append(
            FeedJudgement(
                feed=feed,
                verdict=_verdict((*told, *now.findings)) if feed in found else "refused",
                delivered_rows=sum(file.rows for file in files),
                delivered_bytes=sum(file.bytes for file in files),
                quarantined_rows=now.quarantined_rows,
                quarantined_bytes=now.quarantined_bytes,
                findings=(*told, *now.findings),
            )
        )
    judged = Judged(feeds=tuple(judgements))
    workspace.write("judged", judged)
    return judged


def _verdict(told: Iterable[Finding]) -> Verdict:
    """What findings together mean for a feed that was staged."""
    return verdict_of({finding.severity for finding in told})


@dataclass(frozen=True)
class _Found:
    """What judging a staged feed brought to light."""

    findings: tuple[Finding, ...] = ()
    quarantined_rows: int = 0
    quarantined_bytes: int = 0


def _judge_feeds(
    settings: Settings,
    workspace: Workspace,
    files: Sequence[LandedFile],
    feeds: Sequence[Feed],
) -> dict[Feed, _Found]:
    if not feeds:
        return {}
    # Its import takes ten seconds: only who judges pays.
    from longflow.validation.suite import suites  # noqa: PLC0415

    by_index = {file.index: file for file in files}
    with (
        contextlib.closing(connect(settings)) as connection,
        suites(connection, settings) as runner,
    ):
        found = {}
        for feed in feeds:
            try:
                found[feed] = _judge_feed(workspace, feed, by_index, connection, runner)
            except _READING_ERRORS as error:
                found[feed] = _Found((findings.unreadable(feed, error),))
        return found


def _judge_feed(
    workspace: Workspace,
    feed: Feed,
    files: Mapping[int, LandedFile],
    connection: duckdb.DuckDBPyConnection,
    runner: Suites,
) -> _Found:
    promised = contract("staged", feed)
    parquet = sorted((workspace.staged / feed).glob("*.parquet"))
    wrong = wrong_columns(connection, promised, parquet)
    if wrong:
        return _Found(tuple(findings.wrong_column(feed, column) for column in wrong))
    create_view(connection, promised, parquet)
    outcomes = runner.run(promised)
    _write_suite(workspace, promised.table, outcomes)

    broken = {outcome.rule.id: outcome for outcome in outcomes if outcome.broken}
    conditions = {
        name: violation(outcome.rule, promised.table)
        for name, outcome in broken.items()
        if outcome.rule.kind != "row_count"
    }
    counts = count_by_file(connection, promised, conditions) if conditions else []
    told = (
        *(findings.not_run(feed, o.rule, o.error) for o in outcomes if o.error is not None),
        *(findings.too_few_rows(feed, o) for o in broken.values() if o.rule.kind == "row_count"),
        *(findings.violated(feed, broken[c.rule], c, files.get(c.file_index)) for c in counts),
    )
    quarantine = {
        name: condition
        for name, condition in conditions.items()
        if broken[name].rule.severity == "quarantine"
    }
    if not quarantine or _verdict(told) == "not_judged":
        return _Found(told)
    path = workspace.quarantined / f"{feed}.parquet"
    return _Found(told, *write_quarantine(connection, promised, quarantine, path))


def _suite_folder(workspace: Workspace) -> Path:
    return workspace.root / "suites"


def _write_suite(workspace: Workspace, name: str, outcomes: Sequence[Outcome]) -> None:
    """Leave what every check of a suite found, for people."""
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
    (_suite_folder(workspace) / f"{name}.json").write_text(text + "\n", encoding="utf-8")
