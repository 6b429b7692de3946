"""Questions to the archive beside a release: its snapshot, and the notebook of the docs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from longflow.ask import open_to_ask
from longflow.release.recorded import read_recorded
from longflow.settings import Settings
from longflow.sqlfile import sql_root

from tests.unit.conftest import WEEKS, volumes

NOTEBOOK = sql_root().parent / "docs" / "ask-the-archive.ipynb"
SATURDAY = 6


def test_the_snapshot_and_the_weeks_of_a_release(
    released_settings: Settings, released: Path
) -> None:
    manifest = read_recorded(released)
    with open_to_ask(released_settings, release=released.name) as archive:
        assert archive.snapshot == manifest["archive"]["snapshot"]
        weeks = archive.sql("SELECT edition, week FROM week_of_edition ORDER BY week").fetchall()
    assert weeks == [(2024, monday) for monday in WEEKS.values()]


@pytest.fixture(scope="module")
def made(released_settings: Settings, released: Path) -> dict[str, Any]:
    """The variables that the cells of the notebook make, run in order."""
    assert released.is_dir()
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGFLOW_SETTINGS", str(released_settings.file))
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)  # noqa: S102 - our own notebook
    return names


def test_the_notebook_draws_figure_11_as_the_release_has_it(
    made: dict[str, Any], released: Path
) -> None:
    published = pl.read_parquet(released / "tables" / "figure-11.parquet")
    place = (20 * pl.col("log10_bytes")).round().cast(pl.Int32).alias("place")
    both = published.with_columns(place).join(
        made["figure_11"].with_columns(place), on=["year", "direction", "place"]
    )
    assert both.height == published.height
    apart = both.select((pl.col("density") - pl.col("density_right")).abs().max()).item()
    assert apart < 0.011


def test_the_notebook_compares_uploads_of_weekends_and_weekdays(made: dict[str, Any]) -> None:
    year, monday = max(WEEKS.items())
    days = volumes(year, monday, 40).filter(service="broadband", segment="consumer")
    at_weekends = pl.col("day").dt.weekday() >= SATURDAY
    sums = days.group_by(at_weekends.alias("weekend")).agg(pl.col("in_bytes").sum())
    weekend, weekday = (sums.row(by_predicate=pl.col("weekend") == one)[1] for one in (True, False))
    row = made["uploads"].row(by_predicate=pl.col("year") == year, named=True)
    assert row["consumers"] == 80
    assert row["ratio"] == pytest.approx((weekend / 2) / (weekday / 5))
    assert 0 < row["error"] < 1
