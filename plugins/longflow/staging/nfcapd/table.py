"""Flows as Arrow tables in the columns of tabular flows, addresses as text."""

from collections.abc import Sequence
from socket import AF_INET6, inet_ntop

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .model import Exporter, FlowBatch

SCHEMA = pa.schema(
    [
        ("first_seen_ms", pa.int64()),
        ("last_seen_ms", pa.int64()),
        ("protocol", pa.uint8()),
        ("src_addr", pa.string()),
        ("src_port", pa.uint16()),
        ("dst_addr", pa.string()),
        ("dst_port", pa.uint16()),
        ("packets", pa.int64()),
        ("bytes", pa.int64()),
        ("exporter", pa.string()),
        ("sampling_interval", pa.int64()),
    ]
)

_OCTETS = pa.array([str(number) for number in range(256)])
_PAIR = np.dtype([("high", ">u8"), ("low", ">u8")])


def to_record_batch(batch: FlowBatch, exporters: Sequence[Exporter]) -> pa.RecordBatch:
    """Return flows in the columns of `SCHEMA`.

    Args:
        batch: flows.
        exporters: of the reader that gave them; a flow without exporter gets null.
    """
    names = pa.array([exporter.address for exporter in exporters], pa.string())
    known = pa.array(batch.exporter_index, mask=batch.exporter_index < 0)
    columns = {
        "src_addr": addresses_as_text(batch.ip_version, batch.src_addr_high, batch.src_addr_low),
        "dst_addr": addresses_as_text(batch.ip_version, batch.dst_addr_high, batch.dst_addr_low),
        "exporter": names.take(known),
    }
    return pa.record_batch(
        [
            columns[name] if name in columns else pa.array(getattr(batch, name))
            for name in SCHEMA.names
        ],
        schema=SCHEMA,
    )


def addresses_as_text(
    version: NDArray[np.uint8], high: NDArray[np.uint64], low: NDArray[np.uint64]
) -> pa.StringArray:
    """Return addresses as text, as nfdump prints them: IPv6 short (RFC 5952).

    Args:
        version: 4 or 6.
        high: upper halves.
        low: lower halves, all equally long.
    """
    is_v6 = version == 6
    if not bool(is_v6.any()):
        return _ipv4(low)
    v6 = _ipv6(high[is_v6], low[is_v6])
    if bool(is_v6.all()):
        return v6
    place = np.empty(len(version), dtype=np.int64)
    place[~is_v6] = np.arange(len(version) - len(v6))
    place[is_v6] = np.arange(len(version) - len(v6), len(version))
    return pa.concat_arrays([_ipv4(low[~is_v6]), v6]).take(pa.array(place))


def _ipv4(numbers: NDArray[np.uint64]) -> pa.StringArray:
    octets = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    parts = [_OCTETS.take(pa.array(np.ascontiguousarray(octets[:, n]))) for n in range(4)]
    return pc.binary_join_element_wise(*parts, ".")


def _ipv6(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> pa.StringArray:
    pairs = np.empty(len(high), dtype=_PAIR)
    pairs["high"], pairs["low"] = high, low
    raw = pairs.tobytes()
    texts = [inet_ntop(AF_INET6, raw[at : at + 16]) for at in range(0, len(raw), 16)]
    return pa.array(texts, pa.string())
