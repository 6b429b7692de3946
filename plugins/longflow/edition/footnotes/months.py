"""Footnotes on months: which have no rate of counters, and which are PPPoE alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

import duckdb

from longflow.edition import scope
from longflow.edition.footnotes.note import Note, Record, finding
from longflow.edition.tables import drawn_from, promise_of, publication_of
from longflow.settings import Edition

# Coverage in percent by service and month.
_Coverage = Mapping[str, Mapping[date, float]]


def month_notes(edition: Edition, connection: duckdb.DuckDBPyConnection) -> list[Note]:
    """What was found about the months that an edition compares and draws."""
    coverage = _coverage_of_months(connection)
    return [
        *_months_without_value(edition, coverage),
        *_months_without_ipoe(edition, connection),
        *_months_not_drawn(edition, coverage),
    ]


def _of_months(service: str) -> tuple[str, ...]:
    """Tables that compare months by counters; others show the hours of analysis weeks."""
    return tuple(
        t
        for t in drawn_from("counters", service=service)
        if publication_of(t).span == "look_back" and t not in _of_every_month()
    )


def _of_every_month() -> tuple[str, ...]:
    """Tables with a row for every month of the look back."""
    return tuple(t for t in drawn_from("counters") if "month" in promise_of(t).key)


def _months_without_value(edition: Edition, coverage: _Coverage) -> list[Note]:
    found = []
    for service, covered in coverage.items():
        months: list[Record] = [
            {"month": f"{month:%Y-%m}", "coverage_percent": round(covered.get(month, 0), 1)}
            for month in _uncovered(edition, covered, scope.months(edition))
        ]
        if months:
            found.append(
                finding(_of_months(service), "months_uncovered", service=service, months=months)
            )
    return found


def _coverage_of_months(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[date, float]]:
    """Coverage in percent of the months of each expected service that have counters."""
    services = connection.execute(
        "SELECT DISTINCT service FROM analysis_population ORDER BY service"
    ).fetchall()
    coverage: dict[str, dict[date, float]] = {service: {} for (service,) in services}
    for service, month, percent in connection.execute(
        "SELECT service, month, coverage_percent FROM service_month"
    ).fetchall():
        if service in coverage:
            coverage[service][month] = percent
    return coverage


def _months_without_ipoe(edition: Edition, connection: duckdb.DuckDBPyConnection) -> list[Note]:
    rows = connection.execute(
        "SELECT month FROM service_month"
        " WHERE service = 'broadband' AND ipoe_out_bytes_per_second IS NULL"
        " AND EXISTS (FROM analysis_population WHERE access = 'ipoe') ORDER BY month"
    ).fetchall()
    without = {month for (month,) in rows}
    compared = [month for month in scope.months(edition) if month in without]
    drawn = _stretches(edition.months_drawn(), without)
    found = []
    if compared:
        months = [f"{month:%Y-%m}" for month in compared]
        found.append(finding(_of_months("broadband"), "months_of_pppoe_alone", months=months))
    if drawn:
        found.append(finding(_of_every_month(), "months_drawn_of_pppoe_alone", stretches=drawn))
    return found


def _months_not_drawn(edition: Edition, coverage: _Coverage) -> list[Note]:
    """Which months of the look back have no rate, a note for each service."""
    found = []
    drawn = edition.months_drawn()
    for service, covered in coverage.items():
        gaps = _stretches(drawn, {*_uncovered(edition, covered, drawn)})
        if gaps:
            found.append(
                finding(_of_every_month(), "months_not_drawn", service=service, stretches=gaps)
            )
    return found


def _uncovered(
    edition: Edition, covered: Mapping[date, float], months: Iterable[date]
) -> list[date]:
    """The months of which too few counters are known to give a rate."""
    least = edition.minimum_month_coverage_percent
    return [month for month in months if covered.get(month, 0) < least]


def _stretches(months: Sequence[date], chosen: Collection[date]) -> list[Record]:
    """First and last month of each uninterrupted run of chosen ones among consecutive months."""
    runs = (list(run) for is_in, run in groupby(months, chosen.__contains__) if is_in)
    return [{"first": f"{run[0]:%Y-%m}", "last": f"{run[-1]:%Y-%m}"} for run in runs]
