"""The outer layout of a file: head, blocks, and the appendix behind them.

Learned from nfdump's public headers (nffile.h, nffileV2.h); all numbers are little-endian.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from . import codecs
from .errors import NfcapdError
from .model import Header, Statistics

_MAGIC = b"\x0c\xa5"
_MAGIC_BIG_ENDIAN = b"\xa5\x0c"
_HEADER_1 = struct.Struct("<HHII128s")
_STATISTICS_1 = struct.Struct("<15QIIHHI")
_HEADER_2 = struct.Struct("<HHIqBBHIqII")
_BLOCK = struct.Struct("<IIHH")
_RECORD = struct.Struct("<HH")
_STATISTICS_2 = struct.Struct("<18Q")
# Bits of a layout 1 file's flags, and the codec that each stands for.
_CODEC_BITS_1 = {0x01: "lzo", 0x08: "bz2", 0x10: "lz4"}
_IDENT_RECORD = 0x8001
_STATISTICS_RECORD = 0x8002

_SEND_AGAIN = "fetch the file again, or quarantine it"


@dataclass(frozen=True)
class Frame:
    """Where a block lies: `offset` of its head, `size` of its content as stored."""

    offset: int
    size: int
    records: int
    type: int

    @property
    def end(self) -> int:
        """Offset of the byte behind the block."""
        return self.offset + _BLOCK.size + self.size


@dataclass(frozen=True)
class Block:
    """A block's unpacked content and how to name a place in it.

    Attributes:
        path: the file.
        frame: where it lies.
        stored: True if the content lies in the file as it is.
        content: unpacked bytes.
    """

    path: str
    frame: Frame
    stored: bool
    content: bytes

    def error(self, position: int, reason: str) -> NfcapdError:
        """Return the error for what is wrong at byte `position` of the content."""
        if self.stored:
            return NfcapdError(
                self.path, self.frame.offset + _BLOCK.size + position, reason, _SEND_AGAIN
            )
        place = f"{reason} (byte {position} of this block, decompressed)"
        return NfcapdError(self.path, self.frame.offset, place, _SEND_AGAIN)


# First bytes of files that a program compressed as a whole.
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zX": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


class BlockFile:
    """An open file, seen as blocks. Reading of single blocks may be done from several threads."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a file and read its head.

        Raises:
            NfcapdError: not a file of flows, or of a kind that cannot be read.
            OSError: the file cannot be opened.
        """
        self.path = os.fspath(path)
        self._descriptor = os.open(self.path, os.O_RDONLY)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        self.size = os.fstat(self._descriptor).st_size
        if not Path(self.path).is_file():
            raise NfcapdError(self.path, 0, "this is not a file", "name a file")
        if self.size == 0:
            raise NfcapdError(self.path, 0, "the file is empty", _SEND_AGAIN)
        head = os.pread(self._descriptor, 4, 0)
        if head[:2] == _MAGIC_BIG_ENDIAN:
            raise NfcapdError(
                self.path,
                0,
                "written on a big-endian machine",
                "rewrite it there with nfdump -w on a little-endian one",
            )
        if head[:2] != _MAGIC:
            packer = next((name for sign, name in _PACKED.items() if head.startswith(sign)), None)
            if packer is not None:
                raise NfcapdError(self.path, 0, f"compressed by {packer}", "decompress the file")
            raise NfcapdError(
                self.path, 0, "this is not an nfcapd file (wrong magic number)", "check the path"
            )
        layout = int.from_bytes(head[2:4], "little")
        self.appendix_error: NfcapdError | None = None
        self.statistics: Statistics | None = None
        self._appendix_end = self.size
        if layout == 1:
            self._open_layout_1()
        elif layout == 2:
            self._open_layout_2()
        else:
            raise NfcapdError(
                self.path,
                2,
                f"file layout {layout}, of nfdump 1.8 or later, cannot be read",
                "collect with nfdump 1.7, or export the flows with nfdump -o csv",
            )

    def _open_layout_1(self) -> None:
        raw = self._read(0, _HEADER_1.size, "the file's head")
        _, _, flags, blocks, ident = _HEADER_1.unpack(raw)
        codecs_named = [name for bit, name in _CODEC_BITS_1.items() if flags & bit]
        if len(codecs_named) > 1:
            raise NfcapdError(
                self.path, 4, f"compressed in {len(codecs_named)} ways at once", _SEND_AGAIN
            )
        self.header = Header(
            layout=1,
            nfdump_version=None,
            created=None,
            compression=codecs_named[0] if codecs_named else "none",
            blocks=blocks,
            ident=ident.split(b"\0")[0].decode("utf-8", "replace"),
        )
        numbers = _STATISTICS_1.unpack(
            self._read(_HEADER_1.size, _STATISTICS_1.size, "the statistics record")
        )
        first, last, first_ms, last_ms, failures = numbers[15:]
        self.statistics = Statistics(
            flows=numbers[0],
            bytes=numbers[1],
            packets=numbers[2],
            first_seen_ms=first * 1000 + first_ms,
            last_seen_ms=last * 1000 + last_ms,
            sequence_failures=failures,
        )
        self._first_block = _HEADER_1.size + _STATISTICS_1.size
        self._blocks_end = self.size

    def _open_layout_2(self) -> None:
        raw = self._read(0, _HEADER_2.size, "the file's head")
        _, _, version, created, compression, encryption, appendix, _, appendix_at, _, blocks = (
            _HEADER_2.unpack(raw)
        )
        if encryption != 0:
            raise NfcapdError(
                self.path, 17, "the file is encrypted", "decrypt it where it was written"
            )
        if compression not in codecs.NAMES:
            raise NfcapdError(
                self.path,
                16,
                f"unknown compression {compression}",
                "rewrite the file with nfdump: nfdump -r OLD -y -w NEW",
            )
        self.header = Header(
            layout=2,
            nfdump_version=_version_text(version),
            created=created,
            compression=codecs.NAMES[compression],
            blocks=blocks,
            ident="",
        )
        self._first_block = _HEADER_2.size
        self._blocks_end = appendix_at if appendix else self.size
        if appendix:
            try:
                self._read_appendix(appendix_at, appendix)
            except NfcapdError as error:
                # The flows precede the appendix: the error is raised once they have been yielded.
                self.appendix_error = error

    def _read_appendix(self, offset: int, blocks: int) -> None:
        if not self._first_block <= offset < self.size:
            raise NfcapdError(
                self.path, 24, f"the appendix should be at byte {offset}", _SEND_AGAIN
            )
        for _ in range(blocks):
            frame = self._frame(offset)
            block = self.load(frame)
            position = 0
            for _ in range(frame.records):
                if position + _RECORD.size > len(block.content):
                    raise block.error(position, "the appendix ends within a record")
                kind, size = _RECORD.unpack_from(block.content, position)
                data = block.content[position + _RECORD.size : position + size]
                if size < _RECORD.size or position + size > len(block.content):
                    raise block.error(position, "the appendix ends within a record")
                if kind == _IDENT_RECORD:
                    ident = data.split(b"\0")[0].decode("utf-8", "replace")
                    self.header = replace(self.header, ident=ident)
                elif kind == _STATISTICS_RECORD and len(data) >= _STATISTICS_2.size:
                    numbers = _STATISTICS_2.unpack_from(data)
                    self.statistics = Statistics(
                        flows=numbers[0],
                        bytes=numbers[1],
                        packets=numbers[2],
                        first_seen_ms=numbers[15],
                        last_seen_ms=numbers[16],
                        sequence_failures=numbers[17],
                    )
                position += size
            offset = frame.end
        self._appendix_end = offset

    def frames(self) -> Iterator[Frame]:
        """Yield the places of the data blocks, in file order, of every type.

        Raises:
            NfcapdError: after the last whole block, when the head promises more blocks than
                follow, fewer than follow, or the appendix is broken.
        """
        offset = self._first_block
        for _ in range(self.header.blocks):
            frame = self._frame(offset)
            yield frame
            offset = frame.end
        if self.appendix_error is not None:
            raise self.appendix_error
        if offset != self._blocks_end:
            raise NfcapdError(
                self.path,
                offset,
                f"the head promises {self.header.blocks} blocks, which end here, but more follows",
                "the collector was still writing or was killed; fetch the file again",
            )
        if self._appendix_end != self.size:
            raise NfcapdError(
                self.path, self._appendix_end, "something follows the appendix", _SEND_AGAIN
            )

    def load(self, frame: Frame) -> Block:
        """Return a block, decompressed.

        Raises:
            NfcapdError: the content does not decompress.
        """
        data = self._read(frame.offset + _BLOCK.size, frame.size, "a block")
        try:
            content = codecs.unpack(self.header.compression, data)
        except codecs.CodecError as error:
            raise NfcapdError(
                self.path,
                frame.offset,
                f"the block does not decompress as {self.header.compression} ({error})",
                _SEND_AGAIN,
            ) from error
        return Block(self.path, frame, self.header.compression == "none", content)

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _frame(self, offset: int) -> Frame:
        records, size, kind, _ = _BLOCK.unpack(self._read(offset, _BLOCK.size, "a block's head"))
        frame = Frame(offset=offset, size=size, records=records, type=kind)
        if size > codecs.LARGEST_BLOCK:
            raise NfcapdError(
                self.path, offset, f"a block claims to be {size} bytes long", _SEND_AGAIN
            )
        if size == 0 or records == 0:
            raise NfcapdError(self.path, offset, "an empty block", _SEND_AGAIN)
        if frame.end > self.size:
            raise NfcapdError(
                self.path,
                offset,
                f"the file is cut off: a block of {size} bytes starts here, "
                f"{max(self.size - offset - _BLOCK.size, 0)} follow",
                _SEND_AGAIN,
            )
        return frame

    def _read(self, offset: int, size: int, what: str) -> bytes:
        data = os.pread(self._descriptor, size, offset)
        if len(data) != size:
            raise NfcapdError(
                self.path,
                offset,
                f"the file is cut off: {what} of {size} bytes starts here, {len(data)} follow",
                _SEND_AGAIN,
            )
        return data


def _version_text(number: int) -> str:
    # The topmost four bits are options of the build, not part of the version.
    major, minor, patch, revision = (
        (number >> 24) & 0x0F,
        (number >> 16) & 0xFF,
        (number >> 8) & 0xFF,
        number & 0xFF,
    )
    text = f"{major}.{minor}.{patch}"
    return f"{text}-{revision}" if revision else text
