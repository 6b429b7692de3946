"""JSON as programs write it: an object a line, nested, or one list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from longflow.errors import LongflowError
from longflow.settings import Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import read_tabular

Row = dict[str, Any]


def read(file: Path, content: str, **settings: object) -> list[Row]:
    """Readings of counters."""
    file.write_text(content, encoding="utf-8")
    given = {"name": "snmp", "feed": "counters", "format": "json", "service": "mobile", **settings}
    source = Source.model_validate(given)
    tables = read_tabular(file, source, ZoneInfo("Asia/Tokyo"), 0, SamplingNotes())
    return [row for table in tables for row in table.to_pylist()]


def reading(octets: object = 1, **more: object) -> dict[str, object]:
    return {
        "time": "2024-06-03T00:00:00Z",
        "interface": "ge-0",
        "in_octets": octets,
        "out_octets": 2,
        **more,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "c.json"


@pytest.mark.parametrize("octets", [2**64 - 1, str(2**64 - 1)])
def test_numbers_are_exact_as_numbers_and_as_texts(file: Path, octets: object) -> None:
    (row,) = read(file, json.dumps(reading(octets)))
    assert row["in_octets"] == 2**64 - 1


def test_numbers_and_texts_may_take_turns(file: Path) -> None:
    content = "\n".join(json.dumps(reading(octets)) for octets in (1, "2", 3.0, None))
    assert [row["in_octets"] for row in read(file, content)] == [1, 2, 3, None]


def test_a_key_may_first_come_in_any_line(file: Path) -> None:
    content = "\n".join(
        json.dumps(reading(n) | ({"device": "r1"} if n > 20_000 else {})) for n in range(20_002)
    )
    rows = read(file, content)
    assert [row["interface"] for row in rows[-2:]] == ["ge-0", "r1 ge-0"]


@pytest.mark.parametrize(("device", "name"), [(" r1 ", "r1 ge-0"), ("NULL", "ge-0"), ("", "ge-0")])
def test_a_device_that_is_none_tells_no_interfaces_apart(
    file: Path, device: str, name: str
) -> None:
    (row,) = read(file, json.dumps(reading(device=device)))
    assert row["interface"] == name


@pytest.mark.parametrize(
    ("uplinks", "in_octets"),
    [
        ([], 1),
        (["ge-0"], 2),
        (["ge-*"], 2),
        (["r1 *"], 2),
        (["r2 *", "xe-*"], 1),
    ],
)
def test_in_and_out_of_an_uplink_are_exchanged(
    file: Path, uplinks: list[str], in_octets: int
) -> None:
    content = json.dumps(reading(device="r1"))
    (row,) = read(file, content, uplinks=uplinks)
    assert (row["in_octets"], row["out_octets"]) == (in_octets, 3 - in_octets)


def test_a_dot_leads_to_a_nested_key(file: Path) -> None:
    content = json.dumps(
        {
            "fields": {"ifHCInOctets": 1, "ifHCOutOctets": 2},
            "tags": {"ifName": "ge-0", "agent_host": "192.0.2.1"},
            "timestamp": 1717340400,
        }
    )
    (row,) = read(file, content, preset="telegraf")
    assert (row["interface"], row["in_octets"], row["out_octets"]) == ("192.0.2.1 ge-0", 1, 2)
    assert row["time_ms"] == 1717340400000


def test_a_key_with_a_dot_in_its_name_is_found_too(file: Path) -> None:
    columns = {"interface": "tags.ifName"}
    content = json.dumps(reading(interface=None) | {"tags.ifName": "ge-9"})
    (row,) = read(file, content, columns=columns)
    assert row["interface"] == "ge-9"


def test_a_key_may_have_any_name(file: Path) -> None:
    content = json.dumps({"line": "ge-7"} | reading())
    (row,) = read(file, content, columns={"interface": "line"})
    assert (row["interface"], row["position"]) == ("ge-7", 1)


def test_a_line_that_is_no_object_is_marked(file: Path) -> None:
    content = f'{json.dumps(reading())}\nnot json\n\n[1]\n{json.dumps(reading())}\n{{"time"'
    rows = read(file, content)
    assert [(row["position"], row["unreadable"]) for row in rows] == [
        (1, None),
        (2, "line"),
        (4, "line"),
        (5, None),
        (6, "line"),
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_may_be_one_list(file: Path, indent: int | None) -> None:
    content = json.dumps([reading(1), reading(2)], indent=indent)
    rows = read(file, content)
    assert [row["in_octets"] for row in rows] == [1, 2]
    assert [row["position"] for row in rows] == ([1, 2] if indent is None else [2, 8])


def test_a_list_on_one_line_may_be_longer_than_any_line(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longflow.staging.tabular.blocks._BLOCK_BYTES", 100)
    monkeypatch.setattr("longflow.staging.tabular.blocks._LONGEST_LINE", 400)
    rows = read(file, json.dumps([reading(number) for number in range(50)]))
    assert [row["in_octets"] for row in rows] == [*range(50)]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (json.dumps(reading(1) | {"note": "x" * 900}), "has a line of more than"),
        (json.dumps([reading(1) | {"note": "x" * 900}]), "has an object of more than"),
    ],
)
def test_what_is_too_long_to_be_a_record_is_one_line(
    content: str, what: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longflow.staging.tabular.blocks._BLOCK_BYTES", 100)
    monkeypatch.setattr("longflow.staging.tabular.blocks._LONGEST_LINE", 400)
    with pytest.raises(LongflowError, match=rf"c\.json: line 1: {what} .*; check the format"):
        read(file, content)


def test_a_list_that_is_cut_off_is_reported_with_its_line(file: Path) -> None:
    content = json.dumps([reading(1), reading(2)], indent=1)
    with pytest.raises(LongflowError) as error:
        read(file, content[:-20])
    assert str(error.value) == (
        "c.json: line 8: from here on, the list of objects is not JSON, or it is cut off; "
        "deliver the whole file again"
    )


def test_a_file_without_a_line_is_a_slot_without_a_record(file: Path) -> None:
    assert read(file, "") == []
    assert read(file, "\n") == []


def test_what_is_no_number_in_json_is_no_value(file: Path) -> None:
    (row,) = read(file, json.dumps(reading(float("nan"))))
    assert (row["in_octets"], row["unreadable"]) == (None, None)
