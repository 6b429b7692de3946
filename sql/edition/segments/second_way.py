"""The second way of `segments`: plain sums over the subscribers in the archive's files."""

import math
from collections.abc import Mapping

import polars as pl
from longflow.release.second_way import disclosure
from longflow.release.second_way.intervals import Allowed
from longflow.release.second_way.model import VOLUMES, Basis, Expected, Row, rounded, withheld
from longflow.release.second_way.observed import accesses_of
from longflow.release.second_way.sums import exact_total, total

# Errors have two significant digits.
_TWO_DIGITS = (0.94, 1.06)


def expected(basis: Basis, _table: str, row: Row) -> Expected:
    """OUT over IN, withheld for few subscribers or one that outweighs the others."""
    seen = _subscribers(basis, row)
    volumes = {of: seen[f"{of}_bytes"].sort() for of in ("in", "out")}
    totals = {of: exact_total(volume) for of, volume in volumes.items()}
    value, least = totals["out"] / totals["in"], basis.minimum_subscribers
    if least == 1:
        return {"out_in_ratio": value, "status": "computed"}
    fewest = min(int((volume > 0).sum()) for volume in volumes.values())
    if fewest < least or any(
        disclosure.is_outweighed(totals[of], volumes[of], least) for of in totals
    ):
        return withheld({"out_in_ratio": value})
    parts = (exact_total(volumes[of].tail(least)) / totals[of] for of in totals)
    step = disclosure.step_of(value * max(parts) / least)
    return rounded({"out_in_ratio": value}, {"out_in_ratio": step})


def expected_error(basis: Basis, row: Row) -> Mapping[str, Allowed]:
    """The error by packet sampling, from the squared relative errors of both directions."""
    if row["reason"] is not None:
        return {}
    seen = _subscribers(basis, row)
    squares = math.fsum(
        total(seen[f"{of}_variance_bytes2"]) / total(seen[f"{of}_bytes"]) ** 2
        for of in ("in", "out")
    )
    error = 1.96 * row["value"] * math.sqrt(squares)
    return {"sampling_error": (error, _TWO_DIGITS), "error": (error, _TWO_DIGITS)}


def _subscribers(basis: Basis, row: Row) -> pl.DataFrame:
    """Bytes and variances of each subscriber of the segment, in the year's population."""
    service, year = row["service"], row["year"]
    if service == "broadband":
        (population,) = basis.tables[VOLUMES[service]].filter(year=year)["population"].unique()
    else:
        population = ""
    columns = [f"{of}_{what}" for of in ("in", "out") for what in ("bytes", "variance_bytes2")]
    days = [
        rows.filter(
            pl.col("week") == basis.observed.weeks[year],
            pl.col("service") == service,
            pl.col("segment") == row["segment"],
            pl.col("access").is_in(accesses_of(service, population)),
        ).select("subscriber", "access", *columns)
        for rows in basis.observed.files.scan("subscriber_day")
    ]
    return pl.concat(days).group_by("subscriber", "access").agg(pl.col(columns).sum()).collect()
