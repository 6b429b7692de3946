"""Exporters and samplers of a file, and what they say about its flows.

Records of exporters and samplers are mixed with the flows. A collector writes them before the flows
they apply to, and again when they change, so a change applies from its position on; the first
record of an exporter applies to earlier flows as well.
"""

import ipaddress
import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .columns import BlockFlows, Routers
from .container import Block
from .model import (
    DEFAULT_SAMPLER,
    GENERIC_SAMPLER,
    OVERWRITE_SAMPLER,
    Exporter,
    FlowBatch,
    Sampler,
)
from .shapes_1_7 import NO_SAMPLER

EXPORTER_RECORD = 7
EXPORTER_STATISTICS_RECORD = 8
SAMPLER_RECORD_1_6 = 9
SAMPLER_RECORD_1_7 = 15

_EXPORTER = struct.Struct("<4xI16sHHI")
_EXPORTER_COUNTS = struct.Struct("<IIQQ")
_SAMPLER_1_6 = struct.Struct("<4xiIHH")
_SAMPLER_1_7 = struct.Struct("<4xHHqII")
_AF_INET = 2
_NONE_SEEN = -1


class Definition(NamedTuple):
    """An exporter or a sampler as it stands in the file."""

    sysid: int
    exporter: Exporter | None = None
    sampler: Sampler | None = None


def read_definition(block: Block, position: int, kind: int, size: int) -> Definition | None:
    """Return what an exporter or sampler record defines; None for records of other types.

    Raises:
        NfcapdError: the record is too short.
    """
    content = block.content
    if kind == EXPORTER_RECORD:
        if size < _EXPORTER.size:
            raise block.error(position, f"an exporter record claims to be {size} bytes long")
        version, address, family, sysid, number = _EXPORTER.unpack_from(content, position)
        exporter = Exporter(_address(address, family), sysid, id=number, version=version)
        return Definition(sysid, exporter=exporter)
    if kind == SAMPLER_RECORD_1_7 and size >= _SAMPLER_1_7.size:
        sysid, algorithm, number, taken, left_out = _SAMPLER_1_7.unpack_from(content, position)
        return Definition(sysid, sampler=Sampler(number, taken, left_out, algorithm))
    if kind in (SAMPLER_RECORD_1_6, SAMPLER_RECORD_1_7):
        if size < _SAMPLER_1_6.size:
            raise block.error(position, f"a sampler record claims to be {size} bytes long")
        number, interval, algorithm, sysid = _SAMPLER_1_6.unpack_from(content, position)
        sampler = Sampler(number, min(interval, 1), max(interval - 1, 0), algorithm)
        return Definition(sysid, sampler=sampler)
    return None


def _address(raw: bytes, family: int) -> str | None:
    if family == 0:
        # nfdump 1.7.8 and later: in network order, IPv4 mapped into IPv6.
        address = ipaddress.IPv6Address(raw)
        if int(address) == 0:
            return None
        return str(address.ipv4_mapped or address)
    high, low = struct.unpack("<QQ", raw)
    return address_text(4 if family == _AF_INET else 6, high, low)


def address_text(version: int, high: int, low: int) -> str:
    """Return an address as text, from its two halves as in `FlowBatch`."""
    if version == 4:
        return str(ipaddress.IPv4Address(low & 0xFFFFFFFF))
    return str(ipaddress.IPv6Address(high << 64 | low))


