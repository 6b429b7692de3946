"""Lines of text as programs write them: what is a record, a title, a marker, or none of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longflow.errors import LongflowError
from longflow.settings import Feed, Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import read_tabular
from longflow.staging.tabular.blocks import Block
from longflow.staging.tabular.csv_text import Header

from tests.packing import PACKERS

Row = dict[str, Any]

TITLES = "login_or_number,contract,service,access,segment"


def read(path: Path, **settings: object) -> list[Row]:
    """Rows of a snapshot of subscribers."""
    source = Source.model_validate(
        {"name": "crm", "feed": "subscribers", "format": "csv", **settings}
    )
    tables = read_tabular(path, source, ZoneInfo("Asia/Tokyo"), 0, SamplingNotes())
    return [row for table in tables for row in table.to_pylist()]


def places(rows: Sequence[Row]) -> list[tuple[int, str | None]]:
    return [(row["position"], row["login_or_number"]) for row in rows]


@pytest.fixture
def delivered(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """A file with some content."""

    def write(content: str | bytes) -> Path:
        file = tmp_path / "crm.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def lines(*logins: str) -> str:
    return "".join(f"{login},c,mobile,,consumer\n" for login in logins)


Delivered = Callable[[str | bytes], Path]


def test_a_position_is_the_line(delivered: Delivered) -> None:
    assert places(read(delivered(f"{TITLES}\n{lines('a', 'b')}"))) == [(2, "a"), (3, "b")]


@pytest.mark.parametrize(
    "between",
    [
        "\n",
        "--START (4711)--\n",
        "--END--\n",
        "# a comment\n",
        f"{TITLES}\n",
        "  \n\n",
        "(1 row)\n",
        "---+--\n",
        "+--+-+\n",
    ],
)
def test_what_is_no_record_stands_between_records(delivered: Delivered, between: str) -> None:
    content = f"{between}{TITLES}\n{lines('a')}{between}{lines('b')}"
    rows = read(delivered(content))
    assert [row["login_or_number"] for row in rows] == ["a", "b"]
    assert [row["unreadable"] for row in rows] == [None, None]
    assert rows[1]["position"] == 1 + content[: content.index("b,c")].count("\n")


def test_a_formula_of_excel_is_its_text(delivered: Delivered) -> None:
    rows = read(delivered(f'{TITLES}\n"=""0901""",c,mobile,,consumer\n{lines("b")}'))
    assert places(rows) == [(2, "0901"), (3, "b")]


def test_a_stray_quote_takes_no_other_line_with_it(delivered: Delivered) -> None:
    rows = read(delivered(f'{TITLES}\na,"c,mobile,,consumer\n{lines("b")}"c",c,mobile,,business\n'))
    assert [(r["position"], r["login_or_number"], r["unreadable"]) for r in rows] == [
        (2, None, "line"),
        (3, "b", None),
        (4, "c", None),
    ]


@pytest.mark.parametrize("line", ["a,c,mobile", "a,c,mobile,,consumer,more", "Summary"])
def test_a_line_with_another_number_of_fields_is_no_record(delivered: Delivered, line: str) -> None:
    rows = read(delivered(f"{TITLES}\n{line}\n{lines('b')}"))
    assert [(r["position"], r["unreadable"]) for r in rows] == [(2, "line"), (3, None)]


def test_a_quoted_text_goes_over_several_lines(delivered: Delivered) -> None:
    rows = read(delivered(f'{TITLES}\na,"1 High St\nTown",mobile,,consumer\n{lines("b")}'))
    assert places(rows) == [(2, "a"), (4, "b")]
    assert rows[0]["contract"] == "1 High St Town"


def test_quotes_within_a_field_are_part_of_it(delivered: Delivered) -> None:
    (row,) = read(delivered(f'{TITLES}\nx,5" disk,mobile,,consumer\n'))
    assert row["contract"] == '5" disk'


@pytest.mark.parametrize("written", ['"a ""b"" c"', r'"a \"b\" c"'])
def test_quotes_are_escaped_either_way(delivered: Delivered, written: str) -> None:
    (row,) = read(delivered(f"{TITLES}\nx,{written},mobile,,consumer\n"))
    assert row["contract"] == 'a "b" c'


def test_a_delimiter_behind_the_last_column_is_no_other_column(delivered: Delivered) -> None:
    padded = "  login_or_number|contract|service|access|  segment|\n  a|c|mobile||consumer|\n"
    assert read(delivered(padded), delimiter="|")[0]["segment"] == "consumer"
    only_records = f"{TITLES}\na,c,mobile,,consumer,\n"
    assert read(delivered(only_records))[0]["segment"] == "consumer"


