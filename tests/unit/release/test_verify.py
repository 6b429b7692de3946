"""Verify: a release is as it was written, and its values are what the archive gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.errors import LongflowError
from longflow.release import files, publish, verify
from longflow.settings import Settings


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
    assert verify(lake_settings, release) == []


def test_changed_file_is_named(lake_settings: Settings, release: Path) -> None:
    with (release / "report.html").open("a") as report:
        report.write("<p>more</p>")
    assert verify(lake_settings, release) == ["report.html: does not agree with SHA256SUMS"]


def test_missing_and_foreign_files_are_named(lake_settings: Settings, release: Path) -> None:
    (release / "report.html").unlink()
    (release / "notes.txt").write_text("mine")
    assert verify(lake_settings, release) == [
        "report.html: is missing",
        "notes.txt: is not in SHA256SUMS",
    ]


def test_changed_manifest_is_named(lake_settings: Settings, release: Path) -> None:
    (release / "manifest.json").write_text("{}")
    assert verify(lake_settings, release) == ["manifest.json: does not agree with SHA256SUMS"]


def test_forged_value_is_named_with_row_and_column(lake_settings: Settings, release: Path) -> None:
    name = "tables/table-1.parquet"
    frame = pl.read_parquet(release / name)
    honest = frame["mean_mb"][1]
    forged = frame.with_columns(
        mean_mb=pl.when(pl.int_range(pl.len()) == 1).then(1.5).otherwise("mean_mb")
    )
    forged.write_parquet(release / name)
    write_and_sign(release, name, (release / name).read_bytes())
    assert verify(lake_settings, release) == [
        f"{name}: row 2, mean_mb: 1.5, the archive gives {honest}"
    ]


def test_forged_csv_is_named(lake_settings: Settings, release: Path) -> None:
    name = "tables/growth.csv"
    data = (release / name).read_bytes().replace(b"mobile", b"mobil")
    write_and_sign(release, name, data)
    assert verify(lake_settings, release) == [f"{name}: does not hold what the archive gives"]


def test_release_is_rebuilt_from_its_own_snapshot_and_settings(
    own_lake_settings: Settings,
) -> None:
    release = publish(own_lake_settings, 2024).path
    with open_archive(own_lake_settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM subscriber_day")
    edition = own_lake_settings.editions[2024].model_copy(update={"growth_month": 5})
    later = own_lake_settings.model_copy(update={"editions": {2024: edition}, "sources": ()})
    assert verify(later, release) == []


def test_folder_that_is_no_release_is_told(lake_settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(LongflowError, match="not a release: SHA256SUMS is missing; name the"):
        verify(lake_settings, tmp_path)


def test_snapshot_that_the_archive_lacks_is_told(lake_settings: Settings, release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    manifest["archive"]["snapshot"] = 9999
    write_and_sign(release, "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(LongflowError, match="no snapshot 9999"):
        verify(lake_settings, release)
