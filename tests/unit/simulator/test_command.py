"""The command: what it makes, and what it says when it cannot."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from longflow.simulator import command

TINY = (
    *("--pppoe-contracts", "2", "--ipoe-contracts", "2", "--mobile-numbers", "2"),
    *("--pppoe-flows", "20", "--mobile-flows", "5", "--jobs", "1"),
)


def simulate(folder: Path, *options: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    places = ("--landing", str(folder / "landing"), "--truth", str(folder / "truth"))
    return command.run(parser.parse_args([*places, *options]))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_weeks_are_made_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weeks = ("--week", "2024-06-03", "--counters-week", "2024-06-10", "2024-06-17")
    assert simulate(tmp_path, *weeks, *TINY) == 0
    reported = capsys.readouterr().out.splitlines()
    assert [line.split(" s  ")[1].split(",")[0] for line in reported] == [
        "2024-06-03: all feeds",
        "2024-06-10: counters only",
        "2024-06-17: counters only",
    ]
    assert len(list((tmp_path / "truth").iterdir())) == 3


def test_weeks_and_defaults_come_from_the_settings_here(tmp_path: Path) -> None:
    (tmp_path / "longflow.toml").write_text(
        "[simulator]\ncounters_weeks = [2024-06-10]\npppoe_contracts = 3\n"
    )
    assert simulate(tmp_path) == 0
    assert (
        '"pppoe_contracts": 3'
        in (tmp_path / "truth" / "2024-06-10" / "parameters.json").read_text()
    )


def test_faults_are_planted_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = ("--fault", "counter-reset", "--fault", "missing-hour")
    assert simulate(tmp_path, "--week", "2024-06-03", *TINY, *faults) == 0
    assert capsys.readouterr().out.strip().endswith("faults: missing-hour, counter-reset")
    truth = tmp_path / "truth" / "2024-06-03"
    assert '"faults": "missing-hour, counter-reset"' in (truth / "parameters.json").read_text()
    planted = json.loads((truth / "faults.json").read_text())
    assert [row["rule"] for row in planted] == ["coverage.hour_missing", "counters.reset"]


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        ((), "no week is named; name Mondays with --week, or in [simulator] weeks"),
        (("--week", "2024-06-04"), "--week: 2024-06-04 is not a Monday"),
        (("--week", "soon"), "--week: 'soon' is not a date; write it as YYYY-MM-DD"),
        (("--week", "2024-06-03", "--interval", "0"), "sampling_interval: 0 is not a whole number"),
        (("--week", "2024-06-03", "--jobs", "0"), "--jobs: 0 is less than 1"),
        (("--week", "2024-06-03", "--fault", "gaps"), "fault: 'gaps' is not known; known are all,"),
        (("--settings", "none.toml"), "none.toml: cannot be read"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], reported: str
) -> None:
    assert simulate(tmp_path, *options) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("longflow simulate: ")
    assert reported in line


def test_a_place_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "landing").write_text("a file")
    assert simulate(tmp_path, "--week", "2024-06-03", *TINY) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be written" in line
