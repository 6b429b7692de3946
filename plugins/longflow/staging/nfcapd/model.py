"""What a file of flows consists of, as callers see it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

OVERWRITE_SAMPLER = -3
DEFAULT_SAMPLER = -2
GENERIC_SAMPLER = -1


@dataclass(frozen=True)
class Header:
    """The head of a file.

    Attributes:
        layout: 1 (nfdump 1.5, 1.6) or 2 (nfdump 1.7).
        nfdump_version: version of nfdump that wrote the file; None in layout 1, which keeps none.
        created: epoch seconds; None in layout 1.
        compression: `none`, `lzo`, `bz2`, `lz4` or `zstd`.
        blocks: number of data blocks that the header promises.
        ident: the name that the collector gave to the source; empty when there is none.
    """

    layout: int
    nfdump_version: str | None
    created: int | None
    compression: str
    blocks: int
    ident: str

    @property
    def flows_name_samplers(self) -> bool:
        """Whether flows may name their sampler: from nfdump 1.7.2 on, which multiplies by it."""
        version = (self.nfdump_version or "0").partition("-")[0].split(".")
        return [int(part) for part in version] >= [1, 7, 2]


@dataclass(frozen=True)
class Statistics:
    """The collector's own account of a file.

    Attributes:
        flows: number of flows, packets: packets, bytes: bytes, all as stored (sampled flows
            already multiplied).
        sequence_failures: gaps in the exporters' sequence numbers.
        first_seen_ms: earliest start of a flow, epoch milliseconds.
        last_seen_ms: latest end of a flow, epoch milliseconds.
    """

    flows: int
    packets: int
    bytes: int
    sequence_failures: int
    first_seen_ms: int
    last_seen_ms: int


@dataclass(frozen=True)
class Sampler:
    """A sampling rule that an exporter announced or that the collector was started with.

    Attributes:
        id: the exporter's number for it, or -1 announced for the whole exporter, -2 the
            collector's default, -3 the collector's override.
        packet_interval: packets taken in a row; 0 after the rule was changed to one that the file
            does not contain.
        packet_space: packets left out after them.
        algorithm: as announced (IPFIX element 304 or 35).
    """

    id: int
    packet_interval: int
    packet_space: int
    algorithm: int

    @property
    def interval(self) -> int:
        """One packet in this many is sampled; 0 if the announcement makes no sense."""
        if self.packet_interval == 0:
            return 0
        return round((self.packet_interval + self.packet_space) / self.packet_interval)


@dataclass
class Exporter:
    """A router, or a part of one with its own sequence of export packets.

    Attributes:
        address: IP address as text; None if the file never states it.
        sysid: the collector's number for it; 0 for one known only from the flows' router address.
        id: source or observation domain id.
        version: protocol version: 5, 9, 10 (IPFIX), 9999 (sFlow); 0 unknown.
        samplers: by their id, the latest announcement of each.
        sequence_failures, packets, flows: the collector's counts of export packets and flows.
    """

    address: str | None
    sysid: int
    id: int = 0
    version: int = 0
    samplers: dict[int, Sampler] = field(default_factory=dict)
    sequence_failures: int = 0
    packets: int = 0
    flows: int = 0


@dataclass
class Skipped:
    """What was skipped, and how often: by record type, element type and block type.

    Attributes:
        flows_without_map, bytes_without_map: flows of layout 1 whose extension map the file lacks,
            and their bytes; nfdump leaves them out as well.
        events: events of firewalls and NAT gateways, which have neither packets nor bytes.
        ways_back_without_bytes: records with reverse packets, whose reverse bytes nfcapd did not
            store.
    """

    record_types: Counter[int] = field(default_factory=Counter)
    element_types: Counter[int] = field(default_factory=Counter)
    block_types: Counter[int] = field(default_factory=Counter)
    flows_without_map: int = 0
    bytes_without_map: int = 0
    events: int = 0
    ways_back_without_bytes: int = 0

    def add(self, other: Self) -> None:
        """Add what was skipped elsewhere."""
        for name, value in vars(other).items():
            # A counter adds up like a number.
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True, eq=False)
class FlowBatch:
    """Some flows of one file in file order, as equally long columns.

    Attributes:
        position: uint64, number of the flow in its file, from 0; events have none, and the ways
            back of a block's records follow its other flows.
        first_seen_ms, last_seen_ms: int64, epoch milliseconds, as stored.
        ip_version: uint8, 4 or 6; 4 with addresses 0 for a flow without addresses.
        protocol: uint8, IANA number.
        src_addr_high, src_addr_low, dst_addr_high, dst_addr_low: uint64, the two halves of the
            address as numbers; IPv4 has its 32-bit number in the low half.
        src_port, dst_port: uint16; dst_port of ICMP is type * 256 + code.
        packets, bytes: int64, as stored: the collector has multiplied sampled flows already.
        tcp_flags: uint8.
        sampled: bool, the collector multiplied this flow.
        exporter_index: int32, index into the reader's exporters, -1 unknown.
        sampling_interval: int64, one packet in this many was sampled; 1 for flows not marked as
            sampled, 0 for marked flows for which the file states no interval.
    """

    position: NDArray[np.uint64]
    first_seen_ms: NDArray[np.int64]
    last_seen_ms: NDArray[np.int64]
    ip_version: NDArray[np.uint8]
    protocol: NDArray[np.uint8]
    src_addr_high: NDArray[np.uint64]
    src_addr_low: NDArray[np.uint64]
    dst_addr_high: NDArray[np.uint64]
    dst_addr_low: NDArray[np.uint64]
    src_port: NDArray[np.uint16]
    dst_port: NDArray[np.uint16]
    packets: NDArray[np.int64]
    bytes: NDArray[np.int64]
    tcp_flags: NDArray[np.uint8]
    sampled: NDArray[np.bool_]
    exporter_index: NDArray[np.int32]
    sampling_interval: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.position)

    @classmethod
    def empty(cls, rows: int) -> Self:
        """Return a batch of so many flows whose values are yet to be written."""
        return cls(**{name: np.empty(rows, dtype=dtype) for name, dtype in _DTYPES.items()})

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name, in the order above."""
        return {name: getattr(self, name) for name in _DTYPES}

    def write(self, first: int, flows: Self) -> None:
        """Write some flows at rows `first` and following."""
        for name, column in flows.columns().items():
            getattr(self, name)[first : first + len(flows)] = column

    def select(self, rows: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Return some of the flows: those of a slice (as views), or those chosen by an array."""
        return type(self)(**{name: column[rows] for name, column in self.columns().items()})


_DTYPES: dict[str, type[np.generic]] = {
    "position": np.uint64,
    "first_seen_ms": np.int64,
    "last_seen_ms": np.int64,
    "ip_version": np.uint8,
    "protocol": np.uint8,
    "src_addr_high": np.uint64,
    "src_addr_low": np.uint64,
    "dst_addr_high": np.uint64,
    "dst_addr_low": np.uint64,
    "src_port": np.uint16,
    "dst_port": np.uint16,
    "packets": np.int64,
    "bytes": np.int64,
    "tcp_flags": np.uint8,
    "sampled": np.bool_,
    "exporter_index": np.int32,
    "sampling_interval": np.int64,
}
