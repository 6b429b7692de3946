"""Flow records of nfdump 1.7 (type 11), as columns.

A record is a head of 12 bytes and a list of elements, each with type and size. Records whose
elements have the same types and sizes in the same order have one *shape*; all records of a shape
have every field at the same distance from their start, so that a field of all flows of a block is
one gather. Learned from nfdump's public header nfxV3.h.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows, Routers, check_signed, routers_at, take
from .container import Block
from .model import FlowBatch
from .records import Layout

_HEAD = np.dtype(
    {
        "names": ["elements", "sysid", "flags"],
        "formats": ["<u2", "<u2", "u1"],
        "offsets": [4, 8, 10],
        "itemsize": 12,
    }
)
_GENERIC = np.dtype(
    [
        ("first", "<u8"),
        ("last", "<u8"),
        ("received", "<u8"),
        ("packets", "<u8"),
        ("bytes", "<u8"),
        ("src_port", "<u2"),
        ("dst_port", "<u2"),
        ("protocol", "u1"),
        ("tcp_flags", "u1"),
        ("forwarding", "u1"),
        ("tos", "u1"),
    ]
)
_PAIR_V4 = np.dtype([("src", "<u4"), ("dst", "<u4")])
_PAIR_V6 = np.dtype(
    [("src_high", "<u8"), ("src_low", "<u8"), ("dst_high", "<u8"), ("dst_low", "<u8")]
)
_SAMPLING = np.dtype([("id", "<i4"), ("interval", "<u4")])

_Rows = slice | NDArray[np.int64]

_SAMPLED = 2
_ELEMENT = struct.Struct("<HH")
_ELEMENTS_OF_1_7 = range(1, 43)
# Element type: the field of a shape that tells where it lies, and what of it is read.
_READ = {
    1: ("generic", _GENERIC),
    2: ("pair_v4", _PAIR_V4),
    3: ("pair_v6", _PAIR_V6),
    12: ("router_v4", np.dtype("V4")),
    13: ("router_v6", np.dtype("V16")),
    18: ("sampling", _SAMPLING),
}
_RIVAL = {"pair_v4": "pair_v6", "pair_v6": "pair_v4", "router_v4": "router_v6"}
_RIVAL["router_v6"] = "router_v4"
# A block with more shapes of one size than this is looked at record by record.
_MOST_SHAPES = 32


@dataclass
class _Shape:
    """Where the elements of some records lie, in bytes from the record's start; -1 absent."""

    size: int
    words: list[tuple[int, int]]
    has_v6: bool = False
    places: dict[str, int] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)


# A shape that the records of all shapes can be brought into. `front` is head and generic element
# together, which most often lie as they do here.
_COMMON = np.dtype(
    {
        "names": ["front", "head", "generic", "pair", "version"],
        "formats": ["V64", "V12", "V48", "V32", "u1"],
        "offsets": [0, 0, 16, 64, 96],
        "itemsize": 104,
    }
)
_COMMON_SHAPE = _Shape(size=_COMMON.itemsize, words=[], places={"generic": 16, "pair_v6": 64})


def decode(block: Block, layout: Layout, batch: FlowBatch, *, ordered: bool) -> BlockFlows:
    """Write the flows of a block into a batch.

    Args:
        block: the block.
        layout: where its flow records lie; at least one.
        batch: as many rows as there are flow records.
        ordered: keep the order of the file. Otherwise the flows of a shape come together, which
            spares scattering them, and `order` of the result tells where they belong.

    Raises:
        NfcapdError: elements do not fill their record, or a number is out of range.
    """
    count = len(layout.flows)
    result = BlockFlows(batch, sysid=np.empty(count, dtype=np.int64), starts=layout.flows)
    routers: list[tuple[_Rows, int, int]] = []
    common: NDArray[np.void] | None = None
    done = 0
    for rows, records, shape in _groups(block, layout):
        written = rows
        if isinstance(rows, slice):
            _write(result, records, shape)
        elif ordered:
            if common is None:
                common = np.empty(count, dtype=f"V{_COMMON.itemsize}")
            common[rows] = _in_common(records, shape).view(common.dtype)
        else:
            if result.order is None:
                result.order = np.empty(count, dtype=np.int64)
            written = slice(done, done + len(rows))
            result.order[written] = rows
            _write(result.part(written), records, shape)
            done += len(rows)
        sampling = shape.places.get("sampling")
        if sampling is not None:
            if result.stored_interval is None:
                result.stored_interval = np.zeros(count, dtype=np.int64)
            result.stored_interval[written] = _field(records, _SAMPLING, "interval", sampling)
        for kind in shape.unknown:
            result.skipped_elements[kind] += len(records)
        routers.append((rows, *_router(shape)))
    if common is not None:
        _write(result, common, _COMMON_SHAPE)
        batch.ip_version[:] = common.view(_COMMON)["version"]
    if result.order is not None:
        result.starts = layout.flows[result.order]
    check_signed(block, result.starts, batch)
    result.find_routers = partial(_routers, block, layout, routers)
    return result


