"""Errors by a second way: single subscribers and formulas find what the edition has wrong."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from longflow.edition import compile_edition
from longflow.edition.intervals import MINIMUM_SUBSCRIBERS
from longflow.release.second_way.intervals import SecondIntervals

from tests.unit.conftest import filled_memory

SAMPLED = """
    UPDATE subscriber_day SET in_variance_bytes2 = in_bytes::HUGEINT * 3000000,
        out_variance_bytes2 = out_bytes::HUGEINT * 11000000
    WHERE access = 'pppoe'
"""


def volumes(
    connection: duckdb.DuckDBPyConnection, year: int, service: str, direction: str
) -> pl.DataFrame:
    """Volumes of the consumers of a distribution, smallest first."""
    return connection.execute(
        f"SELECT sum({direction}_bytes)::BIGINT AS bytes,"
        f" sum({direction}_variance_bytes2)::DOUBLE AS variance_bytes2"
        " FROM subscriber_day JOIN analysis_week USING (week)"
        " JOIN analysis_population USING (year, service, access)"
        " WHERE segment = 'consumer' AND year = ? AND service = ?"
        " GROUP BY subscriber HAVING bytes > 0 ORDER BY bytes",
        [year, service],
    ).pl()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SecondIntervals:
    """An edition of 400 consumers each, in which nearly every error is given."""
    folder = tmp_path_factory.mktemp("errors")
    with pytest.MonkeyPatch.context() as patch, filled_memory(folder, subscribers=400) as filled:
        # But of the top 1 %, who are four here.
        for statistic in ("mean", "top_10"):
            patch.setitem(MINIMUM_SUBSCRIBERS, statistic, 300)
        settings, archive = filled
        archive.connection.execute(SAMPLED)
        tables = compile_edition(settings, 2024, archive).tables
        known = {
            (year, service, direction): volumes(archive.connection, year, service, direction)
            for year in (2019, 2023, 2024)
            for service in ("broadband", "mobile")
            for direction in ("in", "out")
        }
    return SecondIntervals(tables, lambda *name: known[name])


def test_both_ways_agree(second: SecondIntervals) -> None:
    errors = second.tables["errors"]
    few = errors.filter(pl.col("top_percent").is_not_null(), reason="few_subscribers")
    assert few["top_percent"].unique().to_list() == [1]
    count, problems = second.compare()
    assert problems == []
    assert count > 2 * errors["error"].count()


@pytest.mark.parametrize(
    ("column", "where", "factor"),
    [
        ("sampling_error", pl.col("column_name") == "mean_mb", 1.001),
        ("population_error", pl.col("column_name") == "median_mb", 3),
        ("error", pl.col("column_name") == "mode_estimate_mb", 2.5),
        ("low", pl.col("table_id") == "table-3", 0.999),
        ("high", pl.col("measure") == "yearly_mode_ratio", 1.001),
    ],
)
def test_a_wrong_error_is_found(
    second: SecondIntervals, column: str, where: pl.Expr, factor: float
) -> None:
    errors = second.tables["errors"].with_columns(
        pl.when(where & (pl.col(column) > 0)).then(pl.col(column) * factor).otherwise(column)
    )
    wrong = SecondIntervals({**second.tables, "errors": errors}, second.volumes_of)
    _, problems = wrong.compare()
    assert problems
    assert {problem.split(", ")[1].split(":")[0] for problem in problems} >= {column}
