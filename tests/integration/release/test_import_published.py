"""`longflow import-published`: once, replaced by a corrected file, or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from longflow.archive import open_archive
from longflow.cli import main
from longflow.release import publish, verify
from longflow.settings import Settings

from tests.unit.conftest import make_settings_over

REFERENCE = Path(__file__).parents[4] / "shared" / "reference"

FIGURES = (
    "table,year,direction,column,value\ntable-1,2007,in,mean_mb,436\ntable-1,2008,in,mean_mb,490\n"
)


def run(settings: Settings, file: Path, *options: str) -> int:
    return main(["import-published", "--settings", str(settings.file), str(file), *options])


def figures(settings: Settings) -> dict[int, float]:
    with open_archive(settings) as archive:
        rows = archive.connection.execute("SELECT year, value FROM published_figure ORDER BY year")
        return dict(rows.fetchall())


def snapshot(settings: Settings) -> int:
    with open_archive(settings) as archive:
        return archive.snapshot


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "figures.csv"
    file.write_text(FIGURES)
    return file


def test_figures_are_imported_once(
    own_lake_settings: Settings, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(own_lake_settings, file) == 0
    assert capsys.readouterr().out == "table-1: 2 new, 0 changed, 0 as before\n"
    assert figures(own_lake_settings) == {2007: 436, 2008: 490}
    before = snapshot(own_lake_settings)

    assert run(own_lake_settings, file) == 0
    assert capsys.readouterr().out == "table-1: 0 new, 0 changed, 2 as before\n"
    assert snapshot(own_lake_settings) == before


def test_corrected_file_replaces_its_years_and_says_what_changed(
    own_lake_settings: Settings, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(own_lake_settings, file)
    capsys.readouterr()
    file.write_text("year,in_mean_mb,out_mean_mb\n2008,491,\n")
    assert run(own_lake_settings, file, "--table", "table-1") == 0
    assert capsys.readouterr().out.splitlines() == [
        "table-1 2008 in, mean_mb: 490 → 491",
        "table-1: 0 new, 1 changed, 0 as before",
    ]
    assert figures(own_lake_settings) == {2007: 436, 2008: 491}


def test_year_without_a_figure_is_taken_out(
    own_lake_settings: Settings, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(own_lake_settings, file)
    file.write_text("year,in_mean_mb\n2007,\n")
    run(own_lake_settings, file, "--table", "table-1")
    assert "table-1 2007 in, mean_mb: 436 → none" in capsys.readouterr().out
    assert figures(own_lake_settings) == {2008: 490}


def test_nothing_is_imported_when_one_figure_is_wrong(
    own_lake_settings: Settings, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(FIGURES + "table-1,2009,up,mean_mb,1\ntable-1,2010,in,mean_mb,much\n")
    before = snapshot(own_lake_settings)
    assert run(own_lake_settings, file) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"longflow: {file}: line 5, column value: 'much' is not a number; write it with a decimal"
        " point and without unit, or leave it empty",
        "longflow: nothing was imported",
    ]
    assert snapshot(own_lake_settings) == before


def import_reference(settings: Settings) -> None:
    for name, *table in (
        ("broadband_daily_usage", "--table", "table-1"),
        ("mobile_daily_usage", "--table", "table-2"),
        ("broadband_port_share", "--table", "table-3"),
        ("mobile_port_share", "--table", "table-4"),
        ("concentration",),
        ("growth",),
    ):
        assert run(settings, REFERENCE / f"{name}.csv", *table) == 0


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the reference figures")
def test_reference_is_published_beside_computed_years(own_lake_settings: Settings) -> None:
    import_reference(own_lake_settings)
    release = publish(own_lake_settings, 2024).path
    assert verify(own_lake_settings, release).problems == ()
    lines = (release / "tables" / "table-1.csv").read_text().splitlines()
    assert lines[1] == "2007,in,436.0,,,,pppoe,,published"
    assert [line[:4] for line in lines if line.endswith("published")] == [
        *("2007", "2008", "2009", "2010", "2011", "2015", "2016")
    ]
    html = (release / "report.html").read_text()
    assert re.search(r"<th scope=\"row\">2007<sup>p</sup>", html)
    assert re.search(r"2021<sup>p</sup>", html.split('id="table-4"')[1])


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the reference figures")
def test_reference_alone_is_an_edition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = make_settings_over(tmp_path, tmp_path / "installation")
    import_reference(settings)
    release = publish(settings, 2024).path
    assert verify(settings, release).problems == ()
    lines = (release / "tables" / "table-3.csv").read_text().splitlines()[1:]
    assert len(lines) == 95
    assert all(line.endswith(",published") for line in lines)
    html = (release / "report.html").read_text()
    assert "The archive holds no volumes of mobile consumers for 2019, 2023, 2024." in html
    # Of 2019 no report printed ports.
    assert "no broadband flows for 2019 (week 2019-06-03): no shares are given" in html