def _shape_at(block: Block, position: int, size: int) -> _Shape:
    content = block.content
    (count,) = struct.unpack_from("<H", content, position + 4)
    shape = _Shape(size=size, words=[])
    place = _HEAD.itemsize
    for _ in range(count):
        if place + _ELEMENT.size > size:
            raise block.error(position, f"a flow record lacks some of its {count} elements")
        kind, length = _ELEMENT.unpack_from(content, position + place)
        if length < _ELEMENT.size or place + length > size:
            raise block.error(
                position + place, f"element {kind} of a flow record claims {length} bytes"
            )
        shape.words.append((place, kind | length << 16))
        if kind in _READ:
            name, dtype = _READ[kind]
            if length < _ELEMENT.size + dtype.itemsize:
                raise block.error(
                    position + place, f"element {kind} of a flow record has only {length} bytes"
                )
            # As in nfdump, the last of several counts, but one IPv6 element makes an IPv6 flow.
            shape.places.pop(_RIVAL.get(name, ""), None)
            shape.places[name] = place + _ELEMENT.size
            shape.has_v6 |= name == "pair_v6"
        elif kind not in _ELEMENTS_OF_1_7:
            shape.unknown.append(kind)
        place += length
    if place != size:
        raise block.error(
            position, f"the elements of a flow record fill {place} of its {size} bytes"
        )
    return shape


def _groups(block: Block, layout: Layout) -> Iterator[tuple[_Rows, NDArray[np.void], _Shape]]:
    """Yield the flows of each shape: which they are, and their records side by side."""
    content, flows = block.content, layout.flows
    if layout.stride:
        shape = _shape_at(block, 0, layout.stride)
        records = np.frombuffer(content, f"V{layout.stride}", len(flows))
        if bool(_alike(records, shape).all()):
            yield slice(None), records, shape
            return
    for size in np.flatnonzero(np.bincount(layout.sizes)).tolist():
        rows = np.flatnonzero(layout.sizes == size)
        records = take(content, np.dtype(f"V{size}"), flows[rows])
        for _ in range(_MOST_SHAPES):
            shape = _shape_at(block, int(flows[rows[0]]), size)
            alike = _alike(records, shape)
            if bool(alike.all()):
                yield rows, records, shape
                break
            yield rows[alike], records[alike], shape
            rows, records = rows[~alike], records[~alike]
        else:
            yield from _sorted_one_by_one(block, layout, rows, records)


def _alike(records: NDArray[np.void], shape: _Shape) -> NDArray[np.bool_]:
    """Tell which of some equally long records have the elements of a shape."""
    size = shape.size

    def number(place: int, dtype: str) -> NDArray[np.unsignedinteger]:
        return np.ndarray((len(records),), dtype, records.data, place, (size,))

    alike: NDArray[np.bool_] = np.equal(number(4, "<u2"), len(shape.words))
    for place, word in shape.words:
        alike &= number(place, "<u4") == word
    return alike


def _sorted_one_by_one(
    block: Block, layout: Layout, rows: NDArray[np.int64], records: NDArray[np.void]
) -> Iterator[tuple[_Rows, NDArray[np.void], _Shape]]:
    members: dict[tuple[tuple[int, int], ...], list[int]] = {}
    shapes: dict[tuple[tuple[int, int], ...], _Shape] = {}
    for order, row in enumerate(rows.tolist()):
        shape = _shape_at(block, int(layout.flows[row]), int(layout.sizes[row]))
        key = tuple(shape.words)
        shapes.setdefault(key, shape)
        members.setdefault(key, []).append(order)
    for key, shape in shapes.items():
        yield rows[members[key]], records[members[key]], shape


