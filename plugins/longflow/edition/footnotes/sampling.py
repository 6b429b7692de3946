"""Footnotes on sampling: at which intervals flows were sampled, where that changed, what it does.

Intervals are from the archive's ledger of sampling, not from the settings: these say what is
expected today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import duckdb
import polars as pl

from longflow.edition.footnotes.note import Note, Record, finding
from longflow.edition.tables import by_service, drawn_from

# An interval that fewer of a collector's flows have is not reported: a few flows before a restart's
# announcement are no other sampling.
_LEAST_PERCENT = 1.0

# By year and collector its intervals, that of most flows first.
_Intervals = Mapping[int, Mapping[str, Sequence[int]]]


def sampling_notes(
    connection: duckdb.DuckDBPyConnection, of_flows: Mapping[str, tuple[str, ...]]
) -> list[Note]:
    """Footnotes from the table `sampling_week`.

    Args:
        connection: where the edition's tables stand.
        of_flows: the tables that are made of flows, by service.

    Returns:
        For each service with sampled flows its intervals by year, and one of its own for each pair
        of years that follow each other and were sampled differently.
    """
    rows = connection.execute(
        "SELECT service, year, source, sampling_interval FROM sampling_week"
        " WHERE flows_percent >= ? ORDER BY service, year, source, flows DESC, sampling_interval",
        [_LEAST_PERCENT],
    ).fetchall()
    by_service: dict[str, dict[int, dict[str, list[int]]]] = {}
    for service, year, source, interval in rows:
        years = by_service.setdefault(service, {})
        years.setdefault(year, {}).setdefault(source, []).append(interval)
    found = []
    for service, intervals in by_service.items():
        # Of a collector that the settings do not name any more nobody knows the service.
        tables = of_flows.get(service) or tuple(t for of in of_flows.values() for t in of)
        if any(intervals_of(of) != [1] for of in intervals.values()):
            found.append(_intervals(tables, service, intervals))
        found += _changes((*tables, *drawn_from("modes")), service, intervals)
    return found


def intervals_of(sources: Mapping[str, Sequence[int]]) -> list[int]:
    """All intervals of some collectors, rising."""
    return sorted({interval for intervals in sources.values() for interval in intervals})


def _intervals(tables: tuple[str, ...], service: str, intervals: _Intervals) -> Note:
    """The intervals by year; where all years have the same, once and without a year."""
    by_year = {year: intervals_of(sources) for year, sources in intervals.items()}
    first = next(iter(by_year.values()))
    if all(of_year == first for of_year in by_year.values()):
        return finding(tables, "sampling", service=service, intervals=first)
    years: list[Record] = [
        {"year": year, "intervals": of_year} for year, of_year in by_year.items()
    ]
    return finding(tables, "sampling_by_year", service=service, years=years)


def _changes(tables: tuple[str, ...], service: str, intervals: _Intervals) -> list[Note]:
    """Collectors that sampled otherwise than in the year before, a note for each such year."""
    found = []
    years = sorted(intervals)
    for before, year in pairwise(years):
        changed: list[Record] = []
        for source, now in intervals[year].items():
            # One that is new is compared with all of the year before.
            was = intervals[before].get(source) or intervals_of(intervals[before])
            if set(was) != set(now) and (source in intervals[before] or not set(now) <= set(was)):
                changed.append({"collector": source, "was": was, "now": now})
        if changed:
            found.append(
                finding(
                    tables,
                    "sampling_changed",
                    service=service,
                    before_year=before,
                    year=year,
                    collectors=changed,
                )
            )
    return found


def floor_notes(errors: pl.DataFrame) -> list[Note]:
    """Footnotes on consumers of whom few packets were sampled, and what that does to the figures.

    Args:
        errors: the table `errors`, as it is published.
    """
    found = []
    for table in by_service("subscribers"):
        rows = errors.filter(pl.col("few_packets_percent").is_not_null(), table_id=table)
        years: list[Record] = []
        for (year,), of_year in rows.group_by("year", maintain_order=True):
            shifts = {
                (row["column_name"], row["direction"]): row
                for row in of_year.iter_rows(named=True)
                if row["sampling_shift"] is not None
            }
            if shifts:
                years.append(
                    {
                        "year": int(str(year)),
                        "few_packets": _both(shifts, "median_mb", _few_packets),
                        "median_shift": _both(shifts, "median_mb", _shift),
                        "mode_shift": _both(shifts, "mode_estimate_mb", _shift),
                    }
                )
        if years:
            found.append(finding((table,), "few_packets", years=years))
    return found


def _both(
    rows: Mapping[tuple[str, str], Mapping[str, float]],
    column: str,
    number: Callable[[Mapping[str, float]], float],
) -> dict[str, float | None]:
    """A percentage of both directions; None where there is no such row."""
    found = {direction: rows.get((column, direction)) for direction in ("in", "out")}
    return {
        f"{direction}_percent": None if row is None else number(row)
        for direction, row in found.items()
    }


def _few_packets(row: Mapping[str, float]) -> float:
    return round(row["few_packets_percent"])


def _shift(row: Mapping[str, float]) -> float:
    """How far sampling moved a figure, in percent of it."""
    return round(100 * row["sampling_shift"] / row["value"], 1)
