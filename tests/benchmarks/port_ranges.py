"""What port ranges cost: a week of sessions that hold ranges, beside one of whole addresses.

Run as `python -m tests.benchmarks.port_ranges [--flows N] [--sessions N]`; it writes the page
`docs/benchmarks/port_ranges.md`. Both weeks have the same flows and as many sessions. It gives
processor time, which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.benchmarks.bench_nfcapd import about, table
from tests.benchmarks.bench_week import STEPS, make_week, run_step

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "port_ranges.md"
BLOCKS = 16
KINDS = {"whole addresses": 1, f"ranges, {BLOCKS} an address": BLOCKS}


def measure(folder: Path, flows: int, sessions: int) -> str:
    """Load both weeks, and return the cost as Markdown."""
    rows, loads = [], []
    for kind, blocks in KINDS.items():
        site = folder / f"week-{blocks}"
        make_week(site, flows, sessions, blocks)
        took = {step: run_step(step, site) for step in STEPS}
        loads.append(sum(one["cpu"] for one in took.values()))
        most = max(one["mib"] for one in took.values())
        cells = [f"{took[step]['cpu']:.1f}" for step in STEPS]
        rows.append([kind, *cells, f"{loads[-1]:.1f}", f"{most:.0f}"])
        shutil.rmtree(site)
    head = ["sessions hold", *(f"{step}, s" for step in STEPS), "all, s", "peak MiB"]
    return (
        f"# What port ranges cost\n\n{about()}\n"
        f"{flows:,} flows and {sessions:,} sessions of a week; processor time on two cores.\n"
        "Sessions of whole addresses also hold an IPv6 prefix each; those of ranges hold none.\n\n"
        + table(head, rows)
        + f"\nWith ranges a week takes {loads[1] / loads[0]:.2f} times as long. The aim is twice.\n"
    )


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--flows", type=int, default=10_000_000)
    parser.add_argument("--sessions", type=int, default=5_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(measure(Path(folder), args.flows, args.sessions), encoding="utf-8")


if __name__ == "__main__":
    main()
