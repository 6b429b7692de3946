from __future__ import annotations

import json
from pathlib import Path

import pytest
from longflow.cli import main
from longflow.settings.lines import lines_of_keys
from longflow.settings.page import page

TEXT = """\ufeffvar = "data"

[provider]
name = "Test"
time_zone = "Asia/Tokyo"

[[sources]]
name = "east"
feed = "flows"
service = "broadband"
format = "csv"
url = "ftp://collector@example.net/flows?key=hunter2"
columns = {
bytes = "octets" }

[editions.2024]
title = "A [bold] year"
analysis_weeks = {2023 = 2023-05-29, 2024 = 2024-06-03}
""".replace("{\nbytes", "{bytes")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "longflow.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def printed(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[object, int | None]]:
    assert main(["settings", "--settings", str(file), "--json"]) == 0
    reported = json.loads(capsys.readouterr().out)
    assert reported["file"] == str(file)
    return {one["name"]: (one["value"], one["line"]) for one in reported["settings"]}


def test_every_setting_with_its_line_or_as_default(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = printed(file, capsys)

    assert settings["var"] == (str(file.parent / "data"), 1)
    assert settings["provider.time_zone"] == ("Asia/Tokyo", 5)
    assert settings["sources.east.columns.bytes"] == (["octets"], 13)
    assert settings["sources.east.delimiter"] == (",", None)
    assert settings["editions.2024.analysis_weeks.2024"] == ("2024-06-03", 17)
    assert settings["validation.unexplained.refuse_percent"] == (50, None)


def test_one_limit_leaves_the_other_as_it_was(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(f"{TEXT}[validation.unexplained]\nwarn_percent = 20\n", encoding="utf-8")
    assert printed(file, capsys)["validation.unexplained.refuse_percent"] == (50, None)


def test_a_url_is_printed_without_user_and_key(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in ([], ["--json"]):
        assert main(["settings", "--settings", str(file), *options]) == 0
        reported = capsys.readouterr().out
        assert "ftp://…@example.net/flows?…" in reported
        assert "hunter2" not in reported


def test_the_table_names_the_file_and_what_chose_it(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGFLOW_SETTINGS", str(file))
    assert main(["settings"]) == 0
    reported = capsys.readouterr().out
    assert f"{file}, named by the variable LONGFLOW_SETTINGS" in reported.replace("\n", "")
    assert "A [bold] year" in reported


def test_wrong_settings_are_reported_by_the_command_too(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("[week]\ngrace_hours = -1\n")
    assert main(["settings", "--settings", str(file)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("# a = 1\n\na.b = 2", ("a", "b"), 3),
        ("a = [ # ]\n  1,\n]\nb = 2", ("b",), 4),
        ('a = """\nb = 1\n""""\nb = 2', ("b",), 4),
        ("a = '''\n[b]\n'''\n[b]\nc = 1", ("b", "c"), 5),
        ('a = "\\"["\nb = 2', ("b",), 2),
        ("[a]\n[[a.b]]\nc = 1\n[[a.b]]\n[a.b.d]\nc = 1", ("a", "b", 1, "d", "c"), 6),
        ("[x.\"a.b\"]\n'c d' = 1", ("x", "a.b", "c d"), 2),
        ("a = [{b = 1}, {b = 2}]", ("a", 1, "b"), 1),
    ],
)
def test_the_line_of_a_key(text: str, path: tuple[str | int, ...], line: int) -> None:
    assert lines_of_keys(text)[path] == line


def test_the_page_of_settings_is_that_of_the_code() -> None:
    written = Path(__file__).parents[3] / "docs" / "settings.md"
    assert written.read_text(encoding="utf-8") == page(), (
        "make it anew: python -m longflow.settings.page > docs/settings.md"
    )


def test_every_setting_is_explained() -> None:
    assert "|  |\n" not in page()
