"""Report, changes and files that were changed, with their checksums: each is found, in a line."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from longflow.release import verify
from longflow.release.files import drawing_files
from longflow.settings import Settings

from tests.forging import forge_json, forge_text, sum_up, write_and_sum_up
from tests.integration.release.conftest import Found


def test_honest_copy_has_no_problem(settings: Settings, release: Path, compiled_once: None) -> None:
    verified = verify(settings, release)
    assert (verified.problems, verified.not_held) == ((), ())
    (line,) = (line for line in verified.compared if "that the archive gives" in line)
    agreed = "manifest.json, changes.json, findings.json, "
    documents = (
        "report.html, workbook.xlsx, README.md, CITATION.cff, datapackage.json, dictionary.md"
    )
    assert re.search(rf"archive gives, and {agreed}[1-9]\d* drawings, {documents}$", line)


def test_figure_in_the_report_is_found(release: Path, found: Found) -> None:
    forge_text(release, "report.html", ">100.0</a>", ">99.0</a>")
    (problem,) = found()
    assert problem.startswith("report.html: line ")
    assert problem.endswith(" is not what its tables and manifest give")


def test_number_in_the_workbook_is_found(release: Path, found: Found) -> None:
    book = openpyxl.load_workbook(release / "workbook.xlsx")
    book["Table 1"]["B5"] = 1.0
    book.save(release / "workbook.xlsx")
    sum_up(release)
    assert found() == ("workbook.xlsx: is not what its tables and manifest give",)


def repacked(data: bytes, level: int, comment: bytes = b"") -> bytes:
    """A package of the same files, compressed otherwise."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as package,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as other,
    ):
        other.comment = comment
        for entry in package.infolist():
            other.writestr(entry, package.read(entry), zipfile.ZIP_DEFLATED, level)
    return file.getvalue()


def test_workbook_compressed_by_another_zlib_is_the_same(settings: Settings, release: Path) -> None:
    data = (release / "workbook.xlsx").read_bytes()
    write_and_sum_up(release, "workbook.xlsx", repacked(data, level=1))
    verified = verify(settings, release)
    assert verified.problems == ()
    assert verified.not_held == (
        "workbook.xlsx: it holds what its tables and manifest give, compressed by another version"
        " of zlib",
    )


def test_anything_beside_the_files_of_a_workbook_is_found(release: Path, found: Found) -> None:
    data = (release / "workbook.xlsx").read_bytes()
    write_and_sum_up(release, "workbook.xlsx", repacked(data, level=1, comment=b"beside"))
    assert found() == ("workbook.xlsx: is not what its tables and manifest give",)


@pytest.mark.parametrize("name", drawing_files("figure-12"))
def test_changed_drawing_is_found(release: Path, found: Found, name: str) -> None:
    data = (release / name).read_bytes()
    write_and_sum_up(release, name, data[:-9] + b"X" + data[-8:])
    assert found() == (f"{name}: is not the drawing that its table gives",)


def test_a_number_that_a_sentence_says_wrongly_is_found_twice(release: Path, found: Found) -> None:
    def more(content: dict[str, Any]) -> None:
        content["sentences"][0]["numbers"]["out_growth"]["value"] += 1

    forge_json(release, "findings.json", more)
    problems = found()
    assert problems[0].startswith("findings.json: line ")
    assert problems[1].startswith("findings.json: sentence 1 (growth), out_growth: ")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda content: content["values"].pop(), "the two releases give"),
        (lambda content: content["values"][0].update(was=1.0), "the two releases give"),
        (lambda content: content.update(note="nothing moved"), "the two releases give"),
        (lambda content: content.clear(), "the two releases give"),
    ],
)
def test_changed_changes_are_found(
    release: Path, found: Found, change: Callable[[dict[str, Any]], object], place: str
) -> None:
    forge_json(release, "changes.json", change)
    (problem,) = found()
    assert problem.startswith("changes.json: line ")
    assert problem.endswith(place)


