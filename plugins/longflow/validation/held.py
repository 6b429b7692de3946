"""What a revision would lose: it is held where it would replace a better load.

A feed with findings from here keeps its load in force until a person accepts the revision with a
reason, or the dump is corrected. Nothing gets worse without somebody's consent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb

from longflow.contract.creating import create_table
from longflow.database import execute_named
from longflow.records import Finding, Landed, LoadInForce, SourceSlots, Staged
from longflow.settings import Feed, Settings
from longflow.severity import settled
from longflow.spans import without
from longflow.sqlfile import identifier, query
from longflow.week import Week, local_midnight_ms


@dataclass(frozen=True)
class Renewed:
    """Rows of an archive table that the revision would replace; `rows` is their SQL condition."""

    table: str
    rows: str


# Tables whose sums are compared, and the feeds that a loss counts against: the first of them that
# is being loaded. Volumes of PPPoE lines are lost with their sessions, or else with their flows.
_COMPARED: dict[str, tuple[Feed, ...]] = {
    "port_group_hour": (Feed.FLOWS,),
    "attribution_week": (Feed.FLOWS,),
    "subscriber_day": (Feed.USAGE, Feed.SUBSCRIBERS),
    "subscriber_snapshot": (Feed.SUBSCRIBERS,),
    "rate_hour": (Feed.COUNTERS,),
}
_OF_SESSIONS = (Feed.ASSIGNMENTS, Feed.FLOWS, Feed.SUBSCRIBERS)

# A week's snapshot may well equal the previous week's; other dumps belong to their own time.
_OF_THEIR_TIME = (Feed.FLOWS, Feed.ASSIGNMENTS, Feed.USAGE, Feed.COUNTERS)


def losses(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    week: Week,
    landed: Landed,
    staged: Staged,
    accepted_rows: Mapping[Feed, int],
    in_force: Mapping[Feed, LoadInForce],
    renewed: Sequence[Renewed],
) -> list[Finding]:
    """Findings of severity `hold`: what a revision lacks that the load in force holds.

    Args:
        connection: the archive, with the rows that would replace the week's in temporary tables
            `new_<table>`.
        settings: how much less a revision may hold.
        week: the week.
        landed: the files of the revision.
        staged: their rows and slots.
        accepted_rows: of the feeds that may be loaded, rows delivered and not quarantined.
        in_force: the load in force of each feed; a feed that was never loaded is not in it and is
            checked for copied files only.
        renewed: the rows that would be replaced.
    """
    found: list[Finding] = []
    for feed in sorted(accepted_rows):
        found += _copied_files(connection, settings, week, feed, landed, staged, in_force)
        if feed in in_force:
            found += _lost_slots(week, feed, staged, in_force[feed])
            found += _lost_rows(settings, week, feed, accepted_rows[feed], in_force[feed])
    found += _lost_amounts(connection, settings, week, renewed, in_force, accepted_rows.keys())
    return list(settled(found, settings, week))


def _remedy(week: Week, revision: int | None) -> str:
    stays = "nothing is loaded" if revision is None else f"revision {revision} stays in force"
    return (
        f"{stays}: have the dump corrected, or accept it as it is: longflow ingest --first {week} "
        '--accept "REASON"'
    )


def _copied_files(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    week: Week,
    feed: Feed,
    landed: Landed,
    staged: Staged,
    in_force: Mapping[Feed, LoadInForce],
) -> Iterator[Finding]:
    """Files whose content was already loaded as that of another day or week."""
    if feed not in _OF_THEIR_TIME:
        return
    counted = {file.index: file for file in staged.files}
    # Empty files of several days may be equal.
    files = {
        (file.source, file.name): file
        for file in landed.files
        if file.feed is feed and counted[file.index].rows
    }
    create_table(
        connection,
        "judge",
        "candidate",
        [(f.source, f.name, f.sha256, f.slot_ms is not None) for f in files.values()],
    )
    reach = timedelta(weeks=settings.validation.past.reach_weeks)
    rows = execute_named(
        connection,
        query("judge", "copied_file"),
        {
            "week": week.monday,
            "first_week": week.monday - reach,
            "last_week": week.monday + reach,
            "feed": feed.value,
        },
    ).fetchall()
    load = in_force.get(feed)
    for source, name, known_week, known_name in rows:
        file = files[source, name]
        yield Finding(
            rule="revision.copied_file",
            severity="hold",
            feed=feed,
            sentence=f"has the same content as {known_name}, loaded in week {known_week}; "
            f"{_remedy(week, load.revision if load else None)}",
            source=source,
            file=name,
            rows=counted[file.index].rows,
            bytes=counted[file.index].bytes,
        )


def _lost_slots(week: Week, feed: Feed, staged: Staged, before: LoadInForce) -> Iterator[Finding]:
    """Slots of a source that are in the load in force but not in the revision, by local day."""
    lack = f"is in revision {before.revision} but was not delivered again; "
    now = {one.source: one for one in staged.slots if one.feed is feed}
    for then in before.slots:
        lost: dict[date, list[int]] = defaultdict(list)
        for slot in _no_longer_delivered(week, then, now.get(then.source)):
            day = datetime.fromtimestamp(slot / 1000, tz=UTC).astimezone(week.zone).date()
            lost[day].append(slot)
        for day, slots in sorted(lost.items()):
            held = [
                file
                for file in before.files
                if file.source == then.source and file.slot_ms in slots
            ]
            yield Finding(
                rule="revision.slots_lost",
                severity="hold",
                feed=feed,
                sentence=f"time of {day} {lack}{_remedy(week, before.revision)}",
                source=then.source,
                rows=sum(file.rows for file in held),
                bytes=sum(file.bytes for file in held),
                count=len(slots),
                unit="slots",
                start_ms=min(slots),
                end_ms=max(slots) + then.slot_minutes * 60_000,
            )


def _no_longer_delivered(week: Week, then: SourceSlots, now: SourceSlots | None) -> list[int]:
    """Starts of slots that were delivered, and whose time is now at least partly missing.

    If the source is gone, all of them; the length of slots may have changed in the settings.
    """
    whole = [(week.start_ms, week.end_ms)]
    lost = without(whole if now is None else now.missing, then.missing)
    slots = pairwise([*week.slots(then.slot_minutes), week.end_ms])
    return [
        start for start, end in slots if any(first < end and last > start for first, last in lost)
    ]


def _lost_rows(
    settings: Settings, week: Week, feed: Feed, rows: int, before: LoadInForce
) -> Iterator[Finding]:
    if _is_down(settings, "rows", before.accepted_rows, rows):
        yield Finding(
            rule="revision.rows_down",
            severity="hold",
            feed=feed,
            sentence=_sentence("rows", None, before.accepted_rows, rows, before.revision)
            + _remedy(week, before.revision),
            rows=before.accepted_rows - rows,
        )


def _lost_amounts(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    week: Week,
    renewed: Sequence[Renewed],
    in_force: Mapping[Feed, LoadInForce],
    loading: Collection[Feed],
) -> Iterator[Finding]:
    """Sums of the aggregates that would fall: by day, or of the week where no single day does."""
    for one in renewed:
        if one.table not in _COMPARED:
            continue
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW revision_row AS "
            f"SELECT *, false AS is_new FROM archive.{identifier(one.table)} "
            f"WHERE week = DATE '{week.key}' AND {one.rows} UNION ALL BY NAME "
            f"SELECT *, true AS is_new FROM {identifier('new_' + one.table)} WHERE {one.rows}"
        )
        speaks_against = _OF_SESSIONS if one.rows == "access = 'pppoe'" else _COMPARED[one.table]
        feed = next((f for f in speaks_against if f in loading), None)
        # Without a load of the feed there is no better one to keep.
        if feed is None or feed not in in_force:
            continue
        rows = connection.execute(query("judge", "lost_amount", one.table)).fetchall()
        down = [row for row in rows if _is_down(settings, row[2], row[3], row[4])]
        by_day = {(name, unit) for name, day, unit, _, _ in down if day is not None}
        for name, day, unit, before, now in down:
            if day is None and (name, unit) in by_day:
                continue
            revision = in_force[feed].revision
            start = None if day is None else local_midnight_ms(day, week.zone)
            end = None if day is None else local_midnight_ms(day + timedelta(days=1), week.zone)
            lost: dict[str, Any] = {}
            match unit:
                case "bytes" | "rows":
                    lost = {unit: int(before - now)}
                case "subscribers":
                    lost = {"count": int(before - now), "unit": unit}
            yield Finding(
                rule=f"revision.{'coverage' if unit.startswith('ms') else unit}_down",
                severity="hold",
                feed=feed,
                sentence=_sentence(unit, day, before, now, revision, name)
                + _remedy(week, revision),
                start_ms=start,
                end_ms=end,
                **lost,
            )


def _is_down(settings: Settings, unit: str, before: int, now: int) -> bool:
    held = settings.validation.held
    percent = {
        "bytes": held.bytes_percent,
        "rows": held.rows_percent,
        "subscribers": held.subscribers_percent,
    }.get(unit, held.rows_percent)
    return before - now > percent / 100 * before


def _sentence(
    unit: str, day: date | None, before: int, now: int, revision: int, name: str = ""
) -> str:
    of = f" of {name}" if name else ""
    on = f" on {day}" if day else ""
    return (
        f"{unit}{of}{on} fall by {100 * (before - now) / before:.1f} %: {before:,} in revision "
        f"{revision}, {now:,} in this one; "
    )
