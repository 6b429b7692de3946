"""Delivered files compressed by gzip, bzip2, xz or zstd, decompressed while they are read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol, cast

from longflow.errors import LongflowError

# So much of a file is read, however small it was.
_ALWAYS_BYTES = 64 << 20

# The first bytes decide, whatever the name says.
_MAGIC = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "zstd": b"\x28\xb5\x2f\xfd",
}


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def packed_by(path: Path) -> str | None:
    """The program that compressed a file: `gzip`, `bzip2`, `xz` or `zstd`; None if none did."""
    with path.open("rb") as file:
        head = file.read(8)
    return next((name for name, magic in _MAGIC.items() if head.startswith(magic)), None)


def chunks(path: Path, size: int, most_ratio: int) -> Iterator[bytes]:
    """The content of a file, decompressed if need be, in pieces of at most `size` bytes.

    Args:
        path: the file.
        size: of a piece, in bytes.
        most_ratio: most bytes that a compressed byte may become.

    Raises:
        LongflowError: the compressed data are damaged, end too early, or become too much;
            everything before was yielded.
        OSError: the disk failed.
    """
    program = packed_by(path)
    with path.open("rb") as file:
        stream: _Readable = file if program is None else _unpacking(file, program)
        most = max(_ALWAYS_BYTES, path.stat().st_size * most_ratio)
        try:
            while chunk := stream.read(size):
                most -= len(chunk)
                if program is not None and most < 0:
                    raise _too_much(path, program, most_ratio)
                yield chunk
        except EOFError:
            raise _ends_early(path, program) from None
        except (zlib.error, lzma.LZMAError) as error:
            raise _damaged(path, program, error) from None
        except OSError as error:
            if error.errno is not None:
                raise
            # gzip, bzip2 and Arrow raise an OSError without a number where the data are wrong.
            if "runcated" in str(error):
                raise _ends_early(path, program) from None
            raise _damaged(path, program, error) from None


def _unpacking(file: IO[bytes], program: str) -> _Readable:
    if program == "gzip":
        return gzip.GzipFile(fileobj=file, mode="rb")
    if program == "bzip2":
        return bz2.BZ2File(file)
    if program == "xz":
        return lzma.LZMAFile(file)
    import pyarrow as pa  # noqa: PLC0415 - slow, and processes that stage flows rarely need it

    return cast("_Readable", pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"))


def _ends_early(path: Path, program: str | None) -> LongflowError:
    return LongflowError(
        f"compressed by {program} and cut off: its data end in the middle",
        file=path.name,
        remedy="deliver the whole file again",
    )


def _too_much(path: Path, program: str, most_ratio: int) -> LongflowError:
    return LongflowError(
        f"compressed by {program} and becomes more than {most_ratio:,} times its size",
        file=path.name,
        remedy="check the file, or raise most_unpacked_ratio of its source",
    )


def _damaged(path: Path, program: str | None, error: Exception) -> LongflowError:
    return LongflowError(
        f"compressed by {program} and damaged: {error}",
        file=path.name,
        remedy="deliver the file again",
    )
