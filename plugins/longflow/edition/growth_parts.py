"""The parts of an edition's growth, as a table for the query of `growth-parts`."""

from __future__ import annotations

import itertools

import duckdb
import numpy as np
import polars as pl

from longflow.contract.creating import create_table
from longflow.edition.statistics.decomposition import (
    PARTS,
    Floats,
    growth_points,
    sampling_error_points,
)

# Fewer sampled packets do not show their own variance (docs/method.md, rule 17).
_LEAST_PACKETS = 30


def find_growth_parts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `growth_part` from `access_volume`.

    One row per part, for each pair of consecutive years and for the whole span, among years in
    which the volumes of all accesses are known.
    """
    found: list[tuple[object, ...]] = []
    volumes = connection.execute("FROM access_volume").pl()
    for (service, direction), rows in volumes.group_by("service", "direction"):
        years = {
            int(str(year)): cells.sort("access")
            for (year,), cells in rows.filter("is_complete").group_by("year")
        }
        for earlier, later in _pairs(sorted(years)):
            both = [years[earlier], years[later]]
            coverage = pl.concat(both)["coverage_percent"].min()
            found += [
                (service, direction, earlier, later, *part, coverage) for part in _parts(both)
            ]
    create_table(connection, "edition", "growth_part", found)


def _pairs(years: list[int]) -> list[tuple[int, int]]:
    """Consecutive years, and the first with the last."""
    pairs = [(a, b) for a, b in itertools.pairwise(years) if b == a + 1]
    return list(dict.fromkeys([*pairs, (years[0], years[-1])])) if len(years) > 1 else []


def _parts(both: list[pl.DataFrame]) -> list[tuple[str, float, float | None]]:
    """Name, points and error of each part; a single access has no move between accesses."""

    def of(column: str) -> Floats:
        return np.stack([cells[column].cast(pl.Float64).to_numpy() for cells in both])

    subscribers, volume, variance = of("subscribers"), of("bytes"), of("variance_bytes2")
    points = growth_points(subscribers, volume)
    errors = sampling_error_points(subscribers, volume, variance)
    too_few = bool(((variance > 0) & (of("sampled_packets") < _LEAST_PACKETS)).any())
    names = PARTS if subscribers.shape[1] > 1 else PARTS[:-1]
    return [
        (name, float(point), None if too_few else float(error))
        for name, point, error in zip(names, points, errors, strict=False)
    ]