class Registry:
    """What is known about exporters at one position of a file.

    Attributes:
        exporters: all met so far; entries only ever come in, behind the others.
        ambiguous: flows of exporters with several samplers for which the interval was inferred
            from what divides packets and bytes.
    """

    def __init__(self, *, flows_name_samplers: bool = False) -> None:
        """Know nothing yet.

        Args:
            flows_name_samplers: whether what flows say about their sampler is its number; else,
                up to nfdump 1.7.1, the interval in the upper half.
        """
        self._flows_name_samplers = flows_name_samplers
        self.exporters: list[Exporter] = []
        self.ambiguous = 0
        self._of_sysid = np.full(0x10000, _NONE_SEEN, dtype=np.int32)
        self._of_router: dict[tuple[int, int, int], int] = {}
        self._choices: list[list[int]] | None = None
        # Number of flows before the latest record of each exporter, by the collector's number.
        self._defined_at: dict[int, int] = {}

    def changes(self, definition: Definition, flow: int) -> bool:
        """Whether a definition changes the current state, so that its position matters.

        `flow` is the number of flows before it in the file.
        """
        index = int(self._of_sysid[definition.sysid])
        if index == _NONE_SEEN:
            return False
        known = self.exporters[index]
        if definition.exporter is not None:
            return not _same(known, definition.exporter)
        sampler = definition.sampler
        if sampler is None or not known.samplers:
            return False
        return sampler != known.samplers.get(sampler.id) or self._repeated(definition, flow)

    def _repeated(self, definition: Definition, flow: int) -> bool:
        # A collector writes samplers after their exporter, and when they change. nfcapd 1.7.1
        # writes the old rule when one of IPFIX changes: a rule repeated amid the flows means a
        # change to one that the file does not contain.
        return flow > self._defined_at.get(definition.sysid, flow)

    def define(self, definition: Definition, flow: int) -> None:
        """Take an exporter or a sampler in, from here on; `flow` as in `changes`."""
        index = int(self._of_sysid[definition.sysid])
        if definition.exporter is not None:
            self._defined_at[definition.sysid] = flow
            if index == _NONE_SEEN or not _same(self.exporters[index], definition.exporter):
                self._of_sysid[definition.sysid] = self._append(definition.exporter)
        elif definition.sampler is not None and index != _NONE_SEEN:
            sampler = definition.sampler
            samplers = self.exporters[index].samplers
            known = samplers.get(sampler.id)
            if (
                known is not None
                and (known == sampler or known.interval == 0)
                and self._repeated(definition, flow)
            ):
                sampler = Sampler(sampler.id, 0, 0, sampler.algorithm)
            samplers[sampler.id] = sampler
            self._choices = None

    def define_missing(self, definitions: Iterable[Definition]) -> None:
        """Add later records, for exporters about which nothing is known yet."""
        settled = {
            sysid
            for sysid in range(len(self._of_sysid))
            if (index := int(self._of_sysid[sysid])) != _NONE_SEEN
            and self.exporters[index].samplers
        }
        for definition in definitions:
            index = int(self._of_sysid[definition.sysid])
            if definition.exporter is not None:
                if index == _NONE_SEEN:
                    self.define(definition, 0)
            elif definition.sampler is not None and definition.sysid not in settled:
                known = self.exporters[index].samplers if index != _NONE_SEEN else {}
                if definition.sampler.id not in known:
                    self.define(definition, 0)

    def count(self, block: Block, position: int, size: int) -> None:
        """Add an exporter statistics record.

        Raises:
            NfcapdError: the record is shorter than it says.
        """
        (number,) = struct.unpack_from("<I", block.content, position + 4) if size >= 8 else (0,)
        if 8 + number * _EXPORTER_COUNTS.size > size:
            raise block.error(position, f"an exporter statistics record claims {number} entries")
        for entry in range(number):
            sysid, failures, packets, flows = _EXPORTER_COUNTS.unpack_from(
                block.content, position + 8 + entry * _EXPORTER_COUNTS.size
            )
            index = int(self._of_sysid[sysid & 0xFFFF])
            if index != _NONE_SEEN:
                exporter = self.exporters[index]
                exporter.sequence_failures += failures
                exporter.packets += packets
                exporter.flows += flows

    def indices(self, flows: BlockFlows) -> NDArray[np.int32]:
        """Return the index of each flow's exporter (int32) by the collector's number, else -1."""
        return self._of_sysid[flows.sysid]

    def lacks(self, flows: BlockFlows, index: NDArray[np.int32]) -> bool:
        """Whether a later part of the file may still explain these flows.

        `index` is what `indices` returned for them.
        """
        if int(index.min()) == _NONE_SEEN and bool(flows.sysid[index == _NONE_SEEN].any()):
            return True
        if not bool(flows.batch.sampled.any()):
            return False
        marked = flows.batch.sampled & (flows.sysid != 0)
        stored = self._stored_interval(flows)
        if stored is not None:
            marked &= stored <= 0
        unsampled = np.array([not choices for choices in self._intervals()], dtype=np.bool_)
        return bool(unsampled[index[marked]].any())

    def find_by_router(
        self,
        flows: BlockFlows,
        index: NDArray[np.int32],
        find_routers: Callable[[BlockFlows], Routers],
    ) -> None:
        """Write into `index` the exporters of flows known only by their router's address.

        Args:
            flows: flows.
            index: what `indices` returned for them.
            find_routers: returns where flows were received from.
        """
        rows = np.flatnonzero(index == _NONE_SEEN)
        if len(rows):
            found = find_routers(flows if len(rows) == len(index) else flows.part(rows))
            # Flows of one router most often follow each other: one look-up a run is enough.
            changed = (
                (found.version[1:] != found.version[:-1])
                | (found.high[1:] != found.high[:-1])
                | (found.low[1:] != found.low[:-1])
            )
            starts = np.append(0, np.flatnonzero(changed) + 1)
            indices = [
                self._router(int(found.version[at]), int(found.high[at]), int(found.low[at]))
                for at in starts.tolist()
            ]
            index[rows] = np.repeat(
                np.array(indices, dtype=np.int32), np.diff(np.append(starts, len(rows)))
            )

    def _router(self, version: int, high: int, low: int) -> int:
        if version == 0:
            return _NONE_SEEN
        key = (version, high, low)
        if key not in self._of_router:
            router = Exporter(address_text(version, high, low), sysid=0)
            self._of_router[key] = self._append(router)
        return self._of_router[key]

    def _append(self, exporter: Exporter) -> int:
        self.exporters.append(exporter)
        self._choices = None
        return len(self.exporters) - 1

    def _intervals(self) -> list[list[int]]:
        if self._choices is None:
            self._choices = [_intervals(exporter) for exporter in self.exporters]
        return self._choices

    def write_intervals(self, flows: BlockFlows, index: NDArray[np.int32]) -> None:
        """Write each flow's sampling interval: 1 unsampled, 0 sampled at an unknown one.

        Of an exporter with several samplers, the one that the flow names counts, as in nfcapd. If
        it names none, it is open which one it went through. A flow was multiplied by its interval,
        so the largest one that divides packets and bytes is taken.
        """
        result, sampled = flows.batch.sampling_interval, flows.batch.sampled
        result[:] = 1
        if not bool(sampled.any()):
            return
        choices = self._intervals()
        # The last entry is for flows without exporter, index -1.
        single = np.array([c[0] if len(c) == 1 else 0 for c in choices] + [0], dtype=np.int64)
        result[sampled] = single[index[sampled]]
        for number in (number for number, c in enumerate(choices) if len(c) > 1):
            rows = np.flatnonzero(sampled & (index == number))
            if self._flows_name_samplers and flows.sampling is not None:
                named = flows.sampling[rows] != NO_SAMPLER
                self._write_named(flows, rows[named], self.exporters[number])
                rows = rows[~named]
            self._infer(flows.batch, rows, choices[number])
        stored = self._stored_interval(flows)
        if stored is not None:
            stated = sampled & (stored > 0)
            result[stated] = stored[stated]

    def _stored_interval(self, flows: BlockFlows) -> NDArray[np.int64] | None:
        """Return the intervals that flows state themselves, up to nfdump 1.7.1."""
        if self._flows_name_samplers or flows.sampling is None:
            return None
        return flows.sampling >> 32

    def _write_named(self, flows: BlockFlows, rows: NDArray[np.int64], exporter: Exporter) -> None:
        """Write the intervals of flows of an exporter that name their samplers."""
        if flows.sampling is not None:
            for name in np.unique(flows.sampling[rows]).tolist():
                chosen = rows[flows.sampling[rows] == name]
                flows.batch.sampling_interval[chosen] = _interval_of(exporter, name)

    def _infer(self, batch: FlowBatch, rows: NDArray[np.int64], intervals: list[int]) -> None:
        packets, octets = batch.packets[rows], batch.bytes[rows]
        for interval in intervals:
            fits = (packets % interval == 0) & (octets % interval == 0)
            batch.sampling_interval[rows[fits]] = interval
        self.ambiguous += len(rows)


def _same(one: Exporter, other: Exporter) -> bool:
    return (one.address, one.id, one.version) == (other.address, other.id, other.version)


def _interval_of(exporter: Exporter, name: int) -> int:
    """Return the interval of the sampler that a flow names, as nfcapd applies it; 0 unknown."""
    for number in (OVERWRITE_SAMPLER, name, GENERIC_SAMPLER, DEFAULT_SAMPLER):
        if number in exporter.samplers:
            return exporter.samplers[number].interval
    return 0


def _intervals(exporter: Exporter) -> list[int]:
    """Return the intervals that may apply to an exporter's flows, as nfcapd chooses among them."""
    samplers = exporter.samplers
    if OVERWRITE_SAMPLER in samplers:
        usable = [samplers[OVERWRITE_SAMPLER]]
    else:
        usable = [sampler for number, sampler in samplers.items() if number >= 0]
        rest = samplers.get(GENERIC_SAMPLER, samplers.get(DEFAULT_SAMPLER))
        if rest is not None:
            usable.append(rest)
    return sorted({sampler.interval for sampler in usable if sampler.interval > 0})
