"""Every line with which staging refuses a table is provoked once, by a small file."""

from __future__ import annotations

import ast
import bz2
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import longflow.staging
import pytest
from longflow.errors import LongflowError
from longflow.settings import Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import read_tabular

ROOM = Path(longflow.staging.__file__).parent
LINES = b"time,interface,in_octets,out_octets\n2024-06-03 08:00:00,ae1,1,2\n"
SERIES: dict[str, Any] = {
    "metric": {"__name__": "ifHCInOctets", "ifName": "ae1"},
    "values": [[1, "2"]],
}
CSV: dict[str, Any] = {"format": "csv"}
PROMETHEUS = {"preset": "prometheus"}


def results(count: int) -> bytes:
    """What InfluxDB answers to some queries."""
    columns = ["time", "ifHCInOctets", "ifHCOutOctets"]
    series = {"tags": {"ifName": "ae1"}, "columns": columns, "values": [[1, 2, 3]]}
    return json.dumps({"results": [{"series": [series]}] * count}).encode()


# What is refused: settings of the source, the file, and the line.
REFUSED: dict[str, tuple[dict[str, Any], bytes, str]] = {
    "cut off": (CSV, gzip.compress(LINES)[:-12], "compressed by gzip and cut off: its data end"),
    "damaged": (
        CSV,
        bz2.compress(LINES * 99)[:40] + bytes(99),
        "compressed by bzip2 and damaged",
    ),
    "unpacked": (
        CSV | {"most_unpacked_ratio": 2},
        gzip.compress(LINES * 99),
        "compressed by gzip and becomes more than 2 times its size",
    ),
    "long line": (CSV, b"x" * 400_000, "has a line of more than 0 MiB"),
    "long object": (PROMETHEUS, b'[{"a": "' + b"x" * 400_000, "has an object of more than 0 MiB"),
    "encoding": (CSV, LINES + b"\xff\n", "byte 0xFF is not UTF-8"),
    "list cut off": (PROMETHEUS, json.dumps([SERIES])[:-1].encode(), "not JSON, or it is cut off"),
    "two lists": ({"preset": "influxdb-json"}, results(2), "more than one list of records"),
    "missing column": (CSV, b"time,interface\n", "column 'in_octets' is missing"),
    "packed parquet": (
        {"format": "parquet"},
        gzip.compress(b"PAR1"),
        "is compressed by gzip; a Parquet file is compressed inside",
    ),
    "no parquet": ({"format": "parquet"}, b"PAR1" * 9, "cannot be read as parquet"),
    "empty": (CSV, b"", "the file is empty, without even a header"),
    "other columns": (
        {"preset": "influxdb-2"},
        b"_time,ifName,_field,_value\n_time,hostname,_field,_value\n",
        "from here on, the file has other columns",
    ),
    "no header": (CSV, b"\n\n\n", "there is no header line"),
    "two accesses": (
        CSV | {"interfaces": {"pppoe": "ae*", "ipoe": "ae1"}},
        LINES,
        "interface 'ae1' is named for pppoe and for ipoe",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The line with which each file is refused."""
    path = tmp_path_factory.mktemp("refused") / "delivered"
    lines = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("longflow.staging.packed._ALWAYS_BYTES", 1_000)
        patch.setattr("longflow.staging.tabular.blocks._LONGEST_LINE", 300_000)
        patch.setattr("longflow.staging.tabular.blocks._BLOCK_BYTES", 100_000)
        for name, (given, content, _) in REFUSED.items():
            path.write_bytes(content)
            source = Source.model_validate({"name": "x", "feed": "counters", **given})
            with pytest.raises(LongflowError) as refused:
                list(read_tabular(path, source, ZoneInfo("UTC"), 0, SamplingNotes()))
            lines[name] = str(refused.value)
    return lines


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_is_refused_with_file_and_remedy(name: str, said: dict[str, str]) -> None:
    line = said[name]
    assert REFUSED[name][2] in line
    assert line.startswith("delivered: ") or "source 'x'" in line
    assert "; " in line
    assert "\n" not in line


def templates() -> Iterator[tuple[str, str]]:
    """The place of each refusal in the code, and a pattern of its words."""
    for path in [*ROOM.glob("*.py"), *(ROOM / "tabular").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id != "LongflowError" or not node.args:
                continue
            match node.args[0]:
                case ast.Constant(value=str(words)):
                    yield f"{path.name}:{node.lineno}", re.escape(words)
                case ast.JoinedStr(values=parts):
                    words = "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*"
                        for part in parts
                    )
                    yield f"{path.name}:{node.lineno}", words


def test_no_refusal_of_tables_is_left_out(said: dict[str, str]) -> None:
    found = dict(templates())
    assert len(found) > 10
    lines = said.values()
    assert [at for at, words in found.items() if not any(re.search(words, o) for o in lines)] == []
