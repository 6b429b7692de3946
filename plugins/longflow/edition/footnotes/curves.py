"""Footnotes on the port curves: weeks without flows, and hours without a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb

from longflow.edition.footnotes.note import Note, Record, finding
from longflow.edition.tables import by_service, years_of
from longflow.settings import Edition


def curve_notes(
    edition: Edition,
    connection: duckdb.DuckDBPyConnection,
    printed: Mapping[str, Collection[int]],
) -> list[Note]:
    """Footnotes from the table `flow_hour`.

    Args:
        edition: its settings.
        connection: where the edition's tables stand.
        printed: the years of which earlier reports printed figures, by table.

    Returns:
        For each figure of hours of ports the years without flows, and how many hours of the others
        have no value because too little of them was delivered.
    """
    rows = connection.execute(
        "SELECT service, year, count(*) FILTER (NOT is_covered)"
        " FROM flow_hour GROUP BY ALL ORDER BY service, year"
    ).fetchall()
    found = []
    for table, service in by_service("port_hours").items():
        uncovered = {year: count for of, year, count in rows if of == service}
        present = {*uncovered, *printed.get(table, ())}
        found += flows_missing(edition, table, service, present)
        years: list[Record] = [
            {"year": year, "hours": count} for year, count in uncovered.items() if count
        ]
        if years:
            least = edition.minimum_hour_coverage_percent
            found.append(
                finding((table,), "hours_uncovered", years=years, minimum_coverage_percent=least)
            )
    return found


def flows_missing(
    edition: Edition,
    table: str,
    service: str,
    present: Collection[int],
) -> list[Note]:
    """A footnote on the years that a table should have and the archive has no flows of."""
    years: list[Record] = [
        {"year": year, "week": f"{edition.analysis_weeks[year]}"}
        for year in years_of(table, edition)
        if year not in present
    ]
    return [finding((table,), "flows_missing", service=service, years=years)] if years else []
