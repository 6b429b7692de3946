"""One delivered file of a table, from its bytes to the staged schema, piece by piece."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
from polars.exceptions import PolarsError

from longflow.errors import LongflowError
from longflow.faults import machine_fault
from longflow.settings import Source
from longflow.staging.amounts import exact_sum
from longflow.staging.packed import packed_by
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.tabular import json_series, json_text, line_protocol
from longflow.staging.tabular.blocks import Block, blocks, decoded
from longflow.staging.tabular.csv_text import NO_RECORD, Header, Rows
from longflow.staging.tabular.feeds import staged
from longflow.staging.tabular.naming import candidates, mapped
from longflow.staging.tabular.readings import ReadingCount, chosen, noted, paired
from longflow.staging.tabular.repeated_hours import RepeatedHours
from longflow.staging.tabular.values import whole_numbers, without_nulls

_CHUNK_ROWS = 250_000
_DAY_MINUTES = 1_440
# The next block of a file is read while one is in use.
_BYTES_WORTH_A_THREAD = 32 * 1024 * 1024
# Lines before the titles: markers, comments, titles of a report.
_MOST_LINES_BEFORE = 100


@dataclass
class LineCount:
    """The lines of a text file: each is a row, passed over, or continues the row before.

    The objects of a list in JSON count as lines. Parquet files have none.

    Attributes:
        lines: all.
        passed_over: those that hold no record and need none: markers, comments, titles, empty ones.
        continued: those that continue a quoted text of the line before.
        ways_back: records of flows that count the way back, too.
        bytes_back: bytes of these ways back, which are not among the records.
        readings: rows of counters that are no reading of their own.
        is_by_line: whether records are numbered by their lines, and not one by one.
    """

    lines: int = 0
    passed_over: int = 0
    continued: int = 0
    ways_back: int = 0
    bytes_back: int = 0
    readings: ReadingCount = field(default_factory=ReadingCount)
    is_by_line: bool = True

    def add(self, block: Block, rows: Rows) -> None:
        """Count a block."""
        self.lines += block.lines
        self.is_by_line &= block.is_by_line
        self.passed_over += rows.passed_over
        self.continued += rows.continued

    def add_ways_back(self, piece: pl.DataFrame) -> None:
        """Count the ways back of flows in columns of text."""
        if "bytes_back" not in piece.columns:
            return
        back = whole_numbers(piece["bytes_back"], pl.Int64)
        found = back.filter(back > 0)
        self.ways_back += len(found)
        self.bytes_back += exact_sum(found.to_numpy())


def read_tabular(
    path: Path,
    source: Source,
    zone: ZoneInfo,
    file_index: int,
    notes: SamplingNotes,
    lines: LineCount | None = None,
    hours: RepeatedHours | None = None,
    alone: list[pl.DataFrame] | None = None,
) -> Iterator[pa.Table]:
    """The records of one delivered file in the staged schema of its feed, in pieces.

    A line that should be a record and is none comes as a row without values, marked in
    `unreadable`.

    Args:
        path: the delivered file, compressed or not.
        source: format, column mapping, time unit and who scaled.
        zone: time zone of times without offset.
        file_index: the file's number in the week's manifest.
        notes: receives what flows say about sampling.
        lines: receives the number of lines.
        hours: tells local times of the file apart that clocks showed twice, and counts them.
        alone: receives rows of one counter whose other half is not in the file; without it, they
            come as readings that lack one.

    Raises:
        LongflowError: the file cannot be read, or lacks a column.
        MachineError: disk or memory failed, which is no fault of the file.
    """
    hours = hours or RepeatedHours(zone)
    lines = lines or LineCount()
    pieces = delivered(path, source, lines, alone)
    if path.stat().st_size >= _BYTES_WORTH_A_THREAD:
        pieces = _ahead(pieces)
    for piece in pieces:
        lines.add_ways_back(piece)
        yield staged(piece, source, zone, file_index, notes, hours)


def _ahead(pieces: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same pieces, each read by another thread while the one before is in use."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, pieces, None)
        while (piece := following.result()) is not None:
            following = reader.submit(next, pieces, None)
            yield piece


def delivered(
    path: Path, source: Source, lines: LineCount, alone: list[pl.DataFrame] | None = None
) -> Iterator[pl.DataFrame]:
    """The records of one delivered file as text, in pieces.

    Args:
        path: the delivered file, packed or not.
        source: format and column mapping.
        lines: receives the number of lines.
        alone: receives rows of one counter whose other half is not in the file.

    Returns:
        Frames with the columns that the file has, by longflow's names; `position`, the number of
        each record's line; and `is_record`, false for lines that should be records and are none.

    Raises:
        LongflowError: the file cannot be read, or lacks a column.
        MachineError: disk or memory failed, which is no fault of the file.
    """
    read = {
        "csv": _csv,
        "json": _json,
        "parquet": _parquet,
        "line-protocol": _line_protocol,
    }[source.format]
    try:
        pieces = read(path, source, lines)
        if source.interfaces or source.uplinks:
            pieces = noted(pieces, source, lines.readings)
        if source.interfaces:
            pieces = chosen(pieces, source, lines.readings)
        if source.has_one_counter_a_row:
            pieces = paired(pieces, source, lines.readings, alone)
        for chunk in pieces:
            yield from chunk.iter_slices(_CHUNK_ROWS)
    # Python's reader takes no field of more than 131,072 characters.
    except (PolarsError, csv.Error) as error:
        raise unreadable(error, path, source.format) from error


def unreadable(error: Exception, path: Path, file_format: str) -> Exception:
    """What to raise for an error of a reader: a fault of the machine, or of the file."""
    return machine_fault(error) or LongflowError(
        f"cannot be read as {file_format}: {str(error).splitlines()[0]}",
        file=path.name,
        remedy="deliver the file again",
    )


def scanned_parquet(path: Path) -> pl.LazyFrame:
    """A Parquet file, of which nothing is read yet.

    Raises:
        LongflowError: it is compressed as a whole.
    """
    program = packed_by(path)
    if program is not None:
        raise LongflowError(
            f"is compressed by {program}; a Parquet file is compressed inside",
            file=path.name,
            remedy="decompress it",
        )
    return pl.scan_parquet(path)


def _csv(path: Path, source: Source, count: LineCount) -> Iterator[pl.DataFrame]:
    lines = blocks(path, source)
    first = next(lines, None)
    if first is None:
        if source.slot_length_minutes < _DAY_MINUTES:
            return  # a collector that saw nothing in the slot
        raise LongflowError(
            "the file is empty, without even a header",
            file=path.name,
            remedy="deliver it again",
        )
    all_lines = first.lines
    header, first = _header(path, source, first)
    # The titles, and what comes before them.
    count.lines += all_lines - first.lines
    count.passed_over += all_lines - first.lines
    found = mapped(path, source, header.names)
    places = {name: str(number) for number, name in reversed([*enumerate(header.names)])}
    names = {ours: [places[name] for name in there] for ours, there in found.items()}
    for block in chain([first], lines):
        if block.data:
            rows = header.rows(block)
            count.add(block, rows)
            piece = _ours(rows, names, source)
            if source.has_one_counter_a_row:
                _check_titles(piece, header, path)
            yield piece


def _check_titles(piece: pl.DataFrame, header: Header, path: Path) -> None:
    """Look for other titles among records: InfluxDB writes a table for each set of columns.

    Raises:
        LongflowError: another table begins.
    """
    titles = set(header.names) - {""}
    is_titles = piece["counter"].is_in(titles) & piece["value"].is_in(titles)
    if is_titles.any():
        line = piece["position"].filter(is_titles)[0]
        raise LongflowError(
            "from here on, the file has other columns",
            file=path.name,
            place=f"line {line:,}",
            remedy="export tables of different columns to files of their own, or give them the "
            "same columns (group() in Flux)",
        )


def _header(path: Path, source: Source, block: Block) -> tuple[Header, Block]:
    """The titles, and what follows them in the first block."""
    if source.titles:
        return Header(tuple(source.titles), "", source.delimiter), block
    wanted = set(chain.from_iterable(candidates(source).values()))
    head = block.data.decode().split("\n")[:_MOST_LINES_BEFORE]
    number = None
    for place, line in enumerate(head):
        is_title = wanted & set(Header.of_line(line, source.delimiter).names)
        if is_title and (number is None or not re.match(NO_RECORD, line)):
            number = place
            break
        if number is None and not re.match(NO_RECORD, line):
            number = place
    if number is None:
        raise LongflowError(
            "there is no header line",
            file=path.name,
            place="header",
            remedy=f"deliver one, or name the columns in titles of source '{source.name}'",
        )
    taken = sum(len(line.encode()) + 1 for line in head[: number + 1])
    rest = Block(block.first_line + number + 1, block.data[taken:])
    return Header.of_line(head[number], source.delimiter), rest


def _json(path: Path, source: Source, count: LineCount) -> Iterator[pl.DataFrame]:
    pieces = decoded(path, source)
    head = next(pieces, b"")
    if json_text.is_list(head):
        first, lines = _begun(json_text.one_a_line(chain([head], pieces), path))
    else:
        first, lines = _begun(blocks(path, source))
    if first is None:
        return
    names = candidates(source)
    wanted = list(dict.fromkeys(chain.from_iterable(names.values())))
    if in_series := json_series.names_of(first):
        mapped(path, source, list(in_series))
        count.is_by_line = False
        for rows in json_series.rows(lines, wanted):
            yield _ours(rows, names, source)
        return
    keys = json_text.keys_of(first)
    if keys:
        # A key that comes later is still found; one that is needed comes early.
        mapped(path, source, list(keys))
    for block in lines:
        rows = json_text.rows(block, wanted, keys)
        count.add(block, rows)
        yield _ours(rows, names, source)


def _line_protocol(path: Path, source: Source, count: LineCount) -> Iterator[pl.DataFrame]:
    names = candidates(source)
    wanted = list(dict.fromkeys(chain.from_iterable(names.values())))
    first, lines = _begun(blocks(path, source))
    if first is not None:
        mapped(path, source, line_protocol.keys_of(first))
    for block in lines:
        rows = line_protocol.rows(block, wanted)
        count.add(block, rows)
        yield _ours(rows, names, source)


def _begun(lines: Iterator[Block]) -> tuple[Block | None, Iterator[Block]]:
    """The first block, to look at, and all of them, to read."""
    first = next(lines, None)
    return first, lines if first is None else chain([first], lines)


def _parquet(path: Path, source: Source, count: LineCount) -> Iterator[pl.DataFrame]:
    count.is_by_line = False
    frame = scanned_parquet(path)
    found = mapped(path, source, frame.collect_schema().names())
    text = frame.select(
        pl.col(name).cast(pl.String) for name in dict.fromkeys(chain.from_iterable(found.values()))
    )
    position = 1
    for chunk in text.collect_batches(chunk_size=_CHUNK_ROWS):
        numbers = pl.int_range(position, position + chunk.height, dtype=pl.Int64, eager=True)
        yield _ours(Rows(chunk, numbers, []), found, source)
        position += chunk.height


def _ours(rows: Rows, names: dict[str, list[str]], source: Source) -> pl.DataFrame:
    """Records in longflow's columns, with lines that are none in their places."""
    frame = rows.text.select(
        **{ours: _first_of(rows.text, there, source) for ours, there in names.items()},
        position=rows.lines,
        is_record=pl.lit(value=True),
    )
    if not rows.odd:
        return frame
    odd = pl.DataFrame(
        {"position": rows.odd, "is_record": False}, schema_overrides={"position": pl.Int64}
    )
    return pl.concat([frame, odd], how="diagonal").sort("position")


def _first_of(text: pl.DataFrame, names: Sequence[str], source: Source) -> pl.Expr | pl.Series:
    """A column; of several, the first one with a value."""
    if len(names) == 1:
        return pl.col(names[0])
    found = [without_nulls(text[name], source.null_values) for name in names]
    return pl.select(pl.coalesce(found)).to_series()
