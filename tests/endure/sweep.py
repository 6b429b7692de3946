"""`make endure`: kills and failing system calls at seeded points while longflow writes.

A command runs with one fault at one point (`shim.c`). Afterwards these conditions must hold: the
command ended with one line and no traceback, or was killed; readers work at once; archive and
releases hold either the old or the new content, complete; the same command succeeds when run again,
with the content of a run without faults; and no file of the faulty run remains.

Importing the judge takes seconds, so this process imports everything, does nothing else, and forks
a process for each run.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from tests.end_to_end.conftest import Site
from tests.endure import shim
from tests.endure.commands import COMMANDS, Command, run
from tests.endure.forked import Ended, forked
from tests.endure.installed import content, files, masked
from tests.endure.page import POINTS, Outcome, Point, page

_MODULES = (
    "longflow.validation",
    "longflow.validation.suite",
    "longflow.release",
    "polars",
    "rich",
)


class Sweep:
    """Installations, the result of a run without faults for each, and the runs with faults."""

    def __init__(self, folder: Path, commands: Sequence[Command], seed: int) -> None:
        self.folder = folder
        # Of this process only: several processes strike in parallel.
        self.work = folder
        self.commands = commands
        self.random = random.Random(seed)  # noqa: S311 - a seed is the point of it
        self.calls: dict[str, list[tuple[int, str]]] = {}
        self.before: dict[str, dict[str, str]] = {}
        self.after: dict[str, dict[str, str]] = {}
        self.files: dict[str, Counter[str]] = {}

    def prepare(self) -> None:
        """Make the installations; run each command once without a fault and record its calls."""
        needed = {c.name for c in self.commands} | {c.after for c in self.commands} | {"ingest"}
        for command in (c for c in COMMANDS if c.name in needed):
            folder = self.folder / command.name
            folder.mkdir()
            work = functools.partial(_prepare, command, folder, self.folder)
            ended = forked(work, self.work / "log", limit_s=1800)
            if ended.status != 0:
                raise SystemExit(f"preparing {command.name}: {ended.output}")
        for command in self.commands:
            folder = self._copy(command)
            self.before[command.name] = self._content(folder)
            record = self.folder / "calls"
            clean = self._run(command, folder, record=record)
            if clean.status != 0:
                raise SystemExit(f"{command.name} without a fault: {clean.output}")
            self.calls[command.name] = [
                (int(line.split(" ", 1)[0]), masked(line.split(" ", 1)[1]))
                for line in record.read_text(errors="replace").splitlines()
            ]
            self.after[command.name] = self._content(folder)
            self.files[command.name] = files(folder)
            print(f"{command.name}: {len(self.calls[command.name])} calls", flush=True)

    def points(self, count: int) -> list[Point]:
        """Random points: commands and kinds in turn, and all sorts of call equally often."""
        found: list[Point] = []
        turns = [(c, kind) for kind in shim.KINDS for c in self.commands for _ in range(c.weight)]
        while len(found) < count:
            if len(found) % len(turns) == 0:
                self.random.shuffle(turns)
            command, kind = turns[len(found) % len(turns)]
            sorts: dict[str, list[int]] = defaultdict(list)
            of_kind = [name for one, name in self.calls[command.name] if one & kind.classes]
            for number, name in enumerate(of_kind, start=1):
                sorts[name].append(number)
            chosen = self.random.choice(sorted(sorts))
            found.append(Point(command, kind, self.random.choice(sorts[chosen])))
        return found

    def strike(self, point: Point) -> Outcome:
        """Run a command with a fault, then check all conditions."""
        command = point.command
        folder = self._copy(command)
        report = shim.Report()
        struck = self._run(command, folder, point=point, report=report)
        outcome = Outcome(point, report.struck, _ended_how(struck, report))
        wrong = outcome.wrong
        if struck.status not in {0, 1, 3, -signal.SIGKILL}:
            wrong.append(f"ended with status {struck.status}: {struck.output[-1500:]}")
        wrong += _unclear(struck.output)
        reported = [line for line in struck.output.splitlines() if line.startswith("longflow: ")]
        if struck.status in {1, 3} and not reported:
            wrong.append(f"ended with status {struck.status} and no line: {struck.output[-500:]}")
        if report.struck and struck.status == 1:
            wrong.append(f"a fault of the machine ended with status 1: {reported}")
        if struck.status == 0 and report.struck is None:
            outcome.ended = "not reached"
        held = self._look(folder, wrong)
        allowed = (self.before[command.name], self.after[command.name])
        if held not in allowed:
            wrong.append(f"neither the old content nor the new: {_difference(held, *allowed)}")
        if struck.status == 0 and held != self.after[command.name]:
            wrong.append("ended well, but the content is not the new")
        again = self._run(command, folder)
        good = {0} if held == self.before[command.name] else {0, *command.repeated}
        if again.status not in good:
            wrong.append(f"run again, it ended with status {again.status}: {again.output[-1500:]}")
        wrong += _unclear(again.output)
        held = self._look(folder, wrong)
        if held != self.after[command.name]:
            difference = _difference(held, self.after[command.name])
            wrong.append(f"run again, the content is another: {difference}")
        left = files(folder) - self.files[command.name]
        gone = self.files[command.name] - files(folder)
        if left or gone:
            wrong.append(f"files: left over {dict(left)}, missing {dict(gone)}")
        return outcome

    def _copy(self, command: Command) -> Path:
        folder = self.work / "run"
        if folder.exists():
            for directory, _, _ in os.walk(folder):
                Path(directory).chmod(0o755)
            shutil.rmtree(folder)
        shutil.copytree(self.folder / command.name, folder)
        return folder

    def _run(
        self,
        command: Command,
        folder: Path,
        point: Point | None = None,
        report: shim.Report | None = None,
        record: Path | None = None,
    ) -> Ended:
        def work() -> int:
            below = folder / "var"
            if point is not None and report is not None:
                shim.arm(report, below, point.kind, point.number)
            if record is not None:
                counted = shim.Report()
                with record.open("wb") as out:
                    shim.record(counted, below, out.fileno())
                    status = command.run(folder)
                    shim.disarm()
                    return status
            return command.run(folder)

        return forked(work, self.work / "log")

    def _look(self, folder: Path, wrong: list[str]) -> dict[str, str]:
        """The content, and what users look at: both must be available at once."""
        result = self.work / "content"

        def work() -> int:
            status = max(run(Site(folder), "status"), run(Site(folder), "quarantine", "list"))
            result.write_text(json.dumps(content(folder)))
            return status

        result.unlink(missing_ok=True)
        ended = forked(work, self.work / "log")
        if ended.status != 0:
            wrong.append(f"readers are locked out: {ended.output[-1500:]}")
        held: dict[str, str] = json.loads(result.read_text()) if result.exists() else {}
        return held

    def _content(self, folder: Path) -> dict[str, str]:
        wrong: list[str] = []
        held = self._look(folder, wrong)
        if wrong:
            raise SystemExit(wrong[0])
        return held


def _swept(sweep: Sweep, points: Sequence[Point], jobs: int) -> list[Outcome]:
    """The outcomes of the points, struck by several processes in parallel."""
    began = time.monotonic()
    workers = {}
    for job in range(jobs):
        work = sweep.folder / f"job-{job}"
        work.mkdir()
        pid = os.fork()
        if pid == 0:
            try:
                sweep.work = work
                for number in range(job, len(points), jobs):
                    outcome = sweep.strike(points[number])
                    (work / f"{number}.outcome").write_bytes(pickle.dumps(outcome))
                    print(_line(number, time.monotonic() - began, outcome), flush=True)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        workers[pid] = work
    for pid in workers:
        os.waitpid(pid, 0)
    written = [path for work in workers.values() for path in work.glob("*.outcome")]
    if len(written) != len(points):
        raise SystemExit("a process that strikes has failed; see above")
    written.sort(key=lambda path: int(path.stem))
    return [pickle.loads(path.read_bytes()) for path in written]  # noqa: S301 - written just now


def _line(number: int, seconds: float, outcome: Outcome) -> str:
    point = outcome.point
    lines = [
        f"{number:4} {seconds:6.0f} s  {point.command.name}, {point.kind.name} at call "
        f"{point.number} ({outcome.struck}): {outcome.ended}"
    ]
    return "\n".join([*lines, *(f"     WRONG: {wrong}" for wrong in outcome.wrong)])


def _prepare(command: Command, folder: Path, others: Path) -> int:
    command.prepare(folder, others)
    return 0


def _ended_how(ended: Ended, report: shim.Report) -> str:
    if report.struck is None:
        return "not reached"
    if ended.status < 0:
        return "killed" if ended.status == -signal.SIGKILL else f"signal {-ended.status}"
    return {0: "ended well", 3: "one line"}.get(ended.status, f"status {ended.status}")


def _unclear(output: str) -> list[str]:
    if "Traceback" in output or "Exception ignored" in output:
        return [f"a traceback: {output[-3000:]}"]
    return []


def _difference(held: dict[str, str], *allowed: dict[str, str]) -> str:
    return "; or ".join(
        ", ".join(
            f"{name}: {held.get(name)} for {one.get(name)}"
            for name in sorted({*held, *one})
            if held.get(name) != one.get(name)
        )
        for one in allowed
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Sweep; the exit status is 1 if any condition did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="page to write")
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", action="append", choices=[c.name for c in COMMANDS])
    parser.add_argument("--jobs", type=int, default=2, help="points that are struck side by side")
    parser.add_argument("--only", type=int, nargs="+", help="of the points, these alone")
    options = parser.parse_args(arguments)
    given = list(arguments) if arguments is not None else sys.argv[1:]
    folder = Path(tempfile.gettempdir(), f"longflow-endure-{os.getpid()}")
    shim.preload(folder, "tests.endure.sweep", given)
    for name in _MODULES:
        importlib.import_module(name)
    commands = [c for c in COMMANDS if not options.command or c.name in options.command]
    folder.mkdir(exist_ok=True)
    try:
        sweep = Sweep(folder, commands, options.seed)
        sweep.prepare()
        points = sweep.points(options.points)
        if options.only is not None:
            points = [points[number] for number in options.only]
        outcomes = _swept(sweep, points, options.jobs)
    finally:
        for directory, _, _ in os.walk(folder):
            Path(directory).chmod(0o755)
        shutil.rmtree(folder)
    if options.file is not None:
        options.file.write_text(page(outcomes, options.seed), encoding="utf-8")
    failed = sum(bool(outcome.wrong) for outcome in outcomes)
    print(f"{len(outcomes)} points, {failed} of them wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
