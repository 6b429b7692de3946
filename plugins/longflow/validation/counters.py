"""Counter resets: no traffic is guessed across a reset, so that time counts as not covered."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from longflow.records import Finding, LandedFile
from longflow.settings import Feed
from longflow.sqlfile import query


def findings(
    connection: duckdb.DuckDBPyConnection, files: Mapping[int, LandedFile]
) -> list[Finding]:
    """One finding for each reset in the view `counters`."""
    rows = connection.execute(query("judge", "counter_reset")).fetchall()
    return [
        Finding(
            rule="counters.reset",
            severity="warning",
            feed=Feed.COUNTERS,
            source=files[index].source if index in files else None,
            file=files[index].name if index in files else None,
            sentence=f"the counters of {interface} restarted, or jumped by more than any network "
            "carries, so the time between the two readings is not covered; check whether its "
            "router restarted",
            count=1,
            unit="resets",
            start_ms=start_ms,
            end_ms=end_ms,
        )
        for index, interface, start_ms, end_ms in rows
    ]
