"""What nfdump prints as CSV and JSON, read by the presets, against its files read directly."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from longflow.settings import Source
from longflow.staging.nfcapd import open_flows
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import read_tabular

pytestmark = pytest.mark.nfdump

REAL_FILE = Path(__file__).parents[3] / "shared" / "data" / "nfcapd-v2-2023.nfcapd"
COLUMNS = (
    *("protocol", "src_addr_high", "src_addr_low", "src_port"),
    *("dst_addr_high", "dst_addr_low", "dst_port", "packets", "bytes"),
)


def printed(form: str, zone: str, target: Path) -> Path:
    with target.open("wb") as out:
        subprocess.run(
            ["nfdump", "-r", str(REAL_FILE), "-o", form],
            env={**os.environ, "TZ": zone},
            stdout=out,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return target


def read(file: Path, preset: str, zone: str) -> list[dict[str, Any]]:
    source = Source.model_validate(
        {"name": "x", "feed": "flows", "service": "broadband", "preset": preset}
    )
    tables = read_tabular(file, source, ZoneInfo(zone), 0, SamplingNotes())
    return [row for table in tables for row in table.to_pylist() if row["unreadable"] is None]


def directly(step_ms: int) -> Counter[tuple[int, ...]]:
    with open_flows(REAL_FILE) as reader:
        batches = [
            [batch.columns()[name].tolist() for name in ("first_seen_ms", "last_seen_ms", *COLUMNS)]
            for batch in reader
        ]
    rows = [row for batch in batches for row in zip(*batch, strict=True)]
    return Counter((row[0] // step_ms, row[1] // step_ms, *row[2:]) for row in rows)


@pytest.mark.parametrize(
    ("form", "preset", "step_ms"), [("csv", "nfdump-csv", 1000), ("json", "nfdump-json", 1)]
)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Sao_Paulo"])
def test_flows_are_those_of_the_file(
    tmp_path: Path, form: str, preset: str, step_ms: int, zone: str
) -> None:
    rows = read(printed(form, zone, tmp_path / f"flows.{form}"), preset, zone)
    found = Counter(
        (
            row["first_seen_ms"] // step_ms,
            row["last_seen_ms"] // step_ms,
            *((row[name] or 0) for name in COLUMNS),
        )
        for row in rows
    )
    assert found.total() > 1000
    assert found == directly(step_ms)
