"""The delivered files of a week as a table that rows are judged against."""

from __future__ import annotations

from datetime import datetime

import duckdb

from longflow.contract import Rule, contract
from longflow.contract.creating import create_table
from longflow.records import Landed, LandedFile, Staged
from longflow.settings import Feed, Settings, Source
from longflow.week import Week

_MINUTE_MS = 60_000


def file_rules() -> tuple[Rule, ...]:
    """Rules that apply to the rows of every feed, because of the file they came in."""
    return contract("judge", "delivered_file").rules


def create_delivered_file(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    week: Week,
    landed: Landed,
    staged: Staged,
) -> None:
    """Table `delivered_file`, one row for each staged file."""
    by_index = {file.index: file for file in landed.files}
    sources = {(source.feed, source.name): source for source in settings.sources}
    grace_ms = round(settings.week.grace_hours * 60 * _MINUTE_MS)
    rows = []
    for staged_file in staged.files:
        file = by_index[staged_file.index]
        source = sources.get((file.feed, file.source))
        start, end, day = _slot(file, source, week)
        rows.append(
            (
                file.index,
                file.source,
                source.service if source and source.service else "",
                day,
                start,
                end,
                round((source.clock_limit_minutes if source else 0) * _MINUTE_MS),
                week.end_ms + grace_ms,
                source.sampling_interval if source else None,
                source is None or source.scaled_by == "collector",
                *(source.prefix_lengths if source else (1, 128)),
                staged_file.broken,
                staged_file.double_of is not None,
            )
        )
    create_table(connection, "judge", "delivered_file", rows, shared=True)


def _slot(
    file: LandedFile, source: Source | None, week: Week
) -> tuple[int | None, int | None, object]:
    """Start and end of all times that a flow file's name can mean, and the day it begins in."""
    if file.slot_ms is None or source is None or file.feed is not Feed.FLOWS:
        return None, None, week.monday
    day = datetime.fromtimestamp(file.slot_ms / 1000, tz=week.zone).date()
    if not file.times:
        return None, None, day
    return file.times[0].start_ms, file.times[-1].end_ms, day
