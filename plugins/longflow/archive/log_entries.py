"""Writes a load's entries in the archive's log: one for each feed, with its findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb
import polars as pl

from longflow import __version__
from longflow.archive.renewal import Renewal
from longflow.database import create_from
from longflow.judged_week import JudgedWeek
from longflow.records import FeedLoad, Judged
from longflow.spans import length_ms
from longflow.sqlfile import query
from longflow.sums import countable
from longflow.week import Week


def write_attempt(
    connection: duckdb.DuckDBPyConnection,
    run: JudgedWeek,
    renewal: Renewal,
    load: FeedLoad,
    digest: str,
) -> None:
    """Write the entry of one feed's load, whether or not anything of it was loaded.

    Args:
        connection: the archive, in the transaction of the load.
        run: the week as the judge left it.
        renewal: what is replaced, and the final judgements.
        load: what became of the feed's rows.
        digest: of the feed's input.
    """
    judgement = next(j for j in renewal.judged.feeds if j.feed is load.feed)
    counted = {file.index: file for file in run.staged.files}
    files = [
        f.model_dump(include={"source", "name", "size_bytes", "sha256", "slot_ms", "version"})
        | ({"database": f.database.model_dump(mode="json")} if f.database else {})
        # For a feed that was refused at landing, nothing was counted.
        | (counted[f.index].model_dump(include={"rows", "bytes"}) if f.index in counted else {})
        for f in run.landed.files
        if f.feed is load.feed
    ]
    slots = [s for s in run.staged.slots if s.feed is load.feed]
    # `account` has checked these three against what was delivered; refused rows may be absurd.
    kept_bytes = load.loaded_bytes + load.out_of_week_bytes
    quarantined_bytes = countable(load.quarantined_bytes, beside=kept_bytes)
    expected_ms = len(slots) * (run.week.end_ms - run.week.start_ms)
    row = {
        "week": run.week.monday,
        "loaded_at": datetime.now(UTC),
        "input_digest": digest,
        "files": json.dumps(files),
        "slots": json.dumps([s.model_dump(mode="json") for s in slots]),
        "verdict": judgement.verdict,
        "aggregates": json.dumps([a.name for a in renewal.aggregates if load.feed in a.feeds]),
        "delivered_rows": judgement.delivered_rows,
        "expected_ms": expected_ms,
        "delivered_ms": expected_ms - sum(length_ms(s.missing) for s in slots),
        "version": __version__,
        "accepted_reason": judgement.accepted_reason,
        **load.model_dump(mode="json"),
        "quarantined_bytes": quarantined_bytes,
        "delivered_bytes": kept_bytes + quarantined_bytes,
    }
    connection.execute(f"INSERT INTO load_log BY NAME {query('archive', 'load_log')}", row)


def write_findings(
    connection: duckdb.DuckDBPyConnection, week: Week, judged: Judged, loads: Sequence[FeedLoad]
) -> None:
    """Record the findings about a week, with the revision that they are about."""
    findings = {judgement.feed: judgement.findings for judgement in judged.feeds}
    found = [
        {"feed": load.feed.value, "revision": load.revision, "number": number}
        | finding.model_dump(mode="json", exclude={"feed"})
        | {name: countable(getattr(finding, name)) for name in ("rows", "bytes", "count")}
        for load in loads
        for number, finding in enumerate(findings[load.feed], start=1)
    ]
    columns = {
        "feed": pl.String,
        "revision": pl.Int64,
        "number": pl.Int64,
        **dict.fromkeys(("rule", "severity", "source", "file", "unit", "sentence"), pl.String),
        **dict.fromkeys(("rows", "bytes", "count", "start_ms", "end_ms"), pl.Int64),
    }
    create_from(connection, "found", pl.DataFrame(found, schema=columns))
    connection.execute(
        f"INSERT INTO finding BY NAME {query('archive', 'finding')}",
        {"week": week.monday},
    )
