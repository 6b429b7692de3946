"""Lines of JSON to columns of text, nested values by names with dots.

Only the columns that are wanted are read, each as text, so it does not matter in which line a key
first comes, nor whether numbers are written as numbers or as texts.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from longflow.errors import LongflowError
from longflow.faults import machine_fault
from longflow.staging.tabular.blocks import Block, check_length
from longflow.staging.tabular.csv_text import Rows

# Enough objects to see the names of keys, for messages and nested names.
_LINES_LOOKED_AT = 1_000
# A list begins within the first bytes of its file.
_LIST_BEGINS_WITHIN = 4_096
KeyPath = tuple[str, ...]

# Where the list begins that a document holds: the document itself, what Prometheus and InfluxDB
# answer to a query, and what Telegraf writes in batches.
_LIST_BEGINS = re.compile(
    r"\s*(?:\[|\{[^\[]*?(?:"
    r'"data"\s*:\s*\{[^\[{]*"result"\s*:\s*\['
    r'|"results"\s*:\s*\[\s*\{[^\[{]*"series"\s*:\s*\['
    r'|"metrics"\s*:\s*\[))'
)
# No warning or statistic behind a list has such keys; another list of records has.
_OTHER_LIST = re.compile(r'"(?:values?|metric|series|fields)"\s*:')

_WHITE = " \t\r\n"
_BETWEEN = re.compile(r"[\s,]*")


def keys_of(block: Block) -> dict[str, KeyPath]:
    """Names in the first lines, in the order they come, each with the keys that lead to its value.

    The name of a nested value has the names of the keys with dots between.
    """
    found: dict[str, KeyPath] = {}
    for line in block.data.decode().split("\n")[:_LINES_LOOKED_AT]:
        value = _object(line)
        if value is not None:
            for path in _paths(value):
                found.setdefault(".".join(path), path)
    return found


def first_block(text: str) -> Block:
    """The first objects of a text, each on a line: objects that stand on lines, or in one list."""
    if begin := _LIST_BEGINS.match(text):
        values, numbers, *_ = _objects(text[begin.end() :], begin[0].count("\n") + 1)
        lines = "".join(json.dumps(value) + "\n" for value in values[:_LINES_LOOKED_AT])
        return Block(1, lines.encode(), tuple(numbers))
    return Block(1, text.encode())


def _paths(value: dict[str, Any], above: KeyPath = ()) -> Iterator[KeyPath]:
    for name, below in value.items():
        if isinstance(below, dict) and below:
            yield from _paths(below, (*above, name))
        else:
            yield (*above, name)


def rows(block: Block, names: Sequence[str], keys: Mapping[str, KeyPath]) -> Rows:
    """The objects of a block of lines.

    Args:
        block: the lines.
        names: the wanted values; a dot leads to a nested one, unless a key has it in its name.
        keys: what `keys_of` found.
    """
    paths = {name: keys.get(name) or tuple(name.split(".")) for name in names}
    schema = schema_of(paths.values())
    numbers = pl.Series(block.numbers, dtype=pl.Int64)
    odd: list[int] = []
    passed_over = 0
    frame = _read(block.data, schema)
    if frame is None or frame.height != block.lines:
        kept: list[str] = []
        lines: list[int] = []
        for number, line in zip(numbers.to_list(), block.data.decode().split("\n"), strict=False):
            if not line.strip(_WHITE + ","):
                passed_over += 1
                continue
            value = _object(line)
            if value is None:
                odd.append(number)
            else:
                # Written anew: Python's reader takes what others refuse, such as NaN.
                kept.append(json.dumps(_without_nan(value)))
                lines.append(number)
        numbers = pl.Series(lines, dtype=pl.Int64)
        read = _read(("\n".join(kept) + "\n").encode(), schema) if kept else None
        frame = pl.DataFrame(schema=schema) if read is None else read
    columns = [nested(path).alias(name) for name, path in paths.items()]
    return Rows(frame.select(columns), numbers, odd, passed_over)


def schema_of(paths: Iterable[KeyPath]) -> dict[str, Any]:
    """The types of objects of which only some values are wanted, each as text."""
    tree: dict[str, Any] = {}
    for path in paths:
        place = tree
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place.setdefault(path[-1], {})

    return {name: _typed(below) for name, below in tree.items()}


def _typed(below: dict[str, Any]) -> pl.DataType:
    if not below:
        return pl.String()
    return pl.Struct({name: _typed(deeper) for name, deeper in below.items()})


def nested(path: KeyPath) -> pl.Expr:
    """The value to which some keys lead."""
    column = pl.col(path[0])
    for part in path[1:]:
        column = column.struct.field(part)
    return column


def _read(data: bytes, schema: dict[str, Any]) -> pl.DataFrame | None:
    """The objects; None if a line is no object."""
    try:
        return pl.read_ndjson(io.BytesIO(data), schema=schema)
    except PolarsError as error:
        fault = machine_fault(error)
        if fault is not None:
            raise fault from error
        return None


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line.strip(_WHITE).removesuffix(","))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _without_nan(value: object) -> object:
    """Numbers that JSON does not have, as nothing."""
    if isinstance(value, dict):
        return {name: _without_nan(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_without_nan(below) for below in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_list(first: bytes) -> bool:
    """Whether a file holds one list of objects and not an object a line, by its first bytes."""
    return _LIST_BEGINS.match(first[:_LIST_BEGINS_WITHIN].decode(errors="ignore")) is not None


def one_a_line(pieces: Iterable[bytes], file: Path) -> Iterator[Block]:
    """The objects of a file that holds one list, each on a line, under their first lines' numbers.

    No two have the same number: where an object begins on the line of the one before, it has the
    number behind that one's.

    The list may stand on one line of any length.

    Raises:
        LongflowError: the list is no JSON, ends too early, or is not the only one; or one object is
            too long. Everything before was yielded.
    """
    text, line, is_begun, last = "", 1, False, 0
    is_over = False
    for piece in pieces:
        text += piece.decode()
        if is_over:
            _check_end(text, file)
            text = text[-100:]
            continue
        if not is_begun and (begin := _LIST_BEGINS.match(text)):
            line += begin[0].count("\n")
            text = text[begin.end() :]
            is_begun = True
        values, numbers, text, line = _objects(text, line)
        if values:
            data = "".join(json.dumps(value) + "\n" for value in values)
            apart = []
            for number in numbers:
                last = max(number, last + 1)
                apart.append(last)
            yield Block(apart[0], data.encode(), tuple(apart), is_by_line=apart == numbers)
        if text.startswith("]"):
            is_over = True
            _check_end(text, file)
        else:
            check_length(len(text), "an object", file, line)
    if is_over:
        return
    raise LongflowError(
        "from here on, the list of objects is not JSON, or it is cut off",
        file=file.name,
        place=f"line {line:,}",
        remedy="deliver the whole file again",
    )


def _check_end(text: str, file: Path) -> None:
    """Look at what follows the list.

    Raises:
        LongflowError: it is another list of records.
    """
    if _OTHER_LIST.search(text):
        raise LongflowError(
            "holds more than one list of records",
            file=file.name,
            remedy="export the result of each query to a file of its own",
        )


def _objects(text: str, line: int) -> tuple[list[object], list[int], str, int]:
    """The whole objects in a text, their lines, and the rest of the text and its line."""
    decoder = json.JSONDecoder()
    values: list[object] = []
    numbers: list[int] = []
    place = 0
    while True:
        begin = _BETWEEN.match(text, place)
        start = begin.end() if begin else place
        line += text.count("\n", place, start)
        place = start
        if text.startswith("]", place):
            break
        try:
            value, end = decoder.raw_decode(text, place)
        except ValueError:
            break  # the rest of the object is in the next block
        values.append(_without_nan(value))
        numbers.append(line)
        line += text.count("\n", place, end)
        place = end
    return values, numbers, text[place:], line
