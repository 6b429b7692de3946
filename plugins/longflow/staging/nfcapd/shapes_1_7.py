"""Shapes of the flow records of nfdump 1.7 (type 11): which elements, and where they lie.

A record is a head of 12 bytes and a list of elements, each with type and size. Records whose
elements have the same types and sizes in the same order have one *shape*. Learned from nfdump's
public header nfxV3.h.
"""

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .container import Block
from .errors import NfcapdError

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
# Until 1.7.1 the sampler's number in the lower half and the interval in the upper one; from 1.7.2
# on the number alone, 64 bits.
_SAMPLING = np.dtype([("sampling", "<i8")])
WAY_BACK = np.dtype([("merged", "<i8"), ("out_packets", "<i8"), ("out_bytes", "<i8")])
# Of records that do not name a sampler; no exporter has one of this number.
NO_SAMPLER = -1
_ELEMENT = struct.Struct("<HH")
# 0 takes the place of one that nfdump took out.
_ELEMENTS_OF_1_7 = range(43)
# Element type: the field of a shape that locates it, and what of it is read.
_READ = {
    1: ("generic", _GENERIC),
    2: ("pair_v4", _PAIR_V4),
    3: ("pair_v6", _PAIR_V6),
    5: ("way_back", WAY_BACK),
    12: ("router_v4", np.dtype("V4")),
    13: ("router_v6", np.dtype("V16")),
    18: ("sampling", _SAMPLING),
}
_RIVAL = {"router_v4": "router_v6", "router_v6": "router_v4"}
# What a firewall or a NAT gateway logs: NSEL, NAT, a block of ports.
_OF_EVENTS = (19, 25, 26)
# An element with the IP version, if the exporter sends it.
_LAYER_2 = 38
_OF_LAYER_2 = np.dtype(
    {"names": ["told_version"], "formats": ["u1"], "offsets": [26], "itemsize": 32}
)
_STRUCTURES = {**dict(_READ.values()), "layer_2": _OF_LAYER_2}
# A block with more shapes of one size than this is looked at record by record.
MOST_SHAPES = 32


@dataclass
class Shape:
    """Where the elements of some records lie, in bytes from the record's start.

    Attributes:
        size: bytes of such a record.
        words: place of each element, and the number that its type and size are together.
        places: where the content of elements that are read lies, by their name.
        unknown: types of unknown elements.
        is_event: whether an element describes an event of a firewall or of NAT.
    """

    size: int
    words: list[tuple[int, int]]
    places: dict[str, int] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)
    is_event: bool = False

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


class Places(NamedTuple):
    """Where things lie in the records of some shapes: an entry a shape, in words of four bytes.

    Attributes:
        sizes: int64, bytes of a record.
        elements: int64, number of its elements.
        word_places: int64, a line a shape: where the heads of its elements lie.
        words: uint32 likewise, what stands there.
        generic, pair_v4, pair_v6, sampling: int64, where the content lies; 0 where there is none.
    """

    sizes: NDArray[np.int64]
    elements: NDArray[np.int64]
    word_places: NDArray[np.int64]
    words: NDArray[np.uint32]
    generic: NDArray[np.int64]
    pair_v4: NDArray[np.int64]
    pair_v6: NDArray[np.int64]
    sampling: NDArray[np.int64]


class Shapes:
    """The shapes of a file's flow records, remembered from block to block.

    Attributes:
        by_size: the one that was met last among records of each size, for `decode`.
        known: those that `learn` took in; they only ever come in, behind the others.
        is_odd: whether there was one that `Places` cannot describe.
    """

    def __init__(self) -> None:
        self.by_size: dict[int, Shape] = {}
        self.known: list[Shape] = []
        self.is_odd = False
        self._places: Places | None = None

    def learn(self, block: Block, position: int, size: int) -> bool:
        """Add the shape of the flow record at a position; whether it is a new one."""
        if len(self.known) == MOST_SHAPES:
            return False
        try:
            shape = shape_at(block, position, size)
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
    def have_samplers(self) -> bool:
        """Whether some known shape names the flow's sampler."""
        return any("sampling" in one.places for one in self.known)

    @property
    def have_special_records(self) -> bool:
        """Whether some known shape is of events, or has reverse counters."""
        return any(one.is_event or "way_back" in one.places for one in self.known)

    @property
    def have_unknown_elements(self) -> bool:
        """Whether some known shape has elements of which nothing is known."""
        return any(one.unknown for one in self.known)


def _places(shapes: list[Shape]) -> Places:
    def lies(name: str) -> NDArray[np.int64]:
        at = [one.places[name] // 4 if name in one.places else 0 for one in shapes]
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
        sampling=lies("sampling"),
    )


def shape_at(block: Block, position: int, size: int) -> Shape:
    """Return the shape of the flow record at a position.

    Raises:
        NfcapdError: its elements do not fill it, or are too small for what they should hold.
    """
    content = block.content
    (count,) = struct.unpack_from("<H", content, position + 4)
    shape = Shape(size=size, words=[])
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
        elif kind in _OF_EVENTS:
            shape.is_event = True
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
