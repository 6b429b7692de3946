"""What has been delivered of a week, from listings alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from longflow.cli import main
from longflow.landing import fetch_week
from longflow.landing.listing import SourceListing, list_week
from longflow.records import LoggedFile
from longflow.settings import Feed, Settings
from longflow.spans import minute
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

SOURCE = """
[[sources]]
name = "east"
feed = "usage"
service = "mobile"
format = "csv"
files = "u-{date}{hour}.csv"
slot_minutes = 360
"""
FOLDER = "landing/usage/east/2024-06-03"
# Six hours each, by the clock of Tokyo.
SLOTS = [f"u-2024060{day}{hour:02}.csv" for day in range(3, 10) for hour in (0, 6, 12, 18)]


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(extra=SOURCE)


def deliver(root: Path, names: list[str]) -> Path:
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("delivered\n")
    return folder


def week_of(settings: Settings, monday: str = "2024-06-03") -> Week:
    return Week.parse(monday, settings.zone)


def listed(settings: Settings, manifest: list[LoggedFile] | None = None) -> SourceListing:
    (one,) = list_week(settings, week_of(settings), [Feed.USAGE], {Feed.USAGE: manifest or []})
    return one


def test_a_week_with_every_slot_is_complete(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path, SLOTS)
    found = listed(settings)
    assert (found.is_complete, found.expected, len(found.files)) == (True, 28, 28)
    assert {one.entry.size_bytes for one in found.files} == {10}
    assert found.names("new") == SLOTS


def test_slots_that_are_not_there_are_missing(settings: Settings, tmp_path: Path) -> None:
    deliver(tmp_path, [*SLOTS[:5], *SLOTS[7:], "notes.txt"])
    found = listed(settings)
    assert not found.is_complete
    assert [tuple(minute(edge, settings.zone) for edge in gap) for gap in found.missing] == [
        ("2024-06-04 06:00", "2024-06-04 12:00"),
        ("2024-06-04 12:00", "2024-06-04 18:00"),
    ]
    assert [one.file for one in found.findings] == ["notes.txt"]


def test_a_folder_that_is_not_there_misses_every_slot(settings: Settings) -> None:
    found = listed(settings)
    assert (len(found.missing), found.problem) == (28, None)


def test_slots_of_a_week_that_lasts_are_to_come(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    six = datetime.fromtimestamp(week_of(settings).start_ms / 1000, UTC) + timedelta(hours=6)
    monkeypatch.setattr("longflow.landing.listing.now", lambda: six)
    deliver(tmp_path, SLOTS[:1])
    found = listed(settings)
    assert (found.is_complete, found.missing, found.to_come) == (False, (), 27)


def manifest_of(settings: Settings) -> list[LoggedFile]:
    """The manifest that a fetch of the week leaves in the archive's log."""
    week = week_of(settings)
    landed = fetch_week(settings, week, [Feed.USAGE], Workspace.of(settings, "test", week))
    return [LoggedFile.model_validate(one.model_dump()) for one in landed.files]


def test_what_was_loaded_and_has_not_changed_is_as_loaded(
    settings: Settings, tmp_path: Path
) -> None:
    deliver(tmp_path, SLOTS)
    found = listed(settings, manifest_of(settings))
    assert found.is_as_loaded
    assert found.names("as loaded") == SLOTS


def test_new_changed_and_gone_files_are_told_apart(settings: Settings, tmp_path: Path) -> None:
    folder = deliver(tmp_path, SLOTS[:4])
    manifest = manifest_of(settings)
    deliver(tmp_path, SLOTS[4:5])
    (folder / SLOTS[0]).unlink()
    (folder / SLOTS[1]).write_text("more than was delivered\n")
    (folder / SLOTS[2]).write_text("DELIVERED\n")
    os.utime(folder / SLOTS[2], (1_800_000_000, 1_800_000_000))
    found = listed(settings, manifest)
    assert not found.is_as_loaded
    assert found.names("new") == [SLOTS[4]]
    assert found.names("changed") == [SLOTS[1], SLOTS[2]]
    assert found.gone == (SLOTS[0],)


def test_a_manifest_without_versions_is_compared_by_size(
    settings: Settings, tmp_path: Path
) -> None:
    """Loads of older versions state none."""
    folder = deliver(tmp_path, SLOTS[:2])
    old = [one.model_copy(update={"version": None}) for one in manifest_of(settings)]
    os.utime(folder / SLOTS[0], (1_800_000_000, 1_800_000_000))
    (folder / SLOTS[1]).write_text("more than was delivered\n")
    assert listed(settings, old).names("changed") == [SLOTS[1]]


def test_a_source_that_cannot_be_listed_has_a_problem(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    other = SOURCE.replace('"east"', '"west"') + 'url = "http://127.0.0.1:1/dumps"\n'
    deliver(tmp_path, SLOTS)
    settings = make_settings(extra=SOURCE + other)
    east, west = list_week(settings, week_of(settings), [Feed.USAGE], {})
    assert east.is_complete
    assert not west.is_complete
    assert "check that the server and the network are up" in str(west.problem)


def test_the_command_names_what_is_missing(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["listing", "--week", "2024-06-03", "--feeds", "usage"]
    assert main([*arguments, "--settings", str(settings.file)]) == 1
    assert f"usage east: no file of the week in {tmp_path / FOLDER}\n" in capsys.readouterr().out
    deliver(tmp_path, SLOTS[1:])
    assert main([*arguments, "--settings", str(settings.file)]) == 1
    shown = capsys.readouterr()
    assert "27 of 28" in shown.out
    assert "usage east: missing: 2024-06-03 00:00 to 2024-06-03 06:00" in shown.out
    assert shown.err == ""
    deliver(tmp_path, SLOTS)
    assert main([*arguments, "--files", "--settings", str(settings.file)]) == 0
    assert SLOTS[0] in capsys.readouterr().out
