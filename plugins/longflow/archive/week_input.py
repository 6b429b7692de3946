"""The tables that a week's queries read: edges of its slots, staged rows, subscribers, coverage."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Set as AbstractSet

import duckdb
import polars as pl

from longflow.archive.pseudonyms import pseudonyms
from longflow.contract.creating import create_table
from longflow.database import create_from
from longflow.records import Landed, Staged
from longflow.settings import Feed, Settings
from longflow.spans import merged
from longflow.sqlfile import literal, query
from longflow.week import Week
from longflow.workspace import Workspace

# Every UTC offset in use is a multiple of a quarter of an hour, so each quarter lies within one
# local hour and day.
_QUARTER_MS = 900_000
_HOUR_MS = 3_600_000
# Sessions this long before the week are kept for flows that began before it.
_ASSIGNMENT_LEAD_MS = 24 * _HOUR_MS


# The sums taken over the parts of flows: the queries `sql/week/<name>`.
FLOW_SUMS = (
    *("port_part", "port_group_part", "port_subscriber", "subscriber_part", "attribution_part"),
)


def week_parameters(settings: Settings, week: Week) -> dict[str, object]:
    """Values of the parameters in the week's queries."""
    gap = max((s.slot_minutes or 5 for s in settings.sources_of(Feed.COUNTERS)), default=5)
    return {
        "week": week.monday,
        "week_start_ms": week.start_ms,
        "week_end_ms": week.end_ms,
        "window_start_ms": week.start_ms - _ASSIGNMENT_LEAD_MS,
        "window_end_ms": week.end_ms + round(settings.week.grace_hours * _HOUR_MS),
        # Up to two readings in a row may be missed; beyond that the hours in between are unknown.
        "longest_gap_ms": 3 * gap * 60_000,
        "shared_pools": settings.sessions.shared_pools,
    }


