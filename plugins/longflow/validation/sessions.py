"""Implausible accounting sessions, and addresses reassigned within minutes."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from longflow.database import execute_named
from longflow.records import Finding, Severity
from longflow.settings import Feed, Settings
from longflow.sqlfile import query
from longflow.week import Week

_CHECKS: dict[str, tuple[str, Severity, str]] = {
    "overlapping_session": (
        "sessions.overlapping",
        "warning",
        "sessions began on an address that another session still held; the latest start wins; "
        "check for late stop records, and for access servers with pools of their own that "
        "sessions.shared_pools treats as shared",
    ),
    "never_ending_session": (
        "sessions.never_ending",
        "warning",
        "open sessions had shown no activity for a long time when the records were exported; "
        "traffic of their addresses is attributed to them; find out why their stop records are "
        "missing",
    ),
    "session_without_updates": (
        "sessions.without_updates",
        "info",
        "access servers report no acctupdatetime for open sessions, so a session whose stop record "
        "was lost seems to go on: until the end of the week, the traffic of its addresses is "
        "attributed to it; have interim updates delivered",
    ),
    "address_reuse": (
        "sessions.address_reused",
        "info",
        "addresses were reassigned within minutes; this is normal, but the clocks of access "
        "servers and exporters must agree",
    ),
}


def findings(
    connection: duckdb.DuckDBPyConnection, settings: Settings, week: Week
) -> list[Finding]:
    """Findings about the sessions of the view `assignments`."""
    parameters: dict[str, object] = {
        "silent_ms": round(settings.validation.silent_session_hours * 3_600_000),
        "soon_ms": round(settings.validation.address_reuse_minutes * 60_000),
        "shared_pools": settings.sessions.shared_pools,
        "week_start_ms": week.start_ms,
        "week_end_ms": week.end_ms,
    }
    connection.execute(f"CREATE OR REPLACE TABLE port_claim AS {query('week', 'port_claim')}")
    execute_named(
        connection,
        f"CREATE OR REPLACE TABLE held_prefix AS {query('judge', 'held_prefix')}",
        parameters,
    )
    found = []
    for table, (rule, severity, sentence) in _CHECKS.items():
        row = execute_named(connection, query("judge", table), parameters).fetchall()[0]
        sessions, start_ms, end_ms = row
        if sessions:
            found.append(
                Finding(
                    rule=rule,
                    severity=severity,
                    feed=Feed.ASSIGNMENTS,
                    sentence=sentence,
                    count=sessions,
                    unit="sessions",
                    start_ms=start_ms,
                    end_ms=end_ms,
                )
            )
    return [*found, *_silent_servers(connection, week, parameters)]


def _silent_servers(
    connection: duckdb.DuckDBPyConnection, week: Week, parameters: dict[str, object]
) -> Iterator[Finding]:
    rows = execute_named(connection, query("judge", "silent_server"), parameters).fetchall()
    for server, sessions, newest_ms in rows:
        yield Finding(
            rule="sessions.silent_server",
            severity="warning",
            feed=Feed.ASSIGNMENTS,
            sentence=f"the records of access server {server} end long before the week does: its "
            "open sessions are assumed to hold their addresses until the end of the week, and "
            "later sessions are unknown; check whether its accounting stopped, or was exported "
            "before the week ended",
            count=sessions,
            unit="sessions",
            start_ms=newest_ms,
            end_ms=week.end_ms,
        )
