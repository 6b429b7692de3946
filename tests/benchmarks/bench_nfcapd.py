"""How fast nfcapd files are read, compared with nfdump on the same files and number of cores.

Run alone: `python tests/benchmarks/bench_nfcapd.py RESULT.md [--flows N] [--folder FOLDER]`; it
needs nfdump 1.7. It makes files of random flows, and writes its figures as Markdown to RESULT.md.

A folder of N flows is one file of a million flows, linked under as many names as needed, so that
sizes differ in nothing else. Every figure is the best of three runs, each a separate process bound
to one core (or two; then staging starts a second process). Our time is measured inside the process,
with the start-up of the second process but without that of the first, which is reported separately.
"""

import argparse
import datetime
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from longflow.settings import Feed
from longflow.settings.source import MOST_UNPACKED_RATIO
from longflow.staging.nfcapd import compiled, open_flows
from longflow.staging.nfcapd_flows import NfcapdJob
from longflow.staging.processes import Delivered, stage_files
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.schema import flat_columns

from tests.benchmarks.random_nfcapd import make_file

# The measured work runs in separate processes.


def decode_only(paths: Sequence[Path], targets: Sequence[Path]) -> int:
    """Read all flows and do nothing with them."""
    flows = 0
    for path in paths:
        with open_flows(path) as reader:
            flows += sum(len(batch) for batch in reader)
    return flows


def stage(paths: Sequence[Path], targets: Sequence[Path]) -> int:
    """Write all flows as Parquet in the staged schema, as staging does: one process per target."""
    job = NfcapdJob(flat_columns(Feed.FLOWS), "collector", None, [], MOST_UNPACKED_RATIO)
    files = [Delivered(number, path) for number, path in enumerate(paths)]
    counts = stage_files(job, files, targets, SamplingNotes())
    return sum(count.rows for count in counts.values())


WORK = {"decode": decode_only, "stage": stage}


