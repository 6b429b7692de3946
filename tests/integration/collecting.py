"""Real collectors and readers for the tests: nfcapd is sent packets, nfdump prints files."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from longflow.staging.nfcapd import NfcapdReader, open_flows

Collect = Callable[..., Path]

V5_FLOWS = [
    ("192.0.2.1", "198.51.100.1", 443, 50_001, 6, 10, 14_000, 0x1B),
    ("192.0.2.2", "198.51.100.2", 53, 50_002, 17, 1, 80, 0),
    ("192.0.2.3", "198.51.100.3", 0, 0x0800, 1, 2, 168, 0),
    ("192.0.2.4", "198.51.100.4", 0, 0, 47, 5, 4_000, 0),
    ("192.0.2.5", "198.51.100.5", 0, 0, 50, 0xFFFFFFFF, 0xFFFFFFFF, 0),
]


def printed_by_nfdump(path: Path) -> list[list[int]]:
    """Return family, first, last, protocol, addresses, ports, flags, packets, bytes a flow."""
    done = nfdump(path, "pipe")
    numbers = [[int(word) for word in line.split("|")] for line in done if line.count("|") > 10]
    return [[*row[:14], row[18], row[20], row[21]] for row in numbers]


def nfdump(path: Path, form: str) -> list[str]:
    return nfdump_of(path, "-q", "-N", "-o", form)


def nfdump_of(path: Path, *options: str) -> list[str]:
    done = subprocess.run(
        ["nfdump", "-r", str(path), *options],
        env={**os.environ, "TZ": "UTC"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return all flows as dicts, with exporter address and number instead of the index."""
    with open_flows(path) as reader:
        return list(_rows(reader))


def _rows(reader: NfcapdReader) -> Iterator[dict[str, Any]]:
    for batch in reader:
        columns = {name: column.tolist() for name, column in batch.columns().items()}
        for number in range(len(batch)):
            row = {name: column[number] for name, column in columns.items()}
            exporter = reader.exporters[row["exporter_index"]]
            yield {**row, "exporter": exporter.address, "sysid": exporter.sysid}


def collected(
    folder: Path,
    packets: Sequence[tuple[str, bytes]],
    *options: str,
    family: str = "-4",
    pause: float = 0.02,
) -> Path:
    """Send packets to an nfcapd; return the file that it wrote below a folder."""
    host = "127.0.0.1" if family == "-4" else "::1"
    kind = socket.AF_INET if family == "-4" else socket.AF_INET6
    with socket.socket(kind, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    target = folder / f"collected-{port}"
    target.mkdir()
    words = ["nfcapd", family, "-b", host, "-p", str(port), "-w", str(target), "-t", "3600"]
    collector = subprocess.Popen(
        [*words, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_bound(port, kind)
        for source, packet in packets:
            with socket.socket(kind, socket.SOCK_DGRAM) as sender:
                sender.bind((source, 0))
                sender.sendto(packet, (host, port))
            # Packets of several senders would be taken in any order otherwise.
            time.sleep(pause)
        time.sleep(0.3)
    finally:
        collector.send_signal(signal.SIGTERM)
        collector.wait(timeout=20)
    [path] = [entry for entry in target.iterdir() if entry.name.startswith("nfcapd.2")]
    return path


def wait_until(done: Callable[[], bool], otherwise: str) -> None:
    """Wait until something holds; fail with a sentence if it does not come to hold."""
    deadline = time.monotonic() + 20
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(otherwise)
        time.sleep(0.02)


def _of_port(port: int, kind: socket.AddressFamily) -> list[list[str]]:
    """Lines of the system's table of UDP sockets that are about a port."""
    table = Path("/proc/net/udp" if kind == socket.AF_INET else "/proc/net/udp6")
    words = [line.split() for line in table.read_text().splitlines()[1:]]
    return [line for line in words if line[1].endswith(f":{port:04X}")]


def wait_until_bound(port: int, kind: socket.AddressFamily) -> None:
    wait_until(lambda: bool(_of_port(port, kind)), "a collector did not open its port")


def wait_until_read(port: int, kind: socket.AddressFamily) -> None:
    """Wait until the program that has bound a port has taken all that was sent to it."""
    wait_until(
        lambda: all(line[4].endswith(":00000000") for line in _of_port(port, kind)),
        "a collector did not read what was sent to it",
    )
