"""What a release changes against the last one of its edition: which value, by how much, and why.

A *closed year* is any before the edition's last: its values were printed and quoted. When one of
them moves beyond its error, nothing is released until a person accepts it with a reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from longflow.edition.published.figure import year_of
from longflow.edition.tables import ERRORS, figure_columns, promise_of
from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault
from longflow.release.bars import Key, by_figure
from longflow.release.recorded import read_recorded

CHANGES = "changes.json"

# Sums of fractions in another order differ by less; what moves by no more has not moved.
RELATIVE_TOLERANCE = 1e-9

# A share of fewer than 30 sampled packets has no interval; its error is this part of it at least.
_FEW_PACKETS_ERROR = 1.96 / math.sqrt(30)

# So many of the largest moves are named where there is no room for all.
_MOST_NAMED = 5


@dataclass(frozen=True)
class Move:
    """One published value that is not what it was.

    Attributes:
        table: id of the table.
        key: the table's key columns.
        column: the column.
        was: in the former release; None where there was no value.
        now: in this release; None where there is no value any more.
        absolute: now less was, in the column's unit; None for texts and where one is missing.
        relative: absolute by was.
        interval: the 95 % interval of the former value, in its unit, where it had one.
        closed: whether it is a figure of a closed year.
        beyond_error: whether a figure moved out of its interval; without one at all.
        because: what may have moved it.
    """

    table: str
    key: dict[str, Any]
    column: str
    was: Any
    now: Any
    absolute: float | None
    relative: float | None
    interval: tuple[float, float] | None
    closed: bool
    beyond_error: bool
    because: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As people read it: `table-1 2023 in mean_mb 804 → 812 (+1.0 %)`."""
        key = " ".join(str(part) for part in self.key.values() if part is not None)
        line = f"{self.table} {key} {self.column} {_shown(self.was)} → {_shown(self.now)}"
        return line if self.relative is None else f"{line} ({100 * self.relative:+.2g} %)"


@dataclass(frozen=True)
class Changes:
    """What moved since a release; `compared_with` is None where there is none.

    Attributes:
        compared_with: name of the former release.
        causes: what differs between the two, by kind: revisions, settings, code, published_figures.
        moves: values that moved, in the order of tables and rows.
        tables_added: tables that the former release did not have.
        tables_removed: tables that this release has not.
        accepted: the reason why closed years may move.
    """

    compared_with: str | None
    causes: dict[str, list[str]]
    moves: tuple[Move, ...]
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    accepted: str | None = None

    @property
    def stopping(self) -> list[Move]:
        """Moves of closed years beyond their error, largest first."""
        found = [move for move in self.moves if move.closed and move.beyond_error]
        return sorted(found, key=_size, reverse=True)

    def named(self, moves: list[Move]) -> str:
        """The first of some moves in one line, and how many there are more."""
        more = len(moves) - _MOST_NAMED
        return "; ".join(map(str, moves[:_MOST_NAMED])) + (f"; and {more} more" if more > 0 else "")

    @property
    def largest(self) -> list[Move]:
        """All moves, largest first."""
        return sorted(self.moves, key=_size, reverse=True)

    def summary(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "compared_with": self.compared_with,
            "values_moved": len(self.moves),
            "closed_values_beyond_error": len(self.stopping),
            "accepted": self.accepted,
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Changes:
        """The changes that a file holds.

        Raises:
            LookupError, TypeError: it does not hold what `content` gives.
        """
        moves = []
        for value in content["values"]:
            interval = value["interval"]
            lists = {
                "interval": None if interval is None else tuple(interval),
                "because": tuple(value["because"]),
            }
            moves.append(Move(**{**value, **lists}))
        return cls(
            compared_with=content["compared_with"],
            causes=content["causes"],
            moves=tuple(moves),
            tables_added=tuple(content["tables_added"]),
            tables_removed=tuple(content["tables_removed"]),
            accepted=content["accepted"],
        )

    def content(self) -> dict[str, Any]:
        """As plain JSON, for the file."""
        return {
            "format": 1,
            **self.summary(),
            "note": "first release of the edition: there is nothing to compare"
            if self.compared_with is None
            else "values of the former release against this one",
            "tables_added": list(self.tables_added),
            "tables_removed": list(self.tables_removed),
            "causes": self.causes,
            "values": [asdict(move) for move in self.moves],
        }


def compare(
    former: Path | None, tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]
) -> Changes:
    """What moved since a former release.

    Args:
        former: its folder; None for the first release of an edition.
        tables: the tables that are to be released, by id.
        manifest: the manifest that is to be released with them.
    """
    if former is None:
        return Changes(None, {}, ())
    before = read_recorded(former)
    promises = {entry["id"]: entry for entry in before["tables"]}
    moves: list[Move] = []
    closed_before = max(int(year) for year in manifest["settings"]["edition"]["analysis_weeks"])
    released = released_tables(former, promises)
    intervals = _intervals(released.get(ERRORS))
    for table, frame in tables.items():
        # What is said of the errors of figures moves with the figures.
        if table in released and table != ERRORS:
            moves += _moves(table, released[table], frame, intervals, closed_before)
    causes = _causes(before, manifest)
    return Changes(
        compared_with=former.name,
        causes={kind: [cause.text for cause in found] for kind, found in causes.items()},
        moves=tuple(replace(move, because=_because(move, causes)) for move in moves),
        tables_added=tuple(table for table in tables if table not in promises),
        tables_removed=tuple(table for table in promises if table not in tables),
    )


