"""Tables that were changed, with their checksums: each is found, in a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.forging import forge_json, forged_table, sum_up
from tests.integration.release.conftest import Found


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda t: t.with_columns(mean_mb=pl.lit(None, pl.Float64)), "mean_mb: None, the archive"),
        (lambda t: t.with_columns(year=pl.lit(1999, pl.Int32)), "year: 1999, the archive gives"),
        (lambda t: t.with_columns(population=pl.lit("all")), "population: all, the archive gives"),
        (lambda t: t.with_columns(status=pl.lit("withheld")), "status: withheld, the archive gi"),
        (lambda t: t.with_columns(mean_mb=pl.lit(float("nan"))), "mean_mb: nan, the archive gives"),
        (lambda t: t.with_columns(pl.lit(0.0).alias("mode_mb")), "mode_mb: 0.0, the archive gives"),
        (lambda t: t.head(1), "1 row, the archive gives"),
        (lambda t: t.clear(), "0 rows, the archive gives"),
        (lambda t: t.drop("mean_mb"), "columns ['year', 'direction'"),
        (lambda t: t.reverse(), "row 1, "),
    ],
)
@pytest.mark.parametrize("table", ["table-1"])
def test_forged_table_is_found(
    release: Path,
    found: Found,
    table: str,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    line: str,
) -> None:
    forged_table(release, table, change)
    problems = found()
    assert any(line in problem for problem in problems), problems
    assert f"tables/{table}.csv: does not hold what the archive gives" in problems


def test_column_of_another_type_is_found(release: Path, found: Found) -> None:
    forged_table(release, "table-1", lambda t: t.with_columns(pl.col("mean_mb").cast(pl.String)))
    assert found() == ("tables/table-1.parquet: mean_mb has type String instead of Float64",)


def test_forged_errors_are_found_whatever_the_second_way_makes_of_them(
    release: Path, found: Found
) -> None:
    forged_table(
        release, "errors", lambda t: t.with_columns(pl.col(pl.Float64) * 0, reason=pl.lit(None))
    )
    assert any(line.startswith("tables/errors.parquet: row ") for line in found())


def test_parquet_that_holds_more_than_its_values_is_found(release: Path, found: Found) -> None:
    file = release / "tables" / "table-1.parquet"
    pl.read_parquet(file).write_parquet(file, metadata={"note": "not ours"})
    sum_up(release)
    assert found() == ("tables/table-1.parquet: holds more than the values of the table",)


def test_table_that_is_gone_everywhere_is_found(release: Path, found: Found) -> None:
    for kind in ("csv", "parquet"):
        (release / "tables" / f"growth.{kind}").unlink()
    forge_json(
        release,
        "manifest.json",
        lambda content: content.update(
            tables=[t for t in content["tables"] if t["id"] != "growth"]
        ),
    )
    problems = found()
    assert "tables/growth.csv: is missing" in problems
    assert any(line.startswith("manifest.json: tables.growth: nothing, ") for line in problems)
