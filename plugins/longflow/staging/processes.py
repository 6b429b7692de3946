"""Staging of one source's nfcapd files in several processes, each into a Parquet file of its own.

This process is one of them. The others run this module as their program: they receive the job and
then file after file, a line of JSON each, and answer each with their counts. Whoever is done takes
the next file, so none of them waits for the slowest.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import IO, Any, NamedTuple

from longflow.errors import LongflowError, MachineError
from longflow.faults import machine_fault
from longflow.staging.beside_flows import Amount
from longflow.staging.file_time import TimeCount, TimeWindow
from longflow.staging.nfcapd_flows import FileCount, NfcapdJob, NfcapdStaging
from longflow.staging.parquet import Column
from longflow.staging.sampling_notes import SamplingNotes


class Delivered(NamedTuple):
    """A delivered file: its number in the week's manifest, where it lies, and its time."""

    file_index: int
    path: Path
    window: TimeWindow | None = None


def stage_files(
    job: NfcapdJob, files: Iterable[Delivered], targets: Sequence[Path], notes: SamplingNotes
) -> dict[int, FileCount]:
    """Stage files with as many processes as there are targets.

    Args:
        job: what staging them needs.
        files: the files of one source.
        targets: Parquet files to write, one for each process; their folder exists.
        notes: receives what the files say about sampling.

    Returns:
        What was read from each file, by its number.

    Raises:
        MachineError: disk or memory failed, or a process ended before its work was done.
    """
    waiting = _Waiting(files)
    with ThreadPoolExecutor(len(targets)) as pool:
        others = [
            # The other processes get a first file each before this one takes any.
            pool.submit(_by_another, job, target, list(islice(waiting, 1)), waiting)
            for target in targets[1:]
        ]
        try:
            with NfcapdStaging(job, targets[0]) as staging:
                counts = {
                    index: staging.stage(path, index, window) for index, path, window in waiting
                }
        finally:
            # Whatever went wrong here, no process begins another file.
            waiting.clear()
        notes.take(*staging.notes.rows())
        for other in others:
            counted, noted = other.result()
            counts.update(counted)
            notes.take(*noted.rows())
    return counts


class _Waiting:
    """Files that no process has taken yet, shared by several threads."""

    def __init__(self, files: Iterable[Delivered]) -> None:
        self._files = iter(files)
        self._lock = Lock()

    def __iter__(self) -> Iterator[Delivered]:
        while True:
            with self._lock:
                one = next(self._files, None)
            if one is None:
                return
            yield one

    def clear(self) -> None:
        """Leave no file to take."""
        with self._lock:
            self._files = iter(())


def _by_another(
    job: NfcapdJob, target: Path, first: Sequence[Delivered], waiting: _Waiting
) -> tuple[dict[int, FileCount], SamplingNotes]:
    """Stage files in another process: the first one, and then until none is left."""
    counts: dict[int, FileCount] = {}
    notes = SamplingNotes()
    try:
        with _process() as process:
            _send(process.stdin, [*job, str(target)])
            for index, path, window in chain(first, waiting):
                _send(process.stdin, [index, str(path), window])
                counts[index] = _answer(process, notes)
            _send(process.stdin, None)
            if _read(process) != ["done"]:
                raise _ended(process)
    except BaseException:
        waiting.clear()
        raise
    return counts, notes


@contextmanager
def _process() -> Iterator[subprocess.Popen[str]]:
    package = str(Path(__file__).parents[2])
    found = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        # -P: modules in the current folder are not ours.
        [sys.executable, "-P", "-m", "longflow.staging.processes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": found},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _send(stream: IO[str] | None, what: object) -> None:
    if stream is not None:
        try:
            stream.write(json.dumps(what) + "\n")
            stream.flush()
        except BrokenPipeError:
            # It has ended; reading its answer will show that.
            return


def _read(process: subprocess.Popen[str]) -> list[Any]:
    line = process.stdout.readline() if process.stdout else ""
    if not line.endswith("\n"):
        raise _ended(process)
    result: list[Any] = json.loads(line)
    if result[0] == "failed":
        what, file, remedy = result[1:]
        if remedy is not None:
            raise MachineError(what, file=file, remedy=remedy)
        raise RuntimeError(f"a process that stages flows failed: {what}")
    return result


def _ended(process: subprocess.Popen[str]) -> MachineError:
    status = process.wait()
    how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
    return MachineError(
        f"a process that stages flows {how} before its work was done",
        remedy="if memory ran out, add more or lower database.threads, then run again",
    )


def _answer(process: subprocess.Popen[str], notes: SamplingNotes) -> FileCount:
    _, rows, size, slots, times, failures, beside, error, flows, announced = _read(process)
    notes.take(map(tuple, flows), map(tuple, announced))
    if error is not None:
        what, file, place, remedy = error
        error = LongflowError(what, file=file, place=place, remedy=remedy)
    beside = {kind: Amount(*amount) for kind, amount in beside.items()}
    return FileCount(rows, size, set(slots), TimeCount(*times), failures, beside, error)


def main() -> None:
    """Run as one of the processes: read from standard input, answer on standard output."""
    # Ctrl-C is the caller's to handle: it closes our input or kills us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        *job, target = json.loads(sys.stdin.readline())
        columns, *rest = job
        job = NfcapdJob([Column(*column) for column in columns], *rest)
        with NfcapdStaging(job, Path(target)) as staging:
            for line in sys.stdin:
                order = json.loads(line)
                if order is None:
                    break
                staging.notes = SamplingNotes()
                index, path, window = order
                window = None if window is None else TimeWindow(*window)
                count = staging.stage(Path(path), index, window)
                error = count.error
                where = (
                    None if error is None else (error.what, error.file, error.place, error.remedy)
                )
                slots = sorted(count.slots_ms)
                noted = staging.notes.rows()
                _send(
                    sys.stdout,
                    [
                        "file",
                        count.rows,
                        count.bytes,
                        slots,
                        [count.times.timed, count.times.in_time, count.times.ended_in],
                        count.sequence_failures,
                        count.beside,
                        where,
                        *noted,
                    ],
                )
    except Exception as error:  # whatever it is, the caller reports it
        fault = machine_fault(error)
        if fault is not None:
            _send(sys.stdout, ["failed", fault.what, fault.file, fault.remedy])
            return
        _send(sys.stdout, ["failed", f"{type(error).__name__}: {error}", None, None])
        raise
    _send(sys.stdout, ["done"])


if __name__ == "__main__":
    # Numba imports SciPy if it is installed, for linear algebra that flows do not need; that would
    # be a third of this process's start-up time.
    sys.modules["scipy"] = None  # type: ignore[assignment] # what an import then finds is none
    main()
