"""The steps of a week, called alike by Airflow's tasks, the command line and tests.

A step works through the weeks of a batch. What is wrong with a delivery is recorded in the week's
workspace and stops only that feed's week; `conclude` reports it. A step raises either a
`LongflowError` about the whole call, or a fault of a server or disk that may pass.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from longflow.archive.aggregates import joined_with
from longflow.archive.catalogue import catalogue_exists, require_as_sealed
from longflow.archive.lake import open_archive
from longflow.archive.log import Attempt, attempts
from longflow.archive.log import loaded_weeks as weeks_in
from longflow.companions import fetch_companions
from longflow.errors import LongflowError
from longflow.faults import faults_in, require_address_space
from longflow.landing import fetch_week
from longflow.left_overs import left_spill, left_workspaces, remove_all
from longflow.loading import load_weeks
from longflow.reasons import checked_reason
from longflow.records import FeedJudgement, Finding, Judged, Loaded
from longflow.settings import Edition, Feed, Settings
from longflow.settings.feeds import feeds_named
from longflow.staging.stage import stage_week
from longflow.validation.quarantine import keep_of_dry_run, quarantine_hint
from longflow.week import Week, weeks_between
from longflow.workspace import UNFINISHED, Workspace

log = logging.getLogger(__name__)

# Monday, feed and revision of a load.
LoadKey = tuple[date, Feed, int]

# Weeks without flows take seconds each, and counters alone less than a second, so one task takes
# several of them.
_LIGHT_WEEKS = 8
_COUNTERS_WEEKS = 53


@dataclass(frozen=True)
class Batch:
    """Weeks that one task works through, and how.

    `accept_reason` says why revisions that hold less than the load in force are taken in.
    """

    run_key: str
    weeks: tuple[str, ...]
    feeds: tuple[Feed, ...]
    dry_run: bool = False
    accept_reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, for Airflow's XCom."""
        return {
            "run_key": self.run_key,
            "weeks": list(self.weeks),
            "feeds": [feed.value for feed in self.feeds],
            "dry_run": self.dry_run,
            "accept_reason": self.accept_reason,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Batch:
        """The inverse of `to_json`."""
        return cls(
            run_key=content["run_key"],
            weeks=tuple(content["weeks"]),
            feeds=tuple(Feed(feed) for feed in content["feeds"]),
            dry_run=content["dry_run"],
            # Tasks planned by an older version have no reason.
            accept_reason=content.get("accept_reason"),
        )


@dataclass(frozen=True)
class Conclusion:
    """The result of a batch, for people.

    `lines` describe every week and feed, `refusals` are one clear line each, `editions_due` the
    editions that this batch completed or changed.
    """

    lines: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    editions_due: list[int] = field(default_factory=list)


def plan(
    settings: Settings,
    *,
    run_key: str,
    first: date | str,
    last: date | str | None = None,
    feeds: Iterable[str] | None = None,
    dry_run: bool = False,
    accept_reason: str | None = None,
) -> list[Batch]:
    """The batches of a run over the weeks from `first` to `last`, both included.

    Args:
        settings: the settings.
        run_key: a name of the run that stays the same when it is retried.
        first: Monday of the first week.
        last: Monday of the last week; `first` if omitted.
        feeds: names of feeds; all if omitted or empty.
        dry_run: judge, but load nothing.
        accept_reason: why revisions that hold less than the load in force are taken in; without
            one they are held.

    Raises:
        LongflowError: a week has not ended.
        WrongUsageError: a date is not a Monday, `last` is before `first`, there is no such feed, or
            the reason is empty or not a single line.
    """
    if accept_reason is not None:
        accept_reason = checked_reason(accept_reason)
    chosen = feeds_named(feeds)
    start = Week.parse(first, settings.zone)
    end = start if last is None else Week.parse(last, settings.zone)
    weeks = list(weeks_between(start, end))
    _refuse_unended(weeks)
    keys = [week.key for week in weeks]
    if Feed.FLOWS in joined_with(frozenset(chosen)).union(chosen):
        size = 1
    else:
        size = _COUNTERS_WEEKS if chosen == (Feed.COUNTERS,) else _LIGHT_WEEKS
    return [
        Batch(run_key, tuple(part), chosen, dry_run, accept_reason)
        for part in _in_equal_parts(keys, size)
    ]


def _in_equal_parts(keys: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Parts of a list, as few as possible and as equal as possible."""
    parts = -(-len(keys) // most)
    for number in range(parts):
        yield keys[number * len(keys) // parts : (number + 1) * len(keys) // parts]


def _refuse_unended(weeks: Sequence[Week]) -> None:
    """Refuse a run with a week that has not ended: half a week must not pass for a whole one.

    Raises:
        LongflowError: names the first such week, and the last that has ended.
    """
    unended = next((week for week in weeks if not week.has_ended), None)
    if unended is None:
        return
    ends = datetime.fromtimestamp(unended.end_ms / 1000, tz=unended.zone)
    ended = max((week.key for week in weeks if week.has_ended), default=None)
    remedy = "load it after that" + (f", or only the weeks up to {ended}" if ended else "")
    raise LongflowError(
        f"week {unended} has not ended: it lasts until {ends:%Y-%m-%d %H:%M} {unended.zone.key}",
        remedy=remedy,
    )


def fetch(settings: Settings, batch: Batch) -> dict[str, Any]:
    """Copy the dumps of the batch's weeks into their workspaces: files and bytes a week.

    First it removes what runs that will not resume have left behind for these weeks.
    """
    for line in remove_all(left_spill(settings)):
        log.warning("%s", line)
    if not batch.dry_run:
        # Otherwise a damaged catalogue would end the run only after all the work.
        require_as_sealed(settings)

    def one(week: Week, workspace: Workspace) -> dict[str, Any]:
        left = left_workspaces(settings, week.key, own=workspace.root.parent.name)
        for line in remove_all(left):
            log.warning("%s", line)
        landed = fetch_week(settings, week, batch.feeds, workspace)
        if not batch.dry_run:
            landed = fetch_companions(settings, week, landed, workspace)
        return {
            "files": len(landed.files),
            "bytes": sum(f.size_bytes for f in landed.files),
            **({"reused": landed.reused} if landed.reused else {}),
            **_problems(landed.findings),
        }

    return _each(settings, batch, one)


def stage(settings: Settings, batch: Batch) -> dict[str, Any]:
    """Bring the fetched files into one Parquet schema a feed: rows a week."""

    def one(week: Week, workspace: Workspace) -> dict[str, Any]:
        staged = stage_week(settings, week, workspace)
        return {"rows": sum(f.rows for f in staged.files), **_problems(staged.findings)}

    return _each(settings, batch, one)


def judge(settings: Settings, batch: Batch) -> dict[str, Any]:
    """Judge the staged weeks by their contracts: a verdict a feed."""
    # The judge is slow to import, and only this step needs it.
    from longflow.validation import judge_week  # noqa: PLC0415

    def one(week: Week, workspace: Workspace) -> dict[str, Any]:
        return {f.feed.value: f.verdict for f in judge_week(settings, week, workspace).feeds}

    return _each(settings, batch, one)


def load(settings: Settings, batch: Batch) -> dict[str, Any]:
    """Write the accepted feeds into the archive; a dry run keeps what it would quarantine."""
    if batch.dry_run:
        for week, workspace in _weeks(settings, batch):
            keep_of_dry_run(settings, week, workspace)
        return {week: {"dry_run": True} for week in batch.weeks}
    require_address_space(settings.database.memory_limit)
    weeks = list(_weeks(settings, batch))
    return {
        week.key: {
            "loaded": {f.feed.value: f.loaded_rows for f in loaded.feeds},
            "unchanged": [feed.value for feed in loaded.unchanged],
        }
        for (week, _), loaded in zip(
            weeks, load_weeks(settings, weeks, batch.accept_reason), strict=True
        )
    }


def conclude(settings: Settings, batch: Batch) -> Conclusion:
    """Report the result of the batch, and remove its workspaces."""
    conclusion = Conclusion()
    own: set[LoadKey] = set()
    for week, workspace in _weeks(settings, batch):
        # The load examines the aggregates once more, and its verdict is final.
        judged = workspace.read("reviewed", Judged) or workspace.read("judged", Judged)
        loaded = workspace.read("loaded", Loaded)
        if judged is None:
            conclusion.refusals.append(f"week {week}: was not judged; {UNFINISHED}")
            continue
        conclusion.lines.extend(_week_lines(week, judged, loaded, dry_run=batch.dry_run))
        refused = [f for feed in judged.feeds for f in _stopping(feed)]
        conclusion.refusals.extend(f"week {week}: {line}" for line in _merged(refused, week))
        if loaded is not None:
            own |= {(week.monday, load.feed, load.revision) for load in loaded.feeds}
    if own:
        loaded_now, damaged = _log(settings)
        conclusion.lines.extend(damaged)
        conclusion.editions_due.extend(editions_due(settings.editions, loaded_now, own))
    for _, workspace in _weeks(settings, batch):
        workspace.remove()
    return conclusion


def give_up(settings: Settings, batches: Iterable[Batch]) -> None:
    """Remove what is left of a run's workspaces, for a run that will not resume."""
    for batch in batches:
        for _, workspace in _weeks(settings, batch):
            workspace.remove()


def loaded_weeks(settings: Settings) -> dict[date, dict[Feed, Attempt]]:
    """What the archive holds: the newest loaded revision of every feed, by week.

    Weeks whose log is damaged are left out.
    """
    return _log(settings)[0]


def _log(settings: Settings) -> tuple[dict[date, dict[Feed, Attempt]], list[str]]:
    """The newest loaded revisions, and a line for each week whose log is damaged."""
    if not catalogue_exists(settings):
        return {}, []
    with open_archive(settings, leave_out_damage_of=["load_log"]) as archive:
        return weeks_in(archive.connection), [str(one.error()) for one in archive.left_out]


def attempted_weeks(settings: Settings) -> list[Attempt]:
    """Every attempt to load a feed's week, including refused ones, oldest week first.

    Weeks whose log is damaged are left out; `longflow status` names them.
    """
    if not catalogue_exists(settings):
        return []
    with open_archive(settings, leave_out_damage_of=["load_log"]) as archive:
        return attempts(archive.connection)


def _weeks(settings: Settings, batch: Batch) -> Iterator[tuple[Week, Workspace]]:
    for key in batch.weeks:
        week = Week.parse(key, settings.zone)
        yield week, Workspace.of(settings, batch.run_key, week)


def _each(
    settings: Settings, batch: Batch, work: Callable[[Week, Workspace], dict[str, Any]]
) -> dict[str, Any]:
    require_address_space(settings.database.memory_limit)
    done = {}
    for week, workspace in _weeks(settings, batch):
        with faults_in(workspace.root):
            done[week.key] = work(week, workspace)
    return done


def _problems(findings: Sequence[Finding]) -> dict[str, Any]:
    lines = [finding.line for finding in findings]
    return {"findings": lines} if lines else {}


def _stopping(judged: FeedJudgement) -> Sequence[Finding]:
    """Why nothing of a feed is loaded; other findings are in the lines of its week."""
    stopping = [f for f in judged.findings if f.severity in {"hold", "critical", "error"}]
    # Settings may reduce to a warning a finding without which a feed still cannot be loaded.
    return stopping if stopping or judged.accepted else judged.findings


def _merged(findings: Sequence[Finding], week: Week) -> list[str]:
    """One line for each finding; the same words about several feeds are printed once."""
    lines: dict[tuple[str, str | None, str], list[Finding]] = {}
    for finding in findings:
        lines.setdefault((finding.rule, finding.source, finding.sentence), []).append(finding)
    return [group[0].line_of(week) for group in lines.values()]


def _week_lines(
    week: Week, judged: Judged, loaded: Loaded | None, *, dry_run: bool
) -> Iterator[str]:
    loads = {f.feed: f for f in loaded.feeds} if loaded else {}
    for judgement in judged.feeds:
        line = f"{week} {judgement.feed:<12} {judgement.verdict:<10}"
        line += f" delivered {judgement.delivered_rows:>12,}"
        if judgement.feed in loads:
            one = loads[judgement.feed]
            line += (
                f"  loaded {one.loaded_rows:>12,}  quarantined {one.quarantined_rows:>8,}"
                f"  out of week {one.out_of_week_rows:>8,}  revision {one.revision}"
            )
        elif dry_run:
            line += f"  would quarantine {judgement.quarantined_rows:,}; dry run, nothing loaded"
            line += quarantine_hint(judgement, week)
        elif loaded is not None:
            line += "  already in the archive, unchanged"
        yield line
        for finding in judgement.findings:
            yield f"{week}   {finding.severity}: {finding.line_of(week)}"
    for companion in loaded.companions if loaded else ():
        how = (
            f"is not joined: {companion.lack}"
            if companion.lack
            else f"joined as of revision {companion.revision}"
        )
        yield f"{week} {companion.feed:<12} {how}"


def editions_due(
    editions: Mapping[int, Edition],
    loaded: Mapping[date, Mapping[Feed, Attempt]],
    own: Collection[LoadKey],
) -> list[int]:
    """Editions that are complete and for which a run has loaded the newest revision of a week.

    An edition does not wait for the other weeks of the months that it draws, but each of them that
    is loaded later changes it.

    When several runs load weeks of one edition at once, only the one that loaded last announces it,
    so that it is published once, from all of them.

    Args:
        editions: the editions of the settings, by year.
        loaded: the newest loaded revision of every feed, by week.
        own: what the run loaded: Monday, feed and revision.
    """
    due = []
    for year, edition in editions.items():
        used = edition.weeks_used()
        if any(not feeds <= loaded.get(week, {}).keys() for week, feeds in used.items()):
            continue
        of_months = {week: {Feed.COUNTERS} for week in edition.weeks_drawn()}
        newest = max(
            (
                loaded[week][feed]
                for weeks in (used, of_months)
                for week, feeds in weeks.items()
                for feed in feeds & loaded.get(week, {}).keys()
            ),
            key=lambda attempt: (attempt.loaded_at, attempt.week, attempt.feed),
        )
        if (newest.week, newest.feed, newest.revision) in own:
            due.append(year)
    return due
