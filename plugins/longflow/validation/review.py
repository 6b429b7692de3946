"""The last look at a week: its aggregates against each other, and against earlier weeks.

What only aggregates show is judged here, on the way into the archive and before anything is
replaced: attribution, reconciliation with counters and usage, and the week against its baseline.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import date, timedelta
from fnmatch import fnmatchcase
from statistics import median
from typing import Any

import duckdb

from longflow.records import FeedJudgement, Finding, Severity
from longflow.settings import Feed, Settings, Tolerance
from longflow.severity import settled
from longflow.sqlfile import identifier, literal, query
from longflow.week import Week, local_midnight_ms

# A service's bytes of a day are compared when at least this many of its hours are covered.
_LEAST_HOURS = 6
# Half of 95 % of a normal distribution, in standard deviations.
_BAR = 1.96
# The median absolute deviation of a normal distribution times this is its standard deviation.
_ROBUST = 1.4826
# The smallest share that a port must have, now or before, to be compared with its baseline.
_PORT_PERCENT = 1.0
# Lines come and go within a week, and staff have lines that no customer system lists: a few
# percent. If it lists less than half of those that have volume, the two do not belong together.
_MOST_UNLISTED = 0.5
# So few may be test lines alone.
_LEAST_UNLISTED = 20

# Tables of the archive that the review reads, for this week and for earlier ones.
REVIEWED = (
    *("attribution_week", "port_group_hour", "port_week", "rate_hour", "subscriber_day"),
    "load_log",
)


def review_week(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    week: Week,
    judgements: Sequence[FeedJudgement],
    renewed: Mapping[str, Sequence[str]],
    at_hand: Set[Feed],
    conditions: Mapping[str, str] | None = None,
    empty: Set[str] = frozenset(),
) -> dict[Feed, tuple[Finding, ...]]:
    """Judge the aggregates of a week.

    Args:
        connection: the archive, with the rows that are to replace the week's in temporary tables
            `new_<table>`, and the accepted rows of the staged feeds.
        settings: what is tolerated.
        week: the week.
        judgements: of the feeds that are being loaded.
        renewed: by table, SQL conditions of the rows that are to be replaced.
        at_hand: feeds whose accepted rows can be read.
        conditions: by table, the SQL condition that other weeks must meet to be compared with.
        empty: tables without rows in this week and in those that it is compared with.

    Returns:
        What was found, under the feed that it counts against.
    """
    judged = {judgement.feed for judgement in judgements}
    conditions = {**(conditions or {}), **dict.fromkeys(empty, "false")}
    with _as_it_would_be(connection, week, judgements, renewed, conditions):
        found = [
            *_unexplained(connection, settings, week),
            *_shared_ports(connection, week),
            *not_in_snapshot(connection, week),
            *_flows_counters(connection, settings, week),
            # Which records cross midnight is known only while the records are at hand.
            *(_usage_counters(connection, settings, week) if Feed.USAGE in at_hand else ()),
            *_past(connection, settings, week),
        ]
    by_feed: dict[Feed, list[Finding]] = defaultdict(list)
    for finding in settled(found, settings, week):
        if feed := _speaks_against(finding, judged, renewed):
            by_feed[feed].append(finding.model_copy(update={"feed": feed}))
    return {feed: tuple(found) for feed, found in by_feed.items()}


# Tables made of several feeds: the table that shows a problem, and the feeds that a finding may be
# about, the most likely first.
_MADE_TOGETHER = {
    "attribution.unexplained": (
        "attribution_week",
        (Feed.ASSIGNMENTS, Feed.SUBSCRIBERS, Feed.FLOWS),
    ),
    **dict.fromkeys(
        ("attribution.apart", "attribution.no_port"),
        ("attribution_week", (Feed.ASSIGNMENTS, Feed.SUBSCRIBERS, Feed.FLOWS)),
    ),
    "attribution.not_in_snapshot": (
        "subscriber_day",
        (Feed.SUBSCRIBERS, Feed.ASSIGNMENTS, Feed.USAGE, Feed.FLOWS),
    ),
    "past.subscribers": ("subscriber_day", (Feed.SUBSCRIBERS, Feed.ASSIGNMENTS)),
}


def _speaks_against(
    finding: Finding, judged: Set[Feed], renewed: Mapping[str, Sequence[str]]
) -> Feed | None:
    """The feed that a finding is about; of several, one that is being loaded."""
    if finding.feed in judged:
        return finding.feed
    if finding.rule.startswith("reconciliation.") and Feed.COUNTERS in judged:
        return Feed.COUNTERS
    table, feeds = _MADE_TOGETHER.get(finding.rule, ("", ()))
    return next((feed for feed in feeds if feed in judged), None) if table in renewed else None


@contextmanager
def _as_it_would_be(
    connection: duckdb.DuckDBPyConnection,
    week: Week,
    judgements: Sequence[FeedJudgement],
    renewed: Mapping[str, Sequence[str]],
    conditions: Mapping[str, str],
) -> Iterator[None]:
    """Show the archive's tables as if the week had already been replaced."""
    views = []
    for table in REVIEWED[:-1]:
        chosen = " OR ".join(f"({rows})" for rows in renewed.get(table, ()))
        kept = f"SELECT * FROM archive.{identifier(table)} WHERE ({conditions.get(table, 'true')})"
        if chosen:
            kept += f" AND NOT (week = {literal(week.key)} AND ({chosen})) UNION ALL BY NAME "
            kept += f"SELECT * FROM {identifier('new_' + table)} WHERE {chosen}"
        views.append((table, kept))
    log = "SELECT week, feed, revision, verdict, delivered_rows FROM archive.load_log"
    log += f" WHERE feed <> '' AND ({conditions.get('load_log', 'true')})"
    for one in judgements:
        # No revision comes after this one.
        log += (
            f" UNION ALL SELECT {literal(week.key)}::DATE, {literal(one.feed.value)}, "
            f"9223372036854775807, {literal(one.verdict)}, {one.delivered_rows}"
        )
    views.append(("load_log", log))
    for table, rows in views:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {identifier(table)} AS {rows}")
    try:
        yield
    finally:
        for table, _ in views:
            connection.execute(f"DROP VIEW IF EXISTS temp.{identifier(table)}")


