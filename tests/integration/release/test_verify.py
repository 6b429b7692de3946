"""Verify: a release is as it was written, and its values agree with the archive."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.cli import main
from longflow.edition.disclosure import Guarded
from longflow.errors import LongflowError
from longflow.release import Verified, files, prepare, publish, verify
from longflow.settings import Settings
from longflow.sqlfile import query

from tests.forging import copied, write_and_sum_up
from tests.unit.conftest import make_settings_over, with_minimum, with_totals


@pytest.fixture
def release(released: Path, tmp_path: Path) -> Path:
    """A copy of a release that a test may tamper with."""
    return copied(released, tmp_path)


@pytest.fixture(scope="module")
def untouched(released_settings: Settings, released: Path) -> Verified:
    """What is found of a release as it was written."""
    return verify(released_settings, released)


@pytest.fixture(scope="module")
def found(
    released_settings: Settings, released: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, ...]:
    """What is found of a release with forged tables, and with files changed after that."""
    release = copied(released, tmp_path_factory.mktemp("tampered"))
    forged = pl.read_parquet(release / "tables/table-1.parquet").with_columns(
        mean_mb=pl.when(pl.int_range(pl.len()) == 1).then(1.5).otherwise("mean_mb")
    )
    forged.write_parquet(release / "tables/table-1.parquet")
    growth = (release / "tables/growth.csv").read_bytes().replace(b"mobile", b"mobil")
    write_and_sum_up(release, "tables/growth.csv", growth)
    with (release / "report.html").open("a") as report:
        report.write("<p>more</p>")
    (release / "changes.json").unlink()
    (release / "notes.txt").write_text("mine")
    return verify(released_settings, release).problems


def test_untouched_release_has_no_problems(untouched: Verified) -> None:
    assert untouched.problems == ()


def test_what_was_compared_is_reported_in_numbers(untouched: Verified, released: Path) -> None:
    tables = len([*released.glob("tables/*.csv")])
    # Two files a table, the drawings, the documents, and manifest, changes and findings.
    others = len([*released.glob("figures/*")])
    others += len(json.loads((released / "manifest.json").read_bytes())["documents"])
    assert untouched.compared[0] == f"{2 * tables + others + 3} files with their checksums"
    assert untouched.compared[1].startswith(
        f"{untouched.values} values of {tables} tables with those"
    )
    assert "table-1 24, table-2 24, table-3 " in untouched.compared[2]
    assert "concentration 24, growth " in untouched.compared[2]


def test_changed_missing_and_foreign_files_are_named(found: tuple[str, ...]) -> None:
    assert [line for line in found if not line.startswith("tables/")] == [
        "changes.json: is missing",
        "report.html: does not agree with SHA256SUMS",
        "notes.txt: is not in SHA256SUMS",
    ]


def test_forged_value_is_named_with_row_and_column(found: tuple[str, ...], released: Path) -> None:
    name = "tables/table-1.parquet"
    honest = pl.read_parquet(released / name)["mean_mb"][1]
    assert [line for line in found if line.startswith("tables/table-1")] == [
        f"{name}: row 2, mean_mb: 1.5, the archive gives {honest}",
        f"{name}: row 2, mean_mb: 1.5, a second way gives {honest}",
    ]


def test_forged_csv_is_named(found: tuple[str, ...]) -> None:
    name = "tables/growth.csv"
    assert [line for line in found if line.startswith("tables/growth")] == [
        f"{name}: does not hold what the archive gives"
    ]


def test_nothing_else_is_named(found: tuple[str, ...]) -> None:
    assert len(found) == 6


def test_changed_manifest_is_named(lake_settings: Settings, release: Path) -> None:
    (release / "manifest.json").write_text("{}")
    assert verify(lake_settings, release).problems == (
        "manifest.json: does not agree with SHA256SUMS",
    )


def test_release_is_rebuilt_from_its_own_snapshot_and_settings(
    own_lake_settings: Settings, released: Path
) -> None:
    with open_archive(own_lake_settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM subscriber_day")
    edition = own_lake_settings.editions[2024].model_copy(update={"growth_month": 5})
    later = own_lake_settings.model_copy(update={"editions": {2024: edition}, "sources": ()})
    assert verify(later, released).problems == ()


def test_second_way_finds_what_both_release_and_rebuilding_have_wrong(
    lake_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in a query is in the release and in the tables rebuilt: only another way sees it."""

    def wrong(step: str, table: str, name: str = "query") -> str:
        text = query(step, table, name)
        return text.replace("+ 99) // 100", "+ 99) // 50") if table == "concentration" else text

    monkeypatch.setattr("longflow.edition.making.query", wrong)
    release = prepare(lake_settings, 2024).path
    problems = verify(lake_settings, release).problems
    assert len(problems) == 12
    assert problems[0].startswith("tables/concentration.parquet: row 1, share_percent: ")
    assert ", a second way gives " in problems[0]


