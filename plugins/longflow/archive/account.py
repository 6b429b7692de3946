"""What becomes of a feed's rows and bytes: delivered = loaded + quarantined + out of week."""

from __future__ import annotations

import duckdb

from longflow.database import execute_named, sums_fit
from longflow.errors import LongflowError
from longflow.records import FeedJudgement, FeedLoad
from longflow.sqlfile import query


def account(
    connection: duckdb.DuckDBPyConnection,
    judgement: FeedJudgement,
    revision: int,
    parameters: dict[str, object],
) -> FeedLoad:
    """Account for every row and byte of a feed, whether it is loaded or refused as a whole.

    Args:
        connection: the one on which the parts of the week were made (`aggregation.py`).
        judgement: the final one on the feed.
        revision: of the load under way.
        parameters: of the week's queries.

    Raises:
        LongflowError: delivered is not loaded + quarantined + out of week.
    """
    if not judgement.accepted:
        # Refused as a whole: nothing of it enters the archive.
        return FeedLoad(
            feed=judgement.feed,
            revision=revision,
            quarantined_rows=judgement.delivered_rows,
            quarantined_bytes=judgement.delivered_bytes,
        )
    with sums_fit(judgement.feed):
        row = execute_named(
            connection, query("week", "account", judgement.feed), parameters
        ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY gives one row
    loaded_rows, loaded_bytes, outside_rows, outside_bytes = (int(n) for n in row)
    load = FeedLoad(
        feed=judgement.feed,
        revision=revision,
        loaded_rows=loaded_rows,
        loaded_bytes=loaded_bytes,
        quarantined_rows=judgement.quarantined_rows,
        quarantined_bytes=judgement.quarantined_bytes,
        out_of_week_rows=outside_rows,
        out_of_week_bytes=outside_bytes,
    )
    for unit, delivered, parts in (
        ("rows", judgement.delivered_rows, (loaded_rows, load.quarantined_rows, outside_rows)),
        (
            "bytes",
            judgement.delivered_bytes,
            (loaded_bytes, load.quarantined_bytes, outside_bytes),
        ),
    ):
        if delivered != sum(parts):
            raise LongflowError(
                f"{judgement.feed}: {delivered} {unit} were delivered, but loaded + "
                f"quarantined + out of week are {' + '.join(map(str, parts))}",
                remedy="nothing was loaded; this is a bug in longflow, please report it",
            )
    return load
