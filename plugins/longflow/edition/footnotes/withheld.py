"""Footnotes on what is withheld from the tables of an edition and how the rest is rounded."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from longflow.edition.disclosure.guard import WITHHELD
from longflow.edition.footnotes.note import Note
from longflow.edition.tables import drawn_from, is_about_others
from longflow.settings import Edition


def withheld_notes(edition: Edition, tables: Mapping[str, pl.DataFrame]) -> list[Note]:
    """Footnotes: what is withheld from the tables of an edition and how the rest is rounded."""
    minimum = edition.minimum_subscribers
    if minimum == 1:
        return []
    found = [
        Note(
            tuple(table for table in tables if not is_about_others(table)),
            "definition",
            f"Nothing here tells about fewer than {minimum} subscribers, by itself or by its"
            " difference to another value: what would is withheld, marked c.",
        ),
        Note(
            drawn_from("subscribers"),
            "definition",
            "Rounded so as to tell nothing of single subscribers: means and shares to what one of"
            f" the {minimum} heaviest adds to them, medians until {minimum} subscribers share the"
            " value.",
        ),
    ]
    found.append(
        Note(
            drawn_from("ports", service="mobile"),
            "definition",
            "Mobile flows are not attributed, so nobody knows of how many numbers a row is: it has"
            f" at least the volume of {minimum} average ones.",
        )
    )
    for table, frame in tables.items():
        if "status" not in frame.columns:
            continue
        withheld = frame.filter(status=WITHHELD)
        if not withheld.is_empty():
            rows = f"{withheld.height} of {frame.height} rows of the data file"
            text = f"Withheld: {rows}{_when(withheld)}."
            found.append(Note((table,), "finding", text))
    return found


def _when(withheld: pl.DataFrame) -> str:
    if "year" not in withheld.columns:
        return ""
    counts = withheld.group_by("year").len().sort("year").iter_rows()
    return " (" + ", ".join(f"{year}: {count}" for year, count in counts) + ")"
