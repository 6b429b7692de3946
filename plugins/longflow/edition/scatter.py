"""Cells of consumers by the volumes of both directions, as a table for the figures."""

from __future__ import annotations

import duckdb
import numpy as np

from longflow.contract.creating import create_table
from longflow.edition.statistics.scatter import CELLS_PER_DECADE, scatter


def find_cells(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `volume_cell` from `volume_pair`, a row per cell.

    A service with fewer consumers than the minimum has one row without bounds.
    """
    (minimum,) = connection.execute("SELECT subscribers FROM disclosure_minimum").fetchall()[0]
    pairs = connection.execute("FROM volume_pair ORDER BY year, service, out_place, in_place").pl()
    found: list[tuple[object, ...]] = []
    for key, rows in pairs.group_by("year", "service", maintain_order=True):
        numbers = rows["subscribers"].to_numpy()
        places = rows.select("out_place", "in_place").to_numpy().astype(np.int64)
        cells = scatter(places, numbers, minimum)
        if not cells:
            found.append((*key, 1, *[None] * 4, int(numbers.sum()), 0, None, None))
        for number, of in enumerate(cells, start=1):
            edges = (of.cell.low[0], of.cell.high[0], of.cell.low[1], of.cell.high[1])
            bounds = [10 ** (edge / CELLS_PER_DECADE) for edge in edges]
            found.append((*key, number, *bounds, of.cell.subscribers, of.points, of.low, of.high))
    create_table(connection, "edition", "volume_cell", found)
