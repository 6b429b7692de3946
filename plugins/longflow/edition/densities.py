"""The densities of an edition's distributions, as a table for its figures."""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl

from longflow.contract.creating import create_table
from longflow.edition.distributions import distributions, seed_of
from longflow.edition.intervals import MINIMUM_SUBSCRIBERS, MOST_UNSEEN
from longflow.edition.statistics import density, sampling
from longflow.edition.statistics.fine_bins import FineBins
from longflow.edition.statistics.mode import BINS_PER_DECADE

_PLACES = density.AXIS_BINS / BINS_PER_DECADE


def find_densities(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `volume_density` from `volume_bin`: a row per place on the axis."""
    (minimum,) = connection.execute("SELECT subscribers FROM disclosure_minimum").fetchall()[0]
    found = [
        _density(volumes, minimum, seed_of(year, service, direction)).with_columns(
            year=pl.lit(year), service=pl.lit(service), direction=pl.lit(direction)
        )
        for year, service, direction, volumes, _ in distributions(connection)
    ]
    create_table(connection, "edition", "volume_density", pl.concat(found) if found else ())


def _density(volumes: FineBins, minimum: int, seed: list[int]) -> pl.DataFrame:
    """The columns of `volume_density` about one distribution."""
    again, unseen = sampling.drawn_again(volumes, seed)
    # A distribution of fewer is withheld as a whole.
    joined = minimum if volumes.total >= minimum else 1
    curve, beyond = density.curve(volumes, again, joined), density.beyond(volumes, again)
    has_interval = volumes.total >= MINIMUM_SUBSCRIBERS["mode"] and unseen <= MOST_UNSEEN
    columns = {"log10_bytes": _PLACES}
    for name, interval, places in (
        ("density", curve, slice(None)),
        ("beyond", beyond, [0, -1]),
    ):
        values, low, high = (np.full(len(_PLACES), np.nan) for _ in range(3))
        values[places] = interval.values
        if has_interval:
            low[places], high[places] = interval.low, interval.high
        columns |= {name: values, f"{name}_low": low, f"{name}_high": high}
    return pl.DataFrame(columns).fill_nan(None)
