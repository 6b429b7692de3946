"""Faults of flow collectors and exporters.

Days are counted from 1, the Monday, to 7; each fault has its own hours, so that many can be
combined. The rows and bytes reported are those of the damaged files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from longflow.simulator.clock import HOUR_MS
from longflow.simulator.dumps import Dumps, FlowDump, Planted
from longflow.simulator.errors import SimulatorError
from longflow.simulator.nfcapd_records import ExporterInfo
from longflow.simulator.ports import TCP

Integers: TypeAlias = npt.NDArray[np.int64]

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(1, 8)
DAY_MS = 24 * HOUR_MS
YEAR_1970_MS = 20 * DAY_MS
CLOCK_ROWS = 10
UNFLAGGED_ROWS = 12
COPIED_ROWS = 50
TWICE_EXPORTED_SHARE, TWICE_EXPORTED_LEAST = 0.05, 60
APART_MS = 20
LEAST_PACKET_BYTES = 20
"""No IP packet is smaller than its header."""

# Random streams, one for each purpose.
CLOCK, UNFLAGGED, EXPORTERS, PORTS, THINNING = 901, 902, 903, 904, 905


def _interval(dumps: Dumps) -> int:
    interval = dumps.provider.sampling_interval
    if interval == 1:
        raise SimulatorError(
            "fault: a provider that does not sample has no faults of sampling; "
            "give --interval 2 or more"
        )
    return interval


def _some(dumps: Dumps, purpose: int, rows: Integers, count: int) -> Integers:
    """Some of the records, drawn at random, in their order."""
    chosen = dumps.chance(purpose).permutation(len(rows))[:count]
    return rows[np.sort(chosen)]


def _told(dump: FlowDump, slots: list[int], rows: Integers) -> Planted:
    """The finding that damaged records of some slots must lead to."""
    from_ms, to_ms = dump.edges_ms(slots)
    return Planted(
        "flows",
        dump.collector.name,
        dump.files(slots),
        rows=len(rows),
        bytes=dump.size(rows),
        count=len(rows),
        from_ms=from_ms,
        to_ms=to_ms,
    )


def sequence_gaps(dumps: Dumps) -> list[Planted]:
    """Export packets were lost on the way, according to the collector's own records."""
    dump = dumps.flows["bb-west"]
    planted = []
    for hour, failures in ((8, 7), (9, 5)):
        slot = dump.slot(TUESDAY, hour)
        dump.say([slot], ExporterInfo(dumps.provider.sampling_interval, failures))
        from_ms, _ = dump.edges_ms([slot])
        planted.append(
            Planted(
                "flows",
                "bb-west",
                (dump.file(slot),),
                count=failures,
                unit="sequence failures",
                from_ms=from_ms,
                to_ms=from_ms + HOUR_MS,
            )
        )
    return planted


