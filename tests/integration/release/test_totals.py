"""Numbers of subscribers and their volume are published only where the edition says so."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from longflow.edition import CompiledEdition, compile_edition
from longflow.release import files, publish, verify
from longflow.release.changes import compare
from longflow.settings import Settings

from tests.unit.conftest import (
    MemoryArchive,
    make_settings_over,
    with_minimum,
    with_totals,
)


def test_without_the_setting_nothing_mentions_totals(compiled: CompiledEdition) -> None:
    assert "totals" not in compiled.tables
    assert not [note for note in compiled.notes if "totals" in note.tables]


def test_volume_is_the_sum_of_the_volumes(
    memory_archive: tuple[Settings, MemoryArchive],
) -> None:
    settings, archive = memory_archive
    totals = compile_edition(with_totals(settings), 2024, archive).tables["totals"]
    row = totals.row(
        by_predicate=(pl.col("year") == 2024)
        & (pl.col("service") == "mobile")
        & (pl.col("direction") == "out"),
        named=True,
    )
    number, week_bytes = archive.connection.execute(
        "SELECT count(DISTINCT subscriber), sum(out_bytes)::DOUBLE FROM subscriber_day"
        " WHERE service = 'mobile' AND segment = 'consumer' AND week = DATE '2024-06-03'"
    ).fetchone() or (0, 0.0)
    assert row["counted_subscribers"] == number
    assert row["week_tb"] == pytest.approx(week_bytes / 1e12, rel=1e-12)


def test_rows_that_are_withheld_have_no_total(
    memory_archive: tuple[Settings, MemoryArchive],
) -> None:
    """Of the 40 subscribers of mobile and of 2019 too few are near the mode."""
    settings, archive = memory_archive
    totals = compile_edition(with_minimum(with_totals(settings), 20), 2024, archive).tables[
        "totals"
    ]
    assert set(totals.select("year", "service").iter_rows()) == {
        (2023, "broadband"),
        (2024, "broadband"),
    }
    assert totals["counted_subscribers"].unique().to_list() == [80]


@pytest.fixture(scope="module")
def settings(shared_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return with_totals(make_settings_over(shared_lake, tmp_path_factory.mktemp("totals")))


@pytest.fixture(scope="module")
def release(settings: Settings) -> Path:
    """A release with totals."""
    return publish(settings, 2024).path


def test_release_with_totals_is_verified_by_the_second_way(
    settings: Settings, release: Path
) -> None:
    assert "Numbers of consumers and their volume" in (release / "report.html").read_text("utf-8")
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    assert "totals" in [table["id"] for table in manifest["tables"]]
    verified = verify(settings, release)
    assert verified.problems == ()
    assert any("totals 36" in line for line in verified.compared)


@pytest.mark.parametrize("column", ["counted_subscribers", "known_subscribers", "week_tb"])
def test_total_of_a_closed_year_does_not_move_in_silence(release: Path, column: str) -> None:
    """Whole numbers are figures too."""
    is_2023 = pl.col("year") == 2023
    totals = pl.read_parquet(release / "tables" / "totals.parquet").with_columns(
        pl.when(is_2023).then(pl.col(column) + 10).otherwise(column)
    )
    changes = compare(release, {"totals": totals}, files.read_manifest(release))
    assert {(move.column, move.key["year"]) for move in changes.stopping} == {(column, 2023)}
    assert len(changes.stopping) == totals.filter(is_2023).height
