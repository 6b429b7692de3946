"""The loads behind rows of the archive: their delivered files, and what was found about them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from longflow.archive import open_archive
from longflow.archive.aggregates import AGGREGATES, Aggregate
from longflow.archive.log import Attempt, attempts, findings_of
from longflow.explain.release import Source
from longflow.explain.rows import Rows
from longflow.records import Finding
from longflow.settings import Feed
from longflow.sqlfile import identifier
from longflow.week import Week

Needed = dict[date, dict[Aggregate, set[str]]]


@dataclass(frozen=True)
class Load:
    """A load of a feed's week that rows of the archive were made of.

    Attributes:
        attempt: its entry in the log.
        files: what was delivered, of the sources that the rows can come from: source, name,
            size_bytes, sha256, rows, bytes.
        findings: what was found about them, or about the whole feed.
    """

    attempt: Attempt
    files: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...]


def needed_aggregates(connection: duckdb.DuckDBPyConnection, rows: Collection[Rows]) -> Needed:
    """Of each week the aggregates that rows of the archive are part of, with their services."""
    found: Needed = {}
    for one in rows:
        for aggregate in AGGREGATES:
            if one.place.step != "archive" or aggregate.table != one.place.table:
                continue
            # A share of 0 has no rows behind it; the load that found none is that of the whole.
            rows_of_both = f"FROM {identifier(one.part)}"
            if one.whole is not None:
                rows_of_both += f" UNION ALL FROM {identifier(one.whole)}"
            for week, service in connection.execute(
                f"SELECT DISTINCT week, service FROM ({rows_of_both}) WHERE {aggregate.rows}"
            ).fetchall():
                found.setdefault(week, {}).setdefault(aggregate, set()).add(service)
    return found


def find_loads(source: Source, needed: Needed) -> list[Load]:
    """The loads that made aggregates, by week and feed.

    Of each aggregate of a week that is the newest load that replaced it, and of the feeds that it
    is joined with the loads that were in force then.

    Args:
        source: the release; the archive is read at its snapshot.
        needed: weeks and aggregates.

    Raises:
        LongflowError: the log is damaged.
    """
    reads = {table: sorted(needed) for table in ("load_log", "finding")}
    with open_archive(source.settings, snapshot=source.snapshot, reads=reads) as archive:
        connection = archive.connection
        log = [one for one in attempts(connection) if one.loaded]
        found: dict[tuple[date, Feed, int], tuple[Attempt, set[str]]] = {}
        for week, aggregates in needed.items():
            of_week = [one for one in log if one.week == week]
            for aggregate, services in aggregates.items():
                for attempt in loads_of(aggregate, of_week):
                    key = (week, attempt.feed, attempt.revision)
                    found.setdefault(key, (attempt, set()))[1].update(services)
        loads = []
        for _, (attempt, services) in sorted(found.items()):
            others = _others(source, attempt.feed, services)
            files = _files(connection, attempt, others)
            loads.append(Load(attempt, files, _findings(connection, source, attempt, others)))
        return loads


def loads_of(aggregate: Aggregate, of_week: Collection[Attempt]) -> list[Attempt]:
    """The loads of a week of which an aggregate was made, one a feed.

    Args:
        aggregate: which.
        of_week: all loads of the week that replaced anything.
    """
    replacing = [one for one in of_week if aggregate.name in one.aggregates]
    # Logs from before they named aggregates: every load replaced all of its own.
    replacing = replacing or [one for one in of_week if one.feed in aggregate.feeds]
    if not replacing:
        return []
    # Loads of one run left the same snapshot.
    last = max(one.snapshot for one in replacing)
    newest: dict[Feed, Attempt] = {}
    for one in sorted(of_week, key=lambda one: (one.revision, one.snapshot)):
        if one.feed in aggregate.feeds and one.snapshot <= last:
            newest[one.feed] = one
    return [newest[feed] for feed in Feed if feed in newest]


def _others(source: Source, feed: Feed, services: set[str]) -> set[str]:
    """Names of the sources that deliver none of some services."""
    return {
        one.name
        for one in source.settings.sources_of(feed)
        if one.service is not None and one.service not in services
    }


def _files(
    connection: duckdb.DuckDBPyConnection, attempt: Attempt, others: set[str]
) -> tuple[Mapping[str, Any], ...]:
    """The delivered files, but for those of other sources."""
    ((text,),) = connection.execute(
        "SELECT files FROM load_log WHERE week = ? AND feed = ? AND revision = ?"
        " ORDER BY loaded_at DESC LIMIT 1",
        [attempt.week, attempt.feed.value, attempt.revision],
    ).fetchall()
    return tuple(one for one in json.loads(text or "[]") if one["source"] not in others)


def _findings(
    connection: duckdb.DuckDBPyConnection, source: Source, attempt: Attempt, others: set[str]
) -> tuple[Finding, ...]:
    """What was found about the load, but for what is of other sources."""
    week = Week.parse(str(attempt.week), source.settings.zone)
    return tuple(
        one
        for one in findings_of(connection, week, attempt.revision)
        if one.feed is attempt.feed and one.source not in others
    )
