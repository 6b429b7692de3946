"""A release whose files were changed, and their checksums as well: each is found, in a line."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from longflow import __version__
from longflow.archive import Archive, open_archive
from longflow.edition import CompiledEdition, compile_edition
from longflow.release import Verified, files, publish, verify
from longflow.release.manifest import code_at_hand
from longflow.release.recorded import shape_problems
from longflow.release.second_way import SecondWay
from longflow.release.verification import rebuild
from longflow.release.verification.writer import Writer
from longflow.settings import Settings

from tests.forging import (
    copied,
    forge_json,
    forge_text,
    sum_up,
    write_and_sum_up,
)
from tests.unit.conftest import make_lake, make_settings_over


@pytest.fixture(scope="module")
def compiled_once() -> Iterator[None]:
    """What is asked again is recalled: many releases are held against one archive."""
    compiled: dict[str, CompiledEdition] = {}
    compared: dict[str, tuple[dict[str, int], list[str]]] = {}
    compare = SecondWay.compare

    def compile_or_recall(settings: Settings, year: int, archive: Archive) -> CompiledEdition:
        asked = f"{settings.provider} {settings.sources} {settings.editions} {year}"
        asked += f" {settings.archive_data} {archive.snapshot}"
        if asked not in compiled:
            compiled[asked] = compile_edition(settings, year, archive)
        return compiled[asked]

    def compare_or_recall(
        way: SecondWay, tables: dict[str, pl.DataFrame]
    ) -> tuple[dict[str, int], list[str]]:
        asked = f"{way.files_of('port_week')} {way.snapshot} {way.weeks} {way.time_zone}"
        asked += "".join(frame.write_csv() for frame in tables.values())
        if asked not in compared:
            compared[asked] = compare(way, tables)
        return compared[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "compile_edition", compile_or_recall)
        patch.setattr(SecondWay, "compare", compare_or_recall)
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("tampered")
    return make_settings_over(make_lake(folder / "lake"), folder / "installation")


@pytest.fixture(scope="module")
def honest(settings: Settings) -> Path:
    """The second release of an edition: a week was loaded again before it."""
    publish(settings, 2024)
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute(
            "UPDATE subscriber_day SET in_bytes = 2 * in_bytes"
            " WHERE service = 'mobile' AND week = DATE '2024-06-03'"
        )
    return publish(settings, 2024).path


@pytest.fixture
def release(honest: Path, tmp_path: Path) -> Path:
    return copied(honest, tmp_path)


@pytest.fixture
def found(settings: Settings, release: Path, compiled_once: None) -> Callable[[], tuple[str, ...]]:
    """What is wrong with the copy."""
    return lambda: verify(settings, release).problems


Found = Callable[[], tuple[str, ...]]


def test_honest_copy_has_no_problem(settings: Settings, release: Path, compiled_once: None) -> None:
    verified = verify(settings, release)
    assert (verified.problems, verified.not_held) == ((), ())
    assert verified.compared[1].endswith("rebuilt, and manifest.json, changes.json, report.html")


def test_figure_in_the_report_is_found(release: Path, found: Found) -> None:
    forge_text(release, "report.html", "<td>100.0</td>", "<td>99.0</td>")
    (problem,) = found()
    assert problem.startswith("report.html: line ")
    assert problem.endswith(" is not what its tables and manifest give")


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
    ("place", "value", "line"),
    [
        (["title"], "Six years", "title: Six years, the archive gives Five years of traffic"),
        (["provider"], "Another", "provider: Another, the settings give Test provider"),
        (["notes", 0, "text"], "No break.", "notes.1.text: No break., the archive gives "),
        (["coverage_percent", "table-3", "2024"], 100.0, "coverage_percent.table-3.2024: 100.0, "),
        (["inputs", 0, "input_digest"], "0", ".input_digest: 0, the archive gives counters-2019"),
        (["inputs", 0, "revision"], 7, ".revision: 7, the archive gives 1"),
        (["checks_passed", 0], "all", "checks_passed.1: all, the archive gives "),
        (["tables", 0, "rows"], 1, "tables.table-1.rows: 1, the archive gives "),
        (["content_sha256"], "0", "content_sha256: 0, the archive gives "),
        (["code", "longflow"], "9.9", f"code.longflow: 9.9, but its code is that of {__version__}"),
        (["archive", "snapshot"], 1, ""),
        (["release"], "20240901T000000Z", "release: 20240901T000000Z, but the folder is 20"),
        (["settings", "edition", "growth_month"], 5, "growth_month: 5, the settings give 6"),
        (["settings", "edition", "analysis_weeks"], {}, "an edition needs at least one analysis"),
        (["format"], 3, "format: 3, the archive gives 2"),
    ],
)
def test_every_fact_of_the_manifest_is_held(
    release: Path, found: Found, place: list[Any], value: object, line: str
) -> None:
    def change(content: dict[Any, Any]) -> None:
        for part in place[:-1]:
            content = content[part]
        content[place[-1]] = value

    forge_json(release, "manifest.json", change)
    problems = found()
    assert problems
    assert any(line in problem for problem in problems), problems


def test_digest_of_a_query_is_held(release: Path, found: Found) -> None:
    query = "edition/table_1/query.sql"
    forge_json(
        release, "manifest.json", lambda m: m["code"]["sql_sha256"].update({query: "0" * 64})
    )
    assert f"manifest.json: code.sql_sha256.{query}: not the digest of that query" in found()


def test_week_that_is_gone_from_the_manifest_is_found(release: Path, found: Found) -> None:
    forge_json(
        release,
        "manifest.json",
        lambda content: content["settings"]["edition"]["analysis_weeks"].pop("2019"),
    )
    problems = found()
    assert (
        "manifest.json: settings.edition.analysis_weeks.2019: nothing, the settings give 2019-06-03"
    ) in problems
    assert any("rows, the archive gives" in line for line in problems)


def leaves(value: object, *place: str | int) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, of lists the first."""
    if place:
        yield place
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, *place, name)
    if isinstance(value, list) and value:
        yield from leaves(value[0], *place, 0)