def _unexplained(
    connection: duckdb.DuckDBPyConnection, settings: Settings, week: Week
) -> Iterator[Finding]:
    rows = connection.execute(query("judge", "unexplained_share"), {"week": week.monday})
    for source, size, flows, all_bytes in rows.fetchall():
        percent = 100 * size / all_bytes
        severity = _severity(percent, settings.validation.unexplained)
        if severity is not None:
            yield Finding(
                rule="attribution.unexplained",
                severity=severity,
                feed=Feed.ASSIGNMENTS,
                source=source,
                sentence=f"{percent:.1f} % of the bytes of this collector belong to no session, so "
                "subscribers' volumes are too small; check whether the accounting of an access "
                "server is missing, and compare its clock with the exporter's",
                rows=flows,
                bytes=size,
            )


def _shared_ports(connection: duckdb.DuckDBPyConnection, week: Week) -> Iterator[Finding]:
    rows = connection.execute(query("judge", "shared_ports"), {"week": week.monday}).fetchall()
    for attribution, flows, size in rows:
        is_apart = attribution == "apart"
        yield Finding(
            rule="attribution.apart" if is_apart else "attribution.no_port",
            severity="info",
            feed=Feed.ASSIGNMENTS,
            sentence="flows of sessions that hold port ranges, from sources that set no access: "
            "they are attributed, but enter no published table; if they belong to PPPoE "
            'subscribers, set access = "pppoe" of the source'
            if is_apart
            else "flows without a port at addresses whose ports are shared, such as ICMP and "
            "fragments: nobody knows whose they are, so they are unattributed",
            rows=flows,
            bytes=size,
        )


def not_in_snapshot(connection: duckdb.DuckDBPyConnection, week: Week) -> Iterator[Finding]:
    """A finding for each service and access with volume of subscribers that no snapshot lists."""
    rows = connection.execute(query("judge", "not_in_snapshot"), {"week": week.monday})
    for service, access, subscribers, known, size in rows.fetchall():
        named = _named(service, access)
        sentence = (
            f"subscribers of {named} have volume but are in no snapshot, so distributions leave "
            "them out; ask for a snapshot of the whole week"
        )
        is_most = subscribers >= _LEAST_UNLISTED and subscribers > _MOST_UNLISTED * known
        if is_most:
            sentence = (
                f"{subscribers:,} of {known:,} subscribers of {named} with volume are in no "
                "snapshot, so the numbers would describe the few others; check whether the "
                "snapshot lists them under the same logins or numbers (login_case, login_realm "
                "and login_separators of the sources), or ask for the whole snapshot"
            )
        yield Finding(
            rule="attribution.not_in_snapshot",
            severity="critical" if is_most else "warning",
            feed=Feed.SUBSCRIBERS,
            sentence=sentence,
            bytes=size,
            count=subscribers,
            unit="subscribers",
        )


def _flows_counters(
    connection: duckdb.DuckDBPyConnection, settings: Settings, week: Week
) -> Iterator[Finding]:
    rows = connection.execute(query("judge", "flows_counters"), {"week": week.monday})
    for day, measured, counted, error, hours in rows.fetchall():
        if hours >= _LEAST_HOURS and counted > 0:
            yield from _difference(
                "reconciliation.flows_counters",
                Feed.FLOWS,
                "PPPoE flows",
                (
                    "a collector, an exporter or an interface does not export everything, or the "
                    "sampling interval in use is larger than the one announced",
                    "traffic is exported twice, the sampling interval in use is smaller than the "
                    "one announced, or an interface is missing from the counters",
                ),
                day,
                week,
                measured,
                counted,
                error,
                settings.validation.flows_counters,
            )


