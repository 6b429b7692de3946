"""Small deliveries as programs write them, for trials."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from longflow import cli

PMACCT = (
    "SRC_IP,DST_IP,SRC_PORT,DST_PORT,PROTOCOL,TIMESTAMP_START,TIMESTAMP_END,SAMPLING_RATE,"
    "PACKETS,BYTES\n"
    + "".join(
        f"192.0.2.{n},198.51.100.9,443,{40000 + n},tcp,2024-06-03 08:00:{n:02d}.5,"
        f"2024-06-03 08:01:{n:02d}.0,1000,{n + 2},{900 * n + 100}\n"
        for n in range(30)
    )
)
RADACCT = (
    "acctuniqueid,username,nasipaddress,acctstarttime,acctupdatetime,acctstoptime,"
    "framedipaddress,framedipv6prefix,delegatedipv6prefix,acctterminatecause\n"
    + "".join(
        f"s{n},login{n}@example.net,192.0.2.1,2024-06-03 08:{n:02d}:00,NULL,"
        f"2024-06-03 09:{n:02d}:00,203.0.113.{n},NULL,2001:db8:{n}::/56,User-Request\n"
        for n in range(21)
    )
)
MEDIATION = "MSISDN;Start;End;Uplink Bytes;Downlink Bytes;Record ID\n" + "".join(
    f"0901234{n:04d};03.06.2024 08:{n:02d}:00;03.06.2024 08:{n + 1:02d}:00;"
    f"{n * 10};{n * 200};r{n}\n"
    for n in range(30)
)
GOFLOW2 = "".join(
    json.dumps(
        {
            "time_flow_start_ns": 1717369200_000000000 + n,
            "time_flow_end_ns": 1717369210_000000000 + n,
            "proto": "UDP",
            "src_addr": "2001:db8::1",
            "src_port": 443 if n % 5 else 50000 + n,
            "dst_addr": f"2001:db8::2:{n}",
            "dst_port": 50000 + n if n % 5 else 443,
            "packets": n + 1,
            "bytes": 1000 * (n + 1),
            "sampler_address": "192.0.2.99",
            "sampling_rate": 1000,
        }
    )
    + "\n"
    for n in range(30)
)
TELEGRAF = "".join(
    json.dumps(
        {
            "name": "interface",
            "tags": {"agent_host": "192.0.2.9", "ifName": "xe-0/0/0"},
            "fields": {"ifHCInOctets": 10**12 + n * 10**6, "ifHCOutOctets": 10**13 + n * 10**7},
            "timestamp": 1717369200 + 300 * n,
        }
    )
    + "\n"
    for n in range(12)
)
# Three counters of an interface, one a row.
_ROWS = [
    (name, 1717369200 + 300 * n, factor * n)
    for name, factor in (("ifHCInOctets", 10**6), ("ifHCOutOctets", 10**7), ("ifInErrors", 1))
    for n in range(12)
]
PROMETHEUS = json.dumps(
    {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {
                    "metric": {"__name__": name, "ifName": "xe-0/0/0", "instance": "192.0.2.9"},
                    "values": [[time, str(value)] for one, time, value in _ROWS if one == name],
                }
                for name in ("ifHCInOctets", "ifHCOutOctets", "ifInErrors")
            ],
        },
    }
)
INFLUXDB_2 = (
    "#datatype,string,long,dateTime:RFC3339,unsignedLong,string,string\n"
    ",result,table,_time,_value,_field,ifName\n"
    + "".join(
        f",_result,0,{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ},{value},{name},xe-0\n"
        for name, time, value in _ROWS
    )
)
OWN_COUNTERS = "host;port;metric;timestamp;reading\n" + "".join(
    f"r1;xe-0;net.{name};{time};{value}\n" for name, time, value in _ROWS
).replace("net.ifHCInOctets", "octets_in").replace("net.ifHCOutOctets", "octets_out")
LINES = "".join(
    f"interface,agent_host=192.0.2.9,ifName=xe-0 ifHCInOctets={n * 10**6}i,"
    f"ifHCOutOctets={n * 10**7}i {1717369200 + 300 * n}000000000\n"
    for n in range(12)
)
SNAPSHOT_IN_JAPANESE = "login,contract,service,access,segment\n" + "".join(
    f"login{n},c{n},{words}\n"
    for n, words in enumerate(("固定,PPPoE,個人", "固定,IPoE,法人", "携帯,,個人", "携帯,,法人"))
)
SNAPSHOT = "login,contract,service,access,segment\n" + "".join(
    f"login{n}@example.net,c{n},broadband,pppoe,consumer\n" for n in range(5)
)
WINDOWS_TEXT = RADACCT.replace(",", "\t").replace("User-Request", "終了").encode("cp932")


def parquet_flows(path: Path) -> None:
    """Flows in columns of an exporter's own names."""
    count = range(30)
    pl.DataFrame(
        {
            "flowStartMilliseconds": [1717369200000 + n for n in count],
            "flowEndMilliseconds": [1717369210000 + n for n in count],
            "protocolIdentifier": [6 for _ in count],
            "sourceIPv4Address": ["192.0.2.1" for _ in count],
            "sourceTransportPort": [443 for _ in count],
            "destinationIPv4Address": ["198.51.100.2" for _ in count],
            "destinationTransportPort": [50000 + n for n in count],
            "packetDeltaCount": [n + 1 for n in count],
            "octetDeltaCount": [100 * (n + 1) for n in count],
        }
    ).write_parquet(path)


def longflow(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Run `longflow try`: exit status, output and messages."""
    status = cli.main(["try", *map(str, arguments)])
    found = capsys.readouterr()
    return status, found.out, found.err
