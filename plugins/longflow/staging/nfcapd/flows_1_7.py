"""Flow records of nfdump 1.7 (type 11), as columns.

All records of one shape (`shapes_1_7.py`) have every field at the same distance from their start,
so that a field of all flows of a block is one gather.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows, Routers, check_signed, routers_at, take
from .container import Block
from .model import FlowBatch
from .records import Layout
from .shapes_1_7 import MOST_SHAPES, NO_SAMPLER, WAY_BACK, Shape, Shapes, shape_at

_COLUMNS = (
    *("first_seen_ms", "last_seen_ms", "packets", "bytes"),
    *("src_port", "dst_port", "protocol", "tcp_flags"),
    *("src_addr_high", "src_addr_low", "dst_addr_high", "dst_addr_low"),
)

_Rows = slice | NDArray[np.int64]

EVENT, SAMPLED = 1, 2
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
_COMMON_SHAPE = Shape(size=_COMMON.itemsize, words=[], places={"generic": 16, "pair_v6": 64})


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
            if result.sampling is None:
                result.sampling = np.full(count, NO_SAMPLER, dtype=np.int64)
            result.sampling[rows] = records["sampling"]
        if "way_back" in shape.places:
            result.write_way_back(rows, **{name: records[name] for name in WAY_BACK.names or ()})
        result.mark_events(rows, shape.is_event)
        for kind in shape.unknown:
            result.skipped_elements[kind] += len(records)
        routers.append((rows, *shape.router()))
    if common is not None:
        _write(result, slice(None), common.view(_COMMON_SHAPE.dtype()), _COMMON_SHAPE)
        batch.ip_version[:] = common["version"]
    check_signed(block, result)
    result.find_routers = partial(_routers, block, layout, routers)
    return result


def _groups(
    block: Block, layout: Layout, shapes: Shapes
) -> Iterator[tuple[_Rows, NDArray[np.void], Shape]]:
    """Yield the flows of each shape: which they are, and their records side by side."""
    content, flows = block.content, layout.flows
    if layout.stride:
        shape = shapes.by_size[layout.stride] = shape_at(block, 0, layout.stride)
        records = np.frombuffer(content, shape.dtype(), len(flows))
        if bool(_alike(records, shape).all()):
            yield from _by_version(slice(None), records, shape)
            return
    for size in np.flatnonzero(np.bincount(layout.sizes)).tolist():
        rows = np.flatnonzero(layout.sizes == size)
        taken = take(content, np.dtype(f"V{size}"), flows[rows])
        for attempt in range(MOST_SHAPES):
            known = shapes.by_size.get(size) if attempt == 0 else None
            shape = known or shape_at(block, int(flows[rows[0]]), size)
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


def _alike(records: NDArray[np.void], shape: Shape) -> NDArray[np.bool_]:
    """Return which of some records, read as those of a shape, have its elements."""
    alike: NDArray[np.bool_] = records["elements"] == len(shape.words)
    for number, (_, word) in enumerate(shape.words):
        alike &= records[f"word_{number}"] == word
    return alike


def _sorted_one_by_one(
    block: Block, layout: Layout, rows: NDArray[np.int64], taken: NDArray[np.void]
) -> Iterator[tuple[_Rows, NDArray[np.void], Shape]]:
    members: dict[tuple[tuple[int, int], ...], list[int]] = {}
    shapes: dict[tuple[tuple[int, int], ...], Shape] = {}
    for order, row in enumerate(rows.tolist()):
        shape = shape_at(block, int(layout.flows[row]), int(layout.sizes[row]))
        key = tuple(shape.words)
        shapes.setdefault(key, shape)
        members.setdefault(key, []).append(order)
    for key, shape in shapes.items():
        records = taken[members[key]].view(shape.dtype())
        yield from _by_version(rows[members[key]], records, shape)


def _by_version(
    rows: _Rows, records: NDArray[np.void], shape: Shape
) -> Iterator[tuple[_Rows, NDArray[np.void], Shape]]:
    """Yield records of one shape; those with addresses of both IP versions by the one that holds.

    Some exporters send both, one of them empty. As in nfdump 1.7.8 the version that the exporter
    states counts, otherwise IPv4 unless its addresses are empty.
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


def _in_common(records: NDArray[np.void], shape: Shape) -> NDArray[np.void]:
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


def _write(result: BlockFlows, rows: slice, records: NDArray[np.void], shape: Shape) -> None:
    """Write records of one shape as the flows at some rows."""
    batch, names = result.batch, records.dtype.names or ()
    result.sysid[rows] = records["sysid"]
    batch.sampled[rows] = records["flags"] & SAMPLED
    result.mark_events(rows, (records["flags"] & EVENT).astype(np.bool_))
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
