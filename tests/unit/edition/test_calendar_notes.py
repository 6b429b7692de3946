"""Footnotes name the holidays of the weeks that each table shows, and of no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.edition.footnotes import calendar_notes
from longflow.edition.footnotes.note import Note
from longflow.settings import Settings

from tests.unit.conftest import make_settings_over

HOLIDAYS = """
[[holidays]]
date = 2019-06-04
name = "of the oldest week"
[[holidays]]
date = 2024-06-05
name = "of the last week"
"""


@pytest.fixture
def notes(tmp_path: Path) -> list[Note]:
    """Notes with a holiday in the first and in the last of three analysis weeks."""
    file = make_settings_over(tmp_path, tmp_path).file
    file.write_text(file.read_text() + HOLIDAYS)
    settings = Settings.load(file)
    return calendar_notes(settings, settings.editions[2024])


def said_of(table: str, notes: list[Note]) -> list[tuple[str, list[str]]]:
    """Keys of the notes on a table and the names of their holidays."""
    found: list[tuple[str, list[str]]] = []
    for note in notes:
        if table in note.tables:
            holidays = note.values["holidays"]
            assert isinstance(holidays, list)
            found.append((note.key, [holiday["name"] for holiday in holidays]))
    return found


@pytest.mark.parametrize(
    ("table", "key", "names"),
    [
        ("table-1", "holidays_kept", ["of the oldest week", "of the last week"]),
        ("peak", "holidays_left_out", ["of the oldest week", "of the last week"]),
        ("figure-2", "holidays_left_out", ["of the last week"]),
        ("figure-7", "holidays_kept", ["of the last week"]),
    ],
)
def test_holidays_are_those_of_the_weeks_that_a_table_shows(
    notes: list[Note], table: str, key: str, names: list[str]
) -> None:
    assert said_of(table, notes) == [(key, names)]


def test_tables_of_the_same_weeks_share_a_note(notes: list[Note]) -> None:
    (note,) = [note for note in notes if "table-1" in note.tables]
    assert "table-3" in note.tables
    assert "figure-7" not in note.tables
