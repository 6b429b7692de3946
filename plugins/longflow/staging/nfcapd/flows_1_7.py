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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows, Routers, check_signed, routers_at, take
from .container import Block
from .errors import NfcapdError
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

SAMPLED = 2
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

    def is_of_words(self) -> bool:
        """Whether it has counters, addresses of one IP version, and all of it in whole words."""
        places = [self.size, *self.places.values(), *(place for place, _ in self.words)]
        return (
            "generic" in self.places
            and not {"pair_v4", "pair_v6"} <= self.places.keys()
            and not any(place % 4 for place in places)
        )

    def router(self) -> tuple[int, int]:
        """Return the IP version of the router's address and where that lies; 0 where it is not."""
        for name, version in (("router_v4", 4), ("router_v6", 6)):
            if name in self.places:
                return version, self.places[name]
        return 0, 0


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


class Places(NamedTuple):
    """Where things lie in the records of some shapes: an entry a shape, in words of four bytes.

    Attributes:
        sizes: int64, bytes of a record.
        elements: int64, number of its elements.
        word_places: int64, a line a shape: where the heads of its elements lie.
        words: uint32 likewise, what stands there.
        generic, pair_v4, pair_v6, interval: int64, where the content lies; 0 where there is none.
    """

    sizes: NDArray[np.int64]
    elements: NDArray[np.int64]
    word_places: NDArray[np.int64]
    words: NDArray[np.uint32]
    generic: NDArray[np.int64]
    pair_v4: NDArray[np.int64]
    pair_v6: NDArray[np.int64]
    interval: NDArray[np.int64]


class Shapes:
    """The shapes of a file's flow records, remembered from block to block.

    Attributes:
        by_size: the one that was met last among records of each size, for `decode`.
        known: those that `learn` took in; they only ever come in, behind the others.
        is_odd: whether there was one that `Places` cannot describe.
    """

    def __init__(self) -> None:
        self.by_size: dict[int, _Shape] = {}
        self.known: list[_Shape] = []
        self.is_odd = False
        self._places: Places | None = None

    def learn(self, block: Block, position: int, size: int) -> bool:
        """Take in the shape of the flow record at a position; tell whether it is a new one."""
        if len(self.known) == _MOST_SHAPES:
            return False
        try:
            shape = _shape_at(block, position, size)
        except NfcapdError:
            return False
        if not shape.is_of_words():
            self.is_odd = True
            return False
        if any(shape.words == one.words and size == one.size for one in self.known):
            return False
        self.known.append(shape)
        return True

    def places(self) -> Places:
        """Return where things lie in records of the known shapes."""
        if self._places is None or len(self._places.sizes) != len(self.known):
            self._places = _places(list(self.known))
        return self._places

    @property
    def have_intervals(self) -> bool:
        """Whether some known shape holds a sampling interval."""
        return any("sampling" in one.places for one in self.known)

    @property
    def have_unknown_elements(self) -> bool:
        """Whether some known shape has elements of which nothing is known."""
        return any(one.unknown for one in self.known)


def _places(shapes: list[_Shape]) -> Places:
    def lies(name: str, behind: int = 0) -> NDArray[np.int64]:
        at = [(one.places[name] + behind) // 4 if name in one.places else 0 for one in shapes]
        return np.array(at, dtype=np.int64)

    widest = max((len(one.words) for one in shapes), default=0)
    word_places = np.zeros((len(shapes), widest), dtype=np.int64)
    words = np.zeros((len(shapes), widest), dtype=np.uint32)
    for line, shape in enumerate(shapes):
        for number, (place, word) in enumerate(shape.words):
            word_places[line, number], words[line, number] = place // 4, word
    return Places(
        sizes=np.array([one.size for one in shapes], dtype=np.int64),
        elements=np.array([len(one.words) for one in shapes], dtype=np.int64),
        word_places=word_places,
        words=words,
        generic=lies("generic"),
        pair_v4=lies("pair_v4"),
        pair_v6=lies("pair_v6"),
        # Behind the sampler's number.
        interval=lies("sampling", 4),
    )


def decode(block: Block, layout: Layout, batch: FlowBatch, shapes: Shapes) -> BlockFlows:
    """Write the flows of a block into a batch.

    Args:
        block: the block.
        layout: where its flow records lie; at least one.
        batch: as many rows as there are flow records.
        shapes: those of blocks before, which are tried first; kept up to date.

    Raises:
        NfcapdError: elements do not fill their record, or a number is out of range.
    """
    count = len(layout.flows)
    result = BlockFlows(batch, sysid=np.empty(count, dtype=np.int64), starts=layout.flows)
    routers: list[tuple[_Rows, int, int]] = []
    common: NDArray[np.void] | None = None
    for rows, records, shape in _groups(block, layout, shapes):
        if isinstance(rows, slice):
            _write(result, rows, records, shape)
        else:
            if common is None:
                common = np.empty(count, dtype=_COMMON)
            common.view(f"V{_COMMON.itemsize}")[rows] = _in_common(records, shape)
        if "sampling" in shape.places:
            if result.stored_interval is None:
                result.stored_interval = np.zeros(count, dtype=np.int64)
            result.stored_interval[rows] = records["interval"]
        for kind in shape.unknown:
            result.skipped_elements[kind] += len(records)
        routers.append((rows, *shape.router()))
    if common is not None:
        _write(result, slice(None), common.view(_COMMON_SHAPE.dtype()), _COMMON_SHAPE)
        batch.ip_version[:] = common["version"]
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
        shape = shapes.by_size[layout.stride] = _shape_at(block, 0, layout.stride)
        records = np.frombuffer(content, shape.dtype(), len(flows))
        if bool(_alike(records, shape).all()):
            yield from _by_version(slice(None), records, shape)
            return
    for size in np.flatnonzero(np.bincount(layout.sizes)).tolist():
        rows = np.flatnonzero(layout.sizes == size)
        taken = take(content, np.dtype(f"V{size}"), flows[rows])
        for attempt in range(_MOST_SHAPES):
            known = shapes.by_size.get(size) if attempt == 0 else None
            shape = known or _shape_at(block, int(flows[rows[0]]), size)
            shapes.by_size[size] = shape
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
    batch.sampled[rows] = records["flags"] & SAMPLED
    batch.ip_version[rows] = 6 if "pair_v6" in shape.places else 4
    for name in _COLUMNS:
        getattr(batch, name)[rows] = records[name] if name in names else 0


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
