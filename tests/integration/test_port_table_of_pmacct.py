"""The same export packets through nfcapd and through pmacct give the same port table."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from longflow import steps
from longflow.archive import open_archive
from longflow.settings import Settings

from tests.integration.collecting import (
    V5_FLOWS,
    collected,
    wait_until,
    wait_until_bound,
    wait_until_read,
)
from tests.integration.export_packets import (
    COUNTERS,
    MILLISECONDS,
    NOW,
    PAIR,
    PORTS,
    PROTOCOL_AND_FLAGS,
    TIMES,
    UPTIMES,
    V4,
    V6,
    Fields,
    export,
    flow_set,
    flows_9,
    netflow_5,
    sampling_template,
    v6,
    values,
)

pytestmark = [pytest.mark.nfdump, pytest.mark.nfacctd]

MONDAY = date(2020, 9, 7)
NAME = datetime.fromtimestamp(NOW, UTC).strftime("%Y%m%d%H00")
SETTINGS = """
[provider]
name = "Test provider"
time_zone = "UTC"

[[sources]]
name = "core"
feed = "flows"
service = "mobile"
files = "flows.{time}"
slot_minutes = 60
"""
NFCAPD = 'format = "nfcapd"\nscaled_by = "collector"\n'
# One of the exporters announces no sampling, for which pmacct writes 0.
PMACCT = 'preset = "pmacct-FORM"\ninterval_zero = "unsampled"\n'
PRINTED = """
daemonize: false
nfacctd_ip: 127.0.0.1
nfacctd_port: PORT
plugins: print[csv], print[json]
plugin_buffer_size: 1
plugin_pipe_size: 4096000
aggregate: src_host, dst_host, src_port, dst_port, proto, timestamp_start, timestamp_end, \
peer_src_ip, sampling_rate
timestamps_rfc3339: true
print_output[csv]: csv
print_markers[csv]: true
print_output_file[csv]: FOLDER/csv
print_output[json]: json
print_output_file[json]: FOLDER/json
print_output_file_append: true
print_refresh_time: 1
"""


def sampled_netflow_9() -> list[bytes]:
    """An announcement of one in 512, and flows of an exporter that samples so."""
    rule: Fields = [(34, 4)]
    options = [
        sampling_template(270, rule, version=9),
        flow_set(270, bytes(4) + values(rule, 512)),
    ]
    fields = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + UPTIMES
    rows = [
        (*PAIR, 443, 50_000, 7, 9000, 6, 24, *TIMES),
        (*PAIR, 50_001, 443, 70, 2800, 6, 16, *TIMES),
        (*PAIR, 50_002, 60_000, 1, 1500, 17, 0, *TIMES),
        (*PAIR, 0, 0, 3, 300, 50, 0, *TIMES),
    ]
    return [
        export(9, options, records=2),
        export(9, flows_9(fields, 260, *rows), sequence=2, records=5),
    ]


def netflow_of_ipv6() -> bytes:
    """Flows of IPv6 by IPFIX, of an exporter that does not sample."""
    fields = V6 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + MILLISECONDS
    pair, moments = (v6("2001:db8::a"), v6("2001:db8:1::1")), (NOW * 1000 - 5000, NOW * 1000)
    rows = [
        (*pair, 443, 50_000, 4, 5000, 6, 0, *moments),
        (*pair, 50_000, 443, 3, 400, 17, 0, *moments),
        (*pair, 0, 128 * 256, 2, 168, 58, 0, *moments),
    ]
    return export(10, flows_9(fields, 300, *rows, version=10), domain=7)


PACKETS = [
    *(("127.0.0.1", packet) for packet in sampled_netflow_9()),
    ("127.0.0.2", netflow_5(V5_FLOWS[:4], sampling=100)),
    ("127.0.0.3", netflow_of_ipv6()),
]
FLOWS = 11


def printed_by_pmacct(folder: Path, packets: Sequence[tuple[str, bytes]]) -> None:
    """Send packets to an nfacctd, which writes the files `csv` and `json` into a folder."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = folder / "nfacctd.conf"
    file.write_text(PRINTED.replace("PORT", str(port)).replace("FOLDER", str(folder)))
    log = folder / "nfacctd.log"
    with log.open("wb") as out:
        collector = subprocess.Popen(["nfacctd", "-f", str(file)], stdout=out, stderr=out)

    def has_all(form: str) -> bool:
        path = folder / form
        lines = path.read_text().splitlines() if path.exists() else []
        return sum("127.0.0." in line for line in lines) == FLOWS

    try:
        wait_until_bound(port, socket.AF_INET)
        # Its plugins are processes, which oversee what is sent before they are there.
        wait_until(lambda: log.read_text().count("Purging cache - END") >= 2, "no plugins came")
        for source, packet in packets:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((source, 0))
                sender.sendto(packet, ("127.0.0.1", port))
            wait_until_read(port, socket.AF_INET)
        wait_until(lambda: all(map(has_all, ("csv", "json"))), "pmacct did not write all flows")
    finally:
        collector.send_signal(signal.SIGINT)
        collector.wait(timeout=20)


def port_table(folder: Path, source: str, file: Path) -> pl.DataFrame:
    """Take a file in as a week, and return its volume by port."""
    dump = folder / "var" / "landing" / "flows" / "core" / str(MONDAY)
    dump.mkdir(parents=True)
    (dump / f"flows.{NAME}").write_bytes(file.read_bytes())
    (folder / "longflow.toml").write_text(SETTINGS + source, encoding="utf-8")
    settings = Settings.load(folder / "longflow.toml")
    (batch,) = steps.plan(settings, run_key="test", first=MONDAY, feeds=["flows"])
    for step in (steps.fetch, steps.stage, steps.judge, steps.load):
        step(settings, batch)
    assert steps.conclude(settings, batch).refusals == []
    with open_archive(settings) as archive:
        return archive.connection.execute(
            "SELECT ip_version, protocol, port, bytes, sampled_packets, variance_bytes2 "
            "FROM port_week ORDER BY ALL"
        ).pl()


def test_the_port_tables_are_equal(tmp_path: Path) -> None:
    of_nfcapd = port_table(tmp_path / "nfcapd", NFCAPD, collected(tmp_path, PACKETS))
    printed_by_pmacct(tmp_path, PACKETS)
    assert of_nfcapd["bytes"].sum() == 512 * 13_600 + 100 * 18_248 + 5568
    for form in ("csv", "json"):
        source = PMACCT.replace("FORM", form)
        of_pmacct = port_table(tmp_path / f"of-{form}", source, tmp_path / form)
        assert of_pmacct.equals(of_nfcapd), form