def released_tables(release: Path, tables: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Tables of a release by id, those of which the Parquet file is there.

    Raises:
        LongflowError: a file cannot be read.
    """
    found = {}
    for table in tables:
        file = release / "tables" / f"{table}.parquet"
        if not file.is_file():
            continue
        try:
            found[table] = pl.read_parquet(file, hive_partitioning=False)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise_machine_fault(error)
            raise LongflowError(
                f"cannot be read: {str(error).splitlines()[0]}",
                file=file,
                remedy="bring the release back from a copy, or move it out of the releases",
            ) from None
    return found


def accept(changes: Changes, edition: int, reason: str | None) -> Changes:
    """The changes, with the reason for which they are accepted where they need one.

    Raises:
        LongflowError: closed years moved beyond their error without a reason, or it is empty.
    """
    if reason is not None and not reason.strip():
        raise LongflowError(
            "the reason for accepting changes is empty",
            place="--accept-changes",
            remedy="say in a sentence why closed years move",
        )
    stopping = changes.stopping
    if not stopping:
        return changes
    if reason is None:
        raise LongflowError(
            f"{len(stopping)} values of closed years moved beyond their error since release"
            f" {changes.compared_with}: {changes.named(stopping)}: nothing was released",
            place=f"edition {edition}",
            remedy="find out why; when it is right: longflow publish"
            f' --edition {edition} --accept-changes "REASON"',
        )
    return replace(changes, accepted=reason.strip())


def _size(move: Move) -> float:
    """How far a value moved, to tell the largest; a value that came or went is largest."""
    if move.was is None or move.now is None:
        return math.inf
    return math.inf if move.relative is None else abs(move.relative)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _rows(table: str, frame: pl.DataFrame) -> dict[Key, dict[str, Any]]:
    key = promise_of(table).key
    return {tuple(row[name] for name in key): row for row in frame.iter_rows(named=True)}


def _moves(
    table: str,
    former: pl.DataFrame,
    frame: pl.DataFrame,
    intervals: Mapping[tuple[str, Key, str], tuple[float, float]],
    closed_before: int,
) -> Iterator[Move]:
    promise = promise_of(table)
    if not set(promise.key) <= set(former.columns):
        return
    before, after = _rows(table, former), _rows(table, frame)
    columns = [name for name in frame.columns if name not in promise.key]
    figures = set(figure_columns(promise))
    for row_key in {**after, **before}:
        key = dict(zip(promise.key, row_key, strict=True))
        closed = _is_closed(table, key, closed_before)
        for column in columns:
            # A column that the former release did not have has no value that could move.
            if column not in former.columns:
                continue
            was = before.get(row_key, {}).get(column)
            now = after.get(row_key, {}).get(column)
            if _same(was, now):
                continue
            absolute = None
            if isinstance(was, int | float) and isinstance(now, int | float):
                absolute = now - was
            interval = intervals.get((table, row_key, column))
            yield Move(
                table=table,
                key=key,
                column=column,
                was=was,
                now=now,
                absolute=absolute,
                relative=absolute / abs(was) if absolute is not None and was else None,
                interval=interval,
                closed=closed,
                # What was not there before does not move; what goes, does.
                beyond_error=column in figures
                and was is not None
                and (interval is None or now is None or not interval[0] <= now <= interval[1]),
            )


def _same(was: object, now: object) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return math.isclose(was, now, rel_tol=RELATIVE_TOLERANCE)
    return bool(was == now)


def _is_closed(table: str, key: Mapping[str, Any], closed_before: int) -> bool:
    # What is said of other weeks is no figure of the edition; its own are held in their tables.
    if not figure_columns(promise_of(table)):
        return False
    return ("year" in key or "to" in key) and year_of(dict(key)) < closed_before


def _intervals(errors: pl.DataFrame | None) -> dict[tuple[str, Key, str], tuple[float, float]]:
    """Within what the values of a release may move, where they have an error."""
    found: dict[tuple[str, Key, str], tuple[float, float]] = {}
    if errors is None:
        return found
    for figure, row in by_figure(errors).items():
        if row["reason"] is None:
            found[figure] = (row["low"], row["high"])
        elif row["reason"] == "few_packets":
            error = _FEW_PACKETS_ERROR * row["value"]
            found[figure] = (row["value"] - error, row["value"] + error)
    return found


@dataclass(frozen=True)
class _Cause:
    """Something that differs between two releases; `years` and `feed` say what it can move."""

    text: str
    years: frozenset[int] | None = None
    feed: str | None = None
    table: str | None = None


def _causes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[_Cause]]:
    return {
        "revisions": list(_revisions(before, now)),
        "settings": [_Cause(text) for text in _differences(before["settings"], now["settings"])],
        "code": [_Cause(text) for text in _differences(before["code"], now["code"])],
        "published_figures": list(_published(before, now)),
    }


def _revisions(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[_Cause]:
    years = {
        week: int(year)
        for edition in (before["settings"]["edition"], now["settings"]["edition"])
        for year, week in edition["analysis_weeks"].items()
    }
    loads = [
        {(load["week"], load["feed"]): load for load in manifest["inputs"]}
        for manifest in (before, now)
    ]
    for week, feed in sorted({**loads[0], **loads[1]}):
        was, is_now = (load.get((week, feed)) for load in loads)
        if was is not None and is_now is not None and was["input_digest"] == is_now["input_digest"]:
            continue
        revisions = " → ".join(str(load["revision"]) if load else "none" for load in (was, is_now))
        monday = date.fromisoformat(week)
        touched = {monday.year, (monday + timedelta(days=6)).year}
        yield _Cause(
            f"revision of {feed} of week {week}: {revisions}",
            frozenset(touched if feed == "counters" else {years.get(week, monday.year)}),
            feed,
        )


def _published(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[_Cause]:
    entries = [
        {
            (entry["table"], entry["sha256"]): entry
            for entry in manifest.get("published_figures", [])
        }
        for manifest in (before, now)
    ]
    for name in sorted(entries[0].keys() ^ entries[1].keys()):
        entry = entries[0].get(name) or entries[1][name]
        done = "imported" if name in entries[1] else "no longer used"
        yield _Cause(
            f"published figures {done}: {entry['file']}, {entry['table']}",
            frozenset(entry["years"]),
            table=entry["table"],
        )


def _differences(was: object, now: object, place: str = "") -> Iterator[str]:
    """Leaves of two JSON values that differ, as `place: was → now`."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in {**was, **now}:
            # The digest of the whole file changes with every comment in it.
            if place or name != "sha256":
                yield from _differences(was.get(name), now.get(name), f"{place}.{name}".strip("."))
    elif was != now:
        yield f"{place}: {_short(was)} → {_short(now)}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"


def _because(move: Move, causes: Mapping[str, list[_Cause]]) -> tuple[str, ...]:
    """What may have moved a value: of what differs, all that can touch it."""
    periods = [str(move.key[name]) for name in ("year", "from", "to") if name in move.key]
    years = {int(period[:4]) for period in periods}
    of_months = any(len(period) > 4 for period in periods)

    def touches(cause: _Cause) -> bool:
        return (
            (cause.feed is None or (cause.feed == "counters") == of_months)
            and (cause.table is None or cause.table == move.table)
            and (cause.years is None or not years or bool(cause.years & years))
        )

    found = [cause.text for kind in causes.values() for cause in kind if touches(cause)]
    # Rows and rests are chosen over all years: another year's revision can move them.
    return tuple(found or [cause.text for kind in causes.values() for cause in kind])