def child(work: str, folder: Path, *targets: Path) -> None:
    """Do a piece of work on the files of a folder, and print its cost as JSON."""
    # Part of start-up: the contract, and Numba with what it compiled.
    flat_columns(Feed.FLOWS)
    compiled.load()
    for target in targets:
        target.unlink(missing_ok=True)
    imports = time.process_time()
    started = time.perf_counter()
    flows = WORK[work](sorted(folder.iterdir()), targets)
    seconds = time.perf_counter() - started
    ours, others = (
        resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    reported = {
        "flows": flows,
        "seconds": seconds,
        "cpu": time.process_time() - imports + others.ru_utime + others.ru_stime,
        "imports": imports,
        "mib": max(ours.ru_maxrss, others.ru_maxrss) / 1024,
    }
    print(json.dumps(reported))


@dataclass
class Took:
    """The cost of a run.

    Attributes:
        seconds: wall clock; for our runs without the start-up of the first process.
        cpu: processor time of all processes; for our runs without that start-up.
        mib: peak memory of the largest process.
        imports: processor time of that start-up.
    """

    seconds: float
    cpu: float
    mib: float
    imports: float = 0.0


def run_nfdump(folder: Path, options: Sequence[str], cores: Sequence[int]) -> Took:
    """Run nfdump over a folder with its output to /dev/null."""
    words = ["taskset", "-c", ",".join(map(str, cores)), "nfdump", "-R", str(folder), "-q", "-N"]
    started = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(
            [*words, *options],
            stdout=nowhere,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"nfdump {' '.join(options)} failed on {folder}")
    return Took(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def run_ours(work: str, folder: Path, cores: Sequence[int], scratch: Path) -> Took:
    """Do a piece of work on a folder with as many processes as cores."""
    targets = [str(scratch / f"staged-{number}.parquet") for number in range(len(cores))]
    os.sync()  # so that no run waits for what the previous run wrote
    ended = subprocess.run(
        [
            *("taskset", "-c", ",".join(map(str, cores))),
            *(sys.executable, __file__, "--child", work, str(folder), *targets),
        ],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "TZ": "UTC"},
    )
    reported = json.loads(ended.stdout)
    return Took(reported["seconds"], reported["cpu"], reported["mib"], reported["imports"])


def best(run: Callable[[], Took], times: int) -> Took:
    """Return the fastest of some runs."""
    return min((run() for _ in range(times)), key=lambda took: took.seconds)


# The run and its table

FLOWS_A_FILE = 1_000_000
KINDS = [
    (layout, templates, codec)
    for layout in (2, 1)
    for templates in (1, 3)
    for codec in ("lz4", "none")
]


def linked_folder(folder: Path, name: str, file: Path, flows: int) -> Path:
    """Return a folder with that many flows."""
    result = folder / f"{name}-{flows}"
    if not result.exists():
        result.mkdir()
        for number in range(flows // FLOWS_A_FILE):
            os.link(file, result / f"nfcapd.20190603{number:04d}")
    return result


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


TWO_CORES = """
The targets are 3.5 times `-o pipe`, once `-s port/bytes`, and two cores at 1.8 times one. Most
kinds of file reach the last target, but which ones do changes from run to run (1.7 to 2.1). Of
about three seconds, 0.4 s are the start of the second process, and both processes write 75 bytes
per flow, more than a gigabyte a second, into the page cache. Fewer bytes per flow would help
(compression takes longer than it saves), and so would longer runs: for a week, the start is less
than half a second of most of a minute.

The benchmark used all free memory once before it started, because the host of a virtual machine
provides memory on first use, which took 1.8 s per gigabyte here. It also flushed written data to
disk before every run. Without these two steps the kernel took 0.3 to 1.8 s per gigabyte of page
cache.
"""


def measure(folder: Path, flows: int, times: int) -> str:
    """Run everything, and return it as Markdown."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    cores = sorted(os.sched_getaffinity(0))[:2]
    rows, millions, imports = [], flows / 1e6, 0.0
    growing: list[list[str]] = []
    for layout, templates, codec in KINDS:
        name = f"layout {layout}, {templates} template{'s' * (templates > 1)}, {codec}"
        file = folder / name.replace(", ", "-").replace(" ", "")
        if not file.exists():
            make_file(file, layout=layout, codec=codec, templates=templates, flows=FLOWS_A_FILE)
        whole = linked_folder(folder, f"{file.name}-flows", file, flows)
        one = cores[:1]
        pipe = best(lambda: run_nfdump(whole, ["-o", "pipe"], one), 1)  # noqa: B023 # called at once
        stat = best(lambda: run_nfdump(whole, ["-s", "port/bytes"], one), times)  # noqa: B023
        read = best(lambda: run_ours("decode", whole, one, scratch), times)  # noqa: B023
        staged = best(lambda: run_ours("stage", whole, one, scratch), times)  # noqa: B023
        # Twice as many flows, so that the start of a second process has a realistic weight.
        twice = linked_folder(folder, f"{file.name}-flows", file, 2 * flows)
        alone = best(lambda: run_ours("stage", twice, one, scratch), times)  # noqa: B023
        both = best(lambda: run_ours("stage", twice, cores, scratch), times)  # noqa: B023
        rows.append(
            [
                name,
                *(f"{millions / took.seconds:.2f}" for took in (pipe, stat, read, staged)),
                f"{pipe.seconds / staged.seconds:.2f} ({pipe.cpu / staged.cpu:.2f})",
                f"{stat.seconds / staged.seconds:.2f} ({stat.cpu / staged.cpu:.2f})",
                f"{alone.seconds / both.seconds:.2f}",
                f"{max(staged.mib, read.mib):.0f}",
            ]
        )
        imports = staged.imports
        print(rows[-1], flush=True)
        if (layout, templates, codec) == KINDS[0]:
            for size in (2_000_000, flows // 2_000_000 * 1_000_000, flows, 2 * flows):
                some = linked_folder(folder, f"{file.name}-flows", file, size)
                took = best(lambda: run_ours("stage", some, one, scratch), times)  # noqa: B023
                growing.append(
                    [
                        f"{size / 1e6:.0f}",
                        f"{took.seconds:.2f}",
                        f"{took.seconds / size * 1e9:.0f}",
                        f"{took.mib:.0f}",
                    ]
                )
                print(growing[-1], flush=True)
    head = [
        "files", "nfdump -o pipe", "nfdump -s port/bytes", "read", "to Parquet", "÷ pipe",
        "÷ -s port", "two cores ÷ one", "MiB",
    ]  # fmt: skip
    return (
        "# Reading nfcapd files, compared with nfdump\n\n"
        f"{about()}\n"
        f"{millions:.0f} million flows; columns 2 to 5 give million flows a second on one core. "
        "*read* reads all columns; *to Parquet* writes the staged schema, uncompressed. Ratios are "
        "of wall-clock time, and in brackets of processor time, which a busy machine distorts "
        f"less. The start-up of Python and its libraries, {imports:.1f} s, is excluded. Two cores "
        f"are compared with one over {2 * millions:.0f} million flows, including the start of a "
        "second process.\n\n"
        f"{table(head, rows)}{TWO_CORES}\n"
        f"{KINDS[0][2].upper()}, layout {KINDS[0][0]}, one template, to Parquet on one core:\n\n"
        f"{table(['million flows', 'seconds', 'ns a flow', 'MiB'], growing)}"
    )


def about() -> str:
    """Return machine, versions and date."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    nfdump = subprocess.run(["nfdump", "-V"], capture_output=True, text=True, check=True)
    packages = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "pyarrow", "lz4")
    )
    now = datetime.datetime.now(tz=datetime.UTC)
    return (
        f"{now:%Y-%m-%d}; {model}, {len(os.sched_getaffinity(0))} cores; "
        f"Python {platform.python_version()}, {packages}; {nfdump.stdout.strip()}. "
        f"Load of the machine before the run: {os.getloadavg()[0]:.1f}.\n"
    )


def claim_memory() -> None:
    """Use most of the free memory once.

    The host of a virtual machine provides memory on first use, which took 1.8 s per gigabyte when
    these pages were made: the first run that writes to the page cache would pay for all others.
    """
    # In a separate process, because child processes inherit the peak of this one.
    claiming = multiprocessing.get_context("spawn").Process(target=_use_memory)
    claiming.start()
    claiming.join()


def _use_memory() -> None:
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    claimed = np.empty(os.sysconf("SC_AVPHYS_PAGES") * 9 // 10 * page_bytes, dtype=np.uint8)
    claimed[::page_bytes] = 1


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], *map(Path, sys.argv[3:]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="Markdown file to write")
    parser.add_argument("--flows", type=int, default=20_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="for the files; default: a temporary one")
    args = parser.parse_args()
    if shutil.which("nfdump") is None:
        sys.exit("nfdump is missing: install Debian's package nfdump")
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        claim_memory()
        text = measure(folder, args.flows, args.times)
    args.result.parent.mkdir(parents=True, exist_ok=True)
    args.result.write_text(text)


if __name__ == "__main__":
    main()
