"""Compile an edition: all its published tables, from one snapshot of the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import duckdb
import polars as pl

from longflow.amounts import counted
from longflow.edition import scope, sensitivity
from longflow.edition.checks import check_table
from longflow.edition.footnotes import (
    Note,
    axis_notes,
    calendar_notes,
    definitions,
    findings,
    floor_notes,
    hour_notes,
    neighbour_notes,
    withheld_notes,
)
from longflow.edition.making import Making, kept, unpublished
from longflow.edition.published import add_published, leave_out_gone, published_figures
from longflow.edition.sentences import Sentence, sentences
from longflow.edition.statistics.fine_bins import FINE_BINS_PER_DECADE
from longflow.edition.statistics.mode import BINS_PER_DECADE
from longflow.edition.statistics.scatter import CELLS_PER_DECADE
from longflow.edition.tables import (
    ERRORS,
    SENSITIVITY,
    is_drawn_from_tables,
    is_published,
    promise_of,
    published_tables,
)
from longflow.errors import LongflowError
from longflow.faults import require_address_space
from longflow.settings import Edition, Settings
from longflow.sqlfile import query

_SPANS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)


class ReadableArchive(Protocol):
    """What compilation needs from an archive: its tables by their plain names, and its snapshot."""

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection on which the archive's tables are visible."""

    @property
    def snapshot(self) -> int:
        """Number of the snapshot."""


@dataclass(frozen=True)
class CompiledEdition:
    """An edition ready for release: every table has passed its contract.

    Attributes:
        year: the edition.
        settings: its section of the settings.
        snapshot: the archive's snapshot.
        tables: by id, columns and order of rows as published.
        notes: footnotes, definitions before findings.
        coverage_percent: the least covered cell, by table and then by year or month.
        inputs: the loads that the edition uses (contract edition/input).
        checks: ids of the checks that the tables passed.
        published: files of published figures: table, years, file, sha256, imported_at.
        steps: by table the steps to which disclosure control rounded its figures (`Guarded`).
        sentences: what the tables say, in the order of printing.
    """

    year: int
    settings: Edition
    snapshot: int
    tables: dict[str, pl.DataFrame]
    notes: tuple[Note, ...]
    coverage_percent: dict[str, dict[str, float]]
    inputs: pl.DataFrame
    checks: tuple[str, ...]
    published: tuple[dict[str, Any], ...] = ()
    steps: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    sentences: tuple[Sentence, ...] = ()


# Longer look backs have no word.
MOST_YEARS = len(_SPANS) - 1


def span_word(years: int) -> str:
    """The word for the length of the look back in names of measures, as in five_year_ratio."""
    return _SPANS[years] if years < len(_SPANS) else str(years)


def compile_edition(settings: Settings, year: int, archive: ReadableArchive) -> CompiledEdition:
    """Compile the tables of an edition.

    Args:
        settings: the settings; `editions.<year>` names weeks, years and rules.
        year: the edition.
        archive: an archive opened for reading at one snapshot.

    Raises:
        LongflowError: the settings name no such edition, an analysis week is not in the archive, or
            a table breaks its contract.
    """
    edition = settings.edition(year)
    require_address_space(settings.database.memory_limit)
    connection = archive.connection
    scope.lay_out(connection, settings, edition)
    published = published_figures(connection, year)
    gone = leave_out_gone(connection, published)
    _require_weeks(connection)
    _require_variances(connection)

    parameters = query_parameters(edition)
    making = Making(connection, edition, parameters)
    chosen = [table for table in published_tables() if is_published(table, edition)]
    last = [table for table in chosen if is_drawn_from_tables(table)]
    guarded = making.publish([table for table in chosen if table not in {SENSITIVITY, *last}])
    making.make(unpublished())
    months = connection.execute("FROM service_month ORDER BY month, service").pl()
    coverage = _coverage(edition, guarded, months)
    found = [
        *findings(edition, connection, published.years),
        *hour_notes(settings, edition, connection),
        *calendar_notes(settings, edition),
    ]
    # From here on the connection has other weeks.
    sensitivity.find_week_figures(
        connection,
        settings,
        edition,
        guarded,
        lambda: Making(connection, edition, parameters, made=kept()).publish(
            sensitivity.of_weeks()
        ),
    )
    guarded |= making.publish([SENSITIVITY])
    tables, published_notes = add_published(edition, published, guarded)
    drawn = making.publish_from(tables, last)
    guarded |= drawn
    tables |= drawn
    checks = [
        done
        for table, frame in tables.items()
        for done in check_table(connection, promise_of(table), frame)
    ]
    return CompiledEdition(
        year=year,
        settings=edition,
        snapshot=archive.snapshot,
        tables={table: tables[table] for table in published_tables() if table in tables},
        notes=(
            *definitions(edition),
            *gone,
            *found,
            *floor_notes(guarded[ERRORS]),
            *axis_notes(guarded),
            *neighbour_notes(edition, tables[SENSITIVITY]),
            *published_notes,
            *withheld_notes(edition, guarded),
        ),
        coverage_percent=coverage,
        inputs=connection.execute("FROM input ORDER BY week, feed").pl(),
        checks=tuple(checks),
        published=published.files,
        steps=making.steps,
        sentences=sentences(tables),
    )


