"""Files of random flows, as nfcapd of nfdump 1.6 and 1.7 would write them."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import lz4.block
import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 8192


def _elements_1_7(parts: list[tuple[int, list[tuple[str, str]]]]) -> np.dtype[np.void]:
    """Return the dtype of a flow record of layout 2 with these elements (type, fields)."""
    fields: list[tuple[str, str]] = [
        ("type", "<u2"), ("size", "<u2"), ("elements", "<u2"), ("engine", "<u2"),
        ("exporter", "<u2"), ("flags", "u1"), ("version", "u1"),
    ]  # fmt: skip
    for kind, inner in parts:
        fields += [(f"kind_{kind}", "<u2"), (f"length_{kind}", "<u2"), *inner]
    return np.dtype(fields)


_GENERIC = [
    ("first", "<u8"), ("last", "<u8"), ("received", "<u8"), ("packets", "<u8"), ("bytes", "<u8"),
    ("src_port", "<u2"), ("dst_port", "<u2"), ("protocol", "u1"), ("tcp_flags", "u1"),
    ("forwarding", "u1"), ("tos", "u1"),
]  # fmt: skip
_V4 = [("src", "<u4"), ("dst", "<u4")]
_V6 = [("src_high", "<u8"), ("src_low", "<u8"), ("dst_high", "<u8"), ("dst_low", "<u8")]
_MISC = [("input", "<u4"), ("output", "<u4"), ("masks", "<u8"), ("misc", "<u4")]
_AS = [("src_as", "<u4"), ("dst_as", "<u4")]
_NEXT = [("next_hop", "<u4")]
_ROUTER = [("router", "<u4")]
_MAC = [(f"mac_{number}", "<u8") for number in range(4)]

TEMPLATES_1_7 = [
    [(1, _GENERIC), (2, _V4), (4, _MISC), (7, _AS), (10, _NEXT), (12, _ROUTER)],
    [(1, _GENERIC), (3, _V6), (4, _MISC), (12, _ROUTER)],
    [(1, _GENERIC), (2, _V4), (4, _MISC), (15, _MAC), (12, _ROUTER)],
]

_COMMON_1_6: list[tuple[str, str]] = [
    ("type", "<u2"), ("size", "<u2"), ("flags", "<u2"), ("map", "<u2"),
    ("first_ms", "<u2"), ("last_ms", "<u2"), ("first_s", "<u4"), ("last_s", "<u4"),
    ("forwarding", "u1"), ("tcp_flags", "u1"), ("protocol", "u1"), ("tos", "u1"),
    ("src_port", "<u2"), ("dst_port", "<u2"), ("exporter", "<u2"), ("reserved", "<u2"),
]  # fmt: skip
_SHORT = [("packets", "<u4"), ("bytes", "<u4")]
_WIDE = [("packets", "<u8"), ("bytes", "<u8")]
# Flags, fields after the header, and the extensions with their fields.
TEMPLATES_1_6: list[tuple[int, list[tuple[str, str]], list[int], list[tuple[str, str]]]] = [
    (0, _V4 + _SHORT, [5, 7, 9, 23], [("interfaces", "<u8"), *_AS, *_NEXT, *_ROUTER]),
    (1, _V6 + _SHORT, [5, 23], [("interfaces", "<u8"), *_ROUTER]),
    (6, _V4 + _WIDE, [5, 20, 23], [("interfaces", "<u8"), *_MAC[:2], *_ROUTER]),
]


@dataclass(frozen=True)
class Span:
    """When the flows of a file begin: first epoch millisecond, and length of the span."""

    start_ms: int = 1_560_000_000_000
    length_ms: int = 300_000


def _random_flows(
    dtype: np.dtype[np.void], count: int, rng: np.random.Generator, span: Span
) -> NDArray[np.void]:
    rows = np.zeros(count, dtype=dtype)
    names = dtype.names or ()

    def put(name: str, values: NDArray[np.generic] | int) -> None:
        if name in names:
            rows[name] = values

    packets = rng.geometric(0.05, count)
    first = span.start_ms + rng.integers(0, span.length_ms, count)
    last = first + rng.exponential(8000, count).astype(np.int64)
    for name, moment in (("first", first), ("last", last)):
        put(name, moment)
        put(f"{name}_s", moment // 1000)
        put(f"{name}_ms", moment % 1000)
    put("received", last + 1000)
    put("packets", packets)
    put("bytes", packets * rng.integers(40, 1500, count))
    is_tcp = rng.random(count) < 0.7
    put("protocol", np.where(is_tcp, 6, 17))
    put("tcp_flags", np.where(is_tcp, 0x18, 0))
    well_known = rng.choice([443, 443, 443, 80, 53, 5000], count)
    ephemeral = rng.integers(1024, 65536, count)
    outward = rng.random(count) < 0.5
    put("src_port", np.where(outward, ephemeral, well_known))
    put("dst_port", np.where(outward, well_known, ephemeral))
    subscriber = 0x64400000 + rng.integers(0, 200_000, count)
    server = rng.integers(1 << 24, 1 << 32, count)
    put("src", np.where(outward, subscriber, server))
    put("dst", np.where(outward, server, subscriber))
    put("src_high", 0x20010DB8 << 32)
    put("dst_high", 0x2A000001 << 32)
    put("src_low", subscriber.astype(np.uint64) << np.uint64(20))
    put("dst_low", server)
    put("router", 0xCB007101)
    put("exporter", 1)
    put("input", rng.integers(1, 40, count))
    put("output", rng.integers(1, 40, count))
    put("src_as", rng.integers(1, 65000, count))
    return rows


def _blocks_1_7(
    flows: int, templates: int, rng: np.random.Generator, span: Span
) -> Iterator[bytes]:
    kinds = TEMPLATES_1_7[:templates]
    dtypes = [_elements_1_7(parts) for parts in kinds]

    def fill(number: int, count: int) -> NDArray[np.void]:
        rows = _random_flows(dtypes[number], count, rng, span)
        rows["type"], rows["size"], rows["elements"] = (
            11,
            dtypes[number].itemsize,
            len(kinds[number]),
        )
        for kind, inner in kinds[number]:
            rows[f"kind_{kind}"] = kind
            rows[f"length_{kind}"] = 4 + np.dtype(inner).itemsize
        return rows

    yield from _mixed(flows, [fill] if templates == 1 else [fill] * templates, rng)


def _mixed(
    flows: int, fills: list[Callable[[int, int], NDArray[np.void]]], rng: np.random.Generator
) -> Iterator[bytes]:
    """Yield blocks in which record shapes alternate at random."""
    for start in range(0, flows, BLOCK_ROWS):
        count = min(BLOCK_ROWS, flows - start)
        if len(fills) == 1:
            yield fills[0](0, count).tobytes()
            continue
        kind = rng.integers(0, len(fills), count)
        parts: list[bytes] = [b""] * count
        for number, fill in enumerate(fills):
            places = np.flatnonzero(kind == number)
            rows = fill(number, len(places))
            data, size = rows.tobytes(), rows.dtype.itemsize
            for order, place in enumerate(places.tolist()):
                parts[place] = data[order * size : (order + 1) * size]
        yield b"".join(parts)


def _blocks_1_6(
    flows: int, templates: int, rng: np.random.Generator, span: Span
) -> Iterator[bytes]:
    kinds = TEMPLATES_1_6[:templates]
    dtypes = [np.dtype(_COMMON_1_6 + fixed + more) for _, fixed, _, more in kinds]

    def fill(number: int, count: int) -> NDArray[np.void]:
        rows = _random_flows(dtypes[number], count, rng, span)
        rows["type"], rows["size"], rows["map"] = 10, dtypes[number].itemsize, number
        rows["flags"] = kinds[number][0]
        return rows

    yield from _mixed(flows, [fill] * templates, rng)


def make_file(
    path: Path, *, layout: int, codec: str, templates: int, flows: int, span: Span | None = None
) -> None:
    """Write a file of random flows; equal arguments give equal flows."""
    span = span or Span()
    rng = np.random.default_rng([20190603, span.start_ms])
    exporter = struct.pack("<HHI8xI4xHHI", 7, 32, 9, 0xCB007101, 2, 1, 0)
    first = [exporter]
    if layout == 1:
        for number, (_, _, extensions, more) in enumerate(TEMPLATES_1_6[:templates]):
            listed = [*extensions, 0] + [0] * ((len(extensions) + 1) % 2)
            size = np.dtype(more).itemsize
            data = struct.pack(f"<HH{len(listed)}H", number, size, *listed)
            first.append(struct.pack("<HH", 2, len(data) + 4) + data)
    blocks = (_blocks_1_6 if layout == 1 else _blocks_1_7)(flows, templates, rng, span)
    head_size = 276 if layout == 1 else 40
    with path.open("wb") as stream:
        stream.seek(head_size)
        number = 0

        def put(records: int, data: bytes) -> None:
            packed = lz4.block.compress(data, store_size=False) if codec == "lz4" else data
            stream.write(struct.pack("<IIHH", records, len(packed), 2 if layout == 1 else 3, 0))
            stream.write(packed)

        put(len(first), b"".join(first))
        for number, data in enumerate(blocks, start=1):
            put(min(BLOCK_ROWS, flows - (number - 1) * BLOCK_ROWS), data)
        stream.seek(0)
        if layout == 1:
            bits = 0x10 if codec == "lz4" else 0
            stream.write(struct.pack("<HHII128s", 0xA50C, 1, bits, number + 1, b"bench"))
            stream.write(bytes(136))
        else:
            packing = 3 if codec == "lz4" else 0
            head = (0xA50C, 2, 0xF1070100, 0, packing, 0, 0, 0, 0, 0, number + 1)
            stream.write(struct.pack("<HHIqBBHIqII", *head))
