"""Accounting sessions that cannot be as they are told, and addresses that changed hands fast."""

from __future__ import annotations

import duckdb

from longflow.database import execute_named
from longflow.records import Finding, Severity
from longflow.settings import Feed, Settings
from longflow.sqlfile import query

_CHECKS: dict[str, tuple[str, Severity, str]] = {
    "overlapping_session": (
        "sessions.overlapping",
        "warning",
        "sessions began on an address that another one still held; the latest start wins, so look "
        "for access servers that share a pool or for late stop records",
    ),
    "never_ending_session": (
        "sessions.never_ending",
        "warning",
        "open sessions without a sign of life for long before the records were drawn; what their "
        "addresses carried is put down to them: ask why their stop records are missing",
    ),
    "address_reuse": (
        "sessions.address_reused",
        "info",
        "addresses were given to somebody else within minutes; normal, and the reason why the "
        "clocks of access servers and exporters must agree",
    ),
}


def findings(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    """What is found about the sessions of the view `assignments`."""
    connection.execute(f"CREATE OR REPLACE TABLE held_prefix AS {query('judge', 'held_prefix')}")
    limits: dict[str, object] = {
        "silent_ms": round(settings.validation.silent_session_hours * 3_600_000),
        "soon_ms": round(settings.validation.address_reuse_minutes * 60_000),
    }
    found = []
    for table, (rule, severity, sentence) in _CHECKS.items():
        row = execute_named(connection, query("judge", table), limits).fetchall()[0]
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
    return found
