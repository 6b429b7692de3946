"""The modes of an edition, as a table for its queries."""

from __future__ import annotations

import duckdb
import numpy as np

from longflow.contract.creating import create_table
from longflow.edition.statistics.mode import mode


def find_modes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `volume_mode` from `volume_histogram`, one row per distribution."""
    histogram = connection.execute("FROM volume_histogram").pl()
    found = []
    for key, cells in histogram.group_by("year", "service", "direction"):
        value = mode(cells["bin"].to_numpy().astype(np.int64), cells["subscribers"].to_numpy())
        found.append((*key, value.grid_bytes, value.estimate_bytes))
    create_table(connection, "edition", "volume_mode", found)