def test_no_place_of_the_manifest_can_go_or_change_its_kind_unseen(
    release: Path, settings: Settings, compiled_once: None
) -> None:
    """Whatever is not there, or of another kind, ends in lines; what is no problem is told."""
    manifest = json.loads((release / "manifest.json").read_bytes())
    # One query stands for all, and one year.
    others = {*list(manifest["code"]["sql_sha256"])[1:], "2019", "2023"}
    unseen = set()
    for number, place in enumerate(leaves(manifest)):
        if place[-1] in others:
            continue
        kinds: tuple[object, ...] = (None, [], "x", -1, {"a": []})
        for value in (..., kinds[number % len(kinds)]):
            changed = copy.deepcopy(manifest)
            part = changed
            for name in place[:-1]:
                part = part[name]
            if part[place[-1]] == value:
                continue
            if value is ...:
                del part[place[-1]]
            else:
                part[place[-1]] = value
            if shape_problems(changed):
                continue
            write_and_sum_up(release, "manifest.json", files.json_bytes(changed))
            verified = verify(settings, release)
            if not verified.problems and not verified.not_held:
                unseen.add(".".join(map(str, place)))
    assert unseen == set()


def forged_table(release: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    file = release / "tables" / f"{table}.parquet"
    frame = change(pl.read_parquet(file))
    frame.write_parquet(file)
    frame.write_csv(file.with_suffix(".csv"))
    sum_up(release)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda t: t.with_columns(mean_mb=pl.lit(None, pl.Float64)), "mean_mb: None, the archive"),
        (lambda t: t.with_columns(year=pl.lit(1999, pl.Int32)), "year: 1999, the archive gives"),
        (lambda t: t.with_columns(population=pl.lit("all")), "population: all, the archive gives"),
        (lambda t: t.with_columns(status=pl.lit("withheld")), "status: withheld, the archive gi"),
        (lambda t: t.with_columns(mean_mb=pl.lit(float("nan"))), "mean_mb: nan, the archive gives"),
        (lambda t: t.with_columns(pl.lit(0.0).alias("mode_mb")), "mode_mb: 0.0, the archive gives"),
        (lambda t: t.head(1), "1 rows, the archive gives"),
        (lambda t: t.clear(), "0 rows, the archive gives"),
        (lambda t: t.drop("mean_mb"), "columns ['year', 'direction'"),
        (lambda t: t.reverse(), "row 1, "),
    ],
)
@pytest.mark.parametrize("table", ["table-1"])
def test_forged_table_is_found(
    release: Path,
    found: Found,
    table: str,
    change: Callable[[pl.DataFrame], pl.DataFrame],
    line: str,
) -> None:
    forged_table(release, table, change)
    problems = found()
    assert any(line in problem for problem in problems), problems
    assert f"tables/{table}.csv: does not hold what the archive gives" in problems


