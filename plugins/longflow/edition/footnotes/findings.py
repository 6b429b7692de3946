"""Footnotes on what was found about the data of an edition: breaks, gaps, what is not given."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb

from longflow.edition import scope
from longflow.edition.footnotes.curves import curve_notes, flows_missing
from longflow.edition.footnotes.months import month_notes
from longflow.edition.footnotes.note import Note, Record, finding
from longflow.edition.footnotes.sampling import sampling_notes
from longflow.edition.tables import by_service, drawn_from, publication_of
from longflow.settings import Edition


def _of_flows() -> dict[str, tuple[str, ...]]:
    """Tables that are made of flows, by service: mobile volumes come from usage records."""
    return {
        "broadband": drawn_from(
            *("subscribers", "accesses", "ports", "port_hours"), service="broadband"
        ),
        "mobile": drawn_from("ports", "port_hours", service="mobile"),
    }


def findings(
    edition: Edition,
    connection: duckdb.DuckDBPyConnection,
    printed: Mapping[str, Collection[int]] | None = None,
) -> list[Note]:
    """What was found about the tables of an edition that stand on the connection.

    Args:
        edition: its settings.
        connection: where it was compiled.
        printed: the years of which earlier reports printed figures, by table.
    """
    printed = printed or {}
    return [
        *_population_break(edition, connection, printed),
        *sampling_notes(connection, _of_flows()),
        *_without_volume(edition, connection),
        *_missing_ports(edition, connection, printed),
        *curve_notes(edition, connection, printed),
        *_sequence_failures(connection),
        *month_notes(edition, connection),
        *_years_not_split(connection),
    ]


def _population_break(
    edition: Edition,
    connection: duckdb.DuckDBPyConnection,
    printed: Mapping[str, Collection[int]],
) -> list[Note]:
    kinds = {
        kind
        for (kind,) in connection.execute(
            "SELECT DISTINCT population FROM analysis_population WHERE service = 'broadband'"
        ).fetchall()
    }
    for table in drawn_from("subscribers"):
        if publication_of(table).service == "broadband":
            years = printed.get(table, ())
            kinds |= {scope.population_of_broadband(edition, year) for year in years}
    if len(kinds) < 2:
        return []
    tables = drawn_from("subscribers", "modes", service="broadband")
    return [finding(tables, "population_break", since_year=edition.ipoe_since_year)]


def _without_volume(edition: Edition, connection: duckdb.DuckDBPyConnection) -> list[Note]:
    rows = connection.execute(
        "PIVOT (SELECT year, service, direction, without_volume_percent FROM without_volume)"
        " ON direction IN ('in', 'out') USING any_value(without_volume_percent)"
        " ORDER BY service, year"
    ).fetchall()
    tables_of: dict[str, list[str]] = {}
    for table, service in by_service("subscribers").items():
        tables_of.setdefault(service, []).append(table)
    found = []
    for service, tables in tables_of.items():
        years: list[Record] = [
            {"year": year, "in_percent": _tenths(in_percent), "out_percent": _tenths(out_percent)}
            for year, of, in_percent, out_percent in rows
            if of == service
        ]
        if years:
            minimum = edition.minimum_subscribers
            found.append(
                finding((*tables,), "without_volume", years=years, minimum_subscribers=minimum)
            )
    return found


def _tenths(percent: float | None) -> float | None:
    return None if percent is None else round(percent, 1)


def _missing_ports(
    edition: Edition,
    connection: duckdb.DuckDBPyConnection,
    printed: Mapping[str, Collection[int]],
) -> list[Note]:
    found = []
    for table, service in by_service("ports").items():
        present = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT year FROM port_share WHERE service = ?", [service]
            ).fetchall()
        }
        present |= {*printed.get(table, ())}
        found += flows_missing(edition, table, service, present)
    return found


def _sequence_failures(connection: duckdb.DuckDBPyConnection) -> list[Note]:
    rows = connection.execute(
        "SELECT service, year, max(sequence_failures)"
        " FROM port_week JOIN analysis_week USING (week)"
        " GROUP BY ALL HAVING max(sequence_failures) > 0 ORDER BY service, year"
    ).fetchall()
    found = []
    for service, tables in _of_flows().items():
        years: list[Record] = [
            {"year": year, "gaps": count} for of, year, count in rows if of == service
        ]
        if years:
            found.append(finding(tables, "export_gaps", service=service, years=years))
    return found


def _years_not_split(connection: duckdb.DuckDBPyConnection) -> list[Note]:
    """Years of which the volumes of an access are not known, so that growth cannot be split."""
    rows = connection.execute(
        "SELECT service, is_alone, list(year ORDER BY year) FROM ("
        "  SELECT service, year, any_value(population) = 'pppoe' AS is_alone"
        "  FROM analysis_population"
        "  ANTI JOIN (FROM access_volume WHERE is_complete) USING (year, service)"
        "  GROUP BY service, year"
        ") GROUP BY service, is_alone ORDER BY service, is_alone DESC"
    ).fetchall()
    return [
        finding(
            drawn_from("accesses"),
            "growth_of_pppoe_not_split" if is_alone else "growth_of_unknown_not_split",
            service=service,
            years=years,
        )
        for service, is_alone, years in rows
    ]
