"""Footnotes on what is withheld from the tables of an edition and how the rest is rounded."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from longflow.edition.disclosure.guard import WITHHELD
from longflow.edition.footnotes.note import Note, Record, definition, finding
from longflow.edition.tables import drawn_from, is_about_others
from longflow.settings import Edition


def withheld_notes(edition: Edition, tables: Mapping[str, pl.DataFrame]) -> list[Note]:
    """Footnotes: what is withheld from the tables of an edition and how the rest is rounded."""
    minimum = edition.minimum_subscribers
    if minimum == 1:
        return []
    found = [
        definition(
            tuple(table for table in tables if not is_about_others(table)),
            "withheld",
            minimum_subscribers=minimum,
        ),
        definition(drawn_from("subscribers"), "rounded", minimum_subscribers=minimum),
        definition(
            drawn_from("ports", service="mobile"),
            "mobile_not_attributed",
            minimum_subscribers=minimum,
        ),
        definition(drawn_from("port_hours"), "hours_rounded", minimum_subscribers=minimum),
    ]
    for table, frame in tables.items():
        if "status" not in frame.columns:
            continue
        withheld = frame.filter(status=WITHHELD)
        if not withheld.is_empty():
            found.append(
                finding(
                    (table,),
                    "rows_withheld",
                    withheld=withheld.height,
                    rows=frame.height,
                    years=_by_year(withheld),
                )
            )
    return found


def _by_year(withheld: pl.DataFrame) -> list[Record]:
    """How many rows of each year; empty where rows are of none."""
    if "year" not in withheld.columns:
        return []
    counts = withheld.group_by("year").len().sort("year").iter_rows()
    return [{"year": year, "withheld": count} for year, count in counts]