def _usage_counters(
    connection: duckdb.DuckDBPyConnection, settings: Settings, week: Week
) -> Iterator[Finding]:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE usage_crossing AS {query('judge', 'usage_crossing')}"
    )
    rows = connection.execute(query("judge", "usage_counters"), {"week": week.monday})
    for service, access, day, measured, counted, error, subscribers in rows.fetchall():
        if counted > 0 and subscribers >= settings.validation.least_subscribers:
            yield from _difference(
                "reconciliation.usage_counters",
                Feed.USAGE,
                f"usage records of {_named(service, access)}",
                (
                    "charging records are missing or late",
                    "charging records are duplicated, or an interface is missing from the counters",
                ),
                day,
                week,
                measured,
                counted,
                error,
                settings.validation.usage_counters,
            )


def _difference(
    rule: str,
    feed: Feed,
    what: str,
    causes: tuple[str, str],
    day: date,
    week: Week,
    measured: float,
    counted: float,
    error: float,
    tolerance: Tolerance,
) -> Iterator[Finding]:
    """A difference that exceeds both what is tolerated and the error of the measurement.

    `error` is a standard deviation.
    """
    percent = 100 * (measured - counted) / counted
    beyond = abs(percent) - 100 * _BAR * error / counted
    severity = _severity(beyond, tolerance)
    if severity is None:
        return
    less = percent < 0
    start = local_midnight_ms(day, week.zone)
    yield Finding(
        rule=rule,
        severity=severity,
        feed=feed,
        sentence=f"{what} of {day} show {abs(percent):.0f} % {'less' if less else 'more'} than the "
        f"counters; usual causes: {causes[0] if less else causes[1]}",
        count=1,
        unit="days",
        start_ms=start,
        end_ms=local_midnight_ms(day + timedelta(days=1), week.zone),
    )


def _severity(percent: float, tolerance: Tolerance) -> Severity | None:
    if percent > tolerance.refuse_percent:
        return "critical"
    return "warning" if percent > tolerance.warn_percent else None


def _past(
    connection: duckdb.DuckDBPyConnection, settings: Settings, week: Week
) -> Iterator[Finding]:
    past = settings.validation.past
    first = week.monday - timedelta(weeks=past.reach_weeks)
    rows = connection.execute(
        query("judge", "past_measure"), {"week": week.monday, "first_week": first}
    ).fetchall()
    measures: dict[tuple[str, str, str], dict[date, float]] = defaultdict(dict)
    for kind, feed, name, monday, value in rows:
        measures[kind, feed, name][monday] = value
    # A port without a row in a week had next to no traffic in it.
    weeks_of_ports = {
        monday
        for (kind, _, _), values in measures.items()
        if kind == "port_share"
        for monday in values
    }
    for (kind, feed, name), values in measures.items():
        is_share = kind == "port_share"
        if is_share:
            values = dict.fromkeys(weeks_of_ports, 0.0) | values  # noqa: PLW2901 # filled up
            if max(values.values()) < _PORT_PERCENT:
                continue
        now = values.pop(week.monday, None)
        before = _before(settings, week, f"past.{kind}", values)[-past.weeks :]
        if now is None or len(before) < past.least_weeks:
            continue
        middle = median(before)
        spread = past.width * _ROBUST * median(abs(value - middle) for value in before)
        floor = past.least_share_points if is_share else past.least_percent / 100 * middle
        if abs(now - middle) <= max(spread, floor):
            continue
        yield Finding(
            rule=f"past.{kind}",
            severity="warning",
            feed=Feed(feed),
            sentence=_break(kind, name, now, middle, len(before)),
            **_by_how_much(kind, abs(now - middle)),
        )


def _before(settings: Settings, week: Week, rule: str, values: Mapping[date, float]) -> list[float]:
    """Values of earlier weeks, oldest first, back to the latest known break."""
    breaks = [
        known.first
        for known in settings.known_breaks
        if known.first <= week.monday and fnmatchcase(rule, known.rule)
    ]
    since = max(breaks, default=date.min)
    return [value for monday, value in sorted(values.items()) if since <= monday < week.monday]


def _by_how_much(kind: str, difference: float) -> dict[str, Any]:
    """How far a week is from its baseline, in the measure's unit; shares of ports have none."""
    match kind:
        case "rows":
            return {"rows": round(difference)}
        case "bytes":
            return {"bytes": round(difference)}
        case "subscribers":
            return {"count": round(difference), "unit": "subscribers"}
        case _:
            return {}


def _break(kind: str, name: str, now: float, middle: float, weeks: int) -> str:
    if kind == "port_share":
        change = f"share of {name} is {now:.1f} %, was {middle:.1f} %"
    else:
        change = f"{kind} of {name} are {now:.4g}, were {middle:.4g}"
    return (
        f"{change} (median of {weeks} weeks); find out what changed and, if the change is real, "
        "name it under [[known_breaks]]"
    )


def _named(service: str, access: str) -> str:
    return f"{service} {access}".strip()
