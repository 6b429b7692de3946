"""A week from nfcapd files to the committed archive, compared with nfdump on the same files.

Run as `python -m tests.benchmarks.bench_week RESULT.md [--flows N …] [--sessions N]`; it needs
nfdump 1.7, and about 150 bytes of disk per flow. It makes the week of one collector with accounting
sessions and a subscriber snapshot, and loads it by the steps of `longflow ingest`, each in its own
process on all cores. The time of a step excludes its imports, which have a separate column. The
comparison is one `nfdump -s port/bytes` over the same files on the same cores.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from tests.benchmarks.bench_nfcapd import about, claim_memory, run_nfdump, table
from tests.benchmarks.random_nfcapd import Span, make_file

MONDAY = date(2024, 6, 3)
ZONE = ZoneInfo("Asia/Tokyo")
STEPS = ("fetch", "stage", "judge", "load")
# Random flows use this many addresses, starting with this one.
ADDRESSES, FIRST_ADDRESS = 200_000, 0x64400000
HOUR_MS = 3_600_000

SETTINGS = """
[provider]
name = "Benchmark"
time_zone = "Asia/Tokyo"

[database]
memory_limit = "1GB"
threads = 2

[landing]
url = "landing"

[[sources]]
name = "core"
feed = "flows"
service = "broadband"
format = "nfcapd"
files = "nfcapd.{time}"
slot_minutes = 60

[[sources]]
name = "radius"
feed = "assignments"
format = "parquet"
files = "radacct.parquet"

[[sources]]
name = "crm"
feed = "subscribers"
format = "parquet"
files = "subscribers.parquet"
"""


WHERE = """
The target is four times nfdump; it is missed. With statements timed at 40 million flows, half of
the load places each flow (its hour and port, and for each address the subscriber who held it at
that moment). A fifth sums by subscriber and day, by collector, hour and port, and finds who had
flows on which port. About four seconds are sessions and subscribers, however few flows there are.
Half of the judge looks for duplicate flows. `-s port/bytes` does none of this: it sums by port,
once, and judges nothing. Fetching and staging write five gigabytes for forty million flows.

The compiled walk that reads the files could also find owners and sum up, so that flows are never
written. But attribution and sums would then be loops instead of SQL that can be read and tested
row by row, and a refusal afterwards would have to read the dumps again. Reading local dumps in
place instead of copying them would save the fetch, but files could then change while they are
judged. Tried without gain: fewer or compressed keys, GROUPING SETS, narrower columns, owners by
scalar subqueries, placing flows before owners are looked up, other allocator settings.

The benchmark used all free memory once before it started, because the host of a virtual machine
provides memory on first use, which took 1.8 s per gigabyte here.
"""


def folder_of(site: Path, feed: str, source: str) -> Path:
    """The landing folder of a source's week."""
    folder = site / "landing" / feed / source / str(MONDAY)
    folder.mkdir(parents=True)
    return folder


