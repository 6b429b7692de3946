"""The inputs of an edition: its weeks, the population of each year, its months."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from longflow.contract.creating import create_table
from longflow.database import create_functions as create_shared_functions
from longflow.errors import LongflowError
from longflow.settings import Edition, Feed, Settings, days_of, spans_of
from longflow.sqlfile import identifier, sql_root, tables
from longflow.sqlnames import tables_read

_NAMES = Path(__file__).parent / "names"

# Tables that show whether the archive has a week around an analysis week.
_HELD_IN = ("subscriber_day", "port_week")

# Tables of which an edition reads all weeks: an access that was measured in any month is expected
# in all later months.
_OF_ALL_WEEKS = ("rate_hour", "published_figure")

# The log also says which weeks the months drawn are made of.
_OF_MONTHS = "load_log"

# School holidays last at most so long: days further beyond the terms that the settings name are
# neither in nor out of term.
DAYS_BEYOND_TERMS = 92

Population = tuple[int, str, str, str]


def populations(settings: Settings, edition: Edition) -> list[Population]:
    """Year, service, access and name of the population of each distribution.

    Source: docs/method.md, rule 5.

    Only services and accesses that the expected sources deliver are included.

    Raises:
        LongflowError: no expected source delivers volumes of subscribers.
    """
    usage = settings.sources_of(Feed.USAGE)
    with_pppoe = any(s.service == "broadband" for s in settings.sources_of(Feed.FLOWS))
    with_ipoe = any(s.service in {"broadband", None} and s.access in {"ipoe", None} for s in usage)
    with_mobile = any(s.service in {"mobile", None} for s in usage)
    found: list[Population] = []
    for year in edition.years:
        both = with_pppoe and with_ipoe and year >= edition.ipoe_since_year
        if with_pppoe:
            found.append((year, "broadband", "pppoe", "pppoe+ipoe" if both else "pppoe"))
        if both:
            found.append((year, "broadband", "ipoe", "pppoe+ipoe"))
        if with_mobile:
            found.append((year, "mobile", "", "numbers"))
    if not found:
        raise LongflowError(
            "no source delivers volumes of subscribers",
            file=settings.file,
            place="sources",
            remedy="name sources of the feeds flows (broadband) or usage",
        )
    return found


def population_of_broadband(edition: Edition, year: int) -> str:
    """Who is counted in the broadband distribution of a year (docs/method.md, rule 5)."""
    return "pppoe+ipoe" if year >= edition.ipoe_since_year else "pppoe"


def base_month(edition: Edition) -> date:
    """First day of the month whose OUT rate is the divisor of the others.

    Raises:
        LongflowError: the setting is not a month.
    """
    try:
        return date.fromisoformat(f"{edition.base_month}-01")
    except ValueError:
        raise LongflowError(
            f"'{edition.base_month}' is not a month",
            place="base_month",
            remedy="write it as YYYY-MM in longflow.toml",
        ) from None


def reads(edition: Edition) -> dict[str, set[date] | None]:
    """Tables of the archive that an edition reads, each with its weeks; None means all."""
    weeks = {*edition.weeks_used()} | {
        week for offset in edition.neighbour_offsets for week in edition.neighbours(offset).values()
    }
    of_months = weeks.union(edition.weeks_drawn())
    return {
        table: None if table in _OF_ALL_WEEKS else of_months if table == _OF_MONTHS else weeks
        for table in sorted(_tables_read())
    }


@cache
def _tables_read() -> frozenset[str]:
    """Tables of the archive that the queries of an edition read, and that of published figures."""
    queries = (sql_root() / "edition").glob("*/*.sql")
    read = {name for file in queries for name in tables_read(file.read_text(encoding="utf-8"))}
    return frozenset(read & {*tables("archive")} | {"published_figure"})


def is_month_between(edition: Edition) -> pl.Expr:
    """Which rows of `growth` belong only to the monthly series, not to the compared months."""
    of_years = pl.col("to").str.ends_with(f"-{edition.growth_month:02}")
    return (pl.col("measure") == "ratio_to_base") & ~of_years


def months(edition: Edition) -> list[date]:
    """First days of the calendar months that growth needs: growth months and the base month."""
    base_month(edition)
    return edition.growth_months()


def counters_weeks(edition: Edition) -> list[date]:
    """Mondays of the weeks whose counters an edition uses, where they are loaded."""
    return sorted({*edition.growth_weeks(), *edition.weeks_drawn()})


def create_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """The SQL functions that the edition's queries share with those of weeks, and their own."""
    create_shared_functions(connection)
    connection.execute((sql_root() / "edition" / "functions.sql").read_text(encoding="utf-8"))


