"""Every line of a text file is a row, passed over, or continues the row before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from longflow.landing import fetch_week
from longflow.settings import Feed, Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.stage import stage_week
from longflow.staging.tabular import LineCount, read_tabular
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

TITLES = "login_or_number,contract,service,access,segment"
RECORD = "l1,c1,broadband,pppoe,consumer"
OBJECT = json.dumps(dict(zip(TITLES.split(","), RECORD.split(","), strict=True)))
# A line, and whether a row comes of it.
LINES = {
    RECORD: True,
    'l2,"c, 2",broadband,pppoe,consumer': True,
    "too,few": True,
    'l3,"stray,broadband,pppoe,consumer': True,
    "": False,
    "# comment": False,
    "--START (1)--": False,
    TITLES: False,
    "(272 rows)": False,
}


def counted(text: str, form: str) -> tuple[LineCount, int]:
    """What is counted, and the number of rows."""
    source = Source.model_validate({"name": "crm", "feed": "subscribers", "format": form})
    count = LineCount()
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"crm.{form}"
        file.write_text(text)
        tables = list(read_tabular(file, source, ZoneInfo("UTC"), 0, SamplingNotes(), count))
    return count, sum(table.num_rows for table in tables)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(list(LINES)), max_size=12))
def test_lines_of_csv_add_up(lines: Sequence[str]) -> None:
    count, rows = counted("\n".join([TITLES, *lines]) + "\n", "csv")
    assert count.lines == 1 + len(lines)
    assert count.lines == rows + count.passed_over + count.continued


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([RECORD], LineCount(2, 1, 0)),
        (["# comment", RECORD, "", TITLES], LineCount(5, 4, 0)),
        (['l2,"c', '2",broadband,pppoe,consumer', RECORD], LineCount(4, 1, 1)),
        (["too,few", RECORD], LineCount(3, 1, 0)),
    ],
    ids=["record", "passed over", "over two lines", "odd"],
)
def test_what_a_line_is(lines: Sequence[str], expected: LineCount) -> None:
    count, rows = counted("\n".join([TITLES, *lines]) + "\n", "csv")
    assert count == expected
    assert rows == expected.lines - expected.passed_over - expected.continued


def test_lines_of_json_add_up() -> None:
    count, rows = counted(f"{OBJECT}\n\nnone\n{OBJECT}\n", "json")
    assert (count, rows) == (LineCount(4, 1, 0), 3)


def test_objects_of_a_list_count_as_lines() -> None:
    objects = [json.loads(OBJECT), json.loads(OBJECT), 3]
    count, rows = counted(json.dumps(objects, indent=1), "json")
    assert (count, rows) == (LineCount(3, 0, 0), 3)


@pytest.mark.parametrize(("empty", "warned"), [(100, False), (101, True)])
def test_many_lines_without_a_record_are_reported(
    empty: int, warned: bool, make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "landing/subscribers/crm/2024-06-03"
    folder.mkdir(parents=True)
    # The titles are passed over too.
    (folder / "subscribers.csv").write_text(TITLES + "\n" * empty + RECORD + "\n")
    loaded = make_settings("subscribers")
    week = Week.parse("2024-06-03", loaded.zone)
    workspace = Workspace.of(loaded, "test", week)
    fetch_week(loaded, week, [Feed.SUBSCRIBERS], workspace)
    staged = stage_week(loaded, week, workspace)
    (file,) = staged.files
    assert (file.lines, file.passed_over, file.rows) == (empty + 1, empty, 1)
    assert [(f.rule, f.severity, f.count) for f in staged.findings] == [
        ("staging.passed_over", "warning", empty)
    ] * warned
