"""Footnotes on sampling: at which intervals flows were sampled, where that changed, what it does.

Intervals are from the archive's ledger of sampling, not from the settings: these say what is
expected today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import duckdb
import polars as pl

from longflow.edition.footnotes.note import Note
from longflow.edition.tables import by_service, drawn_from

# An interval that fewer of a collector's flows have is not told: a few flows before a restart's
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
            found.append(Note(tables, "finding", _told(service, intervals)))
        found += [
            Note((*tables, *drawn_from("modes")), "finding", text)
            for text in _changes(service, intervals)
        ]
    return found


def intervals_of(sources: Mapping[str, Sequence[int]]) -> list[int]:
    """All intervals of some collectors, rising."""
    return sorted({interval for intervals in sources.values() for interval in intervals})


def _told(service: str, intervals: _Intervals) -> str:
    by_year = {year: _spelled(intervals_of(sources)) for year, sources in intervals.items()}
    if len(set(by_year.values())) == 1:
        spelled = next(iter(by_year.values()))
    else:
        spelled = ", ".join(f"{year} {text}" for year, text in by_year.items())
    return (
        f"Flows{_of(service)} were sampled, by their collectors' ledger: {spelled}. Volumes are"
        " estimates, and who sends little may not be seen at all."
    )


def _changes(service: str, intervals: _Intervals) -> list[str]:
    """Collectors that sampled otherwise than in the year before, a text for each such year."""
    texts = []
    years = sorted(intervals)
    for before, year in pairwise(years):
        changed = []
        for source, now in intervals[year].items():
            # One that is new is compared with all of the year before.
            was = intervals[before].get(source) or intervals_of(intervals[before])
            if set(was) != set(now) and (source in intervals[before] or not set(now) <= set(was)):
                changed.append(f"{source} {_spelled(was)} → {_spelled(now)}")
        if changed:
            texts.append(
                f"The sampling of flows{_of(service)} changed from {before} to {year}"
                f" ({'; '.join(changed)}): who sends little is seen or not by that alone, so"
                " medians, modes and numbers of consumers do not compare like with like; errors of"
                " shares differ."
            )
    return texts


def _spelled(intervals: Sequence[int]) -> str:
    names = {0: "an interval nobody knows", 1: "every packet"}
    return " and ".join(names.get(interval, f"1/{interval}") for interval in intervals)


def _of(service: str) -> str:
    return f" of {service}" if service else " of collectors no longer named in the settings"


def floor_notes(errors: pl.DataFrame) -> list[Note]:
    """Footnotes on consumers of whom few packets were sampled, and what that does to the figures.

    Args:
        errors: the table `errors`, as it is published.
    """
    found = []
    for table in by_service("subscribers"):
        rows = errors.filter(pl.col("few_packets_percent").is_not_null(), table_id=table)
        texts = []
        for (year,), of_year in rows.group_by("year", maintain_order=True):
            shifts = {
                (row["column_name"], row["direction"]): row
                for row in of_year.iter_rows(named=True)
                if row["sampling_shift"] is not None
            }
            parts = [
                _both(shifts, "median_mb", "few_packets_percent", "{:.0f}") + " % of all",
                "medians " + _both(shifts, "median_mb", "sampling_shift", "{:+.1f}") + " %",
                "modes " + _both(shifts, "mode_estimate_mb", "sampling_shift", "{:+.1f}") + " %",
            ]
            if shifts:
                texts.append(f"{year} {', '.join(parts)}")
        if texts:
            text = (
                "Consumers of whom fewer than 30 packets were sampled, and how far sampling is"
                f" expected to have moved the figures (IN / OUT): {'; '.join(texts)}. Nothing is"
                " taken off; the intervals allow for it."
            )
            found.append(Note((table,), "finding", text))
    return found


def _both(
    rows: Mapping[tuple[str, str], Mapping[str, float]], column: str, of: str, form: str
) -> str:
    """A number of both directions; a shift as a part of the figure, in percent."""
    told = []
    for direction in ("in", "out"):
        row = rows.get((column, direction))
        if row is None:
            told.append("–")
            continue
        number = row[of] if of == "few_packets_percent" else 100 * row[of] / row["value"]
        told.append(form.format(number).replace("-", "\N{MINUS SIGN}"))
    return " / ".join(told)
