"""A release is verified before `latest.json` moves; equal content makes no new one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from longflow.archive import open_archive
from longflow.cli import main
from longflow.errors import LongflowError
from longflow.release import (
    NotVerifiedError,
    files,
    prepare,
    publication,
    publish,
    put_in_force,
    verify,
)
from longflow.settings import Settings
from longflow.sqlfile import query

from tests.forging import forge_json, forge_text
from tests.unit.conftest import make_lake, make_settings_over


def latest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "latest.json").read_text())
    return content


def change(settings: Settings, sql: str) -> None:
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute(sql)


@pytest.fixture
def wrong_query(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A fault in a query, which only the second way can see."""

    def wrong(step: str, table: str, name: str = "query") -> str:
        text = query(step, table, name)
        return text.replace("+ 99) // 100", "+ 99) // 50") if table == "concentration" else text

    with monkeypatch.context() as patched:
        patched.setattr("longflow.edition.making.query", wrong)
        yield patched


def test_release_that_does_not_verify_stays_aside_and_the_next_one_does_not_see_it(
    own_lake_settings: Settings,
    wrong_query: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = own_lake_settings.var / "releases" / "2024"
    arguments = ["publish", "--settings", str(own_lake_settings.file), "--edition", "2024"]
    assert main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    (reason,) = folder.glob("*.rejected.txt")
    assert line.startswith(
        f"longflow: {reason}: the release is not put in force: tables/concentration.parquet: row 1,"
    )
    assert line.endswith(
        ", and 11 more; fix the cause, then publish again; the previous release stays in force"
    )
    lines = reason.read_text().splitlines()
    assert (lines[0][:12], len(lines)) == ("rejected at ", 13)
    rejected = reason.with_suffix("")
    assert (rejected / "report.html").is_file()
    assert files.releases(folder) == []
    assert not (folder / "latest.json").exists()

    wrong_query.undo()
    release = publish(own_lake_settings, 2024)
    assert release.created
    assert release.path.name > files.name_of(rejected)
    assert latest(folder)["release"] == release.path.name
    assert json.loads((release.path / "changes.json").read_text())["compared_with"] is None
    assert rejected.is_dir()


def test_other_revisions_with_the_same_content_are_no_news(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    first = publish(memory_settings, 2024)
    memory_connection.execute(
        "INSERT INTO load_log SELECT * REPLACE (revision + 1 AS revision, 'again' AS input_digest)"
        " FROM load_log"
    )
    again = publish(memory_settings, 2024)
    assert (again.path, again.created) == (first.path, False)
    assert files.releases(first.path.parent) == [first.path]


def test_release_with_a_manifest_of_format_1_is_recognised_and_verified(
    memory_settings: Settings,
) -> None:
    """Its digest of content counted revisions, and it has none of the code."""
    first = publish(memory_settings, 2024).path
    for part in [first, *first.rglob("*")]:
        part.chmod(0o755)

    def as_before(manifest: dict[str, Any]) -> None:
        manifest.update(format=1, content_sha256="0" * 64)
        manifest["code"]["commit"] = "0" * 40
        del manifest["code"]["sources_sha256"]

    digest = files.read_manifest(first)["content_sha256"]
    forge_text(first, "report.html", digest[:16], "0" * 16)
    forge_json(first, "manifest.json", as_before)
    assert publish(memory_settings, 2024).path == first
    verified = verify(memory_settings, first)
    assert verified.problems == ()
    assert verified.not_held[0].startswith("manifest.json (content_sha256, format): only longflow ")
    assert verified.not_held[1].startswith("report.html: this version writes it differently; only ")


def test_a_warning_that_is_printed_is_news(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    publish(memory_settings, 2024)
    memory_connection.execute("UPDATE load_log SET verdict = 'warned' WHERE feed = 'usage'")
    assert publish(memory_settings, 2024).created


@dataclass(frozen=True)
class Returned:
    """A week loaded wrongly and then corrected: two releases, and the first in force again."""

    settings: Settings
    first: Path
    second: Path
    refusal: str
    release: publication.Release

    @property
    def folder(self) -> Path:
        return self.first.parent


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> Returned:
    folder = tmp_path_factory.mktemp("returned")
    settings = make_settings_over(make_lake(folder / "lake"), folder / "installation")
    first = publish(settings, 2024).path
    week = "WHERE service = 'mobile' AND week = DATE '2023-05-29'"
    change(settings, f"UPDATE subscriber_day SET in_bytes = 2 * in_bytes {week}")
    second = publish(settings, 2024, "the gateway had counted half").path
    change(settings, f"UPDATE subscriber_day SET in_bytes = in_bytes // 2 {week}")
    with pytest.raises(LongflowError) as refused:
        publish(settings, 2024)
    release = publish(settings, 2024, "it had not")
    return Returned(settings, first, second, str(refused.value), release)


def test_earlier_release_with_the_same_content_comes_into_force_again(returned: Returned) -> None:
    assert (returned.release.path, returned.release.created) == (returned.first, False)
    assert returned.release.returned
    assert files.releases(returned.folder) == [returned.first, returned.second]
    assert latest(returned.folder)["release"] == returned.first.name


def test_closed_years_do_not_move_back_without_a_reason(returned: Returned) -> None:
    assert f"moved beyond their error since release {returned.second.name}: " in returned.refusal
    assert returned.refusal.startswith("edition 2024: ")


def test_what_moved_back_is_reported_beside_the_release(returned: Returned) -> None:
    says = latest(returned.folder)
    assert says["instead_of"] == returned.second.name
    assert says["changes"] == f"changes-{returned.second.name}-{returned.first.name}.json"
    moved = json.loads((returned.folder / says["changes"]).read_text())
    assert (moved["compared_with"], moved["accepted"]) == (returned.second.name, "it had not")
    means = [value for value in moved["values"] if value["column"] == "mean_mb"]
    assert {round(value["relative"], 6) for value in means} == {-0.5}


def test_what_is_in_force_again_is_no_news(returned: Returned) -> None:
    before = (returned.folder / "latest.json").read_bytes()
    again = publish(returned.settings, 2024)
    assert (again.path, again.created, again.returned) == (returned.first, False, False)
    assert (returned.folder / "latest.json").read_bytes() == before


def test_both_releases_verify(returned: Returned) -> None:
    for release in (returned.first, returned.second):
        verified = verify(returned.settings, release)
        assert (verified.problems, verified.not_held) == ((), ())


def test_earlier_release_that_does_not_verify_is_made_anew(own_lake_settings: Settings) -> None:
    first = publish(own_lake_settings, 2024).path
    week = "WHERE service = 'mobile' AND week = DATE '2024-06-03'"
    change(own_lake_settings, f"UPDATE subscriber_day SET in_bytes = 2 * in_bytes {week}")
    publish(own_lake_settings, 2024)
    change(own_lake_settings, f"UPDATE subscriber_day SET in_bytes = in_bytes // 2 {week}")
    report = first / "report.html"
    report.chmod(0o644)
    report.write_text("<p>gone</p>")
    third = publish(own_lake_settings, 2024)
    assert third.created
    assert third.said == (
        f"release {first.name} has the same content but does not verify"
        " (report.html: does not agree with SHA256SUMS), so a new one is made",
    )


def test_what_a_killed_run_wrote_is_verified_by_the_next(lake_settings: Settings) -> None:
    """Killed between writing and verifying."""
    left = prepare(lake_settings, 2024).path
    assert left.name.endswith(".unverified")
    release = publish(lake_settings, 2024)
    assert (release.path.name, release.created) == (files.name_of(left), True)
    assert not left.exists()


def test_what_a_killed_run_wrote_goes_when_it_does_not_hold_any_more(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    left = prepare(memory_settings, 2024).path
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")
    release = publish(memory_settings, 2024)
    assert release.path.name > files.name_of(left)
    assert sorted(path.name for path in release.path.parent.iterdir()) == [
        ".lock",
        release.path.name,
        "latest.json",
    ]


def test_run_killed_before_latest_moved_is_finished_by_the_next(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    first = publish(memory_settings, 2024)
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")
    second = files.accept(prepare(memory_settings, 2024, "a test").path)
    folder = second.parent
    assert latest(folder)["release"] == first.path.name
    release = publish(memory_settings, 2024)
    assert release.path == second
    says = latest(folder)
    assert (says["release"], set(says)) == (
        second.name,
        {"edition", "release", "content_sha256"},
    )


def test_other_run_that_took_it_up_is_no_fault(lake_settings: Settings) -> None:
    prepared = prepare(lake_settings, 2024).path
    other = publish(lake_settings, 2024)
    release = put_in_force(lake_settings, 2024, prepared)
    assert (release.path, release.created) == (other.path, False)


def test_release_compared_with_what_is_not_in_force_any_more_stays_aside(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    prepared = prepare(memory_settings, 2024).path
    aside = prepared.rename(prepared.with_name("aside"))
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")
    other = publish(memory_settings, 2024).path
    aside.rename(prepared)
    with pytest.raises(NotVerifiedError, match=f"compared with None, but {other.name} has come"):
        put_in_force(memory_settings, 2024, prepared)
    assert latest(other.parent)["release"] == other.name


def test_release_that_is_gone_is_reported_in_one_line(
    memory_settings: Settings, memory_connection: duckdb.DuckDBPyConnection
) -> None:
    prepared = prepare(memory_settings, 2024).path
    memory_connection.execute("UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")
    publish(memory_settings, 2024)
    with pytest.raises(LongflowError, match="this release is gone: another run has published"):
        put_in_force(memory_settings, 2024, prepared)


def test_slow_run_does_not_replace_what_a_faster_one_saw_later(
    own_lake_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was compiled before another run published more is compiled again."""
    compile_now = publication._compile
    early = compile_now(own_lake_settings, 2024)
    change(own_lake_settings, "UPDATE port_week SET bytes = bytes * 2 WHERE port = 443")
    other = publish(own_lake_settings, 2024).path
    results = iter([early])
    monkeypatch.setattr(
        publication, "_compile", lambda *of: next(results, None) or compile_now(*of)
    )
    release = publish(own_lake_settings, 2024)
    assert (release.path, release.created) == (other, False)


def test_names_go_on_when_the_clock_was_set_back(tmp_path: Path) -> None:
    newest = datetime.now(UTC) + timedelta(days=400)
    newest = newest.replace(microsecond=0)
    (tmp_path / f"{newest:%Y%m%dT%H%M%SZ}.rejected").mkdir()
    (tmp_path / "20241399T000000Z").mkdir()
    assert files.free_name(tmp_path) == f"{newest + timedelta(seconds=1):%Y%m%dT%H%M%SZ}"


def test_clock_that_was_set_back_makes_no_new_release(memory_settings: Settings) -> None:
    first = publish(memory_settings, 2024).path
    later = first.with_name("29990101T000000Z")
    manifest = files.read_manifest(first)
    # As if the clock had been a thousand years ahead.
    contents = {
        name: (first / name).read_bytes() for name in files.files_of(first) if name[0] != "m"
    }
    contents["manifest.json"] = files.json_bytes({**manifest, "release": later.name})
    files.write_release(later, contents)
    files.point_latest(later, manifest["content_sha256"])
    assert publish(memory_settings, 2024).path == later
    assert files.releases(later.parent) == [first, later]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{", "latest.json: it does not name a release; restore it from a backup, or remove it"),
        ("[]", "latest.json: it does not name a release"),
        ('{"release": "../2023"}', "latest.json: it does not name a release"),
        (
            '{"release": "20240901T000000Z"}',
            "latest.json: the release 20240901T000000Z, which is in force, is gone; restore that",
        ),
    ],
)
def test_damaged_latest_is_reported_in_one_line(tmp_path: Path, content: str, line: str) -> None:
    (tmp_path / "latest.json").write_text(content)
    with pytest.raises(LongflowError) as caught:
        files.in_force(tmp_path)
    assert line in str(caught.value)


def test_damaged_manifest_of_what_is_in_force_is_reported_in_one_line(
    memory_settings: Settings,
) -> None:
    first = publish(memory_settings, 2024).path
    (first / "manifest.json").chmod(0o644)
    (first / "manifest.json").write_text('{"format": 2}')
    with pytest.raises(LongflowError, match="not the manifest that was written: edition: Field"):
        publish(memory_settings, 2024)
