"""Several loads of one week at once: one commits, the others start again from its result.

DuckLake has no keys and lets two transactions insert the same one. But of two transactions that
delete the same row, one fails to commit. So every load of a week replaces the week's row of
`week_load`, and reads the newest revisions in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from longflow.archive.data_files import DataFiles, Written
from longflow.archive.transaction import in_transaction
from longflow.errors import LongflowError
from longflow.settings import Feed, Settings
from longflow.sqlfile import query
from longflow.week import Week


class OvertakenError(Exception):
    """Another run has loaded feeds of the week since this one read the archive."""


def make_claimable(
    connection: duckdb.DuckDBPyConnection, settings: Settings, weeks: Sequence[Week]
) -> None:
    """Create the rows of weeks in `week_load`, before the transactions that replace them."""
    mondays = [week.monday for week in weeks]
    marks = ", ".join("?" for _ in mondays)

    def missing() -> list[date]:
        found = connection.execute(
            f"SELECT week FROM week_load WHERE week IN ({marks})", mondays
        ).fetchall()
        return [monday for monday in mondays if (monday,) not in found]

    def add_rows() -> None:
        if absent := missing():
            written = Written(connection, DataFiles.read(connection, settings))
            connection.executemany(
                "INSERT INTO week_load VALUES (?, 0)", [[monday] for monday in absent]
            )
            written.note("week_load", "week_load", *absent)
            written.record()

    if missing():
        in_transaction(connection, add_rows)


def claim(connection: duckdb.DuckDBPyConnection, week: Week, seen: Mapping[Feed, int]) -> None:
    """Within a transaction: make sure that no other load of the week can commit at the same time.

    Args:
        connection: the archive, in the transaction that writes the load.
        week: the week.
        seen: newest revision of each feed when the load read the archive.

    Raises:
        OvertakenError: there are newer revisions by now.
    """
    row = _next(connection, week)
    connection.execute("DELETE FROM week_load WHERE week = $week", {"week": week.monday})
    connection.execute("INSERT INTO week_load VALUES (?, ?)", row)
    if newest_revisions(connection, week) != seen:
        raise OvertakenError


def newest_revisions(connection: duckdb.DuckDBPyConnection, week: Week) -> dict[Feed, int]:
    """Newest revision of each feed of a week, refused ones too."""
    rows = connection.execute(
        query("archive", "load_log", "newest"), {"week": week.monday}
    ).fetchall()
    # Rows without a feed stand in for those of a damaged file.
    return {Feed(feed): revision for feed, revision in rows if feed}


def check_keys(
    connection: duckdb.DuckDBPyConnection, week: Week, findings: Mapping[tuple[Feed, int], int]
) -> None:
    """Within a transaction: make sure that the log holds what it wrote exactly once.

    Args:
        connection: the archive, in the transaction that writes the load.
        week: the week.
        findings: number of findings of each feed and revision that the load wrote.

    Raises:
        LongflowError: the key of `load_log` or `finding` would not be unique.
    """
    for table, expected in (
        ("load_log", dict.fromkeys(findings, 1)),
        ("finding", {key: number for key, number in findings.items() if number}),
    ):
        rows = connection.execute(
            f"SELECT feed, revision, count(*) FROM {table} WHERE week = $week GROUP BY ALL",
            {"week": week.monday},
        ).fetchall()
        counts = {(Feed(feed), revision): count for feed, revision, count in rows if feed}
        for feed, revision in findings:
            if counts.get((feed, revision), 0) != expected.get((feed, revision), 0):
                raise LongflowError(
                    f"the archive holds rows of {feed}, week {week}, revision {revision} in "
                    f"{table} that no load has written",
                    remedy="nothing was loaded; restore the archive from a backup",
                )


def _next(connection: duckdb.DuckDBPyConnection, week: Week) -> tuple[object, ...]:
    """The week's row after one more load: the week, and the number of its loads."""
    (row,) = connection.execute(query("archive", "week_load"), {"week": week.monday}).fetchall()
    return tuple(row)