def interval_changed(dumps: Dumps) -> list[Planted]:
    """From Thursday on half as many packets are sampled; announced, and scaled correctly."""
    interval = _interval(dumps)
    dump = dumps.flows["mobile-core"]
    slots = dump.all_slots()[dump.slot(THURSDAY, 0) :]
    dump.say(slots, ExporterInfo(2 * interval))
    rows = dump.rows(slots)
    packets = dump.records.values(rows, "packets") // interval
    size = dump.records.values(rows, "bytes") // interval
    kept = dumps.chance(THINNING).binomial(packets, 0.5)
    dump.records.put(rows, "packets", kept * 2 * interval)
    dump.records.put(rows, "bytes", size * kept // packets * 2 * interval)
    lost = rows[kept == 0]
    rest = np.delete(dump.all_rows(), lost)
    dump.records = dump.records.placed(rest, dump.records.received_ms[rest])
    rows = dump.rows(slots)
    from_ms, _ = dump.edges_ms(slots[:1])
    return [
        Planted(
            "flows",
            "mobile-core",
            dump.files(slots),
            rows=len(rows),
            bytes=dump.size(rows),
            count=1,
            unit="changes",
            from_ms=from_ms,
            to_ms=from_ms,
            note=f"from {interval} to {2 * interval}",
        )
    ]


def interval_zero(dumps: Dumps) -> list[Planted]:
    """An exporter announces interval 0, and nothing is left of its flows' volume."""
    _interval(dumps)
    dump = dumps.flows["bb-east"]
    slots = [dump.slot(TUESDAY, 2)]
    dump.say(slots, ExporterInfo(0))
    rows = dump.rows(slots)
    dump.records.put(rows, "packets", 0)
    dump.records.put(rows, "bytes", 0)
    return [_told(dump, slots, rows)]


def _unscale(dump: FlowDump, rows: Integers, interval: int, *, flagged: bool) -> None:
    for field in ("packets", "bytes"):
        dump.records.put(rows, field, dump.records.values(rows, field) // interval)
    if not flagged:
        dump.records.put(rows, "flags", 0)


def interval_late(dumps: Dumps) -> list[Planted]:
    """For three hours the collector does not know the interval: not flagged, not scaled."""
    interval = _interval(dumps)
    dump = dumps.flows["bb-west"]
    slots = dump.slots_from(TUESDAY, 0, 3)
    dump.say(slots, ExporterInfo(1))
    rows = dump.rows(slots)
    _unscale(dump, rows, interval, flagged=False)
    return [_told(dump, slots, rows)]


def unflagged_flows(dumps: Dumps) -> list[Planted]:
    """Some flows are neither flagged nor scaled, although the exporter samples."""
    interval = _interval(dumps)
    dump = dumps.flows["bb-east"]
    planted = []
    for hour in (20, 21):
        slots = [dump.slot(FRIDAY, hour)]
        rows = _some(dumps, UNFLAGGED, dump.rows(slots), UNFLAGGED_ROWS)
        _unscale(dump, rows, interval, flagged=False)
        planted.append(_told(dump, slots, rows))
    return planted


def scaled_twice(dumps: Dumps) -> list[Planted]:
    """A whole source was multiplied by the interval once more."""
    interval = _interval(dumps)
    dump = dumps.flows["bb-east"]
    rows = dump.all_rows()
    for field in ("packets", "bytes"):
        dump.records.put(rows, field, dump.records.values(rows, field) * interval)
    return [_whole_source(dump)]


def not_scaled(dumps: Dumps) -> list[Planted]:
    """A whole source delivers unscaled flows, although it claims that they are scaled."""
    interval = _interval(dumps)
    dump = dumps.flows["bb-west"]
    _unscale(dump, dump.all_rows(), interval, flagged=True)
    return [_whole_source(dump)]


def _whole_source(dump: FlowDump) -> Planted:
    rows = dump.all_rows()
    return Planted(
        "flows",
        dump.collector.name,
        dump.files(dump.all_slots()),
        rows=len(rows),
        bytes=dump.size(rows),
        count=len(rows),
    )


def _wrong_times(
    dumps: Dumps,
    source: str,
    hour: int,
    times: Callable[[Integers, Integers], tuple[Integers, Integers]],
) -> list[Planted]:
    """Change first and last of some flows of a Wednesday's hour."""
    dump = dumps.flows[source]
    slots = [dump.slot(WEDNESDAY, hour)]
    rows = _some(dumps, CLOCK, dump.rows(slots), CLOCK_ROWS)
    first_ms = dump.records.values(rows, "first_ms")
    last_ms = dump.records.values(rows, "last_ms")
    for field, values in zip(("first_ms", "last_ms"), times(first_ms, last_ms), strict=True):
        dump.records.put(rows, field, values)
    return [_told(dump, slots, rows)]


def clock_1970(dumps: Dumps) -> list[Planted]:
    """Flows of January 1970: a router that has just started."""
    return _wrong_times(
        dumps,
        "bb-east",
        1,
        lambda first, last: (first % YEAR_1970_MS, first % YEAR_1970_MS + (last - first)),
    )


def clock_future(dumps: Dumps) -> list[Planted]:
    """Flows of next year."""
    year_ms = 365 * DAY_MS
    return _wrong_times(dumps, "bb-east", 2, lambda first, last: (first + year_ms, last + year_ms))


def last_before_first(dumps: Dumps) -> list[Planted]:
    """Flows that end five seconds before they begin."""
    return _wrong_times(dumps, "bb-west", 3, lambda first, last: (first, first - 5_000))


def outside_file(dumps: Dumps) -> list[Planted]:
    """Flows that ended 30 hours before their file was begun."""
    back_ms = 30 * HOUR_MS
    return _wrong_times(dumps, "bb-west", 5, lambda first, last: (first - back_ms, last - back_ms))


def same_records(dumps: Dumps) -> list[Planted]:
    """Records of one file appear again, equal in every field, in the next."""
    dump = dumps.flows["bb-west"]
    slots = [dump.slot(THURSDAY, 8)]
    # The last ones: earlier ones would be outside the time of the next file as well.
    rows = dump.rows([dump.slot(THURSDAY, 7)])[-COPIED_ROWS:]
    size = dump.size(rows)
    from_ms, to_ms = dump.edges_ms(slots)
    received_ms = np.full(len(rows), from_ms)
    dump.records = dump.records.joined(dump.records.placed(rows, received_ms))
    return [
        Planted(
            "flows",
            "bb-west",
            (dump.file(slots[0]),),
            rows=len(rows),
            bytes=size,
            count=len(rows),
            from_ms=from_ms,
            to_ms=to_ms,
        )
    ]


def two_exporters(dumps: Dumps) -> list[Planted]:
    """Flows of one exporter also pass another one, which samples other packets of them."""
    interval = dumps.provider.sampling_interval
    east, west = dumps.flows["bb-east"], dumps.flows["bb-west"]
    slots = east.slots_from(THURSDAY, 12, 12)
    rows = east.rows(slots)
    count = max(round(TWICE_EXPORTED_SHARE * len(rows)), TWICE_EXPORTED_LEAST)
    rows = _some(dumps, EXPORTERS, rows, count)
    copies = east.records.placed(rows, east.records.received_ms[rows])
    every = np.arange(len(copies))
    generator = dumps.chance(EXPORTERS + 100)
    moved_ms = generator.integers(0, APART_MS + 1, len(copies))
    for field in ("first_ms", "last_ms"):
        copies.put(every, field, copies.values(every, field) + moved_ms)
    packets = copies.values(every, "packets") // interval
    other = np.maximum(generator.poisson(packets), 1)
    other += other == packets
    a_packet = copies.values(every, "bytes") // interval // packets
    copies.put(every, "packets", other * interval)
    copies.put(every, "bytes", other * a_packet * interval)
    copies.put(every, "exporter", west.collector.exporter)
    copies.put(every, "exporter_id", west.collector.system_id)
    west.records = west.records.joined(copies)
    from_ms, to_ms = east.edges_ms(slots)
    return [
        Planted(
            "flows",
            None,
            west.files(slots),
            rows=len(copies),
            bytes=int(copies.values(every, "bytes").sum()),
            count=len(copies),
            from_ms=from_ms,
            to_ms=to_ms,
            note="copies in the files of bb-west",
        )
    ]


def port_shift(dumps: Dumps) -> list[Planted]:
    """Half of a service's TCP 443 moves to TCP 8443."""
    dump = dumps.flows["mobile-core"]
    rows = dump.all_rows()
    protocol = dump.records.values(rows, "protocol")
    ports = {
        field: dump.records.values(rows, field) for field in ("source_port", "destination_port")
    }
    secure = np.zeros(len(rows), dtype=np.bool_)
    for port in ports.values():
        secure |= (protocol == TCP) & (port == 443)
    rows = _some(dumps, PORTS, rows[secure], int(secure.sum()) // 2)
    for field, port in ports.items():
        dump.records.put(rows, field, np.where(port[rows] == 443, 8443, port[rows]))
    return [
        Planted(
            "flows",
            None,
            dump.files(dump.all_slots()),
            rows=len(rows),
            bytes=dump.size(rows),
            count=len(rows),
            note="of mobile-core",
        )
    ]


def rows_break(dumps: Dumps) -> list[Planted]:
    """Each record of a source is split into three parts, if its packets allow it.

    Each part has at least one sampled packet; bytes stay what they were.
    """
    dump = dumps.flows["mobile-core"]
    interval = dumps.provider.sampling_interval
    rows = dump.all_rows()
    packets = np.maximum(dump.records.values(rows, "packets") // interval // 3, 1)
    part = dump.records.values(rows, "bytes") // interval // 3
    split = part >= packets * LEAST_PACKET_BYTES
    rows, packets, part = rows[split], packets[split], part[split]
    whole_packets = dump.records.values(rows, "packets")
    whole_bytes = dump.records.values(rows, "bytes")
    received_ms = dump.records.received_ms[rows]
    parts = [dump.records.placed(rows, received_ms) for _ in range(2)]
    every = np.arange(len(rows))
    for later, records in enumerate(parts, start=1):
        records.put(every, "packets", packets * interval)
        records.put(every, "bytes", part * interval)
        for field in ("first_ms", "last_ms"):
            records.put(every, field, records.values(every, field) + later)
    dump.records.put(rows, "packets", np.maximum(whole_packets - 2 * packets * interval, interval))
    dump.records.put(rows, "bytes", whole_bytes - 2 * part * interval)
    dump.records = dump.records.joined(parts[0]).joined(parts[1])
    return [
        Planted(
            "flows",
            None,
            dump.files(dump.all_slots()),
            rows=3 * len(rows),
            bytes=int(whole_bytes.sum()),
            count=2 * len(rows),
            note="of mobile-core; count: rows more than in a clean week",
        )
    ]


CONTENT: dict[str, Callable[[Dumps], list[Planted]]] = {
    "sequence-gaps": sequence_gaps,
    "interval-changed": interval_changed,
    "interval-zero": interval_zero,
    "interval-late": interval_late,
    "unflagged-flows": unflagged_flows,
    "scaled-twice": scaled_twice,
    "not-scaled": not_scaled,
    "clock-1970": clock_1970,
    "clock-future": clock_future,
    "last-before-first": last_before_first,
    "outside-file": outside_file,
    "same-records": same_records,
    "two-exporters": two_exporters,
    "port-shift": port_shift,
    "rows-break": rows_break,
}
