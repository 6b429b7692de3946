"""A delivered text file as blocks of whole lines in UTF-8, with the numbers of the lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np

from longflow.errors import LongflowError
from longflow.settings import Source
from longflow.staging.packed import chunks

_BLOCK_BYTES = 16 * 1024 * 1024
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# A line as long as this is no line of a delivery.
_LONGEST_LINE = 4 * _BLOCK_BYTES


@dataclass(frozen=True)
class Block:
    """Some whole lines.

    Attributes:
        first_line: number of the first line in its file, from 1.
        data: the lines in UTF-8; each ends with a line feed, and no carriage return before it.
        apart: the number of each line, where they do not follow each other.
        is_by_line: whether these are numbers of lines of the file; else records share lines, and
            some have the number behind the one before.
    """

    first_line: int
    data: bytes
    apart: tuple[int, ...] = ()
    is_by_line: bool = True

    @cached_property
    def lines(self) -> int:
        """How many lines."""
        return occurrences(self.data, b"\n")

    @property
    def numbers(self) -> Sequence[int]:
        """The number of each line."""
        return self.apart or range(self.first_line, self.first_line + self.lines)


def occurrences(data: bytes, byte: bytes) -> int:
    """How often one byte occurs; where it often does, in a tenth of the time of `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == byte[0]))


def blocks(path: Path, source: Source) -> Iterator[Block]:
    """The lines of a file, decompressed and decoded, in blocks of some megabytes.

    Args:
        path: the delivered file.
        source: its encoding, unless a byte order mark states another, and the limit of unpacking.

    Raises:
        LongflowError: a line is not in the encoding, or compressed data are damaged; everything
            before was yielded.
        OSError: the disk failed.
    """
    first_line, rest = 1, b""
    for piece in decoded(path, source):
        data = rest + piece
        end = data.rfind(b"\n") + 1
        if not end:
            rest = data
            check_length(len(rest), "a line", path, first_line)
            continue
        block = Block(first_line, data[:end])
        yield block
        first_line += block.lines
        rest = data[end:]
    if rest:
        yield Block(first_line, rest + b"\n")


def check_length(length: int, what: str, path: Path, line: int) -> None:
    """Look whether something that must be read in one piece is too long.

    Raises:
        LongflowError: it is.
    """
    if length > _LONGEST_LINE:
        raise LongflowError(
            f"has {what} of more than {_LONGEST_LINE // 2**20} MiB",
            file=path.name,
            place=f"line {line:,}",
            remedy="check the format of the source",
        )


def decoded(path: Path, source: Source) -> Iterator[bytes]:
    """Pieces of a file in UTF-8, with line feeds as the only ends of lines.

    Each ends with a whole character, but not with a whole line.

    Raises:
        LongflowError: as `blocks`.
    """
    pieces = chunks(path, _BLOCK_BYTES, source.most_unpacked_ratio)
    encoding = source.encoding
    head = next(pieces, b"")
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            head, encoding = head[len(mark) :], name
    held = b""
    for checked in _checked(chain([head], pieces), path, encoding, source.name):
        text = held + checked
        # A carriage return at the very end may belong to a line feed that follows.
        held = b"\r" if text.endswith(b"\r") else b""
        yield _with_line_feeds(text.removesuffix(b"\r"))
    if held:
        yield b"\n"


def _with_line_feeds(text: bytes) -> bytes:
    if b"\r" not in text:
        return text
    if b"\n" not in text:  # old Macs end lines so
        return text.replace(b"\r", b"\n")
    return text.replace(b"\r\n", b"\n")


def _checked(pieces: Iterable[bytes], path: Path, encoding: str, source: str) -> Iterator[bytes]:
    """Pieces in UTF-8, each up to its last whole character."""
    decoder = codecs.getincrementaldecoder(encoding)()
    holds_ascii = codecs.lookup(encoding).name in {"utf-8", "iso8859-1", "cp1252"}
    line = 1
    try:
        for piece in pieces:
            if holds_ascii and piece.isascii() and not decoder.getstate()[0]:
                text = piece
            else:
                text = decoder.decode(piece).encode()
            yield text
            line += occurrences(text, b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, errors="ignore")
        byte = error.object[error.start]
        raise LongflowError(
            f"byte 0x{byte:02X} is not {encoding.upper()}",
            file=path.name,
            place=f"line {line + before.count(chr(10)):,}",
            remedy=f'set encoding of source \'{source}\', such as "latin-1", "cp932" or '
            '"euc_jp", or deliver it as UTF-8',
        ) from None
