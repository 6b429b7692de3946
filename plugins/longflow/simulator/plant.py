"""Plants the faults that a provider requests, and reports what was planted."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence

from longflow.simulator import file_faults, flow_faults, session_faults, table_faults
from longflow.simulator.dumps import Dumps, Planted, Written
from longflow.simulator.faults import FAULTS

CONTENT: dict[str, Callable[[Dumps], list[Planted]]] = (
    flow_faults.CONTENT | session_faults.CONTENT | table_faults.CONTENT
)
"""How each fault changes what is to be written."""
FILES: dict[str, Callable[[Dumps, Written], list[Planted]]] = file_faults.FILES
"""How each fault changes the files that were written."""


def plant_in_content(dumps: Dumps) -> list[dict[str, object]]:
    """Damage, in place, what is to be written.

    Returns:
        Rows of `faults.json`.
    """
    return [
        row
        for name in dumps.provider.faults
        if name in CONTENT
        for row in _rows(name, CONTENT[name](dumps))
    ]


def plant_in_files(dumps: Dumps, written: Written) -> list[dict[str, object]]:
    """Damage the flow files that were written; checksums are to be made after it.

    Returns:
        Rows of `faults.json`.
    """
    return [
        row
        for name in dumps.provider.faults
        if name in FILES
        for row in _rows(name, FILES[name](dumps, written))
    ]


def _rows(name: str, planted: Sequence[Planted]) -> list[dict[str, object]]:
    fault = FAULTS[name]
    rows = []
    for one in planted:
        row = {"fault": name, "rule": fault.rule, **dataclasses.asdict(one)}
        rows.append(row | {"severity": one.severity or fault.severity})
    return rows


def as_json(rows: Sequence[dict[str, object]]) -> str:
    """The text of `faults.json`, in the order of the catalogue."""
    order = list(FAULTS)
    ordered = sorted(rows, key=lambda row: order.index(str(row["fault"])))
    return json.dumps(ordered, indent=1) + "\n"
