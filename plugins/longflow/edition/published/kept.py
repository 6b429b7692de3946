"""Published figures as the archive stores them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb

from longflow.edition.published.figure import Figure
from longflow.sqlfile import query


@dataclass(frozen=True)
class PublishedFigures:
    """The archive's published figures for one edition.

    Attributes:
        figures: by table, in the order of their files.
        files: their sources for the manifest: table, years, file, sha256, imported_at.
    """

    figures: dict[str, list[Figure]]
    files: tuple[dict[str, Any], ...]

    @property
    def years(self) -> dict[str, set[int]]:
        """The years of which there are figures, by table."""
        return {table: {one.year for one in figures} for table, figures in self.figures.items()}


def published_figures(connection: duckdb.DuckDBPyConnection, edition: int) -> PublishedFigures:
    """The published figures of an archive, up to the year of an edition."""
    try:
        rows = connection.execute(
            query("archive", "published_figure", "of_edition"), {"edition": edition}
        ).fetchall()
    except duckdb.CatalogException:
        # A snapshot from before published figures existed.
        rows = []
    figures: dict[str, list[Figure]] = {}
    files: dict[tuple[str, str], dict[str, Any]] = {}
    for table, year, key, column, value, text, note, line, imported_at, file, digest in rows:
        figures.setdefault(table, []).append(
            Figure(table, year, tuple(json.loads(key).items()), column, value, text, note, line)
        )
        described = {"table": table, "years": [], "file": file, "sha256": digest}
        entry = files.setdefault(
            (table, digest), {**described, "imported_at": imported_at.isoformat()}
        )
        if year not in entry["years"]:
            entry["years"].append(year)
    return PublishedFigures(figures, tuple(files.values()))