def test_second_way_finds_growth_of_pppoe_alone(
    lake_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_any_access(step: str, table: str, name: str = "query") -> str:
        return query(step, table, name).replace("accesses_of(service)", "[access]")

    weeks = {2019: date(2019, 6, 3), 2020: date(2023, 5, 29)}
    edition = lake_settings.editions[2024].model_copy(update={"analysis_weeks": weeks})
    settings = lake_settings.model_copy(update={"editions": {2024: edition}})
    monkeypatch.setattr("longflow.edition.making.query", of_any_access)
    release = prepare(settings, 2024).path
    problems = verify(settings, release).problems
    assert problems[0].startswith("tables/growth-parts.parquet: row 1, ")
    # figure-13 shows the same parts.
    of_tables = Counter(problem.partition(":")[0] for problem in problems)
    assert of_tables == dict.fromkeys(
        ("tables/growth-parts.parquet", "tables/figure-13.parquet"), 2 * 3 * 3
    )


@pytest.mark.parametrize(("minimum", "totals"), [(5, 36), (20, 12)])
def test_second_way_withholds_and_rounds_the_same(
    lake_settings: Settings, minimum: int, totals: int
) -> None:
    release = publish(with_minimum(with_totals(lake_settings), minimum), 2024).path
    statuses = {
        table: set(pl.read_parquet(release / "tables" / f"{table}.parquet")["status"])
        for table in ("table-1", "table-3", "concentration", "growth")
    }
    assert {"computed", "withheld"} in statuses.values()
    verified = verify(lake_settings, release)
    assert verified.problems == ()
    assert any(f"totals {totals}" in line for line in verified.compared)


def test_second_way_finds_what_should_have_been_withheld_or_rounded(
    lake_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "longflow.edition.making.guard_tables",
        lambda connection, edition, computed, parameters: Guarded(dict(computed), {}),
    )
    release = prepare(with_minimum(lake_settings, 20), 2024).path
    problems = verify(lake_settings, release).problems
    assert "tables/table-1.parquet: row 1, status: computed, a second way gives withheld" in (
        problems
    )
    places = ("table-2", "concentration", "port tables of broadband, 2019", "port tables of mobile")
    assert [place for place in places if not any(place in line for line in problems)] == []


def test_rows_that_were_deleted_are_not_read_by_the_second_way(
    own_lake_settings: Settings,
) -> None:
    with open_archive(own_lake_settings, read_only=False) as archive:
        archive.connection.execute(
            "DELETE FROM subscriber_day WHERE subscriber LIKE '%-consumer-3'"
        )
        archive.connection.execute("DELETE FROM port_week WHERE port = 25")
    release = publish(own_lake_settings, 2024).path
    with open_archive(own_lake_settings, read_only=False) as archive:
        assert any(deleted for _, deleted in archive.files("subscriber_day"))
        archive.connection.execute(
            "DELETE FROM subscriber_day WHERE subscriber LIKE '%-consumer-4'"
        )
    assert verify(own_lake_settings, release).problems == ()


def test_expired_snapshot_is_reported_in_one_line(
    own_lake_settings: Settings, released: Path
) -> None:
    snapshot = files.read_manifest(released)["archive"]["snapshot"]
    with open_archive(own_lake_settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM load_log")
        archive.connection.execute(
            f"CALL ducklake_expire_snapshots('archive', versions => [{snapshot}])"
        )
    (problem,) = verify(own_lake_settings, released).problems
    assert f"no snapshot {snapshot}: it has expired, or belongs" in problem


def test_equal_snapshot_and_settings_give_equal_bytes(shared_lake: Path, tmp_path: Path) -> None:
    contents = []
    for threads in (1, 4):
        settings = make_settings_over(shared_lake, tmp_path / str(threads))
        limits = settings.database.model_copy(update={"threads": threads})
        release = publish(settings.model_copy(update={"database": limits}), 2024).path
        contents.append({p.name: p.read_bytes() for p in (release / "tables").iterdir()})
    assert contents[0] == contents[1]


def test_command_line_prints_differences_and_ends_with_status_1(
    released: Path, lake_settings: Settings, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", "--settings", str(lake_settings.file)]
    assert main([*arguments, str(released)]) == 0
    assert capsys.readouterr().out.endswith("everything agrees\n")
    write_and_sum_up(release, "tables/growth.csv", b"measure\n")
    assert main([*arguments, str(release)]) == 1
    assert capsys.readouterr().err == (
        "longflow: tables/growth.csv: does not hold what the archive gives\n"
    )


def test_folder_that_is_no_release_is_reported(lake_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(LongflowError, match="not a release: SHA256SUMS is missing; name the"):
        verify(lake_settings, tmp_path)


def test_snapshot_that_the_archive_lacks_is_reported(
    lake_settings: Settings, release: Path
) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    manifest["archive"]["snapshot"] = 9999
    write_and_sum_up(release, "manifest.json", json.dumps(manifest).encode())
    (problem,) = verify(lake_settings, release).problems
    assert "no snapshot 9999" in problem