def create_calendar(connection: duckdb.DuckDBPyConnection, week: Week) -> None:
    """Temporary tables `day`, `hour` and `quarter_hour` of the week."""
    days = week.day_edges_ms()
    hours = week.hour_edges_ms()
    day = pl.DataFrame(
        {
            "day_index": range(7),
            "day": week.days,
            "start_ms": days[:-1],
            "end_ms": days[1:],
        }
    )
    hour = (
        pl.DataFrame({"start_ms": hours[:-1], "end_ms": hours[1:]})
        .with_row_index("hour_index")
        .with_columns(pl.col("hour_index").cast(pl.Int64))
        .join_asof(day.select("day_index", "start_ms"), on="start_ms")
    )
    quarter = pl.DataFrame(
        {"start_ms": pl.int_range(days[0], days[-1], _QUARTER_MS, eager=True)}
    ).join_asof(
        hour.select("hour_index", "day_index", "start_ms", hour_end_ms="end_ms"), on="start_ms"
    )
    quarter = quarter.select(
        ((pl.col("start_ms") - days[0]) // _QUARTER_MS).alias("quarter"),
        *("hour_index", "day_index", "hour_end_ms"),
    )
    for name, frame in (("day", day), ("hour", hour), ("quarter_hour", quarter)):
        create_table(connection, "week", name, frame)


def create_staged_views(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    workspace: Workspace,
    landed: Landed,
    accepted: AbstractSet[Feed],
) -> None:
    """A temporary view of each accepted feed: its staged rows without the quarantined ones.

    Flows get the number and service of the source that delivered their file. Sessions get the
    access of their subscriber: `pppoe`; of those with a range of ports, what their source sets.
    """
    sources = sorted({(f.source, f.feed) for f in landed.files})
    services = {(s.name, s.feed): s.service for s in settings.sources}
    accesses = {(s.name, s.feed): s.access or "" for s in settings.sources}
    create_table(
        connection,
        "week",
        "source",
        [(number, name, services[name, feed] or "") for number, (name, feed) in enumerate(sources)],
    )
    create_from(
        connection,
        "delivered_file",
        pl.DataFrame(
            [
                (
                    f.index,
                    sources.index((f.source, f.feed)),
                    services[f.source, f.feed] or "",
                    accesses[f.source, f.feed],
                )
                for f in landed.files
            ],
            schema={
                "file_index": pl.Int32,
                "source_id": pl.Int32,
                "service": pl.String,
                "access": pl.String,
            },
            orient="row",
        ),
    )
    for feed in sorted(accepted):
        paths = sorted((workspace.staged / feed).glob("*.parquet"))
        rows = f"SELECT * FROM read_parquet([{', '.join(literal(p) for p in paths)}])"
        quarantined = workspace.quarantined / f"{feed}.parquet"
        if quarantined.exists():
            refused = f"SELECT file_index, position FROM read_parquet({literal(quarantined)})"
            rows = f"SELECT * FROM ({rows}) ANTI JOIN ({refused}) USING (file_index, position)"
        if feed is Feed.FLOWS:
            rows = f"SELECT * EXCLUDE (access) FROM ({rows}) JOIN delivered_file USING (file_index)"
        if feed is Feed.ASSIGNMENTS:
            rows = (
                "SELECT * EXCLUDE (source_id, service) "
                "REPLACE (CASE WHEN port_first IS NULL THEN 'pppoe' ELSE access END AS access) "
                f"FROM ({rows}) JOIN delivered_file USING (file_index)"
            )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {feed.value} AS {rows}")


def create_empty_parts(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty temporary tables of the sums over parts of flows, `FLOW_SUMS`."""
    for part in FLOW_SUMS:
        create_table(connection, "week", part)


def create_subscribers(
    connection: duckdb.DuckDBPyConnection, key: bytes, accepted: AbstractSet[Feed]
) -> None:
    """Temporary tables `subscriber_key` (names → id) and `subscriber` (id → pseudonym, segment).

    A subscriber in sessions or charging records but not in the snapshot gets the segment `unknown`,
    so that the volume is kept but stays out of distributions.
    """
    names = [query("week", "subscriber_name", "snapshot")]
    if Feed.ASSIGNMENTS in accepted:
        names.append(query("week", "subscriber_name", "assignments"))
    if Feed.USAGE in accepted:
        names.append(query("week", "subscriber_name", "usage"))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE subscriber_name AS " + "\nUNION ALL BY NAME\n".join(names)
    )
    identity = connection.execute(
        "SELECT DISTINCT service, access, identity FROM subscriber_name ORDER BY ALL"
    ).pl()
    create_table(
        connection,
        "week",
        "subscriber_identity",
        identity.with_columns(
            subscriber=pl.Series(pseudonyms(key, identity.iter_rows()), dtype=pl.String),
            subscriber_id=pl.int_range(identity.height, dtype=pl.Int32),
        ),
    )
    for table in ("subscriber_key", "subscriber"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query('week', table)}")


def create_coverage(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    week: Week,
    landed: Landed,
    staged: Staged,
) -> None:
    """Temporary table `source_hour`: what was delivered for each hour of a source.

    Expected and delivered time, and how often the sequence of export packets was broken. Files
    whose names state no time count in the first hour, those of the grace in the last.

    Source: docs/method.md, rule 20.
    """
    hours = week.hour_edges_ms()
    failures: Counter[tuple[Feed, str, int]] = Counter()
    files = {file.index: file for file in landed.files}
    for file, count in staged.broken_sequences(files):
        began = hours[0] if file.slot_ms is None else file.slot_ms
        hour = min(max(bisect_right(hours, began) - 1, 0), len(hours) - 2)
        failures[file.feed, file.source, hour] += count
    described = {(s.feed, s.name): s for s in settings.sources}
    rows: list[tuple[object, ...]] = []
    for slots in staged.slots:
        source = described[slots.feed, slots.source]
        # Flows are those of broadband PPPoE (docs/method.md, rule 1). Rows of other feeds may state
        # the access.
        access = source.access
        if slots.feed is Feed.FLOWS:
            access = "pppoe" if source.service == "broadband" else ""
        gaps = merged(slots.missing)
        for index, (start, end) in enumerate(itertools.pairwise(hours)):
            lost = sum(max(0, min(end, b) - max(start, a)) for a, b in gaps)
            rows.append(
                (
                    slots.feed.value,
                    slots.source,
                    source.service,
                    access,
                    index,
                    end - start,
                    end - start - lost,
                    failures[slots.feed, slots.source, index],
                )
            )
    create_table(connection, "week", "source_hour", rows)
