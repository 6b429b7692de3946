"""Files with the titles that programs write, read by their presets."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from longflow.settings import Feed, Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import read_tabular

NOON_MS = 1_717_383_600_000  # 2024-06-03 12:00 in Tokyo


@pytest.mark.parametrize(
    ("preset", "feed", "content", "expected"),
    [
        (
            "influxdb",
            Feed.COUNTERS,
            "name,time,agent_host,ifHCInOctets,ifHCOutOctets,ifName\n"
            "interface,1717383600000000000,192.0.2.1,10,20,ge-0/0/0\n",
            {
                "time_ms": NOON_MS,
                "interface": "192.0.2.1 ge-0/0/0",
                "in_octets": 10,
                "out_octets": 20,
            },
        ),
        (
            "librenms",
            Feed.COUNTERS,
            "port_id,hostname,ifName,ifInOctets,ifOutOctets,poll_time\n"
            '7,r1.example.net,"ge-0/0/0",10,20,1717383600\n',
            {
                "time_ms": NOON_MS,
                "interface": "r1.example.net ge-0/0/0",
                "in_octets": 10,
                "out_octets": 20,
            },
        ),
        (
            "mediation",
            Feed.USAGE,
            "recordType,servedMSISDN,recordOpeningTime,duration,dataVolumeFBCUplink,"
            "dataVolumeFBCDownlink,chargingID,recordSequenceNumber,p-GWAddress\n"
            "85,819000000001,2024-06-03T12:00:00+09:00,60,10,20,4711,3,192.0.2.1\n",
            {
                "subscriber": "819000000001",
                "start_ms": NOON_MS,
                "end_ms": NOON_MS + 60_000,
                "in_bytes": 10,
                "out_bytes": 20,
                "record": "4711",
                "gateway": "192.0.2.1",
                "sequence": 3,
            },
        ),
    ],
)
def test_a_row_of_the_program(
    tmp_path: Path, preset: str, feed: Feed, content: str, expected: dict[str, Any]
) -> None:
    file = tmp_path / "delivered.csv"
    file.write_text(content, encoding="utf-8")
    source = Source.model_validate(
        {"name": "x", "feed": feed, "service": "mobile", "preset": preset}
    )
    tables = read_tabular(file, source, ZoneInfo("Asia/Tokyo"), 0, SamplingNotes())
    (row,) = [row for table in tables for row in table.to_pylist()]
    assert {name: row[name] for name in (*expected, "unreadable")} == {
        **expected,
        "unreadable": None,
    }
