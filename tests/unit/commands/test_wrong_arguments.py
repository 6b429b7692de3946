"""Wrong arguments: one clear line, exit status 1 or 2, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.cli import main

from tests.conftest import MakeSettings

HUGE = "1" + "0" * 30
WEEK = ["--week", "2024-06-03"]
FIRST = ["--first", "2024-06-03"]
SHOW = ["quarantine", "show", *WEEK, "--feed", "flows"]
SIMULATE = ["simulate", "--landing", "l", "--truth", "t"]

# Arguments without and with settings, and what is said of them.
ALONE = [
    ([], "the following arguments are required: COMMAND"),
    (["ingset"], "invalid choice: 'ingset'"),
    (["quarantine"], "required: ACTION"),
    (["ingest", *FIRST, "--settings", ""], "--settings is empty"),
    (["ingest", *FIRST, "--settings", "folder"], "is a folder, not a settings file"),
    (["ingest", *FIRST, "--settings", "file/x"], "no such settings file"),
    (["ingest", *FIRST, "--settings", "/dev/zero"], "is not a regular file"),
    (["ingest", *FIRST, "--settings", "a" * 5_000], "the name is too long for a file"),
    (["ingest", *FIRST, "--settings", "a\0b"], "no file can have this name"),
    (["settings", "--settings", "latin"], "line 2: not TOML: byte 0xfc is not UTF-8"),
    (["settings", "--settings", "nowhere"], "no such settings file; name one with --settings"),
    (["settings", "--settings", "large"], "has more than 4,194,304 bytes"),
    (["decode", "nowhere"], "there is no such file"),
    (["decode", "file", "--threads", "0"], "0 is not from 1 to 256"),
    (["decode", "file", "--threads", HUGE], "is not from 1 to 256"),
    (["decode", "file", "--since", "9" * 400], "this is not a time"),
    (["decode", "file", "--format", "xml"], "invalid choice: 'xml'"),
    ([*SIMULATE, "--week", "June"], "'June' is not a date"),
    ([*SIMULATE, "--week", "0001-01-01"], "outside the years"),
    ([*SIMULATE, *WEEK, "--jobs", "0"], "--jobs: 0 is less than 1"),
    ([*SIMULATE, *WEEK, "--seed", HUGE], "seed: 1000"),
    ([*SIMULATE, "--settings", "folder"], "cannot be read"),
    ([*SIMULATE, "--settings", "latin"], "is not valid TOML"),
]
WITH_SETTINGS = [
    (["ingest"], "required: --first"),
    (["ingest", "--first", ""], "'' is not a date"),
    (["ingest", "--first", "2024-13-01"], "'2024-13-01' is not a date"),
    (["ingest", "--first", "2024-W23"], "'2024-W23' is not a date"),
    (["ingest", "--first", "9999-12-27"], "lies outside the years"),
    (["ingest", "--first", "0001-01-01"], "lies outside the years"),
    (["ingest", "--first", "2024-06-04"], "is a Tuesday"),
    (["ingest", *FIRST, "--last", "1999-01-04"], "is before the first"),
    (["ingest", *FIRST, "--feeds", ","], "',' has an empty name"),
    (["ingest", *FIRST, "--feeds", ""], "'' has an empty name"),
    (["ingest", *FIRST, "--feeds", "flow"], "there is no feed 'flow'"),
    (["ingest", *FIRST, "--nonsense"], "unrecognized arguments: --nonsense"),
    (["status", *WEEK, "--revision", "0"], "0 is not from 1 upwards"),
    (["status", *WEEK, "--revision", "-1"], "-1 is not from 1 upwards"),
    (["status", *WEEK, "--revision", HUGE], "is not a whole number"),
    (["status", *WEEK, "--revision", "x"], "'x' is not a whole number"),
    (["status", "--revision", "1"], "--revision needs --week"),
    (["status", "--week", "June"], "'June' is not a date"),
    (["export", *WEEK, "--output", ""], "is empty; name a file or folder"),
    (["export", *WEEK, "--output", "o", "--snapshot", "-1"], "-1 is not from 0 upwards"),
    (["export", *WEEK, "--output", "o"], "the archive is empty"),
    (["publish", "--edition", "0"], "'0' is not a year"),
    (["publish", "--edition", "2024", "--accept-changes", " "], "is empty; write why"),
    (["publish", "--edition", "2024", "--accept-changes", "a\nb"], "write one line"),
    (["verify", ""], "is empty; name a file or folder"),
    (["verify", "file"], "not a release"),
    (["verify", "nowhere"], "not a release"),
    (["quarantine", "list", "--week", "2024-06-04"], "is a Tuesday"),
    ([*SHOW, "--most", "-1"], "-1 is not from 1 upwards"),
    ([*SHOW, "--most", HUGE], "is not a whole number"),
    ([*SHOW, "--revision", "0"], "0 is not from 1 upwards"),
    (SHOW, "no rows of flows of week 2024-06-03 are in quarantine"),
    (["quarantine", "show", *WEEK, "--feed", "flow"], "invalid choice: 'flow'"),
    (["quarantine", "release", *WEEK, "--feed", "flows"], "no rows of flows"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "latin").write_bytes("[provider]\nname = 'Zürich'\n".encode("latin-1"))
    (tmp_path / "large").write_bytes(b"#" * 5_000_000)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LONGFLOW_SETTINGS", raising=False)
    return tmp_path


def outcome(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Exit status and the only line that is said."""
    try:
        status: object = main(arguments)
    except SystemExit as end:
        status = end.code
    (line,) = capsys.readouterr().err.splitlines()
    return status, line


@pytest.mark.parametrize(("arguments", "said"), ALONE)
def test_one_line(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, line = outcome(arguments, capsys)
    assert said in line
    assert status in {1, 2}


@pytest.mark.parametrize(("arguments", "said"), WITH_SETTINGS)
def test_one_line_over_settings(
    arguments: list[str],
    said: str,
    folder: Path,
    make_settings: MakeSettings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = make_settings("flows", "counters")
    status, line = outcome([*arguments, "--settings", str(settings.file)], capsys)
    assert said in line
    assert status in {1, 2}
    assert not (settings.var / "archive" / "catalogue.sqlite").exists()


def test_a_last_week_before_the_first_is_wrong_usage(
    folder: Path, make_settings: MakeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(make_settings("counters").file)
    weeks = ["--first", "2024-06-10", "--last", "2024-06-03"]
    assert outcome(["ingest", *weeks, "--settings", file], capsys) == (
        2,
        "longflow: the last week 2024-06-03 is before the first 2024-06-10; swap the two",
    )


def test_an_empty_variable_is_not_the_default(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGFLOW_SETTINGS", "")
    status, line = outcome(["settings"], capsys)
    assert (status, line) == (
        1,
        "longflow: the variable LONGFLOW_SETTINGS is empty; "
        "set it to the settings file, or unset it",
    )
