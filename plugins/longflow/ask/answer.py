"""Answers: the rows of a question as a table, CSV, JSON or Parquet, streamed."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, Literal, get_args

import duckdb
import pyarrow
import pyarrow.csv
import pyarrow.parquet

from longflow.ask.failures import as_one_line
from longflow.ask.guard import PLACE
from longflow.ask.opening import Questions
from longflow.errors import LongflowError, WrongUsageError
from longflow.faults import faults_in
from longflow.owners import token
from longflow.sqlfile import identifier

Format = Literal["table", "csv", "json", "parquet"]
_BY_ENDING: dict[str, Format] = {
    **{".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"},
    **{".parquet": "parquet", ".txt": "table"},
}
_BATCH_ROWS = 20_000
_FLOATS = ("DOUBLE", "FLOAT")
# Arrow writes these as DuckDB does.
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", *_FLOATS),
)


def chosen_format(named: str | None, output: Path | None) -> Format:
    """The format that is named; else by the ending of the file; else a table.

    Raises:
        WrongUsageError: the ending says nothing, or Parquet would go to the terminal.
    """
    found = next((one for one in get_args(Format) if one == named), None)
    if found is None and output is not None:
        found = _BY_ENDING.get(output.suffix.lower())
        if found is None:
            raise WrongUsageError(
                f"the ending of {output.name[:80]} does not say the format",
                remedy=f"name one with --format: {', '.join(get_args(Format))}",
            )
    if found == "parquet" and output is None:
        raise WrongUsageError("Parquet needs a file", remedy="name one with --output")
    return found or "table"


def write_answer(
    questions: Questions,
    question: str,
    chosen: Format,
    output: Path | None,
    *,
    seconds: float,
    most_rows: int,
) -> int:
    """Ask, and write the rows as they come.

    Args:
        questions: the open archive.
        question: the SQL.
        chosen: the format.
        output: a new file, written whole or not at all; None for the standard output.
        seconds: after which the question is stopped.
        most_rows: of a table.

    Returns:
        Number of the rows written.

    Raises:
        LongflowError: the question is wrong or takes too long, or the file exists.
    """
    write = {"table": _table, "csv": _csv, "json": _json, "parquet": _parquet}[chosen]
    with _within(seconds, questions):
        answer = questions.sql(question)
        if output is None:
            sys.stdout.flush()
            return write(answer, sys.stdout.buffer, most_rows)
        if not output.parent.is_dir():
            raise LongflowError(
                "there is no such folder", file=output.parent, remedy="name an existing one"
            )
        if output.exists():
            raise LongflowError("already exists", file=output, remedy="name a new file")
        draft = output.with_name(f"{output.name}.{token()}")
        try:
            with faults_in(output.parent), draft.open("wb") as file:
                rows = write(answer, file, most_rows)
            draft.replace(output)
        finally:
            draft.unlink(missing_ok=True)
        return rows


@contextmanager
def _within(seconds: float, questions: Questions) -> Iterator[None]:
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        questions.stop()

    timer = Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        with as_one_line():
            yield
    except (duckdb.Error, OSError, pyarrow.ArrowException, LongflowError) as error:
        if not stopped or isinstance(error, BrokenPipeError):
            raise
        raise LongflowError(
            f"it took longer than {seconds:g} s, and was stopped",
            place=PLACE,
            remedy="ask for fewer weeks or columns, or raise --time-limit",
        ) from None
    finally:
        timer.cancel()


def _csv(answer: duckdb.DuckDBPyRelation, file: IO[bytes], _most: int) -> int:
    """Numbers as they are, everything else as text, so that no type is foreign to CSV."""
    plain, rows = answer.project("*"), 0
    names = [
        identifier(name)
        if str(kind).startswith(_NUMBERS) and not str(kind).endswith("]")
        else f"{identifier(name)}::VARCHAR AS {identifier(name)}"
        for name, kind in zip(plain.columns, plain.types, strict=True)
    ]
    reader = plain.project(", ".join(names)).to_arrow_reader(_BATCH_ROWS)
    with reader, pyarrow.csv.CSVWriter(file, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
            file.flush()
    return rows


def _json(answer: duckdb.DuckDBPyRelation, file: IO[bytes], _most: int) -> int:
    """A JSON object a row and line; JSON has no infinite numbers, which become null."""
    # Projected once, because names may occur twice.
    plain = answer.project("*")
    names = [
        f"CASE WHEN isfinite({identifier(name)}) THEN {identifier(name)} END AS {identifier(name)}"
        if str(kind) in _FLOATS
        else identifier(name)
        for name, kind in zip(plain.columns, plain.types, strict=True)
    ]
    rows = 0
    one = plain.project(", ".join(names)).project("to_json(struct_pack(*COLUMNS(*))) AS line")
    for batch in one.to_arrow_reader(_BATCH_ROWS):
        for line in batch.column(0).to_pylist():
            file.write(line.encode() + b"\n")
        rows += batch.num_rows
        file.flush()
    return rows


def _parquet(answer: duckdb.DuckDBPyRelation, file: IO[bytes], _most: int) -> int:
    rows = 0
    with answer.project("*").to_arrow_reader(_BATCH_ROWS) as reader:
        try:
            writer = pyarrow.parquet.ParquetWriter(file, reader.schema, compression="zstd")
        except pyarrow.ArrowNotImplementedError as error:
            raise LongflowError(
                f"Parquet cannot hold one of the columns ({' '.join(str(error).split())[:120]})",
                place=PLACE,
                remedy="cast it, for example to VARCHAR",
            ) from None
        with writer:
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
    return rows


def _table(answer: duckdb.DuckDBPyRelation, file: IO[bytes], most: int) -> int:
    """The first rows, in columns as wide as their values."""
    right = [str(kind).startswith(_NUMBERS) for kind in answer.types]
    text = answer.project("COLUMNS(*)::VARCHAR")
    first = text.limit(most + 1).fetchall()
    shown = [["" if one is None else _printable(one) for one in row] for row in first[:most]]
    lines = [[_printable(name) for name in text.columns], *shown]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        cells = [_padded(*one) for one in zip(line, widths, right, strict=True)]
        file.write(("  ".join(cells).rstrip() + "\n").encode())
        if number == 0:
            file.write(("  ".join("-" * width for width in widths) + "\n").encode())
    if len(first) > most:
        file.write(f"… there are more rows than these {most:,}; --rows shows more\n".encode())
    return len(shown)


def _printable(text: str) -> str:
    """A text without what would move the cursor."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in text)


def _padded(text: str, width: int, right: bool) -> str:
    gap = " " * (width - _width(text))
    return gap + text if right else text + gap