def test_changes_by_another_former_release_are_found(release: Path, found: Found) -> None:
    for name in ("changes.json", "manifest.json"):
        forge_json(
            release, name, lambda content: content.get("changes", content).update(accepted="so it")
        )
    problems = found()
    assert "manifest.json: changes.accepted: so it, the archive gives None" in problems
    assert any(line.startswith("changes.json: line ") for line in problems)


def test_first_release_that_was_not_the_first_is_found(release: Path, found: Found) -> None:
    forge_json(
        release, "manifest.json", lambda content: content["changes"].update(compared_with=None)
    )
    shutil.rmtree(release.parent / "2024", ignore_errors=True)
    (problem, *_) = found()
    assert problem.startswith("manifest.json: changes.compared_with: None, but there was 2")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("report.html", "report.html: is missing"),
        ("changes.json", "changes.json: is missing"),
        ("findings.json", "findings.json: is missing"),
        ("tables/table-2.csv", "tables/table-2.csv: is missing"),
        ("tables/table-2.parquet", "tables/table-2.parquet: is missing"),
        ("figures/figure-12.png", "figures/figure-12.png: is missing"),
        ("figures/figure-12-narrow.svg", "figures/figure-12-narrow.svg: is missing"),
        ("manifest.json", "manifest.json: the manifest is missing"),
    ],
)
def test_file_that_is_gone_with_its_checksum_is_found(
    release: Path, found: Found, name: str, line: str
) -> None:
    (release / name).unlink()
    sum_up(release)
    assert line in found()


def test_foreign_file_with_a_checksum_is_found(release: Path, found: Found) -> None:
    write_and_sum_up(release, "tables/.more.csv", b"year\n")
    assert found() == ("tables/.more.csv: is no file of a release",)


def test_link_in_place_of_a_file_is_found(release: Path, found: Found, tmp_path: Path) -> None:
    (release / "report.html").rename(tmp_path / "elsewhere")
    (release / "report.html").symlink_to(tmp_path / "elsewhere")
    assert found() == ("report.html: is a link, not a file",)


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("tables/table-1.parquet", b"PAR1", "tables/table-1.parquet: cannot be read: "),
        ("tables/table-1.parquet", b"", "tables/table-1.parquet: cannot be read: "),
        ("tables/table-1.csv", b"\xff\x00", "tables/table-1.csv: does not hold what the archive"),
        ("manifest.json", b"[]", "manifest.json: the manifest is not the JSON that was written"),
        ("manifest.json", b"\xff", "manifest.json: the manifest is not the JSON that was written"),
        ("manifest.json", b"{}", "manifest.json: edition: Field required"),
        ("report.html", b"\xff", "report.html: line 1 is not what its tables and manifest give"),
        ("findings.json", b"[1", "findings.json: line 1 is not what its tables give"),
        ("findings.json", b"{}", "findings.json: line 1 is not what its tables give"),
        ("changes.json", b"[1", "changes.json: line 1 is not what the two releases give"),
    ],
)
def test_file_that_cannot_be_read_is_found(
    release: Path, found: Found, name: str, data: bytes, line: str
) -> None:
    write_and_sum_up(release, name, data)
    problems = found()
    assert any(problem.startswith(line) for problem in problems), problems


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"nonsense\n", "SHA256SUMS: not a checksum and the name of a file"),
        (b"\xff\xfe", "SHA256SUMS: cannot be read: "),
        (b"", "SHA256SUMS: is empty"),
    ],
)
def test_damaged_list_of_checksums_is_found(
    release: Path, found: Found, data: bytes, line: str
) -> None:
    (release / "SHA256SUMS").write_bytes(data)
    assert any(problem.startswith(line) for problem in found())


def test_release_without_its_list_of_checksums_is_found(release: Path, found: Found) -> None:
    (release / "SHA256SUMS").unlink()
    assert "SHA256SUMS: the list of checksums is missing" in found()


def test_half_a_release_is_reported_file_by_file(release: Path, found: Found) -> None:
    shutil.rmtree(release / "tables")
    problems = found()
    assert "tables/table-1.csv: is missing" in problems
    assert len(problems) == len(set(problems))
