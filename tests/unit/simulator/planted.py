"""A week of a small provider with planted faults, read without the simulator."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from longflow.simulator.provider import Provider
from longflow.simulator.simulate import simulate

MONDAY = date(2024, 6, 3)
N = 64
PROVIDER = Provider(
    sampling_interval=N,
    pppoe_contracts=60,
    ipoe_contracts=20,
    mobile_numbers=60,
    pppoe_flows_per_week=200,
    mobile_flows_per_week=60,
    seed=3,
)
FIRST, LAST, PROTOCOL, SOURCE_PORT, DESTINATION_PORT, PACKETS, BYTES = 1, 2, 3, 8, 13, 14, 15
Flow = tuple[int, ...]


@dataclass(frozen=True)
class Week:
    """A week that was made: where it lies."""

    folder: Path

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def truth_folder(self) -> Path:
        return self.folder / "truth" / str(MONDAY)

    def planted(self, fault: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads((self.truth_folder / "faults.json").read_text())
        return [row for row in rows if row["fault"] == fault]

    def source(self, feed: str, source: str) -> Path:
        return self.landing / feed / source / str(MONDAY)

    def file(self, source: str, name: str) -> Path:
        return self.source("flows", source) / name

    def table(self, feed: str, source: str, pattern: str = "*.csv") -> pl.DataFrame:
        files = sorted(self.source(feed, source).glob(pattern))
        return pl.concat([pl.read_csv(file, infer_schema=False) for file in files])


def make(folder: Path, *faults: str) -> Week:
    simulate(PROVIDER, [MONDAY], [], folder / "landing", folder / "truth", faults=faults)
    return Week(folder)


def nfdump(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["nfdump", *map(str, arguments)],
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@cache
def flows(path: Path) -> Counter[Flow]:
    """The flows of a file, or of all files of a folder, as nfdump prints them."""
    files = ("-R", min(path.glob("nfcapd.*"))) if path.is_dir() else ("-r", path)
    printed = nfdump(*files, "-q", "-N", "-o", "pipe")
    rows = [tuple(map(int, line.split("|"))) for line in printed.splitlines() if "|" in line]
    return Counter((*row[:14], *row[20:22]) for row in rows)


def size(some: Counter[Flow]) -> int:
    return sum(flow[BYTES] * count for flow, count in some.items())


def says(row: dict[str, Any], some: Counter[Flow]) -> bool:
    return some.total() > 0 and [row["rows"], row["bytes"]] == [some.total(), size(some)]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def flows_of(week: Week, source: str, names: list[str]) -> Counter[Flow]:
    """The flows of a stretch of files."""
    folder = week.source("flows", source)
    printed = nfdump("-R", f"{folder / names[0]}:{names[-1]}", "-q", "-N", "-o", "pipe")
    rows = [tuple(map(int, line.split("|"))) for line in printed.splitlines() if "|" in line]
    return Counter((*row[:14], *row[20:22]) for row in rows)
