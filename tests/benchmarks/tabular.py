"""Staging flows from CSV, compared with DuckDB's `read_csv` to Parquet on the same threads.

`python -m tests.benchmarks.tabular [PAGE] [--flows N]` writes docs/benchmarks/tabular.md. DuckDB
reads every column with the type that it finds, and writes Parquet as it does by default; longflow
counts lines, reads addresses as numbers, notes what was sampled, and keeps every line. Each run is
a process of its own, whose imports are not counted. The runs take turns.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

PAGE = Path("docs/benchmarks/tabular.md")
MONDAY = date(2024, 6, 3)
THREADS = 2
RUNS = 3
SETTINGS = f"""
[provider]
name = "Benchmark"
time_zone = "Asia/Tokyo"

[database]
threads = {THREADS}

[landing]
url = "landing"

[[sources]]
name = "edge"
feed = "flows"
service = "broadband"
format = "csv"
files = "flows-{{date}}.csv"
slot_minutes = 1440
scaled_by = "nobody"
"""
# Random flows of Monday in Tokyo, as a collector of several routers exports them.
FLOWS = """
COPY (
    SELECT first_seen_ms, first_seen_ms + (random() * 30000)::BIGINT AS last_seen_ms,
        CASE WHEN random() < 0.7 THEN 6 ELSE 17 END AS protocol,
        '10.' || (random() * 255)::INT || '.' || (random() * 255)::INT || '.'
            || (random() * 255)::INT AS src_addr,
        (1024 + random() * 64000)::INT AS src_port,
        '203.0.' || (random() * 255)::INT || '.' || (random() * 255)::INT AS dst_addr,
        443 AS dst_port, 1 + (random() * 20)::INT AS packets,
        40 + (random() * 30000)::INT AS bytes,
        '192.0.2.' || (random() * 4)::INT AS exporter, 1024 AS sampling_interval
    FROM (
        SELECT 1717340400000 + (random() * 86000000)::BIGINT AS first_seen_ms FROM range($flows)
    )
) TO '$file' (HEADER)
"""


def timed(work: Callable[[], object]) -> None:
    """Do some work, and print its seconds, processor seconds and peak memory."""
    began, used = time.monotonic(), time.process_time()
    work()
    took, used = time.monotonic() - began, time.process_time() - used
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([took, used, peak_mb]))


def by_duckdb(folder: Path) -> None:
    """Read the delivered file, and write it as Parquet."""
    (file,) = (folder / "landing").rglob("*.csv")
    with duckdb.connect(config={"threads": THREADS}) as connection:
        target = folder / "by_duckdb.parquet"
        timed(lambda: connection.execute(f"COPY (FROM read_csv('{file}')) TO '{target}'"))


def by_longflow(folder: Path) -> None:
    """Stage the week."""
    from longflow.landing import fetch_week  # noqa: PLC0415 - its import is not to be timed
    from longflow.settings import Feed, Settings  # noqa: PLC0415
    from longflow.staging.stage import stage_week  # noqa: PLC0415
    from longflow.week import Week  # noqa: PLC0415
    from longflow.workspace import Workspace  # noqa: PLC0415

    settings = Settings.load(folder / "longflow.toml")
    week = Week.parse(str(MONDAY), settings.zone)
    workspace = Workspace.of(settings, "bench", week)
    landed = fetch_week(settings, week, [Feed.FLOWS], workspace)
    if not landed.files:
        raise SystemExit(f"nothing was delivered: {landed.findings}")
    timed(lambda: stage_week(settings, week, workspace))


PROGRAMS = {"DuckDB": by_duckdb, "longflow": by_longflow}


def measured(folder: Path, program: str) -> list[float]:
    """What a process of its own measures."""
    words = [sys.executable, "-m", "tests.benchmarks.tabular", "--run", program, str(folder)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: list[float] = json.loads(done.stdout)
    return found


def page(flows: int) -> str:
    """Measure, and return the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "longflow.toml").write_text(SETTINGS)
        file = folder / f"landing/flows/edge/{MONDAY}/flows-{MONDAY:%Y%m%d}.csv"
        file.parent.mkdir(parents=True)
        with duckdb.connect() as connection:
            connection.execute(FLOWS.replace("$flows", str(flows)).replace("$file", str(file)))
        size = file.stat().st_size
        runs = [{name: measured(folder, name) for name in PROGRAMS} for _ in range(RUNS)]
    best = {name: [min(run[name][n] for run in runs) for n in range(3)] for name in PROGRAMS}
    rows = [
        f"| {name} | {seconds:.1f} | {used:.1f} | {peak:,.0f} |"
        for name, (seconds, used, peak) in best.items()
    ]
    seconds, used, _ = (
        ours / theirs for ours, theirs in zip(*reversed(best.values()), strict=True)
    )
    return f"""# Staging flows from CSV, compared with DuckDB's `read_csv`

Written by `python -m tests.benchmarks.tabular --flows {flows}` on {platform.machine()},
Python {platform.python_version()}, DuckDB {duckdb.__version__}: {flows:,} flows in a file of
{size / 1e9:.2f} GB, {THREADS} threads, the best of {RUNS} runs that took turns. The target is 1.5
times DuckDB's `COPY (FROM read_csv(file)) TO file (FORMAT parquet)`.

| program | s | processor s | peak MB |
| --- | ---: | ---: | ---: |
{chr(10).join(rows)}
| **ratio** | {seconds:.2f} | {used:.2f} | |
"""


def main() -> None:
    """Write the page, or do one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, nargs="?", default=PAGE)
    parser.add_argument("--flows", type=int, default=10_000_000)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        program, folder = asked.run
        PROGRAMS[program](Path(folder))
        return
    asked.page.parent.mkdir(parents=True, exist_ok=True)
    asked.page.write_text(page(asked.flows), encoding="utf-8")


if __name__ == "__main__":
    main()