def lay_out(connection: duckdb.DuckDBPyConnection, settings: Settings, edition: Edition) -> None:
    """Put the settings and the lists of names into temporary tables for the queries."""
    create_functions(connection)
    lay_out_weeks(connection, settings, edition)
    create_table(
        connection,
        "edition",
        "edition_week",
        [
            *((week, "analysis") for week in edition.analysis_weeks.values()),
            *((week, "neighbour") for week in sorted(held_neighbours(connection, edition))),
            *((week, "months") for week in counters_weeks(edition)),
            *((week, "hours") for week in sorted({*edition.day_weeks, *edition.weeks_by_hour()})),
        ],
    )
    create_table(
        connection,
        "edition",
        "hour_week",
        [
            *(("day", week) for week in edition.day_weeks),
            *(("years", week) for week in edition.weeks_by_hour()),
        ],
    )
    left_out = days_of(settings.holidays) if edition.leave_out_holidays else ()
    create_table(connection, "edition", "holiday", [(day,) for day in left_out])
    terms = {(span.first, span.last) for span in spans_of(settings.terms)}
    create_table(connection, "edition", "school_term", sorted(terms))
    places = [
        *(("percentile", float(percent)) for percent in edition.percentiles),
        *(("share_above", threshold) for threshold in edition.thresholds_gb),
    ]
    create_table(connection, "edition", "volume_place", places)
    minimum = [(edition.minimum_subscribers,)]
    create_table(connection, "edition", "disclosure_minimum", minimum)
    sources = [(source.name, source.service) for source in settings.sources_of(Feed.FLOWS)]
    create_table(connection, "edition", "flow_source", sources)
    create_table(connection, "edition", "protocol_name", _names("protocol"))
    create_table(connection, "edition", "port_name", _names("port"))


def lay_out_weeks(
    connection: duckdb.DuckDBPyConnection, settings: Settings, edition: Edition
) -> None:
    """Put the analysis weeks of an edition and their populations into temporary tables."""
    create_table(connection, "edition", "analysis_week", edition.analysis_weeks.items())
    create_table(connection, "edition", "analysis_population", populations(settings, edition))


def held_neighbours(connection: duckdb.DuckDBPyConnection, edition: Edition) -> set[date]:
    """Mondays of the weeks around the analysis weeks for which the archive has volumes or flows."""
    asked = {
        week for offset in edition.neighbour_offsets for week in edition.neighbours(offset).values()
    } - set(edition.analysis_weeks.values())
    if not asked:
        return set()
    # The list names each week separately, so that DuckDB skips the files of other weeks.
    marks = ", ".join("?" for _ in asked)
    return {
        week
        for table in _HELD_IN
        for (week,) in connection.execute(
            f"SELECT DISTINCT week FROM {identifier(table)} WHERE week IN ({marks})", list(asked)
        ).fetchall()
    }


def protocol_names() -> dict[int, str]:
    """Names of IP protocols by number, as tables print them."""
    return {int(number): name for number, name in _names("protocol")}


def _names(kind: str) -> list[list[str]]:
    with (_NAMES / f"{kind}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]
