"""Records that are not one flow: events are none, and biflows are two.

Firewalls (NSEL) and NAT gateways export what they did among the flows: such a record has addresses
and ports, but neither packets nor bytes. A biflow (RFC 5103, or made by `nfdump -B`) also counts
the reverse direction, which becomes a second flow, from destination to source.
"""

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows
from .model import FlowBatch

# Their destination port holds type and code, which say nothing about the reverse direction.
_ICMP, _ICMP_V6 = 1, 58


def are_events(flows: BlockFlows) -> NDArray[np.bool_] | None:
    """Return which records are events without a volume; None if there are none.

    An event with packets or bytes is a flow: firewalls report volumes with their events.
    """
    if flows.event is None:
        return None
    events = flows.event & (flows.batch.packets == 0) & (flows.batch.bytes == 0)
    if flows.out_packets is not None and flows.out_bytes is not None:
        events &= (flows.out_packets == 0) & (flows.out_bytes == 0)
    return events if bool(events.any()) else None


def split_ways(flows: BlockFlows, kept: NDArray[np.bool_] | None) -> FlowBatch | None:
    """Return the reverse directions of biflows, as flows of their own.

    A record that has reverse counters only is one flow, and stays in its place. If nfdump merged
    several flows into it (`nfdump -B`), its ends are exchanged. Otherwise it is no biflow, because
    the first packet of a biflow is a forward one (RFC 5103, section 3): some exporters count
    outgoing traffic in these fields (NetFlow 9, OUT_BYTES), and the addresses stay as they stand.

    Args:
        flows: flows of a block; exporters and intervals are known.
        kept: which of them count; None for all.

    """
    packets, octets, merged = flows.out_packets, flows.out_bytes, flows.merged
    if packets is None or octets is None or merged is None:
        return None
    counted = octets > 0
    if kept is not None:
        counted &= kept
    batch = flows.batch
    single = counted & (batch.packets == 0) & (batch.bytes == 0)
    batch.packets[single], batch.bytes[single] = packets[single], octets[single]
    _turn_around(batch, np.flatnonzero(single & (merged > 1)))
    rows = np.flatnonzero(counted & ~single)
    if not len(rows):
        return None
    back = batch.select(rows)
    _turn_around(back, np.arange(len(rows)))
    # The record has the flags of the forward direction only.
    back.tcp_flags[:] = 0
    back.packets[:], back.bytes[:] = packets[rows], octets[rows]
    return back


def _turn_around(batch: FlowBatch, rows: NDArray[np.int64]) -> None:
    """Exchange addresses and ports of some flows."""
    with_ports = rows[(batch.protocol[rows] != _ICMP) & (batch.protocol[rows] != _ICMP_V6)]
    for name, chosen in (("addr_high", rows), ("addr_low", rows), ("port", with_ports)):
        source, destination = getattr(batch, f"src_{name}"), getattr(batch, f"dst_{name}")
        source[chosen], destination[chosen] = destination[chosen], source[chosen]


def count_equal_ways(flows: BlockFlows) -> int:
    """Return how many records have equal counters for both directions.

    Exporters that count the same packets before and after treatment (postOctetDeltaCount of IPFIX)
    look like that; nfcapd stores both counters in the same place.
    """
    packets, octets, batch = flows.out_packets, flows.out_bytes, flows.batch
    if packets is None or octets is None:
        return 0
    return int(((octets > 0) & (octets == batch.bytes) & (packets == batch.packets)).sum())


def count_without_bytes(flows: BlockFlows) -> int:
    """Return how many records count the reverse packets, but not the reverse bytes.

    nfcapd 1.7.8 stores IPFIX's responderPackets and has no place for responderOctets.
    """
    packets, octets = flows.out_packets, flows.out_bytes
    if packets is None or octets is None:
        return 0
    return int(((packets > 0) & (octets == 0)).sum())
