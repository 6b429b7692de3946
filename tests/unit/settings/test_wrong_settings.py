"""Wrong settings: each is one clear line with the line of the file and the name of the setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.cli import main
from longflow.errors import LongflowError
from longflow.settings import Settings

from tests.unit.settings import wrong_file, wrong_sections, wrong_sources
from tests.unit.settings.wrong import BREAK, PROVIDER, SOURCE, Wrong

WRONG = {**wrong_file.WRONG, **wrong_sources.WRONG, **wrong_sections.WRONG}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_one_line_with_line_and_setting(
    wrong: Wrong, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "longflow.toml"
    file.write_text(wrong.text, encoding="utf-8")

    assert main(["status", "--settings", str(file)]) == 1

    reported = capsys.readouterr().err.splitlines()
    place = ", ".join(filter(None, [f"line {wrong.line}" if wrong.line else "", wrong.setting]))
    first = next(line for line in reported if place in line)
    assert first.startswith(f"longflow: {file}: {place}")
    assert wrong.said in first
    assert "; " in first.removeprefix(f"longflow: {file}")
    assert len(reported) == 1, "\n".join(reported)


def test_all_that_is_wrong_is_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "longflow.toml"
    file.write_text(
        "[provider]\nname = 'Test'\ntime_zone = 'Mars'\n[database]\nthreads = 0\nmemory = '1GB'\n"
        f"[validation.severity]\n'flows.redable' = 'warn'\n{SOURCE}delimiter = ';;'\n"
        f"[[known_breaks]]\nlast = 2024-06-03\nrule = 'pst.*'\n{BREAK}"
    )

    with pytest.raises(LongflowError) as error:
        Settings.load(file)

    places = [line.removeprefix(f"{file}: ").partition(": ")[0] for line in error.value.lines]
    assert places == [
        "line 3, provider.time_zone",
        "line 5, database.threads",
        "line 6, database.memory",
        "line 8, validation.severity.flows.redable",
        "line 14, sources.east.delimiter",
        "line 16, known_breaks.#1.last",
        "line 17, known_breaks.#1.rule",
    ]
    assert str(error.value).splitlines() == list(error.value.lines)


@pytest.mark.parametrize(
    "line", ["a.b = 1", "url = 'ftp://user:secret@host:x/'", "token = 'secret'"]
)
def test_no_line_shows_a_password(line: str, tmp_path: Path) -> None:
    file = tmp_path / "longflow.toml"
    file.write_text(f"{PROVIDER}{SOURCE}{line}\n")
    with pytest.raises(LongflowError) as error:
        Settings.load(file)
    assert "secret" not in str(error.value)
