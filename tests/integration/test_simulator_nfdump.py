"""nfdump itself reads the simulated collectors' files and prints the flows that were drawn."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from longflow.simulator import nfcapd_file
from longflow.simulator.clock import WeekClock
from longflow.simulator.collectors import Collector
from longflow.simulator.flows import broadband_traffic, mobile_traffic
from longflow.simulator.nfcapd_file import write_files
from longflow.simulator.nfcapd_records import SHAPES, records_of
from longflow.simulator.population import lines_of_week
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import draw_sessions
from longflow.simulator.traffic import Traffic

pytestmark = pytest.mark.nfdump

COLLECTOR = Collector("bb-east", 0xC6336401)
LOW_32 = np.uint64(0xFFFFFFFF)


def nfdump(*arguments: str | Path) -> list[str]:
    done = subprocess.run(
        ["nfdump", *map(str, arguments)],
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def printed(path: Path) -> Counter[tuple[int, ...]]:
    """The flows of a file as nfdump prints them, reduced to the columns that are compared."""
    rows = [tuple(map(int, line.split("|"))) for line in nfdump(*quiet(path)) if "|" in line]
    return Counter((*row[:14], *row[20:22]) for row in rows)


def quiet(path: Path) -> tuple[str | Path, ...]:
    return "-r", path, "-q", "-N", "-o", "pipe"


def drawn(traffic: Traffic, exporter: int, from_ms: int, to_ms: int) -> Counter[tuple[int, ...]]:
    """The delivered flows that a collector received in a slot, as nfdump prints them."""
    flows = traffic.flows
    rows = np.flatnonzero(
        traffic.delivered
        & (flows.exporter == exporter)
        & (flows.received_ms >= from_ms)
        & (flows.received_ms < to_ms)
    )

    def words(address: np.ndarray) -> list[np.ndarray]:
        return [
            half
            for column in (0, 1)
            for half in (address[:, column] >> 32, address[:, column] & LOW_32)
        ]

    columns = [
        np.where(flows.ipv6, 10, 2),
        flows.first_ms,
        flows.last_ms,
        flows.protocol,
        *words(flows.source),
        flows.source_port,
        *words(flows.destination),
        flows.destination_port,
        traffic.record_packets(),
        traffic.record_bytes(),
    ]
    return Counter(zip(*(column[rows].tolist() for column in columns), strict=True))


def files(
    folder: Path, provider: Provider, monday: date = date(2024, 6, 3)
) -> tuple[WeekClock, Traffic, list[Path]]:
    clock = WeekClock.of(provider, monday)
    lines = lines_of_week(provider, clock, "broadband", "pppoe")
    sessions = draw_sessions(provider, clock, len(lines))
    traffic = broadband_traffic(provider, clock, lines, sessions)
    edges_ms, names = clock.slots()
    records = records_of(traffic, 0, COLLECTOR)
    write_files(folder, COLLECTOR, records, edges_ms, names, provider.sampling_interval)
    return clock, traffic, [folder / f"nfcapd.{name}" for name in names]


@pytest.mark.parametrize("interval", [1, 1024])
def test_nfdump_prints_the_flows_that_were_drawn(tmp_path: Path, interval: int) -> None:
    provider = Provider(sampling_interval=interval, pppoe_contracts=20)
    clock, traffic, paths = files(tmp_path, provider)
    edges_ms, _ = clock.slots()
    for slot in (0, 20, 100, 173):
        expected = drawn(traffic, 0, int(edges_ms[slot]), int(edges_ms[slot + 1]))
        assert expected.total() > 0
        assert printed(paths[slot]) == expected


def test_nfdump_prints_two_hours_of_one_name_when_clocks_are_set_back(tmp_path: Path) -> None:
    provider = Provider(
        time_zone="Europe/Berlin", slot_minutes=30, sampling_interval=64, pppoe_contracts=40
    )
    clock, traffic, _ = files(tmp_path, provider, date(2024, 10, 21))
    two_o_clock = clock.start_ms + (6 * 24 + 2) * 3_600_000
    expected = drawn(traffic, 0, two_o_clock, two_o_clock + 1_800_000)
    expected += drawn(traffic, 0, two_o_clock + 3_600_000, two_o_clock + 5_400_000)
    assert printed(tmp_path / "nfcapd.202410270200") == expected


def test_nfdump_reads_several_blocks_and_all_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nfcapd_file, "LARGEST_BLOCK", 4096)
    provider = Provider(sampling_interval=1, pppoe_contracts=40)
    clock, traffic, paths = files(tmp_path, provider)
    path = paths[20]
    edges_ms, _ = clock.slots()
    assert printed(path) == drawn(traffic, 0, int(edges_ms[20]), int(edges_ms[21]))
    blocks = next(line for line in nfdump("-v", path) if line.startswith("Data blks"))
    assert int(blocks.split(":")[1]) > 1
    raw = "\n".join(nfdump("-r", path, "-o", "raw", "-c", "500"))
    assert len(set(re.findall(r"Elements +=.*", raw))) == len(SHAPES)


def test_nfdump_knows_exporter_sampler_and_number_of_flows(tmp_path: Path) -> None:
    _, _, paths = files(tmp_path, Provider(sampling_interval=1024, pppoe_contracts=20))
    reported = "\n".join(nfdump("-E", paths[20]))
    assert "IP:     198.51.100.1, version: 10" in reported
    assert f"flows: {printed(paths[20]).total()}" in reported
    assert "packet interval: 1, packet space: 1023" in reported
    assert "Sampled" in "\n".join(nfdump("-r", paths[20], "-o", "raw", "-c", "1"))


def test_nfdump_finds_no_sampling_with_interval_one(tmp_path: Path) -> None:
    _, _, paths = files(tmp_path, Provider(sampling_interval=1, pppoe_contracts=5))
    assert "Sampler" not in "\n".join(nfdump("-E", paths[20]))
    assert "Unsampled" in "\n".join(nfdump("-r", paths[20], "-o", "raw", "-c", "1"))


def test_the_totals_that_end_a_file_are_those_of_its_flows(tmp_path: Path) -> None:
    _, _, paths = files(tmp_path, Provider(sampling_interval=256, pppoe_contracts=30))
    lines = nfdump("-I", "-r", paths[20])
    totals = dict(line.split(": ", 1) for line in lines if ": " in line)
    flows = list(printed(paths[20]).elements())
    assert totals["Ident"] == "bb-east"
    assert int(totals["Flows"]) == len(flows)
    assert int(totals["Bytes"]) == sum(flow[-1] for flow in flows)
    assert int(totals["Packets_udp"]) == sum(flow[-2] for flow in flows if flow[3] == 17)
    assert int(totals["First"]) == min(flow[1] for flow in flows) // 1000
    assert int(totals["Last"]) == max(flow[2] for flow in flows) // 1000


def test_nfdump_reads_a_slot_without_flows(tmp_path: Path) -> None:
    provider = Provider(mobile_numbers=1, mobile_flows_per_week=5)
    clock = WeekClock.of(provider, date(2024, 6, 3))
    traffic = mobile_traffic(provider, clock, lines_of_week(provider, clock, "mobile", ""))
    edges_ms, names = clock.slots()
    records = records_of(traffic, 2, COLLECTOR)
    write_files(tmp_path, COLLECTOR, records, edges_ms, names, provider.sampling_interval)
    used = set((np.searchsorted(edges_ms, records.received_ms, side="right") - 1).tolist())
    empty = next(slot for slot in range(len(names)) if slot not in used)
    path = tmp_path / f"nfcapd.{names[empty]}"
    assert printed(path).total() == 0
    assert "no flows sent" in "\n".join(nfdump("-E", path))
