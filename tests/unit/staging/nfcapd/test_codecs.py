"""Unpacking: what comes out, and that no more than the bound ever does."""

import bz2
import pickle
import subprocess
import sys
from collections.abc import Callable

import lz4.block
import lzallright
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from longflow.staging.nfcapd.codecs import LARGEST_BLOCK, CodecError, unpack

PACK: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "lzo": lambda data: lzallright.LZOCompressor().compress(data),
    "bz2": bz2.compress,
    "lz4": lambda data: lz4.block.compress(data, store_size=False),
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}
PACKED = sorted(set(PACK) - {"none"})


@pytest.mark.parametrize("codec", sorted(PACK))
@given(data=st.binary(min_size=1, max_size=2000))
@settings(max_examples=20)
def test_what_was_packed_comes_out(codec: str, data: bytes) -> None:
    assert unpack(codec, PACK[codec](data)) == data


@pytest.mark.parametrize("codec", PACKED)
def test_a_block_of_the_largest_size_comes_out(codec: str) -> None:
    assert len(unpack(codec, PACK[codec](bytes(LARGEST_BLOCK)))) == LARGEST_BLOCK


@pytest.mark.parametrize("codec", PACKED)
def test_more_than_the_largest_size_does_not(codec: str) -> None:
    with pytest.raises(CodecError):
        unpack(codec, PACK[codec](bytes(LARGEST_BLOCK + 1)))


@pytest.mark.parametrize("codec", PACKED)
def test_a_stream_cut_off_does_not_unpack(codec: str) -> None:
    packed = PACK[codec](b"some flows, and some more flows" * 50)
    with pytest.raises(CodecError):
        unpack(codec, packed[: len(packed) // 2])


def test_no_bomb_takes_memory() -> None:
    zeros = bytes(60_000_000)
    bombs = {codec: PACK[codec](zeros) for codec in ("bz2", "lz4", "zstd")}
    # A continued length: every further zero byte stands for 255 bytes.
    small = PACK["lzo"](bytes(100_000))
    bombs["lzo"] = small.replace(b"\x20" + bytes(7), b"\x20" + bytes(1_000_000), 1)
    assert len(bombs["lzo"]) > len(small) + 900_000
    code = (
        "import pickle, resource, sys\n"
        "from longflow.staging.nfcapd.codecs import CodecError, unpack\n"
        "bombs = pickle.load(sys.stdin.buffer)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for codec, bomb in bombs.items():\n"
        "    try:\n"
        "        unpack(codec, bomb)\n"
        "    except CodecError:\n"
        "        continue\n"
        "    sys.exit(codec)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(bombs), capture_output=True, check=True
    )
    assert int(done.stdout) * 1024 < 40_000_000
