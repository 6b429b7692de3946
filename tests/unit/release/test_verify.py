"""Verify: a release is as it was written, and its values are what the archive gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.cli import main
from longflow.edition import disclosure
from longflow.errors import LongflowError
from longflow.release import files, publish, verify
from longflow.settings import Settings
from longflow.sqlfile import query

from tests.unit.conftest import make_settings_over, with_minimum


@pytest.fixture
def release(released: Path, tmp_path: Path) -> Path:
    """A copy of a release that a test may tamper with."""
    copy = tmp_path / released.name
    shutil.copytree(released, copy)
    for part in [copy, *copy.rglob("*")]:
        part.chmod(0o755)
    return copy


def write_and_sign(release: Path, name: str, data: bytes) -> None:
    """Replace a file and its checksum, as one would who forges a release."""
    (release / name).write_bytes(data)
    sums = "".join(
        f"{files.sha256((release / file).read_bytes())}  {file}\n"
        for file in files.files_of(release)
    )
    (release / files.CHECKSUMS).write_text(sums)


def test_untouched_release_has_no_problems(lake_settings: Settings, release: Path) -> None:
    assert verify(lake_settings, release).problems == ()


def test_changed_file_is_named(lake_settings: Settings, release: Path) -> None:
    with (release / "report.html").open("a") as report:
        report.write("<p>more</p>")
    assert verify(lake_settings, release).problems == (
        "report.html: does not agree with SHA256SUMS",
    )


def test_missing_and_foreign_files_are_named(lake_settings: Settings, release: Path) -> None:
    (release / "report.html").unlink()
    (release / "notes.txt").write_text("mine")
    assert verify(lake_settings, release).problems == (
        "report.html: is missing",
        "notes.txt: is not in SHA256SUMS",
    )


def test_changed_manifest_is_named(lake_settings: Settings, release: Path) -> None:
    (release / "manifest.json").write_text("{}")
    assert verify(lake_settings, release).problems == (
        "manifest.json: does not agree with SHA256SUMS",
    )


def test_forged_value_is_named_with_row_and_column(lake_settings: Settings, release: Path) -> None:
    name = "tables/table-1.parquet"
    frame = pl.read_parquet(release / name)
    honest = frame["mean_mb"][1]
    forged = frame.with_columns(
        mean_mb=pl.when(pl.int_range(pl.len()) == 1).then(1.5).otherwise("mean_mb")
    )
    forged.write_parquet(release / name)
    write_and_sign(release, name, (release / name).read_bytes())
    assert verify(lake_settings, release).problems == (
        f"{name}: row 2, mean_mb: 1.5, the archive gives {honest}",
        f"{name}: row 2, mean_mb: 1.5, a second way gives {honest}",
    )


def test_forged_csv_is_named(lake_settings: Settings, release: Path) -> None:
    name = "tables/growth.csv"
    data = (release / name).read_bytes().replace(b"mobile", b"mobil")
    write_and_sign(release, name, data)
    assert verify(lake_settings, release).problems == (
        f"{name}: does not hold what the archive gives",
    )


def test_release_is_rebuilt_from_its_own_snapshot_and_settings(
    own_lake_settings: Settings,
) -> None:
    release = publish(own_lake_settings, 2024).path
    with open_archive(own_lake_settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM subscriber_day")
    edition = own_lake_settings.editions[2024].model_copy(update={"growth_month": 5})
    later = own_lake_settings.model_copy(update={"editions": {2024: edition}, "sources": ()})
    assert verify(later, release).problems == ()


def test_what_was_compared_is_told_in_numbers(lake_settings: Settings, release: Path) -> None:
    verified = verify(lake_settings, release)
    assert verified.compared[0] == "23 files against their checksums"
    assert verified.compared[1].startswith(
        f"{verified.values} values of 10 tables against the arch"
    )
    assert "table-1 24, table-2 24, table-3 " in verified.compared[2]
    assert "concentration 24, growth " in verified.compared[2]


def test_second_way_finds_what_both_release_and_rebuilding_have_wrong(
    own_lake_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in a query is in the release and in the tables rebuilt: only another way sees it."""

    def wrong(step: str, table: str, name: str = "query") -> str:
        text = query(step, table, name)
        return text.replace("+ 99) // 100", "+ 99) // 50") if table == "concentration" else text

    monkeypatch.setattr("longflow.edition.compile.query", wrong)
    release = publish(own_lake_settings, 2024).path
    problems = verify(own_lake_settings, release).problems
    assert len(problems) == 12
    assert problems[0].startswith("tables/concentration.parquet: row 1, share_percent: ")
    assert ", a second way gives " in problems[0]


@pytest.mark.parametrize("minimum", [5, 20])
def test_second_way_withholds_and_rounds_the_same(lake_settings: Settings, minimum: int) -> None:
    release = publish(with_minimum(lake_settings, minimum), 2024).path
    statuses = {
        table: set(pl.read_parquet(release / "tables" / f"{table}.parquet")["status"])
        for table in ("table-1", "table-3", "concentration", "growth")
    }
    assert {"computed", "withheld"} in statuses.values()
    verified = verify(lake_settings, release)
    assert verified.problems == ()


def test_second_way_finds_what_should_have_been_withheld_or_rounded(
    lake_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        disclosure, "guard_tables", lambda connection, edition, computed, parameters: computed
    )
    release = publish(with_minimum(lake_settings, 20), 2024).path
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


def test_expired_snapshot_is_told_in_one_line(own_lake_settings: Settings) -> None:
    release = publish(own_lake_settings, 2024).path
    snapshot = files.read_manifest(release)["archive"]["snapshot"]
    with open_archive(own_lake_settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM load_log")
        archive.connection.execute(
            f"CALL ducklake_expire_snapshots('archive', versions => [{snapshot}])"
        )
    with pytest.raises(
        LongflowError, match=f"no snapshot {snapshot}: it has expired, or it is that"
    ):
        verify(own_lake_settings, release)


def test_equal_snapshot_and_settings_give_equal_bytes(shared_lake: Path, tmp_path: Path) -> None:
    contents = []
    for threads in (1, 4):
        settings = make_settings_over(shared_lake, tmp_path / str(threads))
        limits = settings.database.model_copy(update={"threads": threads})
        release = publish(settings.model_copy(update={"database": limits}), 2024).path
        contents.append({p.name: p.read_bytes() for p in (release / "tables").iterdir()})
    assert contents[0] == contents[1]


def test_command_line_tells_differences_and_ends_with_status_1(
    released: Path, lake_settings: Settings, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", "--settings", str(lake_settings.file)]
    assert main([*arguments, str(released)]) == 0
    assert capsys.readouterr().out.endswith("everything agrees\n")
    write_and_sign(release, "tables/growth.csv", b"measure\n")
    assert main([*arguments, str(release)]) == 1
    assert capsys.readouterr().err == (
        "longflow: tables/growth.csv: does not hold what the archive gives\n"
    )


def test_folder_that_is_no_release_is_told(lake_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(LongflowError, match="not a release: SHA256SUMS is missing; name the"):
        verify(lake_settings, tmp_path)


def test_snapshot_that_the_archive_lacks_is_told(lake_settings: Settings, release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    manifest["archive"]["snapshot"] = 9999
    write_and_sign(release, "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(LongflowError, match="no snapshot 9999"):
        verify(lake_settings, release)
