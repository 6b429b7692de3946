"""Footnotes on hours and the calendar: the base, gaps, holidays, and school terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import duckdb

from longflow.edition import scope
from longflow.edition.footnotes.note import Note, Record, finding, joined
from longflow.edition.tables import (
    drawn_from,
    is_of_weeks,
    promise_of,
    publication_of,
    published_tables,
    years_of,
)
from longflow.settings import Edition, Settings, days_of, spans_of
from longflow.sqlfile import identifier

# The figures with a base; figure-10 has that of figure-9.
_WITH_BASE = {"figure-2": ("figure-2",), "figure-9": ("figure-9", "figure-10")}

# The table of the daytime in and out of term.
_BY_TERM = "daytime-by-term"


def hour_notes(
    settings: Settings, edition: Edition, connection: duckdb.DuckDBPyConnection
) -> list[Note]:
    """Footnotes on the figures by hour and on the daytime, whose tables stand on the connection."""
    return [
        *_bases(connection),
        *_hours_without_rate(connection),
        *_years_uncovered(edition, connection),
        *(_years_beyond_terms(connection) if settings.terms else ()),
    ]


def calendar_notes(settings: Settings, edition: Edition) -> list[Note]:
    """Footnotes on holidays and terms in the weeks that an edition chose."""
    chosen: dict[str, Sequence[date]] = {
        **{t: [edition.analysis_weeks[y] for y in years_of(t, edition)] for t in _of_years()},
        **dict.fromkeys(_of_weeks(), edition.weeks_by_hour()),
        "figure-2": edition.day_weeks,
    }
    return joined(
        note
        for table, weeks in chosen.items()
        for note in (*_holidays(settings, edition, table, weeks), *_terms(settings, table, weeks))
    )


def _of_years() -> tuple[str, ...]:
    """Tables of analysis weeks."""
    return tuple(
        table
        for table in drawn_from("subscribers", "accesses", "ports", "port_hours", "counters")
        if is_of_weeks(table) and table != _BY_TERM
    )


def _of_weeks() -> tuple[str, ...]:
    """Tables of other weeks that the settings name."""
    return tuple(table for table in published_tables() if publication_of(table).span == "weeks")


def _bases(connection: duckdb.DuckDBPyConnection) -> list[Note]:
    found = []
    for figure, tables in _WITH_BASE.items():
        # The oldest week whose highest OUT rate is 1; nothing where that is withheld.
        rows = connection.execute(
            f"SELECT week, hour FROM {identifier(promise_of(figure).table)}"
            " WHERE direction = 'out' AND relative_rate = 1 ORDER BY week, hour LIMIT 1"
        ).fetchall()
        found += [finding(tables, "hour_base", week=f"{week}", hour=hour) for week, hour in rows]
    return found


def _hours_without_rate(connection: duckdb.DuckDBPyConnection) -> list[Note]:
    found = []
    for figure, tables in _WITH_BASE.items():
        weeks: list[Record] = [
            {"week": f"{week}", "hours": hours}
            for week, hours in connection.execute(
                f"SELECT week, count(DISTINCT hour) FROM {identifier(promise_of(figure).table)}"
                " WHERE relative_rate IS NULL AND status = 'computed' GROUP BY week ORDER BY week"
            ).fetchall()
        ]
        if weeks:
            found.append(finding(tables, "hours_without_rate", weeks=weeks))
    return found


def _years_uncovered(edition: Edition, connection: duckdb.DuckDBPyConnection) -> list[Note]:
    """Years of which too few counters are known to give a daytime rate."""
    rows = connection.execute(
        f"SELECT service, year, min(coverage_percent)"
        f" FROM {identifier(promise_of(_BY_TERM).table)}"
        " WHERE period = 'all' AND coverage_percent < ? GROUP BY ALL ORDER BY service, year",
        [edition.minimum_month_coverage_percent],
    ).fetchall()
    by_service: dict[str, list[Record]] = {}
    for service, year, percent in rows:
        by_service.setdefault(service, []).append(
            {"year": year, "coverage_percent": round(percent, 1)}
        )
    return [
        finding((_BY_TERM,), "years_uncovered", service=service, years=years)
        for service, years in by_service.items()
    ]


def _years_beyond_terms(connection: duckdb.DuckDBPyConnection) -> list[Note]:
    """Years that the terms do not reach over, so that they are not split."""
    rows = connection.execute(
        f"SELECT year FROM {identifier(promise_of(_BY_TERM).table)}"
        " GROUP BY year HAVING count(*) = count_if(period = 'all') ORDER BY year"
    ).fetchall()
    return [finding((_BY_TERM,), "years_beyond_terms", years=[y for (y,) in rows])] if rows else []


def _weekdays(weeks: Iterable[date]) -> list[date]:
    return [week + timedelta(days=number) for week in sorted({*weeks}) for number in range(5)]


def _holidays(
    settings: Settings, edition: Edition, table: str, weeks: Iterable[date]
) -> list[Note]:
    """Holidays from Monday to Friday in chosen weeks."""
    names = days_of(settings.holidays)
    within: list[Record] = [
        {"day": f"{day}", "name": names[day]} for day in _weekdays(weeks) if day in names
    ]
    if not within:
        return []
    # Only hours are means over weekdays.
    is_left_out = edition.leave_out_holidays and table in drawn_from("counters")
    return [
        finding((table,), "holidays_left_out" if is_left_out else "holidays_kept", holidays=within)
    ]


def _terms(settings: Settings, table: str, weeks: Iterable[date]) -> list[Note]:
    """Chosen weeks of which a weekday lies outside of term, or of which no terms are known."""
    spans = spans_of(settings.terms)
    if not spans:
        return []
    outside, beyond = [], []
    beside = timedelta(days=scope.DAYS_BEYOND_TERMS)
    first, last = spans[0].first - beside, max(span.last for span in spans) + beside
    for week in sorted({*weeks}):
        days = _weekdays([week])
        if not first <= days[0] <= days[-1] <= last:
            beyond.append(f"{week}")
        elif any(not any(span.first <= day <= span.last for span in spans) for day in days):
            outside.append(f"{week}")
    return [
        *([finding((table,), "weeks_outside_terms", weeks=outside)] if outside else ()),
        *([finding((table,), "weeks_beyond_terms", weeks=beyond)] if beyond else ()),
    ]
