"""Readings of counters in rows of one counter each, and the choice of interfaces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from longflow.errors import LongflowError
from longflow.settings import Source
from longflow.staging.nfcapd_flows import FileCount
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tables import Table, stage_tables
from longflow.staging.tabular import LineCount, read_tabular, readings

START_S = 1717369200
IN, OUT, OTHER = "ifHCInOctets", "ifHCOutOctets", "ifInErrors"


def read(file: Path, content: str, **given: object) -> tuple[list[dict[str, Any]], LineCount]:
    """Staged rows of a file, and its lines."""
    file.write_text(content)
    source = Source.model_validate({"name": "x", "feed": "counters", **given})
    count = LineCount()
    zone = ZoneInfo("Asia/Tokyo")
    tables = list(read_tabular(file, source, zone, 0, SamplingNotes(), count))
    return (pa.concat_tables(tables).to_pylist() if tables else []), count


def csv(*rows: tuple[str, str, int, object]) -> str:
    """Rows of counter, interface, minutes and value."""
    lines = [f"{name},r1,{port},{START_S + 60 * t},{value}" for name, port, t, value in rows]
    return "\n".join(["__name__,instance,ifName,timestamp,value", *lines]) + "\n"


def octets(rows: Sequence[dict[str, Any]]) -> list[tuple[object, object]]:
    return [(row["in_octets"], row["out_octets"]) for row in rows]


@pytest.mark.parametrize("order", ["side by side", "all IN first"])
def test_two_rows_are_one_reading(tmp_path: Path, order: str) -> None:
    rows = [(name, "ae1", t, t * 10 + n) for t in (0, 5) for n, name in enumerate((IN, OUT))]
    if order == "all IN first":
        rows.sort(key=lambda row: row[0])
    found, count = read(tmp_path / "a.csv", csv(*rows), preset="prometheus-csv")
    assert octets(found) == [(0, 1), (50, 51)]
    assert {row["interface"] for row in found} == {"r1 ae1"}
    assert (count.lines, count.passed_over, count.readings.joined) == (5, 1, 2)


def test_the_same_time_twice_is_two_readings(tmp_path: Path) -> None:
    rows = [(IN, "ae1", 0, 1), (IN, "ae1", 0, 2), (OUT, "ae1", 0, 3), (OUT, "ae1", 0, 4)]
    found, _ = read(tmp_path / "a.csv", csv(*rows), preset="prometheus-csv")
    assert octets(found) == [(1, 3), (2, 4)]


def test_a_row_without_its_other_half_stays_with_its_line(tmp_path: Path) -> None:
    text = csv((IN, "ae1", 0, 1), (OUT, "ae2", 0, 2), ("", "ae3", 0, 3))
    found, _ = read(tmp_path / "a.csv", text, preset="prometheus-csv")
    assert sorted((row["position"], row["in_octets"], row["out_octets"]) for row in found) == [
        (2, 1, None),
        (3, None, 2),
        (4, None, None),
    ]


def test_rows_of_other_counters_are_counted(tmp_path: Path) -> None:
    text = csv((IN, "ae1", 0, 1), (OTHER, "ae1", 0, 9), (OUT, "ae1", 0, 2), (OTHER, "ae1", 5, 9))
    found, count = read(tmp_path / "a.csv", text, preset="prometheus-csv")
    assert octets(found) == [(1, 2)]
    left_out = count.readings.left_out["counters.other_counter"]
    assert (left_out.rows, left_out.names) == (2, [OTHER])


@given(
    st.lists(
        st.tuples(
            st.sampled_from([IN, OUT, OTHER, ""]),
            st.sampled_from(["ae1", "ae2", ""]),
            st.integers(0, 3),
            st.sampled_from(["1", "many", ""]),
        ),
        max_size=40,
    ),
    st.integers(1, 20),
)
def test_every_row_is_a_reading_joined_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], rows_at_a_time: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readings, "_ROWS", rows_at_a_time)
        found, count = read(
            tmp_path_factory.mktemp("law") / "a.csv", csv(*rows), preset="prometheus-csv"
        )
    others = [row for row in rows if row[0] == OTHER]
    assert count.readings.rows_left_out == len(others)
    assert len(found) + count.readings.joined + len(others) == len(rows)
    # Of each interface and time, as many readings as the commoner side has rows.
    sides = Counter(row[:3] for row in rows if row[0] in {IN, OUT})
    joined = sum(
        min(number, sides[OUT, port, time])
        for (name, port, time), number in sides.items()
        if name == IN
    )
    assert count.readings.joined == joined


def series(values: Sequence[object], **metric: str) -> dict[str, object]:
    return {
        "metric": {"instance": "r1", "ifName": "ae1", **metric},
        "values": [[START_S + 300 * n, str(value)] for n, value in enumerate(values)],
    }


def answer(*found: Mapping[str, object]) -> str:
    data = {"resultType": "matrix", "result": found}
    return json.dumps({"status": "success", "data": data, "warnings": ["a value"]})


def test_the_answer_of_prometheus(tmp_path: Path) -> None:
    text = answer(
        series([1, 2**64 - 1], __name__=IN),
        series([5, 6], __name__=OTHER),
        series([3, 4], __name__=OUT),
    )
    found, count = read(tmp_path / "a.json", text, preset="prometheus")
    assert octets(found) == [(1, 3), (2**64 - 1, 4)]
    assert [row["time_ms"] for row in found] == [START_S * 1000, (START_S + 300) * 1000]
    assert count.readings.rows_left_out == 2
    assert not count.is_by_line


def test_the_answer_of_prometheus_about_one_moment(tmp_path: Path) -> None:
    both = [
        {"metric": {"__name__": name, "ifName": "ae1"}, "value": [START_S, value]}
        for name, value in ((IN, "1"), (OUT, "2"))
    ]
    found, _ = read(tmp_path / "a.json", answer(*both), preset="prometheus")
    assert octets(found) == [(1, 2)]


def test_an_answer_that_is_cut_off_is_refused_with_what_came_before(tmp_path: Path) -> None:
    text = answer(series([1, 2], __name__=IN), series([3, 4], __name__=OUT))
    with pytest.raises(LongflowError, match="the list of objects is not JSON, or it is cut off"):
        read(tmp_path / "a.json", text[:-150], preset="prometheus")


INFLUXDB = [
    {
        "name": "interface",
        "tags": {"agent_host": "r1", "ifName": port},
        "columns": columns,
        "values": [["2024-06-03T00:00:00Z", 1, 2], ["2024-06-03T00:05:00Z", None, 4]],
    }
    for port, columns in (("ae1", ["time", IN, OUT]), ("ae2", ["time", OUT, IN]))
]


@pytest.mark.parametrize("indent", [None, 1])
def test_the_answer_of_influxdb_1(tmp_path: Path, indent: int | None) -> None:
    text = json.dumps({"results": [{"statement_id": 0, "series": INFLUXDB}]}, indent=indent)
    found, _ = read(tmp_path / "a.json", text, preset="influxdb-json")
    assert octets(found) == [(1, 2), (None, 4), (2, 1), (4, None)]


def test_a_second_list_in_a_document_is_refused(tmp_path: Path) -> None:
    text = json.dumps({"results": [{"series": INFLUXDB[:1]}, {"series": INFLUXDB[1:]}]})
    with pytest.raises(LongflowError, match="more than one list of records"):
        read(tmp_path / "a.json", text, preset="influxdb-json")


ANNOTATED = (
    "#group,false,false,false,false,true,true,true\n"
    "#datatype,string,long,dateTime:RFC3339,unsignedLong,string,string,string\n"
    "#default,_result,,,,,,\n"
)


def table(columns: str, *rows: str) -> str:
    return ANNOTATED + f",result,table,{columns}\n" + "".join(f",,0,{row}\n" for row in rows)


def test_tables_of_influxdb_2(tmp_path: Path) -> None:
    columns = "_time,_value,_field,agent_host,ifName"
    text = "\n".join(
        table(columns, f"2024-06-03T00:00:00Z,{value},{name},r1,ae1")
        for name, value in ((IN, 1), (OUT, 2), (OTHER, 3))
    )
    found, count = read(tmp_path / "a.csv", text, preset="influxdb-2")
    assert octets(found) == [(1, 2)]
    assert (count.lines, count.passed_over, count.readings.rows_left_out) == (17, 14, 1)


def test_a_table_of_other_columns_is_refused(tmp_path: Path) -> None:
    text = table("_time,_value,_field,agent_host,ifName", f"2024-06-03T00:00:00Z,1,{IN},r1,ae1")
    text += table("_time,_field,_value,ifName,agent_host", f"2024-06-03T00:00:00Z,{OUT},2,ae1,r1")
    with pytest.raises(LongflowError, match=r"a\.csv: line 9: from here on"):
        read(tmp_path / "a.csv", text, preset="influxdb-2")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("interface,agent_host=r1,ifName=ae1 ifHCInOctets=1i,ifHCOutOctets=2u 9", ("r1 ae1", 1, 2)),
        (r"interface,agent_host=r1,ifName=ae\ 1\,x ifHCInOctets=1,ifHCOutOctets=2 9",
         ("r1 ae 1,x", 1, 2)),
        (r'i,ifName=ae1 a="x, ifHCInOctets=7\" y",ifHCOutOctets=2i,ifHCInOctets=1i 9',
         ("ae1", 1, 2)),
        ("interface,ifName=ae1 ifHCOutOctets=2i 9", ("ae1", None, 2)),
    ],
)  # fmt: skip
def test_a_line_of_the_line_protocol(
    tmp_path: Path, line: str, expected: tuple[object, ...]
) -> None:
    first = "interface,agent_host=r9,ifName=ae9 ifHCInOctets=1i,ifHCOutOctets=2i 9\n"
    found, _ = read(tmp_path / "a.line", f"{first}{line}\n", preset="telegraf-lines")
    assert [
        tuple(row[n] for n in ("interface", "in_octets", "out_octets")) for row in found[1:]
    ] == [expected]


def test_a_line_that_is_none_of_the_line_protocol_is_quarantined(tmp_path: Path) -> None:
    good = f"interface,ifName=ae1 ifHCInOctets=1i,ifHCOutOctets=2i {START_S}000000000\n"
    text = good + "interface,ifName=ae1\n# a comment\n\n" + good
    found, count = read(tmp_path / "a.line", text, preset="telegraf-lines")
    assert [row["unreadable"] for row in found] == [None, "line", None]
    assert (count.lines, count.passed_over) == (5, 2)
    assert found[0]["time_ms"] == START_S * 1000


def test_a_batch_of_telegraf(tmp_path: Path) -> None:
    metric = {
        "tags": {"agent_host": "r1", "ifName": "ae1"},
        "fields": {IN: 1, OUT: 2},
        "timestamp": START_S,
    }
    found, _ = read(tmp_path / "a.json", json.dumps({"metrics": [metric]}), preset="telegraf")
    assert octets(found) == [(1, 2)]


WIDE = "time,device,interface,in_octets,out_octets\n" + "".join(
    f"2024-06-03 00:00:00,{device},{interface},1,2\n"
    for device, interface in (("r1", "ae1"), ("r1", "core0"), ("r2", "ae1"), ("r3", "gi"))
)
CHOICE = {"pppoe": ["r1 ae*"], "ipoe": ["r2 ae1"], "mobile": ["g?"]}


def test_the_source_names_the_interfaces_of_the_report(tmp_path: Path) -> None:
    found, count = read(tmp_path / "a.csv", WIDE, format="csv", interfaces=CHOICE)
    assert [(row["interface"], row["service"], row["access"]) for row in found] == [
        ("r1 ae1", "broadband", "pppoe"),
        ("r2 ae1", "broadband", "ipoe"),
        ("r3 gi", "mobile", ""),
    ]
    left_out = count.readings.left_out["counters.other_interface"]
    assert (left_out.rows, left_out.names) == (1, ["core0"])


def test_an_interface_named_twice_is_refused(tmp_path: Path) -> None:
    choice = {**CHOICE, "ipoe": ["ae1"]}
    with pytest.raises(LongflowError, match="interface 'r1 ae1' is named for pppoe and for ipoe"):
        read(tmp_path / "a.csv", WIDE, format="csv", interfaces=choice)


def test_rows_of_one_counter_and_a_choice_of_interfaces(tmp_path: Path) -> None:
    rows = [(name, port, 0, 1) for port in ("ae1", "core0") for name in (IN, OUT, OTHER)]
    rows = rows[1::2] + rows[::2]
    found, count = read(
        tmp_path / "a.csv", csv(*rows), preset="prometheus-csv", interfaces={"pppoe": "ae*"}
    )
    assert octets(found) == [(1, 1)]
    assert count.readings.rows_left_out == 4


def test_words_of_the_source_are_translated(tmp_path: Path) -> None:
    text = "time,interface,service,access,in_octets,out_octets\n" + "".join(
        f"2024-06-03 00:00:00,p{n},{words},1,2\n"
        for n, words in enumerate(("固定,旧方式", "携帯,-", "broadband,ipoe", "衛星,旧方式"))
    )
    values = {
        "service": {"固定": "broadband", "携帯": "mobile"},
        "access": {"旧方式": "pppoe", "-": ""},
    }
    found, _ = read(tmp_path / "a.csv", text, format="csv", values=values, access="ipoe")
    assert [(row["service"], row["access"]) for row in found] == [
        ("broadband", "pppoe"),
        ("mobile", ""),
        ("broadband", "ipoe"),
        ("衛星", "pppoe"),
    ]


def test_records_of_a_list_on_one_line_have_numbers_of_their_own(tmp_path: Path) -> None:
    record = {"time": "2024-06-03 00:00:00", "interface": "a", "in_octets": 1, "out_octets": 2}
    text = f"[\n{json.dumps(record)}, {json.dumps(record)},\n{json.dumps(record)}]"
    found, count = read(tmp_path / "a.json", text, format="json")
    assert [row["position"] for row in found] == [2, 3, 4]
    assert not count.is_by_line


def test_pieces_give_the_same_readings_as_a_whole(tmp_path: Path) -> None:
    rows = [(name, f"ae{n}", t, n) for t in range(20) for n in range(5) for name in (IN, OUT)]
    rows = rows[2::3] + rows[::3] + rows[1::3]
    whole, _ = read(tmp_path / "a.csv", csv(*rows), preset="prometheus-csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("longflow.staging.tabular.blocks._BLOCK_BYTES", 500)
        patch.setattr(readings, "_ROWS", 7)
        pieces, _ = read(tmp_path / "a.csv", csv(*rows), preset="prometheus-csv")
    assert pl.DataFrame(pieces).sort("position").equals(pl.DataFrame(whole).sort("position"))


def staged_apart(
    folder: Path,
    contents: Sequence[str],
    slots: Sequence[int | None] = (),
    preset: str = "prometheus-csv",
) -> tuple[list[dict[str, Any]], Mapping[int, FileCount]]:
    """Rows, and counts by number of file, of files of one delivery."""
    source = Source.model_validate({"name": "x", "feed": "counters", "preset": preset})
    files = []
    for number, content in enumerate(contents):
        path = folder / str(number)
        path.write_text(content)
        slot_ms = slots[number] if slots else None
        files.append(Table(number, path, slot_ms, None, is_by_records=False))
    notes, target = SamplingNotes(), folder / "x.parquet"
    counts = stage_tables(files, source, ZoneInfo("UTC"), [], target, notes)
    return pl.read_parquet(target).to_dicts(), counts


def test_a_file_for_each_counter(tmp_path: Path) -> None:
    inward = csv((IN, "ae1", 0, 1), (IN, "ae1", 5, 2), (IN, "ae2", 0, 9))
    outward = csv((OUT, "ae1", 5, 20), (OUT, "ae1", 0, 10))
    found, counts = staged_apart(tmp_path, [inward, csv((OTHER, "ae1", 0, 7)), outward])
    assert [(row["file_index"], row["position"]) for row in found] == [(0, 2), (0, 3), (0, 4)]
    assert octets(found) == [(1, 10), (2, 20), (9, None)]
    assert [one.readings.joined for one in counts.values() if one.readings] == [0, 0, 2]
    assert [counts[n].rows for n in range(3)] == [3, 0, 0]


def test_files_of_one_time_are_joined_before_those_of_the_next(tmp_path: Path) -> None:
    """Else all IN of a week would wait in memory for its first OUT."""
    contents = [csv((side, "ae1", 0, t)) for side in (IN, OUT) for t in (0, 1)]
    found, _ = staged_apart(tmp_path, contents, [0, 60_000, 0, 60_000])
    # The first IN in the order of names would be joined to the first OUT.
    assert octets(found) == [(0, 0), (1, 1)]


def test_a_broken_file_completes_no_reading_of_another(tmp_path: Path) -> None:
    broken = answer(series([10, 20], __name__=OUT)).partition(']}, "warnings"')[0]
    whole = answer(series([1], __name__=IN))
    found, counts = staged_apart(tmp_path, [whole, broken], preset="prometheus")
    assert [(row["file_index"], row["in_octets"], row["out_octets"]) for row in found] == [
        (1, None, 10),
        (1, None, 20),
        (0, 1, None),
    ]
    assert counts[1].error is not None


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from([IN, OUT, OTHER]),
            st.sampled_from(["ae1", "ae2"]),
            st.integers(0, 2),
        ),
        max_size=24,
    )
)
@settings(max_examples=20)
def test_rows_of_several_files_add_up(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, str, int]]
) -> None:
    contents = [csv(*((*row[1:], 1) for row in rows if row[0] == number)) for number in range(3)]
    found, counts = staged_apart(tmp_path_factory.mktemp("law"), contents)
    for number in range(3):
        count, written = counts[number], [row for row in rows if row[0] == number]
        assert count.readings is not None
        assert count.rows == len([row for row in found if row["file_index"] == number])
        assert count.rows + count.readings.joined + count.readings.rows_left_out == len(written)
    sides = Counter(row[1:] for row in rows)
    whole = [row for row in found if None not in octets([row])[0]]
    assert len(whole) == sum(
        min(sides[IN, port, t], sides[OUT, port, t]) for port in ("ae1", "ae2") for t in range(3)
    )
