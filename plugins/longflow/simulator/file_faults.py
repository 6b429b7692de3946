"""Faults of the files that flow collectors wrote: missing, late, twice, cut off."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from longflow.simulator.checksums import write_checksums
from longflow.simulator.dumps import Dumps, FlowDump, Planted, Written
from longflow.simulator.errors import SimulatorError
from longflow.simulator.flow_faults import MONDAY, SATURDAY, SUNDAY, THURSDAY
from longflow.simulator.nfcapd_file import BLOCK_HEADER, FILE_HEADER


def missing_slots(dumps: Dumps, written: Written) -> list[Planted]:
    """Files that a collector did not deliver: one gap of two hours, one of an hour."""
    dump = dumps.flows["bb-east"]
    return [
        _undelivered(dump, written, slots)
        for slots in (dump.slots_from(MONDAY, 3, 2), dump.slots_from(SUNDAY, 10))
    ]


def _undelivered(dump: FlowDump, written: Written, slots: list[int]) -> Planted:
    files = dump.files(slots)
    for file in files:
        (written.folders[dump.collector.name] / file).unlink()
    from_ms, to_ms = dump.edges_ms(slots)
    return Planted(
        "flows",
        dump.collector.name,
        files,
        count=len(slots),
        unit="slots",
        from_ms=from_ms,
        to_ms=to_ms,
    )


def missing_hour(dumps: Dumps, written: Written) -> list[Planted]:
    """An hour that no collector delivered."""
    lost = [
        _undelivered(dump, written, dump.slots_from(SATURDAY, 4)) for dump in dumps.flows.values()
    ]
    return [
        Planted(
            "flows",
            None,
            lost[0].files,
            count=sum(one.count for one in lost),
            unit="slots",
            from_ms=lost[0].from_ms,
            to_ms=lost[0].to_ms,
        )
    ]


def same_file_twice(dumps: Dumps, written: Written) -> list[Planted]:
    """A file is delivered again under another name."""
    dump = dumps.flows["bb-east"]
    slot = dump.slot(THURSDAY, 5)
    name = dump.file(slot)
    again = f"{name[:-2]}{int(name[-2:]) + 1:02d}"
    folder = written.folders["bb-east"]
    if (folder / again).exists():
        raise SimulatorError(
            f"fault: same-file-twice needs the name {again}, which is a file's own; "
            "give --slot-minutes 2 or more"
        )
    shutil.copyfile(folder / name, folder / again)
    rows = dump.rows([slot])
    return [
        Planted(
            "flows",
            "bb-east",
            (again,),
            rows=len(rows),
            bytes=dump.size(rows),
            count=len(rows),
            note=f"the same content as {name}",
        )
    ]


def late_files(dumps: Dumps, written: Written) -> list[Planted]:
    """Three hours of files arrive after the week was taken in, with all its checksums."""
    dump = dumps.flows["bb-east"]
    slots = dump.slots_from(SUNDAY, 12, 3)
    folder, late = written.folders["bb-east"], written.late_folder("bb-east")
    write_checksums(folder)
    (folder / "SHA256SUMS").rename(late / "SHA256SUMS")
    rows = dump.rows(slots)
    files = dump.files(slots)
    for file in files:
        (folder / file).rename(late / file)
    from_ms, to_ms = dump.edges_ms(slots)
    return [
        Planted(
            "flows",
            "bb-east",
            files,
            rows=len(rows),
            bytes=dump.size(rows),
            count=len(slots),
            unit="slots",
            from_ms=from_ms,
            to_ms=to_ms,
            note="in late/ beside the landing tree; copied over it: revision.files_added (info)",
        )
    ]


def cut_off_file(dumps: Dumps, written: Written) -> list[Planted]:
    """A file ends in the middle of its last block of flows."""
    dump = dumps.flows["bb-east"]
    slot = dump.slot(SUNDAY, 3)
    path = written.folders["bb-east"] / dump.file(slot)
    # The first block begins with the records of the exporter and of its sampler.
    head = 1 if dumps.provider.sampling_interval == 1 else 2
    whole = max(_cut(path) - head, 0)
    rows = dump.rows([slot])[:whole]
    return [
        Planted(
            "flows",
            "bb-east",
            (path.name,),
            rows=len(rows),
            bytes=dump.size(rows),
            count=1,
            unit="files",
            note="rows and bytes of the whole blocks before the cut",
        )
    ]


def _cut(path: Path) -> int:
    """Cut a file in the middle of its last block; returns the records before that block."""
    content = path.read_bytes()
    appendix = int(FILE_HEADER.unpack_from(content)[8])
    position, records = FILE_HEADER.size, 0
    while True:
        count, size = BLOCK_HEADER.unpack_from(content, position)[:2]
        end = position + BLOCK_HEADER.size + size
        if end >= appendix:
            break
        records, position = records + count, end
    path.write_bytes(content[: position + BLOCK_HEADER.size + size // 2])
    return records


FILES: dict[str, Callable[[Dumps, Written], list[Planted]]] = {
    "missing-slots": missing_slots,
    "missing-hour": missing_hour,
    "same-file-twice": same_file_twice,
    "late-files": late_files,
    "cut-off-file": cut_off_file,
}
