"""Unpacking of blocks, with a bound on what may come out."""

from collections.abc import Callable

import lz4.block

# nfdump's own bound, packed and unpacked (BUFFSIZE in nffile.h); more is damaged or hostile.
LARGEST_BLOCK = 5 * 1024 * 1024

NAMES = {0: "none", 1: "lzo", 2: "bz2", 3: "lz4", 4: "zstd"}


class CodecError(Exception):
    """A block that does not unpack."""


def _stored(data: bytes) -> bytes:
    return data


def _lz4(data: bytes) -> bytes:
    try:
        unpacked: bytes = lz4.block.decompress(data, uncompressed_size=LARGEST_BLOCK)
    except (lz4.block.LZ4BlockError, ValueError) as error:
        raise CodecError(str(error)) from error
    return unpacked


_UNPACK: dict[str, Callable[[bytes], bytes]] = {"none": _stored, "lz4": _lz4}


def unpack(codec: str, data: bytes) -> bytes:
    """Return the content of a block.

    Args:
        codec: one of `NAMES`' values.
        data: the block as it lies in the file.

    Raises:
        CodecError: the data is damaged, or larger than `LARGEST_BLOCK` when unpacked.
    """
    if codec not in _UNPACK:
        raise CodecError(f"compression {codec} is not supported")
    return _UNPACK[codec](data)
