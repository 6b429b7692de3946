"""Flow records of nfdump 1.7 (type 11), as columns.

A record is a head of 12 bytes and a list of elements, each with type and size. Records whose
elements have the same types and sizes in the same order have one *shape*; all records of a shape
have every field at the same distance from their start, so that a field of all flows of a block is
one gather. Learned from nfdump's public header nfxV3.h.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
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
# Fields are named as the columns they become. Numbers too large for a signed column turn negative,
# which is looked for later.
_GENERIC = np.dtype(
    [
        ("first_seen_ms", "<i8"),
        ("last_seen_ms", "<i8"),
        ("received_ms", "<i8"),
        ("packets", "<i8"),
        ("bytes", "<i8"),
        ("src_port", "<u2"),
        ("dst_port", "<u2"),
        ("protocol", "u1"),
        ("tcp_flags", "u1"),
        ("forwarding", "u1"),
        ("tos", "u1"),
    ]
)
_PAIR_V4 = np.dtype([("src_addr_low", "<u4"), ("dst_addr_low", "<u4")])
_PAIR_V6 = np.dtype(
    [
        ("src_addr_high", "<u8"),
        ("src_addr_low", "<u8"),
        ("dst_addr_high", "<u8"),
        ("dst_addr_low", "<u8"),
    ]
)
_SAMPLING = np.dtype([("sampler", "<i4"), ("interval", "<u4")])
_COLUMNS = (
    *("first_seen_ms", "last_seen_ms", "packets", "bytes"),
    *("src_port", "dst_port", "protocol", "tcp_flags"),
    *("src_addr_high", "src_addr_low", "dst_addr_high", "dst_addr_low"),
)

_Rows = slice | NDArray[np.int64]

_SAMPLED = 2
_ELEMENT = struct.Struct("<HH")
# 0 takes the place of one that nfdump took out.
_ELEMENTS_OF_1_7 = range(43)
# Element type: the field of a shape that tells where it lies, and what of it is read.
_READ = {
    1: ("generic", _GENERIC),
    2: ("pair_v4", _PAIR_V4),
    3: ("pair_v6", _PAIR_V6),
    12: ("router_v4", np.dtype("V4")),
    13: ("router_v6", np.dtype("V16")),
    18: ("sampling", _SAMPLING),
}
_RIVAL = {"router_v4": "router_v6", "router_v6": "router_v4"}
# An element that tells the IP version, where the exporter does.
_LAYER_2 = 38
_OF_LAYER_2 = np.dtype(
    {"names": ["told_version"], "formats": ["u1"], "offsets": [26], "itemsize": 32}
)
_STRUCTURES = {**dict(_READ.values()), "layer_2": _OF_LAYER_2}
# A block with more shapes of one size than this is looked at record by record.
_MOST_SHAPES = 32


@dataclass
class _Shape:
    """Where the elements of some records lie, in bytes from the record's start.

    Attributes:
        size: bytes of such a record.
        words: place of each element, and the number that its type and size are together.
        places: where the content of elements that are read lies, by their name.
        unknown: types of elements of which nothing is known.
    """

    size: int
    words: list[tuple[int, int]]
    places: dict[str, int] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)

    def dtype(self) -> np.dtype[np.void]:
        """Return such a record as a structure: what is read of it, and `word_N` of element N."""
        return _dtype(self.size, tuple(self.places.items()), tuple(self.words))


# Making one takes as long as reading hundreds of flows.
@lru_cache(maxsize=256)
def _dtype(
    size: int, places: tuple[tuple[str, int], ...], words: tuple[tuple[int, int], ...]
) -> np.dtype[np.void]:
    fields: dict[str, tuple[Any, int]] = {}
    for structure, at in [(_HEAD, 0), *((_STRUCTURES[name], at) for name, at in places)]:
        for name, (kind, place, *_) in (structure.fields or {}).items():
            fields[name] = (kind, at + place)
    for number, (place, _) in enumerate(words):
        fields[f"word_{number}"] = (np.dtype("<u4"), place)
    return np.dtype(
        {
            "names": list(fields),
            "formats": [kind for kind, _ in fields.values()],
            "offsets": [place for _, place in fields.values()],
            "itemsize": size,
        }
    )


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


Shapes = dict[int, _Shape]
"""The shape that was met last among records of each size."""


def decode(
    block: Block, layout: Layout, batch: FlowBatch, *, ordered: bool, shapes: Shapes
) -> BlockFlows:
    """Write the flows of a block into a batch.

    Args:
        block: the block.
        layout: where its flow records lie; at least one.
        batch: as many rows as there are flow records.
        ordered: keep the order of the file. Otherwise the flows of a shape come together, which
            spares scattering them, and `order` of the result tells where they belong.
        shapes: those of blocks before, which are tried first; kept up to date.

    Raises:
        NfcapdError: elements do not fill their record, or a number is out of range.
    """
    count = len(layout.flows)
    result = BlockFlows(batch, sysid=np.empty(count, dtype=np.int64), starts=layout.flows)
    routers: list[tuple[_Rows, int, int]] = []
    common: NDArray[np.void] | None = None
    done = 0
    for rows, records, shape in _groups(block, layout, shapes):
        written = rows
        if isinstance(rows, slice):
            _write(result, rows, records, shape)
        elif ordered:
            if common is None:
                common = np.empty(count, dtype=_COMMON)
            common.view(f"V{_COMMON.itemsize}")[rows] = _in_common(records, shape)
        else:
            if result.order is None:
                result.order = np.empty(count, dtype=np.int64)
            written = slice(done, done + len(rows))
            result.order[written] = rows
            _write(result, written, records, shape)
            done += len(rows)
        if "sampling" in shape.places:
            if result.stored_interval is None:
                result.stored_interval = np.zeros(count, dtype=np.int64)
            result.stored_interval[written] = records["interval"]
        for kind in shape.unknown:
            result.skipped_elements[kind] += len(records)
        routers.append((rows, *_router(shape)))
    if common is not None:
        _write(result, slice(None), common.view(_COMMON_SHAPE.dtype()), _COMMON_SHAPE)
        batch.ip_version[:] = common["version"]
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
            # As in nfdump, the last of several counts.
            shape.places.pop(_RIVAL.get(name, ""), None)
            shape.places[name] = place + _ELEMENT.size
        elif kind == _LAYER_2 and length == _ELEMENT.size + _OF_LAYER_2.itemsize:
            shape.places["layer_2"] = place + _ELEMENT.size
        elif kind not in _ELEMENTS_OF_1_7:
            shape.unknown.append(kind)
        place += length
    if place != size:
        raise block.error(
            position, f"the elements of a flow record fill {place} of its {size} bytes"
        )
    return shape


def _groups(
    block: Block, layout: Layout, shapes: Shapes
) -> Iterator[tuple[_Rows, NDArray[np.void], _Shape]]:
    """Yield the flows of each shape: which they are, and their records side by side."""
    content, flows = block.content, layout.flows
    if layout.stride:
        shape = shapes[layout.stride] = _shape_at(block, 0, layout.stride)
        records = np.frombuffer(content, shape.dtype(), len(flows))
        if bool(_alike(records, shape).all()):
            yield from _by_version(slice(None), records, shape)
            return
    for size in np.flatnonzero(np.bincount(layout.sizes)).tolist():
        rows = np.flatnonzero(layout.sizes == size)
        taken = take(content, np.dtype(f"V{size}"), flows[rows])
        for attempt in range(_MOST_SHAPES):
            known = shapes.get(size) if attempt == 0 else None
            shape = known or _shape_at(block, int(flows[rows[0]]), size)
            shapes[size] = shape
            records = taken.view(shape.dtype())
            alike = _alike(records, shape)
            if bool(alike.all()):
                yield from _by_version(rows, records, shape)
                break
            if bool(alike.any()):
                yield from _by_version(rows[alike], taken[alike].view(shape.dtype()), shape)
                rows, taken = rows[~alike], taken[~alike]
        else:
            yield from _sorted_one_by_one(block, layout, rows, taken)


def _alike(records: NDArray[np.void], shape: _Shape) -> NDArray[np.bool_]:
    """Tell which of some records, seen as those of a shape, have its elements."""
    alike: NDArray[np.bool_] = records["elements"] == len(shape.words)
    for number, (_, word) in enumerate(shape.words):
        alike &= records[f"word_{number}"] == word
    return alike


def _sorted_one_by_one(
    block: Block, layout: Layout, rows: NDArray[np.int64], taken: NDArray[np.void]
) -> Iterator[tuple[_Rows, NDArray[np.void], _Shape]]:
    members: dict[tuple[tuple[int, int], ...], list[int]] = {}
    shapes: dict[tuple[tuple[int, int], ...], _Shape] = {}
    for order, row in enumerate(rows.tolist()):
        shape = _shape_at(block, int(layout.flows[row]), int(layout.sizes[row]))
        key = tuple(shape.words)
        shapes.setdefault(key, shape)
        members.setdefault(key, []).append(order)
    for key, shape in shapes.items():
        records = taken[members[key]].view(shape.dtype())
        yield from _by_version(rows[members[key]], records, shape)


def _by_version(
    rows: _Rows, records: NDArray[np.void], shape: _Shape
) -> Iterator[tuple[_Rows, NDArray[np.void], _Shape]]:
    """Yield records of one shape; those with addresses of both IP versions by the one that holds.

    Some exporters send both, one of them empty. As in nfdump 1.7.8 the version counts that the
    exporter tells, else IPv4 unless its addresses are empty.
    """
    if not {"pair_v4", "pair_v6"} <= shape.places.keys():
        yield rows, records, shape
        return
    one_v4, one_v6 = (
        replace(shape, places={name: at for name, at in shape.places.items() if name != left_out})
        for left_out in ("pair_v6", "pair_v4")
    )
    seen = records.view(one_v4.dtype())
    is_v6 = (seen["src_addr_low"] | seen["dst_addr_low"]) == 0
    if "layer_2" in shape.places:
        is_v6 = (seen["told_version"] == 6) | (is_v6 & (seen["told_version"] != 4))
    numbers = np.arange(len(records)) if isinstance(rows, slice) else rows
    taken = records.view(f"V{shape.size}")
    for chosen, one in ((~is_v6, one_v4), (is_v6, one_v6)):
        if bool(chosen.any()):
            yield numbers[chosen], taken[chosen].view(one.dtype()), one


def _in_common(records: NDArray[np.void], shape: _Shape) -> NDArray[np.void]:
    """Return records of one shape in the shape that those of all shapes can have."""
    result = np.zeros(len(records), dtype=_COMMON)
    places = shape.places
    if places.get("generic") == _COMMON_SHAPE.places["generic"]:
        result["front"] = _structure(records, 0, "V64")
    else:
        result["head"] = _structure(records, 0, "V12")
        if "generic" in places:
            result["generic"] = _structure(records, places["generic"], "V48")
    if "pair_v6" in places:
        result["pair"] = _structure(records, places["pair_v6"], "V32")
    elif "pair_v4" in places:
        pair = result.view(_COMMON_SHAPE.dtype())
        pair["src_addr_low"] = records["src_addr_low"]
        pair["dst_addr_low"] = records["dst_addr_low"]
    result["version"] = 6 if "pair_v6" in shape.places else 4
    return result.view(f"V{_COMMON.itemsize}")


def _structure(records: NDArray[np.void], place: int, dtype: str) -> NDArray[np.void]:
    size = records.dtype.itemsize
    return np.ndarray((len(records),), dtype, records.view(f"V{size}").data, place, (size,))


def _write(result: BlockFlows, rows: slice, records: NDArray[np.void], shape: _Shape) -> None:
    """Write records of one shape as the flows at some rows."""
    batch, names = result.batch, records.dtype.names or ()
    result.sysid[rows] = records["sysid"]
    batch.sampled[rows] = records["flags"] & _SAMPLED
    batch.ip_version[rows] = 6 if "pair_v6" in shape.places else 4
    for name in _COLUMNS:
        getattr(batch, name)[rows] = records[name] if name in names else 0


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
