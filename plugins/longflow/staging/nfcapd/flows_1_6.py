"""Flow records of nfdump 1.5 and 1.6 (layout 1), as columns.

A record has a fixed head, addresses and counters whose widths are given by three bits of its flags,
and extensions listed by a map, which is a record of its own in the file. All that is wanted lies in
front of the extensions, save the address of the router. Learned from nfdump's public headers (nfx.h
of 1.6 and 1.7, nffile.h of 1.6.13).
"""

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows, Routers, check_signed, routers_at, take
from .container import Block
from .model import FlowBatch
from .records import FLOW_1_5, FLOW_1_6, FLOW_1_6_EARLY, Layout

IPV6, PACKETS_64, BYTES_64, EVENT, SAMPLED = 1, 2, 4, 64, 128
_WIDTHS = IPV6 | PACKETS_64 | BYTES_64


def _head(size: int, **places: tuple[str, int]) -> np.dtype[np.void]:
    return np.dtype(
        {
            "names": list(places),
            "formats": [form for form, _ in places.values()],
            "offsets": [place for _, place in places.values()],
            "itemsize": size,
        }
    )


_TIMES = {
    "first_ms": ("<u2", 8),
    "last_ms": ("<u2", 10),
    "first": ("<u4", 12),
    "last": ("<u4", 16),
    "tcp_flags": ("u1", 21),
    "protocol": ("u1", 22),
}
_HEADS = {
    FLOW_1_6: _head(
        32,
        flags=("u1", 4),
        map=("<u2", 6),
        **_TIMES,
        src_port=("<u2", 24),
        dst_port=("<u2", 26),
        sysid=("<u2", 28),
    ),
    FLOW_1_6_EARLY: _head(
        28,
        flags=("u1", 4),
        sysid=("u1", 5),
        map=("<u2", 6),
        **_TIMES,
        src_port=("<u2", 24),
        dst_port=("<u2", 26),
    ),
    # nfdump 1.5 numbered its exporters for itself: the number leads nowhere.
    FLOW_1_5: _head(36, flags=("u1", 0), **_TIMES, src_port=("<u2", 28), dst_port=("<u2", 30)),
}

# Where packets, bytes and extensions stand behind the head, for each of the eight widths.
_PLACES = np.array(
    [
        (
            at_packets := 32 if widths & IPV6 else 8,
            at_bytes := at_packets + (8 if widths & PACKETS_64 else 4),
            at_bytes + (8 if widths & BYTES_64 else 4),
        )
        for widths in range(_WIDTHS + 1)
    ],
    dtype=np.int64,
)
_ENDS = _PLACES[:, 2].copy()

_Rows = slice | NDArray[np.int64]


class _Records:
    """Records of one set of widths, at a distance of `step` bytes in some memory."""

    def __init__(self, memory: bytes | memoryview, count: int, step: int) -> None:
        self._memory, self._count, self._step = memory, count, step

    def field(self, form: str, place: int) -> NDArray[Any]:
        """Return what lies at a place of every record, as a view."""
        return np.ndarray((self._count,), form, self._memory, place, (self._step,))


def decode(block: Block, layout: Layout, batch: FlowBatch) -> BlockFlows:
    """Write the flows of a block into a batch.

    `map_id` and `extensions_at` of the result locate the rest of each record. Arguments and errors
    are those of `flows_1_7.decode`; instead of shapes there are sets of widths.
    """
    head = _HEADS[layout.flow_type]
    starts, sizes, count = layout.flows, layout.sizes, len(layout.flows)
    if int(sizes.min()) < head.itemsize + 16:
        short = int(sizes.argmin())
        raise block.error(int(starts[short]), f"a flow record has only {sizes[short]} bytes")
    widths = _flags(block, layout, head) & _WIDTHS
    ends = _ENDS[widths] + head.itemsize
    beyond = ends > sizes
    if bool(beyond.any()):
        row = int(beyond.argmax())
        raise block.error(
            int(starts[row]),
            f"a flow record of {sizes[row]} bytes is too short for its counters",
        )
    names = head.names or ()
    result = BlockFlows(
        batch,
        sysid=np.zeros(count, dtype=np.int64),
        starts=starts,
        map_id=np.zeros(count, dtype=np.int64) if "map" in names else None,
    )
    kinds: list[int] = np.flatnonzero(np.bincount(widths)).tolist()
    for kind in kinds:
        rows: _Rows = slice(None) if len(kinds) == 1 else np.flatnonzero(widths == kind)
        if layout.stride and len(kinds) == 1:
            records = _Records(block.content, count, layout.stride)
        else:
            end = head.itemsize + int(_ENDS[kind])
            taken = take(block.content, np.dtype(f"V{end}"), starts[rows])
            records = _Records(taken.data, len(taken), end)
        _write(records, head, kind, result, rows)
    result.extensions_at = result.starts + ends
    check_signed(block, result)
    return result


