"""Flows of a file as rows, for tests of the reader."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from longflow.staging.nfcapd import open_flows

if TYPE_CHECKING:
    from pathlib import Path


def flows_of(path: Path) -> list[dict[str, Any]]:
    """Return all flows of a file, one dict of Python values each, with the exporter's address."""
    with open_flows(path) as reader:
        rows = []
        for batch in reader:
            columns = {name: column.tolist() for name, column in batch.columns().items()}
            for number in range(len(batch)):
                row = {name: column[number] for name, column in columns.items()}
                index = row["exporter_index"]
                row["exporter"] = reader.exporters[index].address if index >= 0 else None
                rows.append(row)
    return rows


def address(row: dict[str, Any], end: str) -> str:
    number = row[f"{end}_addr_high"] << 64 | row[f"{end}_addr_low"]
    if row["ip_version"] == 4:
        return str(ipaddress.IPv4Address(number))
    return str(ipaddress.IPv6Address(number))
