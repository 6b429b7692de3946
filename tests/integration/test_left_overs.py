"""What killed runs leave behind is removed; what a live run may use stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from longflow import cli, steps
from longflow.archive import open_archive
from longflow.left_overs import left_workspaces
from longflow.owners import lives, token
from longflow.settings import Settings

from tests.conftest import MakeSettings

WEEK = "2024-06-03"
DAY = 86_400
INSERT = (
    "INSERT INTO published_figure BY NAME SELECT 't' AS table_id, 2006 AS year, '{}' AS key,"
    " 'a' AS column_name, 1 AS position, now() AS imported_at, 'f' AS file, '' AS file_sha256"
)
# Written by a process that is killed before it commits.
KILLED_WRITER = """
import os, sys
from longflow.archive import open_archive
from longflow.settings import Settings
with open_archive(Settings.load(sys.argv[1]), read_only=False) as archive:
    archive.connection.execute("BEGIN TRANSACTION")
    archive.connection.execute(sys.argv[2])
    print("written", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings("counters")


@pytest.fixture
def gone() -> str:
    """The token of a process that has ended."""
    reported = subprocess.run(
        [sys.executable, "-c", "from longflow.owners import token; print(token())"],
        capture_output=True,
        text=True,
        check=True,
    )
    return reported.stdout.strip()


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[str]]:
    """A live process that has printed its token."""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from longflow.owners import token; print(token(), flush=True);"
            " sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def workspace(settings: Settings, run: str, age_days: float = 0, week: str = WEEK) -> Path:
    folder = settings.var / "staging" / run / week
    (folder / "landed").mkdir(parents=True)
    (folder / "landed" / "dump").write_bytes(b"123")
    written = folder.stat().st_mtime - age_days * DAY
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (written, written))
    return folder


def cli_run(token: str) -> str:
    return f"cli-20240610T010203-{token}"


def test_a_process_is_known_by_its_number_and_its_start(gone: str) -> None:
    assert lives(token()) is True
    assert lives(gone) is False
    pid, started, *place = token().split("-")
    assert lives("-".join([pid, f"{int(started) + 1}", *place])) is False
    assert lives("manual__2024-06-10T00:00:00") is None


def test_a_process_of_another_host_or_container_cannot_be_known() -> None:
    pid, started, host, boot, space = token().split("-")
    assert lives("-".join([pid, started, "0" * 8, boot, space])) is None
    assert lives("-".join([pid, started, host, boot, "1"])) is None
    # This host as it was before a reboot.
    assert lives("-".join([pid, started, host, "0" * 8, space])) is False


def test_a_zombie_has_ended(other_process: subprocess.Popen[str]) -> None:
    assert other_process.stdout is not None
    reported = other_process.stdout.readline().strip()
    assert lives(reported) is True
    other_process.kill()
    os.waitid(os.P_PID, other_process.pid, os.WEXITED | os.WNOWAIT)
    assert lives(reported) is False


def test_workspaces_of_dead_and_of_old_runs_are_left_over(
    settings: Settings, gone: str, other_process: subprocess.Popen[str]
) -> None:
    assert other_process.stdout is not None
    dead = workspace(settings, cli_run(gone))
    old = workspace(settings, "manual__2024-06-01", age_days=8)
    workspace(settings, cli_run(other_process.stdout.readline().strip()), age_days=30)
    workspace(settings, "scheduled__2024-06-10", age_days=6)
    # A run that names itself like one of the command line is one of Airflow.
    workspace(settings, "cli-manual", age_days=6)
    assert {one.path for one in left_workspaces(settings)} == {dead, old}


def test_a_run_takes_the_left_overs_of_its_own_week_away(
    settings: Settings, gone: str, caplog: pytest.LogCaptureFixture
) -> None:
    dead = workspace(settings, cli_run(gone))
    other_week = workspace(settings, cli_run(gone), week="2024-06-10")
    (batch,) = steps.plan(settings, run_key="scheduled__1", first=WEEK)
    steps.fetch(settings, batch)
    assert not dead.exists()
    assert other_week.exists()
    assert caplog.messages == [
        f"removed {dead}: workspace of a run that will not resume, 1 file, 3 bytes"
    ]


def test_a_run_of_the_command_line_that_fails_leaves_no_workspace(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(steps, "stage", full)
    assert cli.main(["ingest", "--settings", str(settings.file), "--first", WEEK]) == 3
    assert list((settings.var / "staging").rglob("*")) == []


def test_files_of_a_writer_that_was_killed_go_with_the_next_writer(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute(INSERT)
    data = settings.var / "archive" / "data"
    (kept,) = data.rglob("*.parquet")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_WRITER, settings.file, INSERT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        (orphan,) = set(data.rglob("*.parquet")) - {kept}

        with open_archive(settings, read_only=False):
            pass
        assert orphan.exists(), "a live writer still needs it"
        writer.kill()

    with open_archive(settings, read_only=False):
        pass
    assert list(data.rglob("*.parquet")) == [kept]
    assert list(data.glob(".writer-*")) == []
    assert any(f"removed {orphan}" in message for message in caplog.messages)


def test_a_key_that_was_being_made_goes_with_the_next_writer(settings: Settings, gone: str) -> None:
    draft = settings.var / "archive" / f".key.{gone}.x1y2"
    of_a_live_one = draft.with_name(f".key.{token()}.x1y2")
    draft.parent.mkdir(parents=True)
    for path in (draft, of_a_live_one):
        path.write_bytes(b"")
    with open_archive(settings, read_only=False):
        pass
    assert not draft.exists()
    assert of_a_live_one.exists()


def test_tidy_says_what_would_go_and_then_takes_it_away(
    settings: Settings, gone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute(INSERT)
    (kept,) = (settings.var / "archive" / "data").rglob("*.parquet")
    young, old = kept.with_name("young.parquet"), kept.with_name("old.parquet")
    for path in (young, old):
        path.write_bytes(b"12345")
    os.utime(old, (kept.stat().st_mtime - 30 * DAY,) * 2)
    dead = workspace(settings, cli_run(gone))
    spill = settings.var / "tmp" / f"duckdb-{gone}"
    spill.mkdir()
    (spill / "a.tmp").write_bytes(b"12")

    def tidy(*options: str) -> list[str]:
        assert cli.main(["tidy", "--settings", str(settings.file), *options]) == 0
        return capsys.readouterr().out.splitlines()

    reported = tidy("--dry-run")
    assert len(reported) == 4
    assert reported[-1] == "would free 10 bytes in 3 files"
    assert [line.split(": ")[0] for line in reported[:3]] == [
        f"would remove {path}" for path in (dead, spill, old)
    ]
    assert dead.exists()

    assert tidy()[-1] == "freed 10 bytes in 3 files"
    assert not any(path.exists() for path in (dead, spill, old))
    # It may have been written with a newer catalogue than this one.
    assert young.exists()
    assert kept.exists()
    assert tidy() == ["nothing is left over"]