def _fields(head: np.dtype[np.void]) -> Mapping[str, Any]:
    return head.fields or {}


def _flags(block: Block, layout: Layout, head: np.dtype[np.void]) -> NDArray[np.uint8]:
    place = _fields(head)["flags"][1]
    if layout.stride:
        return np.ndarray((len(layout.flows),), "u1", block.content, place, (layout.stride,))
    flags: NDArray[np.uint8] = np.frombuffer(block.content, np.uint8)[layout.flows + place]
    return flags


def _write(
    records: _Records, head: np.dtype[np.void], widths: int, result: BlockFlows, rows: _Rows
) -> None:
    """Write records of one set of widths as the flows at some rows."""
    batch, places = result.batch, _fields(head)

    def of_head(name: str) -> NDArray[Any]:
        return records.field(*places[name][:2])

    batch.sampled[rows] = of_head("flags") & SAMPLED
    result.mark_events(rows, (of_head("flags") & EVENT).astype(np.bool_))
    batch.ip_version[rows] = 6 if widths & IPV6 else 4
    for column, seconds, milliseconds in (
        (batch.first_seen_ms, "first", "first_ms"),
        (batch.last_seen_ms, "last", "last_ms"),
    ):
        moments = np.multiply(of_head(seconds), 1000, dtype=np.int64)
        moments += of_head(milliseconds)
        column[rows] = moments
    for name in ("protocol", "tcp_flags", "src_port", "dst_port"):
        getattr(batch, name)[rows] = of_head(name)
    if "sysid" in places:
        result.sysid[rows] = of_head("sysid")
    if result.map_id is not None:
        result.map_id[rows] = of_head("map")
    at = head.itemsize
    if widths & IPV6:
        batch.src_addr_high[rows] = records.field("<u8", at)
        batch.src_addr_low[rows] = records.field("<u8", at + 8)
        batch.dst_addr_high[rows] = records.field("<u8", at + 16)
        batch.dst_addr_low[rows] = records.field("<u8", at + 24)
    else:
        batch.src_addr_high[rows] = 0
        batch.dst_addr_high[rows] = 0
        batch.src_addr_low[rows] = records.field("<u4", at)
        batch.dst_addr_low[rows] = records.field("<u4", at + 4)
    at_packets, at_bytes, _ = (at + int(place) for place in _PLACES[widths])
    # Numbers too large for a signed column turn negative, which is looked for later.
    batch.packets[rows] = records.field("<i8" if widths & PACKETS_64 else "<u4", at_packets)
    batch.bytes[rows] = records.field("<i8" if widths & BYTES_64 else "<u4", at_bytes)


# Bytes of each extension that a map may list.
_EXTENSION_SIZES = {
    4: 4, 5: 8, 6: 4, 7: 8, 8: 4, 9: 4, 10: 16, 11: 4, 12: 16, 13: 4, 14: 4, 15: 8, 16: 4, 17: 8,
    18: 4, 19: 8, 20: 16, 21: 16, 22: 40, 23: 4, 24: 16, 25: 4, 26: 8, 27: 8, 37: 20, 38: 4, 39: 8,
    40: 32, 41: 24, 42: 24, 43: 72, 45: 24, 46: 12, 47: 8, 48: 8,
}  # fmt: skip
_ROUTER_V4, _ROUTER_V6 = 23, 24
# Reverse counters, by extension: the column of `BlockFlows`, and how it is stored.
_WAY_BACK = {
    14: ("out_packets", "<u4"),
    15: ("out_packets", "<i8"),
    16: ("out_bytes", "<u4"),
    17: ("out_bytes", "<i8"),
    18: ("merged", "<u4"),
    19: ("merged", "<i8"),
}
# What a firewall or a NAT gateway logs: NSEL, NAT, a block of ports.
_OF_EVENTS = frozenset((37, 46, 48))
_SPECIAL = _OF_EVENTS | _WAY_BACK.keys()
_SIZE_AT = 2
_MAP_HEAD = struct.Struct("<4xHH")


@dataclass(frozen=True)
class _Map:
    """What a map lists; `places` says where extensions lie, by their number."""

    unknown: tuple[int, ...]
    places: dict[int, int]

    @property
    def router(self) -> tuple[int, int] | None:
        """IP version and place of the router's address, if it is listed; the last one counts."""
        found = [
            (at, 4 if kind == _ROUTER_V4 else 6)
            for kind, at in self.places.items()
            if kind in (_ROUTER_V4, _ROUTER_V6)
        ]
        return max(found)[::-1] if found else None


