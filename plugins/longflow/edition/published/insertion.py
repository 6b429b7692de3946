"""Published figures in the tables of an edition: beside what is computed, never in its place."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from longflow.edition.footnotes.note import Note, finding
from longflow.edition.published.figure import Figure, rows_of, year_of
from longflow.edition.published.kept import PublishedFigures
from longflow.edition.published.order import in_order
from longflow.edition.scope import is_month_between, population_of_broadband
from longflow.edition.tables import most_years, promise_of, publication_of
from longflow.settings import Edition


def add_published(
    edition: Edition,
    published: PublishedFigures,
    tables: Mapping[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], list[Note]]:
    """The tables with the published figures of years that are not computed.

    A year of which a table holds anything computed gets nothing published. Port tables end with the
    last years that the edition prints, computed or published.

    Args:
        edition: says how many years port tables print.
        published: what was imported.
        tables: by id, as computed.

    Returns:
        All tables, published years in their place, and footnotes about them.
    """
    found = dict(tables)
    notes: list[Note] = []
    for table, figures in published.figures.items():
        if table not in tables:
            continue
        frame = tables[table]
        promise = promise_of(table)
        # A month between makes no computed year.
        of_years = frame.filter(~is_month_between(edition)) if "measure" in promise.key else frame
        computed = {year_of(row) for row in of_years.select(promise.key).iter_rows(named=True)}
        years = {figure.year for figure in figures}
        left_out = sorted(years & computed)
        added = years - computed
        if (most := most_years(table, edition)) is not None:
            added &= set(sorted(years | computed)[-most:])
        if left_out:
            notes.append(finding((table,), "published_left_out", years=left_out))
        chosen = [figure for figure in figures if figure.year in added]
        if not chosen:
            continue
        texts = {(year, "population"): _population(edition, table, year) for year in added}
        rows = rows_of(promise, chosen, texts).cast(frame.schema)
        found[table] = in_order(promise, pl.concat([frame, rows]))
        notes += _notes(table, chosen)
    return found, notes


def _population(edition: Edition, table: str, year: int) -> str:
    """Who was counted in a year's distribution (docs/method.md, rule 5)."""
    if publication_of(table).service == "mobile":
        return "numbers"
    return population_of_broadband(edition, year)


def _notes(table: str, figures: list[Figure]) -> list[Note]:
    years = sorted({figure.year for figure in figures})
    remarks: dict[str, dict[int, None]] = {}
    for figure in figures:
        if figure.note:
            remarks.setdefault(figure.note, {})[figure.year] = None
    return [
        finding((table,), "published", years=years),
        *(
            finding((table,), "published_remark", years=list(of), remark=remark)
            for remark, of in remarks.items()
        ),
    ]