def query_parameters(edition: Edition) -> dict[str, object]:
    """The query parameters that come from the settings."""
    years, months_drawn = edition.years, edition.months_drawn()
    return {
        "bins_per_decade": BINS_PER_DECADE,
        "fine_bins_per_decade": FINE_BINS_PER_DECADE,
        "cells_per_decade": CELLS_PER_DECADE,
        "minimum_subscribers": edition.minimum_subscribers,
        "publish_totals": edition.publish_totals,
        "first_port_year": years[-edition.port_years :][0],
        "threshold_percent": edition.port_rows.threshold_percent,
        "most_ports": edition.port_rows.most,
        "minimum_coverage_percent": edition.minimum_month_coverage_percent,
        "minimum_hour_coverage_percent": edition.minimum_hour_coverage_percent,
        "growth_month": edition.growth_month,
        "days_beyond_terms": scope.DAYS_BEYOND_TERMS,
        "daytime_from": edition.daytime_hours[0],
        "daytime_until": edition.daytime_hours[1],
        "base_month": scope.base_month(edition),
        "first_month": months_drawn[0],
        "last_month": months_drawn[-1],
        "span": span_word(years[-1] - years[0]),
    }


def _require_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    """Require consumers of every population in each analysis week: nothing is filled in."""
    missing: dict[date, list[str]] = {}
    for week, service, access in connection.execute(
        query("edition", "subscriber_week", "missing_weeks")
    ).fetchall():
        missing.setdefault(week, []).append(f"{service} {access}".strip())
    if not missing:
        return
    weeks = "; ".join(f"{week} ({', '.join(what)})" for week, what in sorted(missing.items()))
    raise LongflowError(
        f"the archive holds no volumes of consumers in these analysis weeks: {weeks}",
        remedy=f"load each of them: longflow ingest --first {min(missing)}; or, if the dumps are "
        "gone and the archive holds nothing of the service in that week, import what was printed: "
        "longflow import-published FILE",
    )


def _require_variances(connection: duckdb.DuckDBPyConnection) -> None:
    """Require variances of at least 0: every error derived from others would be wrong."""
    found = connection.execute(query("edition", "input", "negative_variances")).fetchall()
    if not found:
        return
    weeks = "; ".join(
        f"{counted(rows, 'rows')} of {table} in week {week}" for week, table, rows in found
    )
    raise LongflowError(
        f"the archive holds negative sampling variances: {weeks}",
        remedy=f"load each of these weeks again: longflow ingest --first {found[0][0]}",
    )


def _coverage(
    edition: Edition, tables: Mapping[str, pl.DataFrame], months: pl.DataFrame
) -> dict[str, dict[str, float]]:
    """The least covered cell, by table and year; for growth by service and month."""
    coverage: dict[str, dict[str, float]] = {}
    for table, frame in tables.items():
        if {"year", "coverage_percent"} <= set(frame.columns):
            least = frame.group_by("year").agg(pl.col("coverage_percent").min()).sort("year")
            coverage[table] = {str(year): percent for year, percent in least.iter_rows()}
    needed = months.filter(pl.col("month").is_in(scope.months(edition)))
    for service, rows in needed.group_by("service", maintain_order=True):
        coverage[f"growth {service[0]}"] = {
            f"{row['month']:%Y-%m}": row["coverage_percent"] for row in rows.iter_rows(named=True)
        }
    return coverage
