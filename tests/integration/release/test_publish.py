"""A release: complete, immutable, made once for the same content, whole or not at all."""

from __future__ import annotations

import json
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.edition import CompiledEdition
from longflow.edition.tables import publication_of, published_tables
from longflow.errors import LongflowError, MachineError
from longflow.release import Release, files, publish
from longflow.release.manifest import build_manifest
from longflow.settings import Settings

# Those that need no switch of the settings.
TABLES = [t for t in published_tables() if publication_of(t).only_with is None]


def test_release_holds_tables_report_manifest_and_checksums(released: Path) -> None:
    names = {p.relative_to(released).as_posix() for p in released.rglob("*")}
    drawings = {name for name in names if name.startswith("figures/")}
    assert drawings
    assert names - drawings == {
        *("SHA256SUMS", "changes.json", "findings.json", "manifest.json", "report.html"),
        *("README.md", "CITATION.cff", "datapackage.json", "dictionary.md"),
        *("figures", "tables"),
        *(f"tables/{table}.{kind}" for table in TABLES for kind in ("csv", "parquet")),
    }
    agreed = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=released, check=False
    )
    assert agreed.returncode == 0


@pytest.mark.parametrize("table", TABLES)
def test_csv_and_parquet_hold_the_same(released: Path, table: str) -> None:
    parquet = pl.read_parquet(released / "tables" / f"{table}.parquet")
    csv = pl.read_csv(released / "tables" / f"{table}.csv", schema_overrides=parquet.schema)
    assert csv.equals(parquet)
    # The lake holds no weeks around its analysis weeks, and few subscribers behind an hour.
    assert csv.is_empty() == (table in {"sensitivity", "hour-peaks"})


def test_release_cannot_be_changed(released: Path) -> None:
    modes = [p.stat().st_mode for p in [released, *released.rglob("*")]]
    assert not any(mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) for mode in modes)


def test_manifest_says_what_the_release_was_made_from(
    released: Path, released_settings: Settings
) -> None:
    manifest = json.loads((released / "manifest.json").read_text())
    with open_archive(released_settings) as archive:
        assert manifest["archive"]["snapshot"] == archive.snapshot
    assert manifest["release"] == released.name
    assert manifest["settings"]["sha256"] == files.sha256(released_settings.file.read_bytes())
    digests = {(load["week"], load["feed"]): load["input_digest"] for load in manifest["inputs"]}
    assert digests["2024-06-03", "flows"] == "flows-2024-06-03"
    assert "edition/table_1/query.sql" in manifest["code"]["sql_sha256"]
    assert manifest["coverage_percent"]["table-3"]["2024"] == 99.4
    assert "broadband_ports.protocols_add_up" in manifest["checks_passed"]


@pytest.mark.parametrize("number", range(len(TABLES)))
def test_manifest_describes_every_column(released: Path, number: int) -> None:
    table = json.loads((released / "manifest.json").read_text())["tables"][number]
    lines = (released / table["csv"]).read_text().splitlines()
    assert ",".join(column["name"] for column in table["columns"]) == lines[0]
    assert table["rows"] == len(lines) - 1
    assert all(column["meaning"] for column in table["columns"])


def test_manifest_does_not_tell_where_sources_lie(
    compiled: CompiledEdition, lake_settings: Settings
) -> None:
    source = lake_settings.sources[0].model_copy(update={"url": "s3://key:secret@bucket"})
    settings = lake_settings.model_copy(update={"sources": (source, *lake_settings.sources[1:])})
    manifest = build_manifest(settings, compiled, release="", code={}, settings_sha256="")
    assert manifest["settings"]["sources"][0]["name"] == source.name
    assert "secret" not in json.dumps(manifest)


@dataclass(frozen=True)
class Again:
    """The edition published once more, after a run that was killed before `latest.json` moved."""

    latest_before: bytes
    release: Release


@pytest.fixture(scope="module")
def again(released: Path, released_settings: Settings) -> Again:
    latest = released.parent / "latest.json"
    before = latest.read_bytes()
    latest.unlink()
    return Again(before, publish(released_settings, 2024))


def test_same_content_is_not_released_twice(released: Path, again: Again) -> None:
    assert again.release == Release(2024, released, created=False)
    assert files.releases(released.parent) == [released]


def test_run_killed_before_latest_moved_is_finished_by_the_next(
    released: Path, again: Again
) -> None:
    assert (released.parent / "latest.json").read_bytes() == again.latest_before
    assert json.loads(again.latest_before)["release"] == released.name


def test_other_content_is_a_new_release_and_the_old_one_stays(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    first = publish(memory_settings, 2024)
    before = {p: p.read_bytes() for p in first.path.rglob("*") if p.is_file()}
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")

    second = publish(memory_settings, 2024, "a test")

    assert (first.created, second.created) == (True, True)
    folder = first.path.parent
    assert folder == memory_settings.var / "releases" / "2024"
    assert files.releases(folder) == [first.path, second.path]
    assert json.loads((folder / "latest.json").read_text())["release"] == second.path.name
    assert {p: p.read_bytes() for p in first.path.rglob("*") if p.is_file()} == before


def test_table_that_breaks_its_contract_stops_the_release(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    memory_connection.execute("UPDATE port_week SET coverage_percent = 101")
    with pytest.raises(LongflowError, match="table-3: a coverage outside 0 to 100 %"):
        publish(memory_settings, 2024)
    assert not (memory_settings.var / "releases").exists()


def test_unknown_edition_is_reported(lake_settings: Settings) -> None:
    with pytest.raises(LongflowError, match=r"longflow\.toml: editions: there is no edition 1999"):
        publish(lake_settings, 1999)


def test_what_a_killed_run_left_half_built_is_cleared_away(tmp_path: Path) -> None:
    half_built = tmp_path / ".building-4711" / "tables"
    half_built.mkdir(parents=True)
    (half_built / "table-1.csv").write_text("year")
    half_built.chmod(0o555)
    with files.one_at_a_time(tmp_path):
        assert not half_built.parent.exists()


def test_failed_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MachineError, match="no space is left"):
        files.write_release(tmp_path / "20240901T000000Z", {"tables/table-1.csv": b"year"})
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once_make_one_release(lake_settings: Settings) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda year: publish(lake_settings, year), [2024, 2024]))
    assert sorted(release.created for release in made) == [False, True]
    assert {release.path for release in made} == set(files.releases(made[0].path.parent))


def test_two_releases_within_a_second_have_two_names(tmp_path: Path) -> None:
    first = files.free_name(tmp_path)
    (tmp_path / first).mkdir()
    assert files.free_name(tmp_path) > first
