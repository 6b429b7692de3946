"""The command `decode`: flows of nfcapd files as CSV or Parquet."""

import argparse
import datetime
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from .errors import NfcapdError
from .files import files_of
from .model import Exporter, FlowBatch, Skipped
from .parallel import ahead
from .reader import open_flows
from .table import SCHEMA, to_record_batch

_ROWS_OF_A_ROW_GROUP = 500_000
_MOST_THREADS = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.description = (
        "Write the flows of nfcapd files as a table, in their order. "
        "A record that counts both directions of a connection is two flows."
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a file, a folder (with all below it) or a quoted pattern",
    )
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help="default: %(default)s"
    )
    parser.add_argument("--output", metavar="PATH", help="default: standard output")
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="only flows that start at this time or later: ISO 8601 with offset, or epoch seconds",
    )
    parser.add_argument("--until", metavar="TIME", help="only flows that start before this time")
    parser.add_argument(
        "--threads", type=int, metavar="N", help="default: as many as there are processors, up to 4"
    )
    parser.add_argument(
        "--keep-whole-blocks",
        action="store_true",
        help="read broken files up to the break, and go on; the exit status is then 1",
    )


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say.

    Args:
        args: as `add_arguments` defines them.

    Returns:
        0, or 1 after a file could not be read or written, with one line on standard error.
    """
    if args.threads is not None and not 1 <= args.threads <= _MOST_THREADS:
        print(f"--threads: {args.threads} is not from 1 to {_MOST_THREADS}", file=sys.stderr)
        return 1
    job = _Job(
        threads=args.threads or min(len(os.sched_getaffinity(0)), 4),
        keep_whole_blocks=args.keep_whole_blocks,
    )
    try:
        job.since, job.until = _milliseconds(args.since), _milliseconds(args.until)
        job.write(files_of(args.files), args.format, args.output)
        job.report()
    except (NfcapdError, _UsageError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has enough. What Python has yet to flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"{error.filename or args.output}: {error.strerror}; check the path", file=sys.stderr)
        return 1
    return 1 if job.broken else 0


class _UsageError(Exception):
    """An argument that cannot be parsed."""


def _milliseconds(text: str | None) -> int | None:
    """Return a time as epoch milliseconds."""
    if text is None:
        return None
    # Twelve digits reach 30,000 years.
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text, re.ASCII):
        return round(float(text) * 1000)
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _UsageError(
            f"{text[:40]}: this is not a time; "
            "write it as 2024-06-03T00:00:00+09:00, or in epoch seconds"
        )
    return round(moment.timestamp() * 1000)


class _Writer(Protocol):
    def write(self, batch: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


class _Csv:
    def __init__(self, stream: BinaryIO) -> None:
        stream.write((",".join(SCHEMA.names) + "\n").encode())
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
        self._writer = pyarrow.csv.CSVWriter(stream, SCHEMA, write_options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def close(self) -> None:
        self._writer.close()


class _Parquet:
    """Gathers the blocks of a file, which are small, into row groups of a useful size."""

    def __init__(self, stream: BinaryIO) -> None:
        self._writer = pyarrow.parquet.ParquetWriter(stream, SCHEMA, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._rows += len(batch)
        if self._rows >= _ROWS_OF_A_ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting))
        self._waiting, self._rows = [], 0

    def close(self) -> None:
        self._flush()
        self._writer.close()


@dataclass
class _Job:
    """One call of the command.

    Attributes:
        broken: number of broken files that were read up to the break.
        skipped, flows_back, bytes_back: of all files, as of one reader.
    """

    threads: int
    keep_whole_blocks: bool
    since: int | None = None
    until: int | None = None
    broken: int = 0
    skipped: Skipped = field(default_factory=Skipped)
    flows_back: int = 0
    bytes_back: int = 0

    def report(self) -> None:
        """Say on standard error what the files hold besides flows of one direction."""
        skipped = self.skipped
        for number, what in (
            (
                self.flows_back,
                f"flows are the reverse directions of biflows ({self.bytes_back:,} bytes)",
            ),
            (skipped.ways_back_without_bytes, "biflows whose reverse bytes were not stored"),
            (skipped.events, "events of NAT or firewalls, which have no volume, were left out"),
            (
                skipped.flows_without_map,
                f"flows without extension map were left out ({skipped.bytes_without_map:,} bytes)",
            ),
            (skipped.record_types.total(), "records of unknown types were skipped"),
            (skipped.block_types.total(), "blocks of unknown types were skipped"),
        ):
            if number:
                print(f"{number:,} {what}", file=sys.stderr)

    def write(self, paths: list[str], form: str, output: str | None) -> None:
        """Write the flows of files."""
        with ExitStack() as stack:
            if output is None:
                stream: BinaryIO = sys.stdout.buffer
            else:
                if not Path(output).parent.is_dir():
                    raise NfcapdError(output, 0, "its folder does not exist", "create the folder")
                # A temporary name until all is written: half an output looks like a whole one.
                unfinished = Path(f"{output}.{os.getpid()}.part")
                stack.callback(unfinished.unlink, missing_ok=True)
                stream = stack.enter_context(unfinished.open("wb"))
            writer: _Writer = _Csv(stream) if form == "csv" else _Parquet(stream)
            try:
                for batch in self._tables(paths):
                    writer.write(batch)
            finally:
                writer.close()
            stream.flush()
            if output is not None:
                unfinished.replace(output)

    def _tables(self, paths: list[str]) -> Iterator[pa.RecordBatch]:
        return ahead(lambda pair: to_record_batch(*pair), self._batches(paths), self.threads)

    def _batches(self, paths: list[str]) -> Iterator[tuple[FlowBatch, list[Exporter]]]:
        progress = _Progress(paths)
        for path in paths:
            with open_flows(path) as reader:
                try:
                    batches = iter(reader) if self.threads == 1 else reader.threaded(self.threads)
                    for batch in batches:
                        progress.show(path, len(batch))
                        chosen = self._chosen(batch)
                        if len(chosen):
                            yield chosen, reader.exporters
                except NfcapdError as error:
                    if not self.keep_whole_blocks:
                        raise
                    self.broken += 1
                    progress.clear()
                    print(f"{error} ({error.flows_before} flows before it)", file=sys.stderr)
                self.skipped.add(reader.skipped)
                self.flows_back += reader.flows_back
                self.bytes_back += reader.bytes_back
            progress.done(path)
        progress.clear()

    def _chosen(self, batch: FlowBatch) -> FlowBatch:
        if self.since is None and self.until is None:
            return batch
        keep = np.ones(len(batch), dtype=np.bool_)
        if self.since is not None:
            keep &= batch.first_seen_ms >= self.since
        if self.until is not None:
            keep &= batch.first_seen_ms < self.until
        return batch.select(keep)


class _Progress:
    """A line on the terminal, twice a second; nothing where there is no terminal."""

    def __init__(self, paths: list[str]) -> None:
        self._shown = sys.stderr.isatty()
        self._sizes = {path: Path(path).stat().st_size for path in paths} if self._shown else {}
        self._bytes = self._files = self._flows = 0
        self._last = time.monotonic()

    def show(self, path: str, flows: int) -> None:
        self._flows += flows
        if self._shown and time.monotonic() - self._last > 0.5:
            self._last = time.monotonic()
            share = self._bytes * 100 // max(sum(self._sizes.values()), 1)
            text = (
                f"{self._files} of {len(self._sizes)} files, {share} %, {self._flows:,} flows, "
                f"now {Path(path).name}"
            )
            print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)

    def done(self, path: str) -> None:
        self._files += 1
        self._bytes += self._sizes.get(path, 0)

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
