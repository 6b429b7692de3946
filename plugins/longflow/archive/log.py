"""What the archive's log says: which weeks of which feeds were loaded, with which verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from longflow.database import execute_named
from longflow.records import Finding, LoadInForce, LoggedFile
from longflow.settings import Feed
from longflow.sqlfile import query
from longflow.week import Week


@dataclass(frozen=True)
class Attempt:
    """One attempt to load a feed's week; a refused one loaded nothing.

    `snapshot` is the archive as this attempt left it; `accepted_reason` says why a person took in a
    revision that holds less than the load it replaced.
    """

    week: date
    feed: Feed
    revision: int
    loaded_at: datetime
    input_digest: str
    verdict: str
    coverage_percent: float
    delivered_rows: int
    loaded_rows: int
    quarantined_rows: int
    out_of_week_rows: int
    snapshot: int
    # Names of the aggregates that it replaced.
    aggregates: tuple[str, ...] = ()
    accepted_reason: str | None = None

    @property
    def loaded(self) -> bool:
        """Whether its rows were loaded into the archive."""
        return self.verdict in {"passed", "warned"}


def attempts(connection: duckdb.DuckDBPyConnection, week: Week | None = None) -> list[Attempt]:
    """All attempts, by week, feed and revision; for one week only its own files are read."""
    # With an optional parameter DuckLake would open the files of every week.
    if week is None:
        found = connection.execute(query("archive", "load_log", "attempts"))
    else:
        text = query("archive", "load_log", "attempts_of_week")
        found = connection.execute(text, {"week": week.monday})
    # Rows without a feed stand in for those of a damaged file until a load has replaced them.
    return [
        Attempt(row[0], Feed(row[1]), *(*row[2:-2], tuple(json.loads(row[-2] or "[]")), row[-1]))
        for row in found.fetchall()
        if row[1]
    ]


def in_force(connection: duckdb.DuckDBPyConnection, week: Week) -> dict[Feed, LoadInForce]:
    """The load in force of each feed of a week."""
    result = connection.execute(query("archive", "load_log", "in_force"), {"week": week.monday})
    names = [column[0] for column in result.description or ()]
    loads = []
    for row in result.fetchall():
        content = dict(zip(names, row, strict=True))
        files, slots = json.loads(content.pop("files")), json.loads(content.pop("slots"))
        loads.append(LoadInForce.model_validate({**content, "files": files, "slots": slots}))
    return {load.feed: load for load in loads}


def newest_files(
    connection: duckdb.DuckDBPyConnection, week: Week
) -> dict[Feed, tuple[LoggedFile, ...]]:
    """The manifest of the newest attempt to load each feed of a week, whatever became of it."""
    text = query("archive", "load_log", "newest_files")
    return {
        Feed(feed): tuple(LoggedFile.model_validate(one) for one in json.loads(files))
        for feed, files in connection.execute(text, {"week": week.monday}).fetchall()
        # Rows without a feed stand in for those of a damaged file.
        if feed
    }


def latest_attempts(connection: duckdb.DuckDBPyConnection, week: Week) -> dict[Feed, Attempt]:
    """The newest attempt of each feed of a week."""
    return {a.feed: a for a in attempts(connection, week)}


def loaded_weeks(connection: duckdb.DuckDBPyConnection) -> dict[date, dict[Feed, Attempt]]:
    """The newest loaded revision of every feed, by week."""
    weeks: dict[date, dict[Feed, Attempt]] = {}
    for attempt in attempts(connection):
        if attempt.loaded:
            weeks.setdefault(attempt.week, {})[attempt.feed] = attempt
    return weeks


def findings_of(
    connection: duckdb.DuckDBPyConnection, week: Week, revision: int | None = None
) -> list[Finding]:
    """The findings about a week, by feed.

    Args:
        connection: the archive.
        week: the week.
        revision: of this revision of each feed; the newest if omitted.
    """
    result = execute_named(
        connection,
        query("archive", "finding", "of_week"),
        {"week": week.monday, "revision": revision},
    )
    names = [column[0] for column in result.description or ()]
    return [Finding.model_validate(dict(zip(names, row, strict=True))) for row in result.fetchall()]