class ExtensionMaps:
    """The maps of a file as they stand at one place of it."""

    def __init__(self) -> None:
        self._maps: dict[int, _Map] = {}
        self._raw: dict[int, bytes] = {}
        self._known = np.zeros(0x10000, dtype=np.bool_)

    def define(self, block: Block, position: int, size: int) -> None:
        """Take in the map record at a position.

        Raises:
            NfcapdError: the record is too short, or its list does not end.
        """
        if size < _MAP_HEAD.size + 2:
            raise block.error(position, f"an extension map claims to be {size} bytes long")
        number, _ = _MAP_HEAD.unpack_from(block.content, position)
        count = (size - _MAP_HEAD.size) // 2
        listed = struct.unpack_from(f"<{count}H", block.content, position + _MAP_HEAD.size)
        if 0 not in listed:
            raise block.error(position, "the list of an extension map does not end")
        kinds = listed[: listed.index(0)]
        unknown = tuple(kind for kind in kinds if kind > 3 and kind not in _EXTENSION_SIZES)
        places: dict[int, int] = {}
        place = 0
        for kind in kinds:
            if kind in unknown:
                # What lies behind an extension of unknown size cannot be found.
                break
            places[kind] = place
            place += _EXTENSION_SIZES.get(kind, 0)
        self._maps[number] = _Map(unknown, places)
        self._raw[number] = block.content[position : position + size]
        self._known[number] = True

    def changes(
        self, block: Block, position: int, size: int, flows: BlockFlows, rows: slice
    ) -> bool:
        """Whether the map record at a position changes the maps for some rows of flows."""
        if flows.map_id is None or size < _MAP_HEAD.size:
            return False
        number, _ = _MAP_HEAD.unpack_from(block.content, position)
        raw = block.content[position : position + size]
        return raw != self._raw.get(number) and bool((flows.map_id[rows] == number).any())

    def known(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each map number, whether it exists; nfdump leaves flows without a map out."""
        return self._known[numbers]

    def count_unknown(self, flows: BlockFlows, skipped: Counter[int]) -> None:
        """Add to `skipped`, by extension, how many extensions of these flows are unknown."""
        if flows.map_id is None:
            return
        for number, one in self._maps.items():
            if one.unknown:
                uses = int((flows.map_id == number).sum())
                for kind in one.unknown if uses else ():
                    skipped[kind] += uses

    def routers(self, block: Block, flows: BlockFlows) -> Routers:
        """Return where flows were received from, for those whose map lists that."""
        version = np.zeros(len(flows), dtype=np.uint8)
        places = np.zeros(len(flows), dtype=np.int64)
        if flows.map_id is not None and flows.extensions_at is not None:
            for number in np.unique(flows.map_id).tolist():
                one = self._maps.get(number)
                if one is not None and one.router is not None:
                    rows = flows.map_id == number
                    version[rows], behind = one.router
                    places[rows] = flows.extensions_at[rows] + behind
        return routers_at(block.content, version, places)

    def write_ways_back(self, block: Block, flows: BlockFlows, first: int, last: int) -> None:
        """Write the reverse counters, and mark events, of flows `first` to `last` - 1.

        Only where their map lists such extensions.

        Raises:
            NfcapdError: a record ends before its counters, or one of them is out of range.
        """
        if flows.map_id is None or flows.extensions_at is None:
            return
        for number, one in self._maps.items():
            if not one.places.keys() & _SPECIAL:
                continue
            rows = first + np.flatnonzero(flows.map_id[first:last] == number)
            if not len(rows):
                continue
            flows.mark_events(rows, bool(one.places.keys() & _OF_EVENTS))
            starts, extensions = flows.starts[rows], flows.extensions_at[rows]
            for kind, place in one.places.items():
                if kind in _WAY_BACK:
                    name, form = _WAY_BACK[kind]
                    counters = _counters(block, starts, extensions + place, form)
                    flows.write_way_back(rows, **{name: counters})
        check_signed(block, flows)


def _counters(
    block: Block, starts: NDArray[np.int64], places: NDArray[np.int64], form: str
) -> NDArray[Any]:
    """Return the counters at some places of the records that start there."""
    ends = starts + take(block.content, np.dtype("<u2"), starts + _SIZE_AT)
    beyond = places + np.dtype(form).itemsize > ends
    if bool(beyond.any()):
        start = int(starts[int(beyond.argmax())])
        raise block.error(start, "a flow record is too short for its extensions")
    return take(block.content, np.dtype(form), places)
