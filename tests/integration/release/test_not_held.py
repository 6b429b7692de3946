"""Verification reports what it cannot check: an archive, settings or a writer not at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
from longflow.release import Verified, verify
from longflow.release.manifest import code_at_hand
from longflow.release.verification.writer import Writer
from longflow.settings import Settings

from tests.forging import copied, forge_json, forge_text, forged_table
from tests.unit.conftest import make_settings_over


def test_archive_that_is_not_there_is_reported_in_a_line(
    release: Path, tmp_path: Path, compiled_once: None
) -> None:
    elsewhere = make_settings_over(tmp_path / "no lake", tmp_path / "installation")
    (problem,) = verify(elsewhere, release).problems
    assert problem.startswith("it cannot be rebuilt from the archive: ")
    assert "\n" not in problem


def test_data_file_that_is_gone_is_reported_in_a_line(honest: Path, settings: Settings) -> None:
    lake = Path(str(settings.archive_data)).parent
    damaged = shutil.copytree(lake, lake.with_name("damaged"))
    (gone, *_) = sorted((damaged / "data").rglob("subscriber_day/**/*.parquet"))
    gone.unlink()
    verified = verify(make_settings_over(damaged, damaged / "installation"), honest)
    (problem,) = verified.problems
    assert problem.startswith("it cannot be rebuilt from the archive: ")
    assert gone.name in problem
    assert "beyond their checksums" in verified.not_held[-1]


def test_settings_that_were_changed_since_are_reported_and_no_fault(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    file = settings.file.with_name("later.toml")
    file.write_text(settings.file.read_text().replace("Five years", "The years"))
    verified = verify(Settings.load(file), release)
    assert verified.problems == ()
    assert verified.not_held == (
        "settings: this file is not the one that was used; title, provider, weeks and rules were"
        " taken from the manifest; this file differs in title, settings.edition.title",
    )


def test_former_release_that_is_gone_is_reported(
    settings: Settings, honest: Path, tmp_path: Path, compiled_once: None
) -> None:
    folder = tmp_path / "2024"
    folder.mkdir()
    release = copied(honest, folder)
    former = json.loads((release / "changes.json").read_bytes())["compared_with"]
    verified = verify(settings, release)
    assert verified.problems == ()
    assert verified.not_held == (
        f"changes.json: the release {former}, with which this one was compared, is gone",
    )
    forge_json(release, "changes.json", lambda content: content["values"].pop())
    assert (
        "changes.json: it does not agree with manifest.json" in verify(settings, release).problems
    )


def of_another_version(release: Path) -> None:
    forge_json(
        release,
        "manifest.json",
        lambda m: m["code"].update(longflow="0.0.9", commit="c" * 40, sources_sha256="0" * 64),
    )


def test_release_of_another_version_is_held_where_it_can_be(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    of_another_version(release)
    forge_text(release, "report.html", "<h1>", "<h1 class='old'>")
    forge_json(release, "manifest.json", lambda m: m["notes"][0].update(text="As it was said."))
    verified = verify(settings, release)
    writer = "longflow 0.0.9, commit cccccccccccc"
    assert [line for line in verified.problems if "content_sha256" not in line] == []
    assert any(
        line.startswith("manifest.json (") and f"only {writer}" in line and "notes" in line
        for line in verified.not_held
    )
    assert any(
        line.startswith(f"report.html: this version writes it differently; only {writer}")
        for line in verified.not_held
    )


def without_setting(release: Path, name: str) -> None:
    forge_json(release, "manifest.json", lambda m: m["settings"]["edition"].pop(name))


def test_setting_that_another_version_did_not_have_is_reported_and_no_fault(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    of_another_version(release)
    without_setting(release, "ipoe_since_year")
    verified = verify(settings, release)
    assert verified.problems == ()
    assert any(
        line.startswith("settings: ipoe_since_year: longflow 0.0.9, commit cccccccccccc")
        and line.endswith("which wrote it, had no such setting")
        for line in verified.not_held
    )


def test_setting_of_the_settings_file_is_missed_in_the_manifest_of_any_version(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    of_another_version(release)
    without_setting(release, "minimum_subscribers")
    assert verify(settings, release).problems == (
        "manifest.json: settings.edition.minimum_subscribers: nothing, the settings give 1",
    )


def test_values_of_another_version_are_held(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    of_another_version(release)
    forged_table(release, "table-1", lambda t: t.with_columns(pl.col("mean_mb") + 1))
    forge_json(release, "manifest.json", lambda m: m["inputs"][0].update(input_digest="x"))
    problems = verify(settings, release).problems
    assert any(line.startswith("tables/table-1.parquet: row 1, mean_mb: ") for line in problems)
    assert any(line.startswith("manifest.json: inputs.") for line in problems)


def test_columns_and_tables_that_another_version_had_are_reported(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    of_another_version(release)
    forged_table(release, "table-1", lambda t: t.with_columns(old=pl.lit(1.0)))
    verified: Verified = verify(settings, release)
    assert [line for line in verified.problems if not line.startswith("manifest.json: con")] == []
    assert any(
        line.startswith("tables/table-1: columns that one of the versions does not have: old;")
        for line in verified.not_held
    )


def test_code_that_is_not_that_of_its_commit_is_a_problem() -> None:
    here = {**code_at_hand(), "commit": "c" * 40, "modified": False}
    lied = Writer({**here, "sources_sha256": "0" * 64}, here)
    assert lied.problems == [
        "manifest.json: code.sources_sha256: not the digest of the code of its commit"
    ]
    assert Writer({**here, "sources_sha256": "0" * 64, "modified": True}, here).problems == []
    assert Writer(here, here).problems == []


def test_other_packages_make_another_writer() -> None:
    here = code_at_hand()
    packages = {**here["packages"], "polars": "1.0.0"}
    writer = Writer({**here, "packages": packages}, here)
    assert (writer.is_this, writer.packs_the_same) == (False, False)
    assert str(writer).endswith("polars 1.0.0")
