"""What an nfcapd file says of itself: versions, exporters and samplers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from longflow.settings.source import MOST_UNPACKED_RATIO
from longflow.staging.nfcapd import NfcapdError, NfcapdReader, open_flows
from longflow.staging.nfcapd_flows import unpacked

_PROTOCOLS = {5: "NetFlow v5", 9: "NetFlow v9", 10: "IPFIX", 9999: "sFlow"}
_SHOWN = 4


def collectors(file: Path) -> Iterator[tuple[str, str]]:
    """Lines about the collector, and its exporters, without their addresses."""
    with tempfile.TemporaryDirectory(prefix="longflow-try-") as folder:
        try:
            with (
                unpacked(file, Path(folder) / "plain", MOST_UNPACKED_RATIO) as plain,
                open_flows(plain) as reader,
            ):
                yield from _lines(reader)
        except NfcapdError:
            return  # staging says what is wrong with the file


def _lines(reader: NfcapdReader) -> Iterator[tuple[str, str]]:
    head = reader.header
    version = f"nfdump {head.nfdump_version}" if head.nfdump_version else "nfdump 1.5 or 1.6"
    compression = "not compressed" if head.compression == "none" else head.compression
    yield "written by", f"{version}, layout {head.layout}, blocks {compression}"
    marked = flows = 0
    try:
        for batch in reader.batches(100_000, reuse=True):
            flows += len(batch)
            marked += int(batch.sampled.sum())
    except NfcapdError:
        yield "broken", f"after {flows:,} flows"
    exporters = [one for one in reader.exporters if one.version or one.samplers or one.flows]
    for one in exporters[:_SHOWN]:
        protocol = _PROTOCOLS.get(one.version, "unknown protocol")
        samplers = ", ".join(f"1 in {s.interval:,}" for s in one.samplers.values())
        sampling = f"sampler {samplers}" if samplers else "no sampler announced"
        yield "exporter", f"{protocol}, {sampling}"
    if len(exporters) > _SHOWN:
        yield "", f"and {len(exporters) - _SHOWN:,} more exporters"
    yield "flows", f"{flows:,}, of them {marked:,} marked as sampled"