def _field(
    records: NDArray[np.void], dtype: np.dtype[np.void], name: str, place: int
) -> NDArray[Any]:
    """Return a field of the structure that lies at a place of every record, as a view."""
    fields: Mapping[str, Any] = dtype.fields or {}
    kind, distance = fields[name][:2]
    return np.ndarray(
        (len(records),), kind, records.data, place + distance, (records.dtype.itemsize,)
    )


def _in_common(records: NDArray[np.void], shape: _Shape) -> NDArray[np.void]:
    """Return records of one shape in the shape that those of all shapes can have."""
    result = np.empty(len(records), dtype=_COMMON)
    generic, v4, v6 = (shape.places.get(name) for name in ("generic", "pair_v4", "pair_v6"))
    if generic == _COMMON_SHAPE.places["generic"]:
        result["front"] = _structure(records, 0, "V64")
    else:
        result["head"] = _structure(records, 0, "V12")
        result["generic"] = (
            np.zeros(len(records), "V48")
            if generic is None
            else _structure(records, generic, "V48")
        )
    if v6 is not None:
        result["pair"] = _structure(records, v6, "V32")
    else:
        pair = np.zeros(len(records), dtype=_PAIR_V6)
        if v4 is not None:
            pair["src_low"] = _field(records, _PAIR_V4, "src", v4)
            pair["dst_low"] = _field(records, _PAIR_V4, "dst", v4)
        result["pair"] = pair.view("V32")
    result["version"] = 6 if shape.has_v6 else 4
    return result


def _structure(records: NDArray[np.void], place: int, dtype: str) -> NDArray[np.void]:
    return np.ndarray((len(records),), dtype, records.data, place, (records.dtype.itemsize,))


def _write(result: BlockFlows, records: NDArray[np.void], shape: _Shape) -> None:
    """Write flows of one shape."""
    batch = result.batch
    result.sysid[:] = _field(records, _HEAD, "sysid", 0)
    batch.sampled[:] = _field(records, _HEAD, "flags", 0) & _SAMPLED
    batch.ip_version[:] = 6 if shape.has_v6 else 4
    generic = shape.places.get("generic")
    for name, column in (
        ("first", batch.first_seen_ms),
        ("last", batch.last_seen_ms),
        ("packets", batch.packets),
        ("bytes", batch.bytes),
        ("src_port", batch.src_port),
        ("dst_port", batch.dst_port),
        ("protocol", batch.protocol),
        ("tcp_flags", batch.tcp_flags),
    ):
        if generic is None:
            column[:] = 0
        else:
            # Numbers too large for a signed column turn negative, which is looked for later.
            column[:] = _field(records, _GENERIC, name, generic).view(column.dtype)
    v4, v6 = shape.places.get("pair_v4"), shape.places.get("pair_v6")
    for name, high, low in (
        ("src", batch.src_addr_high, batch.src_addr_low),
        ("dst", batch.dst_addr_high, batch.dst_addr_low),
    ):
        if v6 is not None:
            high[:] = _field(records, _PAIR_V6, f"{name}_high", v6)
            low[:] = _field(records, _PAIR_V6, f"{name}_low", v6)
        else:
            high[:] = 0
            low[:] = 0 if v4 is None else _field(records, _PAIR_V4, name, v4)


def _router(shape: _Shape) -> tuple[int, int]:
    for name, version in (("router_v4", 4), ("router_v6", 6)):
        if name in shape.places:
            return version, shape.places[name]
    return 0, 0


def _routers(
    block: Block,
    layout: Layout,
    places: list[tuple[_Rows, int, int]],
    starts: NDArray[np.int64],
) -> Routers:
    """Return where the flows of the records at some positions were received from."""
    version = np.zeros(len(layout.flows), dtype=np.uint8)
    distance = np.zeros(len(layout.flows), dtype=np.int64)
    for rows, number, place in places:
        version[rows], distance[rows] = number, place
    wanted = np.searchsorted(layout.flows, starts)
    return routers_at(block.content, version[wanted], starts + distance[wanted])
