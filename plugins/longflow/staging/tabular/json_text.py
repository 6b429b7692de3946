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
from longflow.staging.tabular.blocks import Block
from longflow.staging.tabular.csv_text import Rows

# Enough objects to see the names of keys, for messages and nested names.
_LINES_LOOKED_AT = 1_000
KeyPath = tuple[str, ...]

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


def first_keys(text: str) -> list[str]:
    """Names in the first objects of a text: an object a line, or a list of objects."""
    block = Block(1, text.encode())
    if is_list(block):
        before, _, rest = text.partition("[")
        values, numbers, *_ = _objects(rest, before.count("\n") + 1)
        lines = "".join(json.dumps(value) + "\n" for value in values[:_LINES_LOOKED_AT])
        block = Block(1, lines.encode(), tuple(numbers))
    return list(keys_of(block))


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
    schema = _schema(paths.values())
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
    columns = [_at(path).alias(name) for name, path in paths.items()]
    return Rows(frame.select(columns), numbers, odd, passed_over)


def _schema(paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
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


def _at(path: tuple[str, ...]) -> pl.Expr:
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


def is_list(block: Block) -> bool:
    """Whether a file is one list of objects and not an object a line."""
    return block.data.lstrip().startswith(b"[")


def one_a_line(blocks: Iterable[Block], file: Path) -> Iterator[Block]:
    """The objects of a file that is one list, each on a line, under the number of its first line.

    Raises:
        LongflowError: the list is no JSON, or ends too early; everything before was yielded.
    """
    text, line, is_begun = "", 1, False
    for block in blocks:
        text += block.data.decode()
        if not is_begun:
            before, _, text = text.partition("[")
            line += before.count("\n")
            is_begun = True
        values, numbers, text, line = _objects(text, line)
        if values:
            data = "".join(json.dumps(value) + "\n" for value in values)
            yield Block(numbers[0], data.encode(), tuple(numbers))
        if text.startswith("]"):
            return
    raise LongflowError(
        "from here on, the list of objects is not JSON, or it is cut off",
        file=file.name,
        place=f"line {line:,}",
        remedy="deliver the whole file again",
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
