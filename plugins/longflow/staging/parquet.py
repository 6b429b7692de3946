"""A Parquet file of number columns, written straight from memory.

Staged flows live for hours and are written as fast as they are read, so nothing is compressed and
no value is looked up: a page is the column's memory as it is. Savings that cost nothing are taken:
columns of bytes are written as bytes, a column with one distinct value stores it once, and a
counting column stores its first number. It needs only numpy, so that a process that only stages
starts fast.

Parquet's format: github.com/apache/parquet-format (parquet.thrift, Encodings.md); its headers are
Thrift structs in the compact protocol (thrift-compact-protocol.md).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"PAR1"
_CREATED_BY = "longflow"
# Enumerations of parquet.thrift.
_REQUIRED, _OPTIONAL = 0, 1
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_PLAIN, _RLE, _DELTA, _RLE_DICTIONARY = 0, 3, 5, 8
_UNCOMPRESSED = 0
_STRING_TYPE, _INTEGER_TYPE = 1, 10

# As many values distinguish most columns with different values from those that may hold one.
_FIRST_VALUES = 64


class _Kind(NamedTuple):
    """How a column of an SQL type is stored.

    Attributes:
        physical: type of parquet.thrift: 1 INT32, 2 INT64, 6 BYTE_ARRAY.
        converted: its ConvertedType, for older readers.
        stored: numbers as they are stored in a page.
    """

    physical: int
    converted: int
    stored: np.dtype[Any] | None


_KINDS = {
    "INTEGER": _Kind(1, 17, np.dtype("<i4")),
    "BIGINT": _Kind(2, 18, np.dtype("<i8")),
    "UTINYINT": _Kind(1, 11, np.dtype("<u4")),
    "USMALLINT": _Kind(1, 12, np.dtype("<u4")),
    "UINTEGER": _Kind(1, 13, np.dtype("<u4")),
    "UBIGINT": _Kind(2, 14, np.dtype("<u8")),
    "VARCHAR": _Kind(6, 0, None),
}
_BITS = {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32, "INTEGER": 32, "UBIGINT": 64, "BIGINT": 64}


class Column(NamedTuple):
    """A column: `type` is DuckDB's name of it; a `nullable` one has no values at all."""

    name: str
    type: str
    nullable: bool = False


class Texts(NamedTuple):
    """A column of few distinct texts: `places` holds each row's index into them."""

    places: NDArray[np.integer]
    texts: Sequence[str]


class Run(NamedTuple):
    """A column of whole numbers that starts at `first` and increases by one a row."""

    first: int


Values = NDArray[np.integer] | Texts | Run


class FlatParquetWriter:
    """Writes row groups of equally long columns into a Parquet file.

    Args:
        path: where to; its folder exists.
        columns: the file's columns in their order; of types INTEGER, BIGINT, UTINYINT, USMALLINT,
            UINTEGER, UBIGINT and VARCHAR.
    """

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        if sys.byteorder != "little":
            raise RuntimeError("Parquet is little-endian, and so must be the machine")
        self._columns = columns
        self._groups: list[_Field] = []
        self._rows = 0
        self._place = 0
        self._stream = path.open("wb", buffering=1 << 16)
        self._put(_MAGIC)

    def write(self, values: Mapping[str, Values], rows: int) -> None:
        """Write a row group.

        Args:
            values: every column that is not nullable, by name: integers of a type that fits in the
                column's.
            rows: length of each of them; nothing is written if it is 0.
        """
        if rows == 0:
            return
        first = self._place
        chunks = []
        for column in self._columns:
            given = None if column.nullable else values[column.name]
            chunks.append(self._chunk(column, given, rows))
        self._groups.append(
            _struct({1: _list(chunks), 2: _i64(self._place - first), 3: _i64(rows)})
        )
        self._rows += rows

    def close(self) -> None:
        """Write the footer; without it the file cannot be read."""
        root = _struct({4: _text("schema"), 5: _i32(len(self._columns))})
        by_type = _struct({1: _struct({})})
        foot = _struct(
            {
                1: _i32(2),
                2: _list([root, *map(_schema_element, self._columns)]),
                3: _i64(self._rows),
                4: _list(self._groups),
                6: _text(_CREATED_BY),
                # Without this some readers ignore statistics.
                7: _list([by_type] * len(self._columns)),
            }
        ).data
        self._put(foot, len(foot).to_bytes(4, "little"), _MAGIC)
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._stream.close()

    def _put(self, *parts: bytes | memoryview) -> None:
        for part in parts:
            self._stream.write(part)
            self._place += len(part)

    def _chunk(self, column: Column, given: Values | None, rows: int) -> _Field:
        """Write a column of a row group; return its ColumnChunk."""
        kind = _KINDS[column.type]
        start = self._place
        statistics = None
        if given is None:
            # Definition levels: a run of zeros, because no value is present.
            run = _varint(rows << 1) + b"\0"
            self._data_page(rows, _PLAIN, len(run).to_bytes(4, "little"), run)
            encodings, pages = [_PLAIN, _RLE], {9: _i64(start)}
        elif isinstance(given, Run):
            self._data_page(rows, _DELTA, _counting_on(given.first, rows))
            encodings, pages = [_DELTA], {9: _i64(start)}
        elif isinstance(given, np.ndarray) and _holds_different(given) and given.itemsize > 1:
            self._data_page(rows, _PLAIN, _memory(given.astype(kind.stored, copy=False)))
            encodings, pages = [_PLAIN], {9: _i64(start)}
        else:
            if isinstance(given, Texts):
                index, dictionary = given.places, [text.encode() for text in given.texts]
                count = len(dictionary)
                head = b"".join(len(text).to_bytes(4, "little") + text for text in dictionary)
            elif _holds_different(given):
                # Every number that a byte can hold, so that the bytes are their own indices.
                index, count = given, 256
                head = np.arange(256, dtype=kind.stored).tobytes()
            else:
                index, count = np.zeros(1, dtype=np.uint8), 1
                head = given[:1].astype(kind.stored).tobytes()
                statistics = _struct({3: _i64(0), 5: _bytes(head), 6: _bytes(head)})
            self._page(_DICTIONARY_PAGE, {7: _struct({1: _i32(count), 2: _i32(_PLAIN)})}, head)
            pages = {9: _i64(self._place), 11: _i64(start)}
            self._data_page(rows, _RLE_DICTIONARY, *_counted(index, count, rows))
            encodings = [_PLAIN, _RLE, _RLE_DICTIONARY]
        size = _i64(self._place - start)
        described = {
            1: _i32(kind.physical),
            2: _list([_i32(encoding) for encoding in encodings]),
            3: _list([_text(column.name)]),
            4: _i32(_UNCOMPRESSED),
            5: _i64(rows),
            6: size,
            7: size,
            **pages,
        }
        if statistics is not None:
            described[12] = statistics
        return _struct({2: _i64(start), 3: _struct(described)})

    def _data_page(self, rows: int, encoding: int, *parts: bytes | memoryview) -> None:
        head = _struct({1: _i32(rows), 2: _i32(encoding), 3: _i32(_RLE), 4: _i32(_RLE)})
        self._page(_DATA_PAGE, {5: head}, *parts)

    def _page(self, kind: int, head: dict[int, _Field], *parts: bytes | memoryview) -> None:
        size = _i32(sum(map(len, parts)))
        self._put(_struct({1: _i32(kind), 2: size, 3: size, **head}).data, *parts)


