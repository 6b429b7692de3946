"""Whether the figures of a release equal those of the second way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from longflow.archive import Archive
from longflow.edition.scope import protocol_names
from longflow.edition.tables import ERRORS
from longflow.release.second_way import (
    Calendar,
    SecondWay,
    errors_without_method,
    without_method,
)
from longflow.release.verification.checked import Checked
from longflow.release.verification.found import one_line
from longflow.settings import Edition, Settings, days_of, spans_of


def check_second_way(
    checked: Checked,
    archive: Archive,
    stored: Mapping[str, pl.DataFrame],
    rebuilt: Mapping[str, pl.DataFrame],
) -> None:
    """Recompute the published figures by a second way, for tables with the expected rows."""
    edition = checked.recorded.edition(checked.manifest["edition"])
    way = SecondWay(
        files_of=cache(archive.files),
        snapshot=archive.snapshot,
        weeks=edition.analysis_weeks,
        minimum_subscribers=edition.minimum_subscribers,
        minimum_month_coverage_percent=edition.minimum_month_coverage_percent,
        minimum_hour_coverage_percent=edition.minimum_hour_coverage_percent,
        time_zone=checked.recorded.provider.time_zone,
        protocols=protocol_names(),
        calendar=_calendar(checked.recorded, edition),
    )
    tables = {
        table: stored[table] if table in stored and _rows_agree(stored[table], frame) else frame
        for table, frame in rebuilt.items()
    }
    try:
        counts, problems = way.compare(tables)
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        # No value of the archive leads there; those that do were reported cell by cell.
        if all(tables[table] is rebuilt[table] for table in tables) or not checked.found.problems:
            raise
        checked.found.not_held.append(f"the published values by a second way: {one_line(error)}")
        counts, problems = way.compare(rebuilt)
    checked.found.problems += problems
    checked.found.not_held += [
        f"tables/{table}: no second way recomputes its figures" for table in without_method(rebuilt)
    ]
    if ERRORS in rebuilt:
        with_interval = rebuilt[ERRORS].filter(pl.col("reason").is_null())["table_id"].unique()
        checked.found.not_held += [
            f"tables/{ERRORS}: no second way recomputes the errors of {table}"
            for table in errors_without_method(with_interval.sort().to_list())
        ]
    numbers = ", ".join(f"{table} {count}" for table, count in counts.items())
    checked.found.compared.append(
        f"{sum(counts.values())} figures with those of the second way, plain Polars over the"
        f" archive's files: {numbers}"
    )


def _calendar(settings: Settings, edition: Edition) -> Calendar:
    """The holidays, terms and daytime by which an edition is compiled."""
    first, end = edition.daytime_hours
    return Calendar(
        holidays=frozenset(days_of(settings.holidays) if edition.leave_out_holidays else ()),
        terms=tuple((span.first, span.last) for span in spans_of(settings.terms)),
        daytime=(first, end),
        growth_month=edition.growth_month,
    )


def _rows_agree(stored: pl.DataFrame, rebuilt: pl.DataFrame) -> bool:
    """Whether a table has the rows of the other one, and differs only in values of figures."""
    if stored.schema != rebuilt.schema or stored.height != rebuilt.height:
        return False
    texts = [name for name, kind in rebuilt.schema.items() if not kind.is_float()]
    return stored.select(texts).equals(rebuilt.select(texts)) and stored.select(
        pl.all().is_null()
    ).equals(rebuilt.select(pl.all().is_null()))
