"""The last look at a week on its way into the archive, before anything is replaced.

All remaining objections to loading it are raised here, in order: the review of its aggregates, what
the revision changes and what it would lose, and damaged files that it replaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import duckdb

from longflow.archive.aggregates import Aggregate
from longflow.archive.damaged_week import DamagedWeek
from longflow.archive.data_files import Damage, DataFiles
from longflow.archive.lake import without_weeks
from longflow.archive.renewal import Renewal
from longflow.archive.revision import amount_changes, file_changes
from longflow.faults import machine_fault
from longflow.judged_week import JudgedWeek
from longflow.records import Finding, Judged, LoadInForce
from longflow.settings import Feed
from longflow.validation.held import Renewed, losses
from longflow.validation.review import REVIEWED, review_week


def look_at(
    connection: duckdb.DuckDBPyConnection,
    run: JudgedWeek,
    renewal: Renewal,
    in_force: Mapping[Feed, LoadInForce],
    files: DataFiles,
    damaged: DamagedWeek,
    accept_reason: str | None,
) -> Judged:
    """The judgements, with the findings about the week's aggregates.

    Args:
        connection: the archive, with the new rows in temporary tables `new_<table>`, and the
            accepted rows of the staged feeds.
        run: the week as the judge left it.
        renewal: what is replaced.
        in_force: the load in force of each feed of the week.
        files: the archive's files; damaged weeks are left out of the baseline.
        damaged: damaged files of this week.
        accept_reason: why a feed is accepted that holds less than its load in force.
    """
    accepted = renewal.accepted
    # Nothing can be compared with the content of a damaged file.
    whole = [one for one in renewal.aggregates if one.table not in damaged.tables]
    found = [
        *_review(connection, run, renewal, files, damaged),
        *file_changes(
            [load for feed, load in in_force.items() if feed in accepted], run.landed, run.staged
        ),
        *amount_changes(
            connection,
            run.week,
            [
                (one.reported_under(accepted), one.table, one.rows)
                for one in whole
                if files.may_hold(one.table, run.week.monday, run.week.monday)
            ],
        ),
        *_losses(connection, run, renewal, in_force, whole),
        *(damaged.findings(min(accepted)) if accepted else ()),
    ]
    return renewal.judged.with_findings(found, accept_reason)


def _losses(
    connection: duckdb.DuckDBPyConnection,
    run: JudgedWeek,
    renewal: Renewal,
    in_force: Mapping[Feed, LoadInForce],
    compared: Sequence[Aggregate],
) -> list[Finding]:
    """What the load in force holds and this revision lacks."""
    accepted_rows = {
        judgement.feed: judgement.delivered_rows - judgement.quarantined_rows
        for judgement in renewal.judged.feeds
        if judgement.accepted
    }
    return losses(
        connection,
        run.settings,
        run.week,
        run.landed,
        run.staged,
        accepted_rows,
        in_force,
        [Renewed(one.table, one.rows) for one in compared],
    )


def _review(
    connection: duckdb.DuckDBPyConnection,
    run: JudgedWeek,
    renewal: Renewal,
    files: DataFiles,
    damaged: DamagedWeek,
) -> list[Finding]:
    """What the aggregates show, compared with each other and with earlier weeks."""
    replaced: dict[str, list[str]] = {}
    for aggregate in renewal.aggregates:
        replaced.setdefault(aggregate.table, []).append(aggregate.rows)
    first = run.week.monday - timedelta(weeks=run.settings.validation.past.reach_weeks)
    past = [
        file
        for file in files.chosen(None, dict.fromkeys(REVIEWED))
        if file.end is None and file.week and first <= file.week < run.week.monday
    ]
    empty = {table for table in REVIEWED if not files.may_hold(table, first, run.week.monday)}
    # Whether a file exists costs nothing to check; its digest is checked where reading fails.
    for read in (False, True):
        past_damage = files.damage(past, read=read)
        try:
            found = review_week(
                connection,
                run.settings,
                run.week,
                renewal.judged.feeds,
                replaced,
                renewal.used,
                without_weeks([*past_damage, *damaged.left]),
                empty,
            )
        except duckdb.Error as error:
            if read or machine_fault(error, certain=True) is not None:
                raise
            continue
        of_week = [finding for findings in found.values() for finding in findings]
        return [*of_week, *_past_left_out(past_damage, renewal)]
    return []


def _past_left_out(damaged: Sequence[Damage], renewal: Renewal) -> Iterator[Finding]:
    weeks = sorted({str(one.file.week) for one in damaged})
    if weeks and renewal.accepted:
        yield Finding(
            rule="archive.past_damaged",
            severity="warning",
            feed=min(renewal.accepted),
            sentence=f"files of {', '.join(weeks)} are damaged, so this week was not compared "
            "with those; see longflow check",
            count=len(weeks),
            unit="weeks",
        )
