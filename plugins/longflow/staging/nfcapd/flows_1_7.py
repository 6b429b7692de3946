"""Flow records of nfdump 1.7 (type 11), as columns.

A record is a head of 12 bytes and a list of elements, each with type and size. Records whose
elements have the same types and sizes in the same order have one *shape*; all records of a shape
have every field at the same distance from their start, so that a field of all flows of a block is
one gather. Learned from nfdump's public header nfxV3.h.
"""

import struct
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .columns import FlowColumns, Routers, routers_at, signed, take
from .container import Block
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

_Number = TypeVar("_Number", bound=np.unsignedinteger)

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


def decode(block: Block, layout: Layout) -> FlowColumns:
    """Return the flows of a block.

    Args:
        block: the block.
        layout: where its flow records lie; at least one.

    Raises:
        NfcapdError: elements do not fill their record, or a number is out of range.
    """
    shapes, shape_of = _shapes(block, layout)
    return _Gather(block, layout, shapes, shape_of).columns()


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


def _shapes(block: Block, layout: Layout) -> tuple[list[_Shape], NDArray[np.int64] | None]:
    """Return the shapes of a block, and the number of its shape for every flow (None: all 0)."""
    if layout.stride:
        shape = _shape_at(block, 0, layout.stride)
        if all(
            bool((_words(block, layout, place) == word).all()) for place, word in shape.words
        ) and bool((_heads(block, layout)["elements"] == len(shape.words)).all()):
            return [shape], None
    shapes: list[_Shape] = []
    shape_of = np.zeros(len(layout.flows), dtype=np.int64)
    content, flows = block.content, layout.flows
    aligned = not bool((flows & 3).any())
    step = 4 if aligned else 1
    words = np.ndarray((len(content) // step - 4 // step + 1,), "<u4", content, 0, (step,))
    for size in np.flatnonzero(np.bincount(layout.sizes)).tolist():
        rows = np.flatnonzero(layout.sizes == size)
        for _ in range(_MOST_SHAPES):
            shape = _shape_at(block, int(flows[rows[0]]), size)
            alike = np.ones(len(rows), dtype=np.bool_)
            starts = flows[rows]
            # The number of elements is the lower half of the record's second word.
            alike &= words[(starts + 4) // step] & 0xFFFF == len(shape.words)
            for place, word in shape.words:
                if place % step:
                    alike &= _unaligned(content, starts + place) == word
                else:
                    alike &= words[(starts + place) // step] == word
            shape_of[rows[alike]] = len(shapes)
            shapes.append(shape)
            rows = rows[~alike]
            if not len(rows):
                break
        else:
            _one_by_one(block, layout, rows, shapes, shape_of)
    return shapes, shape_of


def _unaligned(content: bytes, places: NDArray[np.int64]) -> NDArray[np.uint32]:
    windows = np.ndarray((len(content) - 3,), "<u4", content, 0, (1,))
    return windows[places]


def _one_by_one(
    block: Block,
    layout: Layout,
    rows: NDArray[np.int64],
    shapes: list[_Shape],
    shape_of: NDArray[np.int64],
) -> None:
    known: dict[tuple[tuple[int, int], ...], int] = {}
    for row in rows.tolist():
        shape = _shape_at(block, int(layout.flows[row]), int(layout.sizes[row]))
        key = tuple(shape.words)
        if key not in known:
            known[key] = len(shapes)
            shapes.append(shape)
        shape_of[row] = known[key]


def _words(block: Block, layout: Layout, place: int) -> NDArray[np.uint32]:
    return np.ndarray((len(layout.flows),), "<u4", block.content, place, (layout.stride,))


def _heads(block: Block, layout: Layout) -> NDArray[np.void]:
    return take(block.content, _HEAD, 0, layout.flows, layout.stride)


def _router(shape: _Shape) -> tuple[int, int]:
    for name, version in (("router_v4", 4), ("router_v6", 6)):
        if name in shape.places:
            return version, shape.places[name]
    return 0, 0


def routers(block: Block, flows: FlowColumns) -> Routers:
    """Return where flows were received from, for those that tell."""
    known = np.array(flows.router_places, dtype=np.int64)
    shape_of = np.zeros(len(flows), dtype=np.int64) if flows.shape_of is None else flows.shape_of
    version = known[shape_of, 0].astype(np.uint8)
    return routers_at(block.content, version, flows.starts + known[shape_of, 1])


class _Gather:
    """Takes the fields of all flows of a block together."""

    def __init__(
        self,
        block: Block,
        layout: Layout,
        shapes: list[_Shape],
        shape_of: NDArray[np.int64] | None,
    ) -> None:
        self._block = block
        self._layout = layout
        self._shapes = shapes
        self._shape_of = shape_of
        self._count = len(layout.flows)

    def _element(
        self, name: str, dtype: np.dtype[np.void]
    ) -> tuple[slice | NDArray[np.int64], NDArray[np.void]] | None:
        """Return the flows that have an element, and their elements; None when none has."""
        content, flows = self._block.content, self._layout.flows
        places = np.array([shape.places.get(name, -1) for shape in self._shapes], dtype=np.int64)
        if int(places.max()) < 0:
            return None
        if self._shape_of is None:
            return slice(None), take(content, dtype, int(places[0]), flows, self._layout.stride)
        if int(places.min()) == int(places.max()):
            return slice(None), take(content, dtype, 0, flows + places[0], 0)
        place = places[self._shape_of]
        if int(places.min()) >= 0:
            return slice(None), take(content, dtype, 0, flows + place, 0)
        rows = np.flatnonzero(place >= 0)
        return rows, take(content, dtype, 0, flows[rows] + place[rows], 0)

    def _column(
        self,
        rows: slice | NDArray[np.int64],
        values: NDArray[np.generic],
        dtype: type[_Number],
    ) -> NDArray[_Number]:
        if isinstance(rows, slice):
            return values.astype(dtype)
        column = np.zeros(self._count, dtype=dtype)
        column[rows] = values
        return column

    def _addresses(self) -> dict[str, NDArray[np.uint64]]:
        """Return the halves of source and destination."""
        v4, v6 = self._element("pair_v4", _PAIR_V4), self._element("pair_v6", _PAIR_V6)
        if v6 is None and v4 is not None and isinstance(v4[0], slice):
            zeros = np.zeros(self._count, dtype=np.uint64)
            return {
                "src_high": zeros,
                "src_low": v4[1]["src"].astype(np.uint64),
                "dst_high": zeros.copy(),
                "dst_low": v4[1]["dst"].astype(np.uint64),
            }
        result = {
            name: np.zeros(self._count, dtype=np.uint64)
            for name in ("src_high", "src_low", "dst_high", "dst_low")
        }
        if v4 is not None:
            result["src_low"][v4[0]] = v4[1]["src"]
            result["dst_low"][v4[0]] = v4[1]["dst"]
        if v6 is not None:
            for name, column in result.items():
                column[v6[0]] = v6[1][name]
        return result

    def _constant(self, values: list[int]) -> NDArray[np.uint8]:
        if self._shape_of is None:
            return np.full(self._count, values[0], dtype=np.uint8)
        return np.array(values, dtype=np.uint8)[self._shape_of]

    def columns(self) -> FlowColumns:
        block, flows = self._block, self._layout.flows
        heads = _heads(block, self._layout)
        found = self._element("generic", _GENERIC)
        rows, generic = (
            found if found is not None else (np.empty(0, dtype=np.int64), np.empty(0, _GENERIC))
        )

        def number(name: str, what: str) -> NDArray[np.int64]:
            column = self._column(rows, generic[name], np.uint64)
            return signed(block, flows, column, what)

        pairs = self._addresses()
        result = FlowColumns(
            sysid=heads["sysid"].astype(np.int64),
            sampled=(heads["flags"] & _SAMPLED).astype(np.bool_),
            first_seen_ms=number("first", "ms as its start"),
            last_seen_ms=number("last", "ms as its end"),
            ip_version=self._constant([6 if shape.has_v6 else 4 for shape in self._shapes]),
            protocol=self._column(rows, generic["protocol"], np.uint8),
            src_addr_high=pairs["src_high"],
            src_addr_low=pairs["src_low"],
            dst_addr_high=pairs["dst_high"],
            dst_addr_low=pairs["dst_low"],
            src_port=self._column(rows, generic["src_port"], np.uint16),
            dst_port=self._column(rows, generic["dst_port"], np.uint16),
            packets=number("packets", "packets"),
            bytes=number("bytes", "bytes"),
            tcp_flags=self._column(rows, generic["tcp_flags"], np.uint8),
            starts=flows,
            shape_of=self._shape_of,
            router_places=tuple(_router(shape) for shape in self._shapes),
        )
        sampling = self._element("sampling", _SAMPLING)
        if sampling is not None:
            stored = np.zeros(self._count, dtype=np.int64)
            stored[sampling[0]] = sampling[1]["interval"]
            result.stored_interval = stored
        self._count_unknown(result)
        return result

    def _count_unknown(self, result: FlowColumns) -> None:
        for number, shape in enumerate(self._shapes):
            if shape.unknown:
                flows = (
                    self._count if self._shape_of is None else int((self._shape_of == number).sum())
                )
                for kind in shape.unknown:
                    result.skipped_elements[kind] += flows
