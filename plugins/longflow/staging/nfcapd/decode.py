"""The command `decode`: flows of nfcapd files as CSV or Parquet."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from .errors import NfcapdError
from .files import files_of
from .reader import open_flows
from .table import SCHEMA, to_record_batch

_ROWS_OF_A_ROW_GROUP = 500_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.description = (
        "Write the flows of nfcapd files as a table: the flows that nfdump prints, in its order."
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


def run(args: argparse.Namespace) -> int:
    """Do what the arguments say.

    Args:
        args: as `add_arguments` defines them.

    Returns:
        0, or 1 after a file could not be read or written, with one line on standard error.
    """
    try:
        _write(files_of(args.files), args.format, args.output)
    except NfcapdError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads our output has enough. What Python has yet to flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"{error.filename or args.output}: {error.strerror}; check the path", file=sys.stderr)
        return 1
    return 0


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


def _batches(paths: list[str]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with open_flows(path) as reader:
            for batch in reader:
                yield to_record_batch(batch, reader.exporters)


def _write(paths: list[str], form: str, output: str | None) -> None:
    with ExitStack() as stack:
        if output is None:
            stream: BinaryIO = sys.stdout.buffer
        else:
            if not Path(output).parent.is_dir():
                raise NfcapdError(output, 0, "its folder does not exist", "make the folder")
            # A name of its own until all is written: half an output looks like a whole one.
            unfinished = Path(f"{output}.{os.getpid()}.part")
            stack.callback(unfinished.unlink, missing_ok=True)
            stream = stack.enter_context(unfinished.open("wb"))
        writer: _Writer = _Csv(stream) if form == "csv" else _Parquet(stream)
        try:
            for batch in _batches(paths):
                writer.write(batch)
        finally:
            writer.close()
        stream.flush()
        if output is not None:
            unfinished.replace(output)
