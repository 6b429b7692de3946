"""What a release says about itself: README, citation, data dictionary, Data Package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from frictionless import validate
from longflow.edition import CompiledEdition
from longflow.edition.tables import promise_of
from longflow.release.changes import Changes
from longflow.release.documents import documents_of
from longflow.release.figures import Drawing
from longflow.release.manifest import build_manifest, csv_bytes
from longflow.release.metadata import citation_of, datapackage_of, dictionary_of, readme_of
from longflow.release.report import Report, compose
from longflow.settings import PublicationSettings, Settings

STATED = {
    "licence": "CC-BY-4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "contact": 'Research: "traffic"',
    "email": "traffic@example.net",
    "homepage": "https://example.net/traffic",
}


@pytest.fixture
def manifest(compiled: CompiledEdition, memory_settings: Settings) -> dict[str, Any]:
    code: dict[str, Any] = {
        "longflow": "0.2.0",
        "python": "3.11",
        "packages": {},
        "commit": None,
        "modified": None,
    }
    release = "20240901T000000Z"
    return build_manifest(
        memory_settings, compiled, release=release, code=code, settings_sha256="5" * 64
    )


def stating(manifest: dict[str, Any], **stated: str) -> dict[str, Any]:
    return {**manifest, "settings": {**manifest["settings"], "publication": stated}}


@pytest.fixture
def silent(
    compiled: CompiledEdition, manifest: dict[str, Any], drawings: dict[str, Drawing]
) -> Report:
    return compose(compiled, manifest, drawings)


@pytest.fixture
def stating_all(
    compiled: CompiledEdition, manifest: dict[str, Any], drawings: dict[str, Drawing]
) -> Report:
    return compose(compiled, stating(manifest, **STATED), drawings)


def test_data_package_is_valid_and_its_tables_hold_what_it_says(
    compiled: CompiledEdition, stating_all: Report, tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    for table, frame in compiled.tables.items():
        (tmp_path / f"tables/{table}.csv").write_bytes(csv_bytes(frame))
    (tmp_path / "datapackage.json").write_bytes(datapackage_of(stating_all))
    report = validate(tmp_path / "datapackage.json")
    assert [error.message for task in report.tasks for error in task.errors] == []
    assert report.valid
    assert {task.name for task in report.tasks} == {*compiled.tables}


def test_data_package_names_publisher_contact_and_licence(stating_all: Report) -> None:
    package = json.loads(datapackage_of(stating_all))
    assert package["licenses"] == [{"name": "CC-BY-4.0", "path": STATED["licence_url"]}]
    assert package["homepage"] == STATED["homepage"]
    publisher, contact = package["contributors"]
    assert publisher["roles"] == ["publisher"]
    assert contact == {
        "title": STATED["contact"],
        "email": STATED["email"],
        "roles": ["contact"],
    }


def test_data_package_without_terms_names_none(silent: Report) -> None:
    package = json.loads(datapackage_of(silent))
    assert not {"licenses", "homepage"} & package.keys()
    assert len(package["contributors"]) == 1


def test_citation_says_who_what_and_when(stating_all: Report) -> None:
    citation = yaml.safe_load(citation_of(stating_all))
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == stating_all.manifest["title"]
    assert citation["authors"] == [{"name": stating_all.manifest["provider"]}]
    assert (citation["version"], f"{citation['date-released']}") == (
        "20240901T000000Z",
        "2024-09-01",
    )
    assert citation["license"] == "CC-BY-4.0"
    assert citation["contact"] == [{"name": STATED["contact"], "email": STATED["email"]}]


def test_citation_has_no_licence_that_its_format_does_not_know(
    compiled: CompiledEdition, manifest: dict[str, Any], drawings: dict[str, Drawing]
) -> None:
    report = compose(compiled, stating(manifest, licence="ours"), drawings)
    assert "license" not in yaml.safe_load(citation_of(report))


def test_dictionary_has_every_column_of_every_table(
    compiled: CompiledEdition, silent: Report
) -> None:
    text = dictionary_of(silent).decode()
    parts = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    assert parts.keys() == compiled.tables.keys()
    for table, part in parts.items():
        named = [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")]
        assert named == list(promise_of(table).columns)


def test_readme_says_what_every_file_is(
    compiled: CompiledEdition, silent: Report, drawings: dict[str, Drawing]
) -> None:
    documents = documents_of(compiled, silent.manifest, drawings, Changes(None, {}, ()))
    text = documents["README.md"].decode()
    for name in {*documents} - {"README.md"} | {"tables/", "figures/", "SHA256SUMS"}:
        assert f"| `{name}` | " in text, name


def test_readme_names_no_file_that_the_release_lacks(silent: Report) -> None:
    text = readme_of(silent, ["report.html", "tables/table-1.csv"]).decode()
    assert "`report.pdf`" not in text
    assert "`figures/`" not in text


def test_readme_says_whether_there_are_terms(silent: Report, stating_all: Report) -> None:
    assert "No licence is stated" in readme_of(silent, []).decode()
    assert "No contact is stated" in readme_of(silent, []).decode()
    text = readme_of(stating_all, []).decode()
    assert f"Licence of the data: CC-BY-4.0, {STATED['licence_url']}." in text
    assert f"Contact: {STATED['contact']}, {STATED['email']}, {STATED['homepage']}." in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("email", "nobody"), ("homepage", "example.net"), ("licence_url", "ftp://x"), ("contact", "")],
)
def test_terms_that_nobody_can_follow_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PublicationSettings.model_validate({name: value})