def test_column_of_another_type_is_found(release: Path, found: Found) -> None:
    forged_table(release, "table-1", lambda t: t.with_columns(pl.col("mean_mb").cast(pl.String)))
    assert found() == ("tables/table-1.parquet: mean_mb has type String instead of Float64",)


def test_forged_errors_are_found_whatever_the_second_way_makes_of_them(
    release: Path, found: Found
) -> None:
    forged_table(
        release, "errors", lambda t: t.with_columns(pl.col(pl.Float64) * 0, reason=pl.lit(None))
    )
    assert any(line.startswith("tables/errors.parquet: row ") for line in found())


def test_parquet_that_holds_more_than_its_values_is_found(release: Path, found: Found) -> None:
    file = release / "tables" / "table-1.parquet"
    pl.read_parquet(file).write_parquet(file, metadata={"note": "not ours"})
    sum_up(release)
    assert found() == ("tables/table-1.parquet: holds more than the values of the table",)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("report.html", "report.html: is missing"),
        ("changes.json", "changes.json: is missing"),
        ("tables/table-2.csv", "tables/table-2.csv: is missing"),
        ("tables/table-2.parquet", "tables/table-2.parquet: is missing"),
        ("manifest.json", "manifest.json: the manifest is missing"),
    ],
)
def test_file_that_is_gone_with_its_checksum_is_found(
    release: Path, found: Found, name: str, line: str
) -> None:
    (release / name).unlink()
    sum_up(release)
    assert line in found()


def test_table_that_is_gone_everywhere_is_found(release: Path, found: Found) -> None:
    for kind in ("csv", "parquet"):
        (release / "tables" / f"growth.{kind}").unlink()
    forge_json(
        release,
        "manifest.json",
        lambda content: content.update(
            tables=[t for t in content["tables"] if t["id"] != "growth"]
        ),
    )
    problems = found()
    assert "tables/growth.csv: is missing" in problems
    assert any(line.startswith("manifest.json: tables.growth: nothing, ") for line in problems)


def test_foreign_file_with_a_checksum_is_found(release: Path, found: Found) -> None:
    write_and_sum_up(release, "tables/.more.csv", b"year\n")
    assert found() == ("tables/.more.csv: is no file of a release",)


def test_link_in_place_of_a_file_is_found(release: Path, found: Found, tmp_path: Path) -> None:
    (release / "report.html").rename(tmp_path / "elsewhere")
    (release / "report.html").symlink_to(tmp_path / "elsewhere")
    assert found() == ("report.html: is a link and no file",)


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
        (b"", "manifest.json: is not in SHA256SUMS"),
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


def test_half_a_release_is_told_file_by_file(release: Path, found: Found) -> None:
    shutil.rmtree(release / "tables")
    problems = found()
    assert "tables/table-1.csv: is missing" in problems
    assert len(problems) == len(set(problems))


def test_archive_that_is_not_there_is_told_in_a_line(
    release: Path, tmp_path: Path, compiled_once: None
) -> None:
    elsewhere = make_settings_over(tmp_path / "no lake", tmp_path / "installation")
    (problem,) = verify(elsewhere, release).problems
    assert problem.startswith("it cannot be rebuilt from the archive: ")
    assert "\n" not in problem


def test_data_file_that_is_gone_is_told_in_a_line(honest: Path, settings: Settings) -> None:
    lake = Path(str(settings.archive_data)).parent
    damaged = shutil.copytree(lake, lake.with_name("damaged"))
    (gone, *_) = sorted((damaged / "data").rglob("subscriber_day/**/*.parquet"))
    gone.unlink()
    verified = verify(make_settings_over(damaged, damaged / "installation"), honest)
    (problem,) = verified.problems
    assert problem.startswith("it cannot be rebuilt from the archive: ")
    assert gone.name in problem
    assert "only checksums were held" in verified.not_held[-1]


def test_settings_that_were_changed_since_are_told_and_no_fault(
    settings: Settings, release: Path, compiled_once: None
) -> None:
    file = settings.file.with_name("later.toml")
    file.write_text(settings.file.read_text().replace("Five years", "The years"))
    verified = verify(Settings.load(file), release)
    assert verified.problems == ()
    assert verified.not_held == (
        "settings: the file at hand is not the one that was used; title, provider, weeks and rules"
        " are as the manifest says; they differ in title, settings.edition.title",
    )


def test_former_release_that_is_gone_is_told(
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
        line.startswith(f"report.html: this version writes it otherwise; only {writer}")
        for line in verified.not_held
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


def test_columns_and_tables_that_another_version_had_are_told(
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