def _holds_different(values: NDArray[np.integer]) -> bool:
    return bool(
        (values[:_FIRST_VALUES] != values[0]).any() or (values[_FIRST_VALUES:] != values[0]).any()
    )


def _memory(values: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(values).data.cast("B")


def _counting_on(first: int, rows: int) -> bytes:
    """Delta encoding: the first number, then blocks of 128 differences in four parts.

    For each block, the least difference, and for each part that no difference needs more bits.
    """
    blocks = -(-(rows - 1) // 128)
    head = _varint(128) + _varint(4) + _varint(rows) + _varint(first << 1)
    return head + (_varint(1 << 1) + bytes(4)) * blocks


def _counted(index: NDArray[np.integer], count: int, rows: int) -> list[bytes | memoryview]:
    """Indices into a dictionary of `count` entries: a run of one of them, or all bit-packed."""
    if not _holds_different(index):
        return [
            b"\x08" if count <= 256 else b"\x20",
            _varint(rows << 1),
            _one(int(index[0]), count),
        ]
    narrow = np.dtype("u1") if count <= 256 else np.dtype("<u4")
    packed = _memory(index.astype(narrow, copy=False))
    groups = -(-rows // 8)
    padding = bytes((groups * 8 - rows) * narrow.itemsize)
    width = bytes([narrow.itemsize * 8])
    return [width, _varint(groups << 1 | 1), packed, padding]


def _one(place: int, count: int) -> bytes:
    return place.to_bytes(1 if count <= 256 else 4, "little")


def _schema_element(column: Column) -> _Field:
    kind = _KINDS[column.type]
    if kind.stored is None:
        logical = _struct({_STRING_TYPE: _struct({})})
    else:
        signed = _FALSE if kind.stored.kind == "u" else _TRUE
        integer = _struct({1: _i8(_BITS[column.type]), 2: signed})
        logical = _struct({_INTEGER_TYPE: integer})
    return _struct(
        {
            1: _i32(kind.physical),
            3: _i32(_OPTIONAL if column.nullable else _REQUIRED),
            4: _text(column.name),
            6: _i32(kind.converted),
            10: logical,
        }
    )


# Thrift's compact protocol


class _Field(NamedTuple):
    """A value and its type."""

    type: int
    data: bytes


_TRUE, _FALSE = _Field(1, b""), _Field(2, b"")


def _varint(number: int) -> bytes:
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def _i8(number: int) -> _Field:
    return _Field(3, bytes([number]))


def _i32(number: int) -> _Field:
    return _Field(5, _varint(number << 1))


def _i64(number: int) -> _Field:
    return _Field(6, _varint(number << 1))


def _bytes(data: bytes) -> _Field:
    return _Field(8, _varint(len(data)) + data)


def _text(text: str) -> _Field:
    return _bytes(text.encode())


def _list(entries: Sequence[_Field]) -> _Field:
    kind = entries[0].type if entries else 12
    size = len(entries)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
    return _Field(9, head + b"".join(entry.data for entry in entries))


def _struct(fields: Mapping[int, _Field]) -> _Field:
    """A struct of fields by their number, none of them more than 15 behind the one before."""
    data, before = b"", 0
    for number in sorted(fields):
        field = fields[number]
        data += bytes([number - before << 4 | field.type]) + field.data
        before = number
    return _Field(12, data + b"\0")
