"""Compare a planned release with the last one, and stop it if values moved beyond their error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from longflow.amounts import counted
from longflow.edition.tables import ERRORS
from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault
from longflow.release.changes.causes import because, causes_between
from longflow.release.changes.moves import Move, intervals_of, moves_of
from longflow.release.changes.record import Changes
from longflow.release.recorded import read_recorded


def compare(
    former: Path | None, tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, Any]
) -> Changes:
    """What moved since a former release.

    Args:
        former: its folder; None for the first release of an edition.
        tables: the tables to be released, by id.
        manifest: the manifest to be released with them.
    """
    if former is None:
        return Changes(None, {}, ())
    before = read_recorded(former)
    promises = {entry["id"]: entry for entry in before["tables"]}
    moves: list[Move] = []
    closed_before = max(int(year) for year in manifest["settings"]["edition"]["analysis_weeks"])
    released = released_tables(former, promises)
    intervals = intervals_of(released.get(ERRORS))
    for table, frame in tables.items():
        # Statements about errors of figures move with the figures.
        if table in released and table != ERRORS:
            moves += moves_of(table, released[table], frame, intervals, closed_before)
    causes = causes_between(before, manifest)
    return Changes(
        compared_with=former.name,
        causes={kind: [cause.text for cause in found] for kind, found in causes.items()},
        moves=tuple(replace(move, because=because(move, causes)) for move in moves),
        tables_added=tuple(table for table in tables if table not in promises),
        tables_removed=tuple(table for table in promises if table not in tables),
    )


def released_tables(release: Path, tables: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Tables of a release by id, as far as their Parquet files exist.

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
                remedy="restore the release from a backup, or move it out of the releases",
            ) from None
    return found


def accept(changes: Changes, edition: int, reason: str | None) -> Changes:
    """The changes, with the reason for accepting them if they need one.

    Raises:
        LongflowError: closed years moved beyond their error and the reason is missing or empty.
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
            f"{counted(len(stopping), 'values')} of closed years moved beyond their error since"
            f" release {changes.compared_with}: {changes.named(stopping)}: nothing was released",
            place=f"edition {edition}",
            remedy="find out why; if it is correct: longflow publish"
            f' --edition {edition} --accept-changes "REASON"',
        )
    return replace(changes, accepted=reason.strip())