def make_week(site: Path, flows: int, sessions: int, blocks: int = 1) -> None:
    """Write settings and dumps of a week with that many flows and accounting sessions.

    With several blocks of ports an address has as many sessions at a time.
    """
    from longflow.week import Week  # noqa: PLC0415 - the children import what they measure

    site.mkdir()
    (site / "longflow.toml").write_text(SETTINGS, encoding="utf-8")
    week = Week(MONDAY, ZONE)
    folder = folder_of(site, "flows", "core")
    for hour in range(168):
        name = f"nfcapd.{MONDAY.year}06{MONDAY.day + hour // 24:02}{hour % 24:02}00"
        span = Span(week.start_ms + hour * HOUR_MS, HOUR_MS)
        make_file(folder / name, layout=2, codec="lz4", templates=3, flows=flows // 168, span=span)
    numbers = pl.int_range(sessions, eager=True)
    address = numbers % ADDRESSES
    turn, turns = numbers // (ADDRESSES * blocks), -(-sessions // (ADDRESSES * blocks))
    length_ms = (week.end_ms - week.start_ms + 2 * HOUR_MS) // turns
    start_ms = week.start_ms - HOUR_MS + turn * length_ms
    texts = pl.DataFrame(
        {
            "address": range(ADDRESSES),
            "framedipaddress": [
                str(ipaddress.IPv4Address(FIRST_ADDRESS + n)) for n in range(ADDRESSES)
            ],
            "delegatedipv6prefix": [
                f"{ipaddress.IPv6Address((0x20010DB8 << 96) + ((FIRST_ADDRESS + n) << 20))}/108"
                for n in range(ADDRESSES)
            ],
        }
    )

    def moment(column: pl.Series) -> pl.Series:
        return column.cast(pl.Datetime("ms", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S%z")

    ports = {}
    if blocks > 1:
        size = 65_536 // blocks
        first = numbers // ADDRESSES % blocks * size
        ports = {"port_first": first, "port_last": first + size - 1}
        texts = texts.drop("delegatedipv6prefix")
    pl.DataFrame(
        {
            "acctuniqueid": "s" + numbers.cast(pl.String),
            "username": "u" + (numbers % (ADDRESSES // 2)).cast(pl.String),
            "nasipaddress": ["203.0.113.1"] * sessions,
            "acctstarttime": moment(start_ms),
            "acctstoptime": moment(start_ms + length_ms),
            "address": address,
            **ports,
        }
    ).join(texts, on="address").drop("address").write_parquet(
        folder_of(site, "assignments", "radius") / "radacct.parquet"
    )
    lines = pl.int_range(ADDRESSES // 2, eager=True).cast(pl.String)
    pl.DataFrame({"login_or_number": "u" + lines, "contract": "c" + lines}).with_columns(
        service=pl.lit("broadband"), access=pl.lit("pppoe"), segment=pl.lit("consumer")
    ).write_parquet(folder_of(site, "subscribers", "crm") / "subscribers.parquet")


def child(step: str, site: Path) -> None:
    """Run one step, and print its cost as JSON."""
    started = time.perf_counter()
    from longflow import steps  # noqa: PLC0415 - start-up is measured separately
    from longflow.settings import Settings  # noqa: PLC0415

    if step == "judge":
        import great_expectations  # noqa: F401, PLC0415
    settings = Settings.load(site / "longflow.toml")
    (batch,) = steps.plan(
        settings, run_key="bench", first=MONDAY, feeds=["flows", "assignments", "subscribers"]
    )
    imported, before = time.perf_counter(), time.process_time()
    getattr(steps, step)(settings, batch)
    took = time.perf_counter() - imported
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {"seconds": took, "cpu": time.process_time() - before, "mib": used.ru_maxrss / 1024}
    print(json.dumps({**cost, "imports": imported - started}))


def run_step(step: str, site: Path) -> dict[str, float]:
    """Run one step in a separate process."""
    words = [sys.executable, "-m", "tests.benchmarks.bench_week", "--child", step, str(site)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    took: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return took


def measure(folder: Path, sizes: Sequence[int], sessions: int) -> str:
    """Load a week of each size, and return the cost as Markdown."""
    rows = []
    for flows in sizes:
        site = folder / f"week-{flows}"
        make_week(site, flows, sessions)
        os.sync()  # in practice, dumps have long been on disk when they are loaded
        dumps = site / "landing" / "flows" / "core" / str(MONDAY)
        peer = run_nfdump(dumps, ["-s", "port/bytes"], [0, 1])
        took = {step: run_step(step, site) for step in STEPS}
        total = sum(one["seconds"] for one in took.values())
        rows.append(
            [
                f"{flows / 1e6:g} M",
                f"{peer.seconds:.1f}",
                *(f"{took[step]['seconds']:.1f}" for step in STEPS),
                f"{total:.1f}",
                f"{total / peer.seconds:.1f}",
                f"{sum(one['imports'] for one in took.values()):.0f}",
                f"{max(one['mib'] for one in took.values()):.0f}",
            ]
        )
        print(" ".join(rows[-1]), file=sys.stderr, flush=True)
    head = ["flows", "nfdump, s", *(f"{step}, s" for step in STEPS), "all, s", "ratio"]
    return (
        f"# Loading a week, compared with `nfdump -s port/bytes`\n\n{about()}\n"
        f"{sessions:,} accounting sessions; two cores.\n\n"
        + table([*head, "imports, s", "peak MiB"], rows)
        + WHERE
    )


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("result", type=Path, nargs="?")
    parser.add_argument("--flows", type=int, nargs="+", default=[2_000_000, 10_000_000])
    parser.add_argument("--sessions", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, help="where the week is made (default: a new one)")
    parser.add_argument("--child", nargs=2, metavar=("STEP", "SITE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child[0], Path(args.child[1]))
        return
    claim_memory()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        page = measure(Path(folder), args.flows, args.sessions)
    if args.result:
        args.result.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
