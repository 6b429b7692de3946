"""The subscribers of a segment, from the archive's files."""

from __future__ import annotations

import polars as pl

from longflow.release.second_way.model import VOLUMES, Basis
from longflow.release.second_way.observed import accesses_of


def subscribers_of(basis: Basis, year: int, service: str, segment: str) -> pl.DataFrame:
    """Volume of each subscriber of a segment in the year's population.

    Returns:
        One row per subscriber and access: `in_bytes` and `out_bytes` of the week, and their
        sampling variances `in_variance_bytes2` and `out_variance_bytes2`.
    """
    if service == "broadband":
        (population,) = basis.tables[VOLUMES[service]].filter(year=year)["population"].unique()
    else:
        population = ""
    columns = [f"{of}_{what}" for of in ("in", "out") for what in ("bytes", "variance_bytes2")]
    days = [
        rows.filter(
            pl.col("week") == basis.observed.weeks[year],
            pl.col("service") == service,
            pl.col("segment") == segment,
            pl.col("access").is_in(accesses_of(service, population)),
        ).select("subscriber", "access", *columns)
        for rows in basis.observed.files.scan("subscriber_day")
    ]
    return pl.concat(days).group_by("subscriber", "access").agg(pl.col(columns).sum()).collect()
