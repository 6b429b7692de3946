"""What a new revision of a week changes: files that arrived later, and sums of the aggregates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from longflow.records import Finding, Landed, LoadInForce, Staged
from longflow.settings import Feed
from longflow.sqlfile import identifier
from longflow.week import Week

# The sums of a table by which revisions are compared.
_AMOUNTS = {
    "port_week": ("bytes", "bytes"),
    "port_group_hour": ("bytes", "bytes"),
    "sampling_day": ("bytes", "bytes"),
    "attribution_week": ("bytes", "bytes"),
    "subscriber_day": ("in_bytes::HUGEINT + out_bytes", "bytes"),
    "subscriber_snapshot": ("subscribers", "subscribers"),
    "rate_hour": ("in_bytes::HUGEINT + out_bytes", "bytes"),
}


def file_changes(before: Iterable[LoadInForce], landed: Landed, staged: Staged) -> list[Finding]:
    """Files added, changed or removed since each load in force, by source."""
    counted = {file.index: file for file in staged.files}
    found = []
    for load in before:
        feed = load.feed
        known = {(file.source, file.name): file.sha256 for file in load.files}
        here = {(f.source, f.name): f for f in landed.files if f.feed is feed}
        for source in sorted({source for source, _ in (*known, *here)}):
            new = [f for key, f in here.items() if key[0] == source and key not in known]
            other = [
                f
                for key, f in here.items()
                if key[0] == source and known.get(key, f.sha256) != f.sha256
            ]
            gone = [key for key in known if key[0] == source and key not in here]
            for rule, count, files, sentence in (
                ("files_added", len(new), new, "files arrived after the week was loaded"),
                ("files_changed", len(other), other, "files arrived again with other content"),
                ("files_gone", len(gone), [], "files that were loaded before are no longer there"),
            ):
                staged_files = [counted[f.index] for f in files if f.index in counted]
                if count:
                    found.append(
                        Finding(
                            rule=f"revision.{rule}",
                            severity="info" if rule != "files_gone" else "warning",
                            feed=feed,
                            source=source,
                            sentence=f"{sentence}; this revision replaces revision {load.revision}",
                            rows=sum(f.rows for f in staged_files),
                            bytes=sum(f.bytes for f in staged_files),
                            count=count,
                            unit="files",
                        )
                    )
    return found


def amount_changes(
    connection: duckdb.DuckDBPyConnection,
    week: Week,
    renewed: Sequence[tuple[Feed, str, str]],
) -> list[Finding]:
    """Sums of the week's aggregates that this revision changes.

    Args:
        connection: the archive, with the new rows in temporary tables `new_<table>`.
        week: the week.
        renewed: feed to report under, table, and SQL condition of the rows that are replaced.
    """
    found = []
    for feed, table, rows in renewed:
        amount, unit = _AMOUNTS[table]
        numbers = []
        for name in (f"archive.{identifier(table)}", identifier(f"new_{table}")):
            numbers.append(
                connection.execute(
                    f"SELECT count(*), coalesce(sum({amount}), 0) FROM {name} "
                    f"WHERE week = $week AND {rows}",
                    {"week": week.monday},
                ).fetchall()[0]
            )
        (old_rows, old), (new_rows, new) = numbers
        if old_rows and (old_rows, old) != (new_rows, new):
            percent = f" ({100 * (new - old) / old:+.3g} %)" if old else ""
            found.append(
                Finding(
                    rule="revision.changed",
                    severity="info",
                    feed=feed,
                    sentence=f"{table}: {unit} were {old:,} and are {new:,}{percent}; rows were "
                    f"{old_rows:,} and are {new_rows:,}",
                )
            )
    return found
