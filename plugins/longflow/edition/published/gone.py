"""Weeks whose dumps are gone: earlier reports are all that is known of their years."""

from __future__ import annotations

import duckdb

from longflow.edition.footnotes.note import Note, finding, joined
from longflow.edition.published.figure import Figure
from longflow.edition.published.kept import PublishedFigures
from longflow.edition.tables import by_service, publication_of
from longflow.sqlfile import query


def leave_out_gone(
    connection: duckdb.DuckDBPyConnection, published: PublishedFigures
) -> list[Note]:
    """Remove populations of which the archive holds nothing and earlier reports printed figures.

    A service of which the week holds some accesses and lacks others stays, and so does one without
    published figures of that year: either is a week that somebody has yet to take in.

    Args:
        connection: where the weeks and populations of the edition are laid out.
        published: what was imported.

    Returns:
        Footnotes that name the years left out.
    """
    printed = {
        (figure.year, service)
        for figures in published.figures.values()
        for figure in figures
        if (service := _service_of(figure)) is not None
    }
    if not printed:
        return []
    left_out: dict[str, list[int]] = {}
    for year, service in _services_gone(connection):
        if (year, service) in printed:
            connection.execute(
                "DELETE FROM analysis_population WHERE year = ? AND service = ?", [year, service]
            )
            left_out.setdefault(service, []).append(year)
    return joined(
        finding((table,), "volumes_gone", service=service, years=left_out[service])
        for table, service in by_service("subscribers").items()
        if service in left_out
    )


def _services_gone(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """Years and services of whose week the archive lacks the consumers of every access."""
    return connection.execute(
        "SELECT year, service FROM analysis_population JOIN analysis_week USING (year) LEFT JOIN"
        " (SELECT *, true AS is_missing"
        f" FROM ({query('edition', 'subscriber_week', 'missing_weeks')}))"
        " USING (week, service, access)"
        " GROUP BY year, service HAVING count(*) = count(is_missing) ORDER BY year, service"
    ).fetchall()


def _service_of(figure: Figure) -> str | None:
    """The service that a figure is about: that of its table, or of its row."""
    service = publication_of(figure.table).service or dict(figure.key).get("service")
    return None if service is None else str(service)
