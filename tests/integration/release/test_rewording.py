"""How a release is worded is no part of what it states: another wording makes no new release."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import longflow
import pytest
from longflow.release import files, publish, verify
from longflow.release.findings import FINDINGS
from longflow.settings import Settings
from longflow.sqlfile import sql_root

from tests.forging import forge_json
from tests.unit.conftest import with_formats

ENGLISH = Path("plugins") / "longflow" / "texts" / "en.yml"
BEFORE, AFTER = "The archive holds no weeks around", "There are no weeks in the archive around"


@pytest.fixture
def reworded(tmp_path: Path) -> Path:
    """A checkout in which a finding is worded otherwise."""
    checkout = tmp_path / "checkout"
    package = Path(longflow.__file__).parent
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, checkout / "plugins" / "longflow", ignore=left_out)
    shutil.copytree(sql_root(), checkout / "sql")
    text = (checkout / ENGLISH).read_text(encoding="utf-8")
    assert BEFORE in text
    (checkout / ENGLISH).write_text(text.replace(BEFORE, AFTER), encoding="utf-8")
    return checkout


def run(checkout: Path, settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of a checkout."""
    chosen = ["--settings", str(settings.file)]
    return subprocess.run(
        [sys.executable, "-m", "longflow.cli", arguments[0], *chosen, *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(checkout / "plugins")},
    )


def test_another_wording_makes_no_new_release(lake_settings: Settings, reworded: Path) -> None:
    first = publish(lake_settings, 2024).path
    done = run(reworded, lake_settings, "publish", "--edition", "2024")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{first} (unchanged: this content was released already)\n"
    assert files.releases(first.parent) == [first]


def test_what_another_wording_says_otherwise_is_reported_as_not_held(
    lake_settings: Settings, reworded: Path
) -> None:
    lake_settings = with_formats(lake_settings, "xlsx")
    first = publish(lake_settings, 2024).path
    assert BEFORE in (first / "report.html").read_text(encoding="utf-8")
    done = run(reworded, lake_settings, "verify", str(first))
    assert done.returncode == 0, done.stdout + done.stderr
    not_held = [line for line in done.stdout.splitlines() if "only longflow " in line]
    assert len(not_held) == 3
    assert "manifest.json (notes): only longflow " in not_held[0]
    for line, name in zip(not_held[1:], ("report.html", "workbook.xlsx"), strict=True):
        assert f"{name}: this version writes it differently; only longflow " in line


def content_of_texts(manifest: dict[str, Any], release: Path) -> str:
    """Digest of content as it was when footnotes were texts."""
    settings = manifest["settings"]
    sums = (line.split("  ") for line in (release / files.CHECKSUMS).read_text().splitlines())
    load_facts = ("week", "feed", "coverage_percent", "verdict")
    content = {
        "title": manifest["title"],
        "provider": manifest["provider"],
        "time_zone": settings["time_zone"],
        "analysis_weeks": settings["edition"]["analysis_weeks"],
        "base_month": settings["edition"]["base_month"],
        "tables": {name: digest for digest, name in sums if name.endswith(".csv")},
        "notes": manifest["notes"],
        "coverage_percent": manifest["coverage_percent"],
        "loads": [
            {name: load[name] for name in load_facts}
            for load in manifest["inputs"]
            if load["feed"] != "counters"
        ],
    }
    return files.sha256(json.dumps(content, sort_keys=True).encode())


# Documents that a release had not then.
MORE = (files.README, files.CITATION, files.DATAPACKAGE, files.DICTIONARY)


@pytest.fixture
def of_texts(lake_settings: Settings) -> Path:
    """A release in force as it was written when footnotes were texts."""
    release = publish(lake_settings, 2024).path
    for part in [release, *release.rglob("*")]:
        part.chmod(0o755)

    def as_before(manifest: dict[str, Any]) -> None:
        manifest["format"] = 2
        del manifest["findings_sha256"], manifest["documents"]
        manifest["code"] |= {"longflow": "0.0.9", "sources_sha256": "0" * 64}
        manifest["code"] |= {"commit": "c" * 40, "modified": False}
        manifest["notes"] = [
            {"tables": note["tables"], "kind": note["kind"], "text": f"Formerly: {note['text']}"}
            for note in manifest["notes"]
        ]
        manifest["content_sha256"] = content_of_texts(manifest, release)

    for name in (FINDINGS, *MORE):
        (release / name).unlink()
    forge_json(release, files.MANIFEST, as_before)
    return release


def test_release_whose_footnotes_are_texts_is_verified(
    lake_settings: Settings, of_texts: Path
) -> None:
    verified = verify(lake_settings, of_texts)
    assert verified.problems == ()
    writer = "longflow 0.0.9, commit cccccccccccc"
    assert verified.not_held == (
        "manifest.json (content_sha256, documents, findings_sha256, format, notes): "
        f"only {writer}, which wrote it, can verify it",
        f"findings.json: {writer} wrote none",
        "report.html: this version writes it differently; "
        f"only {writer}, which wrote it, can verify it",
        *(f"{name}: {writer} wrote none" for name in MORE),
    )


def test_footnote_that_was_a_text_is_held_by_the_digest_of_content(
    lake_settings: Settings, of_texts: Path
) -> None:
    forge_json(of_texts, files.MANIFEST, lambda m: m["notes"][0].update(text="As it was said."))
    assert verify(lake_settings, of_texts).problems == (
        "manifest.json: content_sha256: not the digest of what the release states",
    )


def test_release_whose_footnotes_are_texts_is_compared_with(
    lake_settings: Settings, of_texts: Path
) -> None:
    later = publish(lake_settings, 2024)
    assert later.created
    changes = files.read_manifest(later.path)["changes"]
    assert (changes["compared_with"], changes["values_moved"]) == (of_texts.name, 0)
