"""Published figures as the archive keeps them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb

from longflow.edition.published.figure import Figure
from longflow.sqlfile import query


@dataclass(frozen=True)
class PublishedFigures:
    """What the archive holds of published figures, for one edition.

    Attributes:
        figures: by table, in the order of their files.
        files: where they come from: table, years, file, sha256, imported_at (for the manifest).
    """

    figures: dict[str, list[Figure]]
    files: tuple[dict[str, Any], ...]


def published_figures(connection: duckdb.DuckDBPyConnection, edition: int) -> PublishedFigures:
    """The published figures that an archive holds, to the year of an edition."""
    try:
        rows = connection.execute(
            query("archive", "published_figure", "of_edition"), {"edition": edition}
        ).fetchall()
    except duckdb.CatalogException:
        # A snapshot from before there were published figures.
        rows = []
    figures: dict[str, list[Figure]] = {}
    files: dict[tuple[str, str], dict[str, Any]] = {}
    for table, year, key, column, value, text, note, line, imported_at, file, digest in rows:
        figures.setdefault(table, []).append(
            Figure(table, year, tuple(json.loads(key).items()), column, value, text, note, line)
        )
        told = {"table": table, "years": [], "file": file, "sha256": digest}
        entry = files.setdefault((table, digest), {**told, "imported_at": imported_at.isoformat()})
        if year not in entry["years"]:
            entry["years"].append(year)
    return PublishedFigures(figures, tuple(files.values()))