def test_titles_come_from_the_settings_where_a_file_begins_with_a_record(
    delivered: Delivered,
) -> None:
    assert places(read(delivered(lines("a", "b")), titles=TITLES.split(","))) == [
        (1, "a"),
        (2, "b"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_systems_end_them(delivered: Delivered, end: str) -> None:
    content = f"{TITLES}\n{lines('a', 'b')}".replace("\n", end)
    assert places(read(delivered(content.encode()))) == [(2, "a"), (3, "b")]


@pytest.mark.parametrize(
    ("encoding", "settings"),
    [
        ("utf-8-sig", {}),
        ("utf-16", {}),
        ("latin-1", {"encoding": "latin-1"}),
        ("cp1252", {"encoding": "cp1252"}),
    ],
)
def test_text_is_decoded(delivered: Delivered, encoding: str, settings: dict[str, str]) -> None:
    content = f"{TITLES}\n{lines('müller')}".encode(encoding)
    assert places(read(delivered(content), **settings)) == [(2, "müller")]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_japanese_is_decoded(delivered: Delivered, encoding: str) -> None:
    content = f"{TITLES}\n{lines('表示', '能')}".encode(encoding)
    assert places(read(delivered(content), encoding=encoding)) == [(2, "表示"), (3, "能")]


def test_another_encoding_is_reported_with_its_line_and_the_setting(delivered: Delivered) -> None:
    content = f"{TITLES}\n{lines('a', 'müller')}".encode("latin-1")
    with pytest.raises(LongflowError) as error:
        read(delivered(content))
    assert str(error.value) == (
        "crm.csv: line 3: byte 0xFC is not UTF-8; set encoding of source 'crm', such as "
        '"latin-1", "cp932" or "euc_jp", or deliver it as UTF-8'
    )


def test_a_file_that_is_one_endless_field_is_reported(delivered: Delivered) -> None:
    with pytest.raises(LongflowError, match=r"^crm\.csv: cannot be read as csv: field larger"):
        read(delivered("x" * 200_000))


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_files_are_unpacked_whatever_their_name(delivered: Delivered, packer: str) -> None:
    halves = f"{TITLES}\n{lines('a')}", lines("b")
    content = b"".join(PACKERS[packer](half.encode()) for half in halves)
    assert places(read(delivered(content))) == [(2, "a"), (3, "b")]


@pytest.mark.parametrize("packer", PACKERS)
def test_a_packed_file_that_is_cut_off_is_reported(delivered: Delivered, packer: str) -> None:
    content = PACKERS[packer](f"{TITLES}\n{lines(*map(str, range(5000)))}".encode())
    with pytest.raises(LongflowError) as error:
        read(delivered(content[: len(content) // 2]))
    assert str(error.value) == (
        f"crm.csv: compressed by {packer} and cut off: its data end in the middle; "
        "deliver the whole file again"
    )


@pytest.mark.parametrize(("middle", "fewest"), [(b"b", 3001), (b"\xff", 1000)])
def test_what_is_read_ahead_is_what_is_read_in_turn(
    delivered: Delivered, monkeypatch: pytest.MonkeyPatch, middle: bytes, fewest: int
) -> None:
    """Also up to the place where a file breaks."""
    half = lines(*map(str, range(1500))).encode()
    file = delivered(b"".join([TITLES.encode(), b"\n", half, middle, b",c,,,\n", half]))
    source = Source(name="crm", feed=Feed.SUBSCRIBERS, format="csv")
    monkeypatch.setattr("longflow.staging.tabular.blocks._BLOCK_BYTES", 4096)

    def until_it_breaks() -> tuple[list[tuple[int, str | None]], str]:
        found: list[tuple[int, str | None]] = []
        try:
            for table in read_tabular(file, source, ZoneInfo("UTC"), 0, SamplingNotes()):
                found += places(table.to_pylist())
        except LongflowError as error:
            return found, str(error)
        return found, ""

    found, error = until_it_breaks()
    monkeypatch.setattr("longflow.staging.tabular.read._BYTES_WORTH_A_THREAD", 0)
    assert until_it_breaks() == (found, error)
    assert len(found) >= fewest
    assert bool(error) == (middle == b"\xff")


def test_a_missing_value_has_many_spellings(delivered: Delivered) -> None:
    rows = read(delivered(f"{TITLES}\n" + lines("NULL", r"\N", "-", "NaN", " ", "none")))
    assert [row["login_or_number"] for row in rows] == [None] * 5 + ["none"]
    (row,) = read(delivered(f"{TITLES}\n{lines('NULL')}"), null_values=["none"])
    assert row["login_or_number"] == "NULL"


@pytest.mark.parametrize(
    ("login", "meant"),
    [("000000001234", "000000001234"), ("00000000", "00000000"), ("0000-00-00 00:00:00", None)],
)
def test_zeros_are_a_number_and_a_date_of_zeros_is_none(
    delivered: Delivered, login: str, meant: str | None
) -> None:
    (row,) = read(delivered(f"{TITLES}\n{lines(login)}"))
    assert row["login_or_number"] == meant


FIELD = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"#'), max_size=5)


@given(
    st.lists(st.lists(FIELD, min_size=3, max_size=3), max_size=12),
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(['a,"b,c', "a,b", "a,b,c,d"]))),
)
def test_every_line_is_a_record_or_odd(
    records: list[list[str]], stray: list[tuple[int, str]]
) -> None:
    """No line is lost, and none takes another one with it."""
    good = [",".join(f'"{field}"' for field in record) for record in records]
    mixed = list(good)
    for place, line in stray:
        mixed.insert(min(place, len(mixed)), line)
    header = Header.of_line("x,y,z", ",")
    rows = header.rows(Block(2, "".join(f"{line}\n" for line in mixed).encode()))
    found = {*rows.lines.to_list(), *rows.odd}
    assert found == set(range(2, 2 + len(mixed)))
    texts = [tuple(value or "" for value in row) for row in rows.text.rows()]
    assert texts == [tuple(record) for record in records]
    assert len(rows.odd) == len(stray)
