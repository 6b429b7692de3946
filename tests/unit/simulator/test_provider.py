"""Parameters and settings: each error is one line that says where and what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from longflow.simulator.provider import Provider, SimulatorError, read_settings


def settings_file(folder: Path, text: str) -> Path:
    file = folder / "longflow.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_settings_are_read_from_their_own_section_and_the_time_zone(tmp_path: Path) -> None:
    file = settings_file(
        tmp_path,
        '[provider]\nname = "x"\ntime_zone = "Europe/Berlin"\n'
        "[simulator]\nseed = 7\nweeks = [2024-06-03]\ncounters_weeks = [2024-06-10]\n",
    )
    settings = read_settings(file)
    assert settings.provider == Provider(time_zone="Europe/Berlin", seed=7)
    assert settings.weeks == (date(2024, 6, 3),)
    assert settings.counters_weeks == (date(2024, 6, 10),)


def test_weeks_from_a_first_to_a_last_one(tmp_path: Path) -> None:
    text = "[simulator]\ncounters_weeks = { first = 2023-12-25, last = 2024-01-08 }\n"
    mondays = (date(2023, 12, 25), date(2024, 1, 1), date(2024, 1, 8))
    assert read_settings(settings_file(tmp_path, text)).counters_weeks == mondays


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("[simulator]\nweeks = { first = 2024-06-03 }\n", "a range needs first and last"),
        (
            "[simulator]\nweeks = { first = 2024-06-03, last = 2024-05-27 }\n",
            "the last week 2024-05-27 is before the first",
        ),
        (
            "[simulator]\nweeks = { first = 2024-06-03, last = 2024-06-04 }\n",
            "weeks.last: 2024-06-04 is not a Monday",
        ),
        ("[simulator]\nsed = 7\n", "sed is not known"),
        ('[simulator]\nseed = "7"\n', "seed: '7' is not a whole number"),
        ("[simulator]\nslot_minutes = 7\n", "slot_minutes: 7 does not divide an hour"),
        ("[simulator]\nweeks = [2024-06-04]\n", "2024-06-04 is not a Monday"),
        ("[simulator]\nweeks = 2024\n", "is not a list"),
        ('[simulator]\nweeks = ["June"]\n', "'June' is not a date"),
        ('[provider]\ntime_zone = "Mars/Base"\n', "'Mars/Base' is not an IANA time zone"),
        ("[simulator\n", "is not valid TOML"),
    ],
)
def test_wrong_settings_are_reported_with_the_file(
    tmp_path: Path, text: str, reported: str
) -> None:
    file = settings_file(tmp_path, text)
    with pytest.raises(SimulatorError) as error:
        read_settings(file)
    assert str(error.value).startswith(f"{file}: ")
    assert reported in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_settings_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="cannot be read"):
        read_settings(tmp_path / "longflow.toml")
