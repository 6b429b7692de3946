"""What judging a week costs, compared with staging: time and memory of each step.

`python -m tests.benchmarks.judging [--flows MILLIONS]` simulates a week with that many million flow
records, or uses an installation that has one (`--settings FILE`), and prints a table. Each step is
a process. The start of Great Expectations is timed separately and subtracted.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

MONDAY = "2024-06-03"
# Flow records in a simulated week per PPPoE line and its 3.3 mobile numbers.
_FLOWS_OF_A_LINE = 590


def child(settings_file: str, name: str) -> None:
    """Run one step of the week, and print its seconds and peak memory."""
    from longflow import steps  # noqa: PLC0415 # its import is not to be timed
    from longflow.settings import Settings  # noqa: PLC0415

    settings = Settings.load(settings_file)
    (batch,) = steps.plan(settings, run_key="bench", first=MONDAY)
    began = time.monotonic()
    if name == "judge":
        from longflow.validation import suite  # noqa: F401, PLC0415 # imports the library
    start = time.monotonic() - began
    began, used = time.monotonic(), time.process_time()
    summary = getattr(steps, name)(settings, batch)[MONDAY]
    took, used = time.monotonic() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        json.dumps(
            {
                "start_s": start,
                "s": took,
                "cpu_s": used,
                "peak_mb": peak,
                "rows": summary.get("rows"),
            }
        )
    )


def simulate(folder: Path, millions: float) -> Path:
    """A landing folder with a week of that many million flows, and the settings file beside it."""
    from longflow.simulator.provider import Provider  # noqa: PLC0415
    from longflow.simulator.simulate import simulate as make  # noqa: PLC0415

    lines = round(millions * 1e6 / _FLOWS_OF_A_LINE)
    provider = Provider(pppoe_contracts=lines, mobile_numbers=round(3.3 * lines))
    var = folder / "var"
    make(provider, [date.fromisoformat(MONDAY)], [], var / "landing", var / "truth")
    text = (Path(__file__).parents[2] / "longflow.toml").read_text(encoding="utf-8")
    file = folder / "longflow.toml"
    file.write_text(text.partition("\n[simulator]")[0] + "\n", encoding="utf-8")
    return file


def main() -> None:
    """Time every step of the week."""
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=float, default=20, metavar="MILLIONS")
    parser.add_argument("--settings", type=Path, help="an installation with the week landed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        file = args.settings or simulate(Path(scratch), args.flows)
        print(
            "| step | rows | start-up s | s | processor s | peak MB |\n"
            "| --- | ---: | ---: | ---: | ---: | ---: |"
        )
        for name in ("fetch", "stage", "judge", "load"):
            run = subprocess.run(
                [sys.executable, __file__, "--child", str(file), name],
                check=True,
                capture_output=True,
                text=True,
            )
            one = json.loads(run.stdout.splitlines()[-1])
            rows = f"{one['rows']:,}" if one["rows"] else ""
            print(
                f"| {name} | {rows} | {one['start_s']:.1f} | {one['s']:.1f} | {one['cpu_s']:.1f} | "
                f"{one['peak_mb']:,} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
