"""A file of published figures: read whole, or every error reported with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from longflow.edition.published.file import MOST_FAULTS, PublishedFileError, read_published
from longflow.errors import LongflowError

REFERENCE = Path(__file__).parents[4] / "shared" / "reference"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "figures.csv"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def said(file: Path, table: str | None = None) -> dict[str, float | str | None]:
    """Every figure by place and column."""
    figures = read_published(file, table).figures
    return {
        f"{figure.place} {figure.column}": figure.text if figure.value is None else figure.value
        for figure in figures
    }


def faults(file: Path, table: str | None = None) -> list[str]:
    with pytest.raises(PublishedFileError) as caught:
        read_published(file, table)
    return [str(fault).removeprefix(f"{file}: ") for fault in caught.value.faults]


def test_one_file_for_all_figures(write: Write) -> None:
    file = write(
        "table,year,direction,service,top_percent,measure,from,to,column,value,note\n"
        "table-1,2007,in,,,,,,mean_mb,436,read off a figure\n"
        "concentration,2024,out,mobile,1,,,,share_percent,12,\n"
        "growth,,in,broadband,,yearly_growth_percent,2022-06,2023-06,value,11,\n"
    )
    assert said(file) == {
        "table-1 2007 in mean_mb": 436,
        "concentration 2024 mobile out 1 share_percent": 12,
        "growth yearly_growth_percent broadband in 2022-06 2023-06 value": 11,
    }
    first, _, growth = read_published(file).figures
    assert (first.note, growth.year, growth.line) == ("read off a figure", 2023, 4)


def test_direction_in_the_names_of_columns(write: Write) -> None:
    file = write("year,in_mean_mb,out_mode_mb\n2019,,2000\n2020,351,\n")
    assert said(file, "table-1") == {
        "table-1 2019 out mode_mb": 2000,
        "table-1 2020 in mean_mb": 351,
    }


def test_year_in_the_names_of_columns_and_a_label_for_each(write: Write) -> None:
    file = write("level,protocol,port,label,2020,2021\nport,TCP,443,https,50.7,44.4\n")
    assert said(file, "table-4") == {
        "table-4 2020 port TCP 443 share_percent": 50.7,
        "table-4 2020 port TCP 443 label": "https",
        "table-4 2021 port TCP 443 share_percent": 44.4,
        "table-4 2021 port TCP 443 label": "https",
    }


def test_table_is_recognised_by_its_columns_where_one_fits(write: Write) -> None:
    file = write("year,service,direction,top_1_percent_share\n2024,mobile,in,13\n")
    assert said(file) == {"concentration 2024 mobile in 1 share_percent": 13}


def test_year_without_a_figure_is_named_all_the_same(write: Write) -> None:
    file = write("table,year,direction,column,value\ntable-1,2007,in,mean_mb,\n")
    read = read_published(file)
    assert (read.years, read.figures) == ((("table-1", 2007),), ())


@pytest.mark.parametrize(
    ("text", "table", "line"),
    [
        ("", None, "line 1: the file is empty; write a header, then a line for each figure"),
        (
            "year,in_mean_mb\n2020,1\n",
            None,
            "line 1: the columns fit table-1 and table-2; name the table with --table, or in a"
            " column table",
        ),
        (
            "year,in_maen_mb\n2020,1\n",
            "table-1",
            "line 1: the columns fit no table; nearest is table-1, but the table has no column"
            " 'in_maen_mb'",
        ),
        (
            "direction,mean_mb\nin,1\n",
            "table-1",
            "line 1: the columns fit no table; nearest is table-1, but the file has no column year",
        ),
        ("year,year,in_mean_mb\n", "table-1", "line 1: the header has a column twice: year"),
        ("year,in_mean_mb\n", "table-1", "line 2: there are no figures"),
        ("year\n", "table-9", "there is no table 'table-9'; tables: table-1, "),
        ("part,to,points\n", "figure-13", "there is no table 'figure-13'; tables: table-1, "),
        ("month,ratio_to_base\n", "figure-1", "there is no table 'figure-1'; tables: table-1, "),
        ("year,in_mean_mb\n2020\n", "table-1", "line 2: 1 cell under 2 columns"),
        (
            "year,in_mean_mb\n2020,\n2021,12 MB\n",
            "table-1",
            "line 3, column in_mean_mb: '12 MB' is not a number; write it with a decimal point and"
            " without unit, or leave it empty",
        ),
        ("year,in_mean_mb\n2020,nan\n", "table-1", "line 2, column in_mean_mb: 'nan' is not a"),
        ("year,in_mean_mb\n20,1\n", "table-1", "line 2, column year: 20 is no year"),
        ("year,in_mean_mb\nlast,1\n", "table-1", "line 2, column year: 'last' is not a whole"),
        ("year,in_mean_mb\n,1\n", "table-1", "line 2, column year: no value; write the year"),
        ("year,direction,mean_mb\n2020,up,1\n", "table-1", "line 2, column direction: table-1: n"),
        ("year,in_mean_mb\n2020,-1\n", "table-1", "line 2: table-1: a volume that is not above ze"),
        (
            "year,in_mean_mb\n2020,1\n2020,2\n",
            "table-1",
            "line 3: table-1 2020 in mean_mb is already in line 2; keep one of the two",
        ),
        (
            "measure,service,direction,from,to,value\nyearly_growth_percent,mobile,in,2023-6,2024,1\n",
            None,
            "line 2, column from: '2023-6' is neither year nor month; write YYYY or YYYY-MM",
        ),
        (
            "measure,service,direction,from,to,value\nyearly_grwth,mobile,in,2023,2024,1\n",
            None,
            "line 2: growth: an unknown measure [growth.measure]",
        ),
        (
            "level,protocol,port,2020\nprotocol,TCP,,80\nprotocol,UDP,,21\n",
            "table-4",
            "line 2: table-4: the protocols of a published year add up to more than 100 %",
        ),
        (
            "table,year,direction,top_percent,column,value\ntable-1,2020,in,1,mean_mb,3\n",
            None,
            "line 2, column top_percent: table-1 has no column 'top_percent'; empty this cell",
        ),
        (
            "table,year,direction,column,value\ntable-1,2020,in,maen_mb,3\n",
            None,
            "line 2, column column: table-1 has no figure 'maen_mb'; figures: mean_mb, median_mb",
        ),
        (
            "table,year,direction,column,value\ngrowth,2020,in,value,3\n",
            None,
            "line 2, column table: the columns do not fit growth: the file has no column measure",
        ),
        (
            "table,year\n",
            "table-1",
            "line 1: the file names its tables itself; leave out the option",
        ),
    ],
)
def test_fault_is_one_line_with_place_and_remedy(
    write: Write, text: str, table: str | None, line: str
) -> None:
    assert faults(write(text), table)[0].startswith(line)


def test_every_fault_is_reported_at_once(write: Write) -> None:
    file = write("year,in_mean_mb,in_mode_mb\n2020,x,y\n2021,z,1\n")
    assert [line.split(":")[0] for line in faults(file, "table-1")] == [
        "line 2, column in_mean_mb",
        "line 2, column in_mode_mb",
        "line 3, column in_mean_mb",
    ]


def test_so_many_faults_are_counted_at_the_end(write: Write) -> None:
    file = write("year,in_mean_mb\n" + "2020,x\n" * 30)
    reported = faults(file, "table-1")
    assert len(reported) == MOST_FAULTS + 1
    assert reported[-1] == "and 10 more; correct these first"


def test_file_that_is_no_text_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_bytes(b"year,in_mean_mb\n\xff\n")
    assert faults(file) == ["byte 16: not UTF-8; save it as UTF-8"]


def test_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(LongflowError, match="cannot be read: No such file"):
        read_published(tmp_path / "none.csv")


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the reference figures")
@pytest.mark.parametrize(
    ("name", "table", "figures"),
    [
        ("broadband_daily_usage", "table-1", 17),
        ("mobile_daily_usage", "table-2", 60),
        # With the labels: nine of the rows have one, in five years, and seven.
        ("broadband_port_share", "table-3", 19 * 5 + 9 * 5),
        ("mobile_port_share", "table-4", 14 * 5 + 7 * 5),
        ("concentration", None, 8),
        ("growth", None, 21),
    ],
)
def test_reference_files_are_read_as_they_are(name: str, table: str | None, figures: int) -> None:
    assert len(read_published(REFERENCE / f"{name}.csv", table).figures) == figures
