"""Unpacking of blocks, with a bound on what may come out."""

import bz2
from collections.abc import Callable

import lz4.block
import lzallright
import numpy as np
import zstandard

# nfdump's own bound, packed and unpacked (BUFFSIZE in nffile.h); more is damaged or hostile.
LARGEST_BLOCK = 5 * 1024 * 1024
_USUAL_BLOCK = 2 * 1024 * 1024

NAMES = {0: "none", 1: "lzo", 2: "bz2", 3: "lz4", 4: "zstd"}

_LARGEST_LZO_GUESS = 256 * 1024 * 1024
_TOO_LARGE = f"it holds more than {LARGEST_BLOCK} bytes"


class CodecError(Exception):
    """A block that does not unpack."""


def _stored(data: bytes) -> bytes:
    return data


def _lz4(data: bytes) -> bytes:
    try:
        # A smaller buffer is allocated faster, and nearly every block fits.
        unpacked: bytes = lz4.block.decompress(data, uncompressed_size=_USUAL_BLOCK)
    except lz4.block.LZ4BlockError:
        try:
            unpacked = lz4.block.decompress(data, uncompressed_size=LARGEST_BLOCK)
        except lz4.block.LZ4BlockError as error:
            raise CodecError(str(error)) from error
    return unpacked


def _bz2(data: bytes) -> bytes:
    decompressor = bz2.BZ2Decompressor()
    try:
        unpacked = decompressor.decompress(data, max_length=LARGEST_BLOCK)
    except (OSError, ValueError) as error:
        raise CodecError(str(error)) from error
    if not decompressor.eof:
        raise CodecError("it is cut off" if decompressor.needs_input else _TOO_LARGE)
    return unpacked


def _zstd(data: bytes) -> bytes:
    try:
        # The library would reserve what a frame claims before any check.
        claimed = zstandard.frame_content_size(data)
        if claimed > LARGEST_BLOCK:
            raise CodecError(_TOO_LARGE)
        return zstandard.ZstdDecompressor(max_window_size=2**27).decompress(
            data, max_output_size=LARGEST_BLOCK
        )
    except zstandard.ZstdError as error:
        raise CodecError(str(error)) from error


def _lzo(data: bytes) -> bytes:
    if _lzo_at_most(data) > _LARGEST_LZO_GUESS:
        raise CodecError(_TOO_LARGE)
    try:
        unpacked = lzallright.LZOCompressor.decompress(data, LARGEST_BLOCK)
    except lzallright.LZOError as error:
        raise CodecError(repr(error.args[0])) from error
    if len(unpacked) > LARGEST_BLOCK:
        raise CodecError(_TOO_LARGE)
    return unpacked


def _lzo_at_most(data: bytes) -> int:
    """Return a number of bytes that an LZO stream surely does not exceed.

    The library allocates room for whatever comes out. Much comes out of little only where a length
    is
    continued: by a run of zeros, each of which adds 255, and the byte after it. Such a run starts
        with,
    or follows, one of four instruction bytes; every other byte yields 11 at most.
    """
    numbers = np.frombuffer(data, np.uint8)
    instructions = int(np.isin(numbers, (0x00, 0x10, 0x18, 0x20)).sum())
    zeros = int((numbers == 0).sum())
    return 255 * zeros + (255 + 33) * instructions + 11 * len(numbers)


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "none": _stored,
    "lzo": _lzo,
    "bz2": _bz2,
    "lz4": _lz4,
    "zstd": _zstd,
}


def unpack(codec: str, data: bytes) -> bytes:
    """Return the content of a block.

    Args:
        codec: one of `NAMES`' values.
        data: the block as it lies in the file.

    Raises:
        CodecError: the data is damaged, or larger than `LARGEST_BLOCK` when unpacked.
    """
    return _UNPACK[codec](data)
