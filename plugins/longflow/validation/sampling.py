"""The sampling ledger of a week, and findings about intervals: changed, contradictory, misused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from longflow.contract.creating import create_table
from longflow.records import Finding
from longflow.settings import Feed
from longflow.sqlfile import identifier, literal, query

_NOTES = ("flow_sampling", "announcement")


@dataclass(frozen=True)
class _Entry:
    source: str
    exporter: str
    day: date
    told_interval: int
    configured_interval: int | None
    is_scaled: bool
    flows: int
    bytes: int
    inferred_interval: int | None
    is_silent: bool

    @property
    def use(self) -> str | None:
        """How the interval was used, by packet counts; None where they agree with the announced."""
        inferred, announced = self.inferred_interval, self.told_interval
        if inferred is None or inferred == 0:
            return None
        if announced <= 1:
            configured = self.configured_interval or 1
            if not self.is_silent or configured == 1:
                return None
            return "not_scaled" if inferred == 1 and self.is_scaled else "disagrees"
        if not self.is_scaled:
            return {1: None, announced: "scaled_twice"}.get(inferred, "disagrees")
        if inferred in {1, announced}:
            return "not_scaled" if inferred == 1 else None
        return "scaled_twice" if inferred % (announced * announced) == 0 else "disagrees"


def create_ledger(connection: duckdb.DuckDBPyConnection, notes: Path) -> None:
    """Tables `flow_sampling`, `announcement`, `sampling_ledger` and `sampling_fault`.

    Needs `delivered_file`; `notes` is the folder with staging's notes.
    """
    for table in _NOTES:
        files = sorted((notes / table).glob("*.parquet"))
        if files:
            rows = f"SELECT * FROM read_parquet([{', '.join(map(literal, files))}])"
            connection.execute(f"CREATE OR REPLACE TABLE {identifier(table)} AS {rows}")
        else:
            create_table(connection, "judge", table, shared=True)
    for table in ("sampling_ledger", "sampling_fault"):
        connection.execute(
            f"CREATE OR REPLACE TABLE {identifier(table)} AS {query('judge', table)}"
        )


def write_ledger(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the ledger for the archive, as Parquet."""
    connection.execute(
        "COPY (SELECT * FROM sampling_ledger ORDER BY ALL) TO $path (FORMAT parquet)",
        {"path": str(path)},
    )


def findings(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Findings of the ledger that single rows do not show."""
    result = connection.execute(
        "SELECT source, exporter, day, told_interval, configured_interval, is_scaled, flows, "
        "bytes, inferred_interval, is_silent FROM sampling_ledger ORDER BY ALL"
    )
    entries = [_Entry(*row) for row in result.fetchall()]
    return [*_wrong_use(entries), *_configured_otherwise(entries), *_changes(connection)]


_USES = {
    "scaled_twice": (
        "sampling.scaled_twice",
        "critical",
        "packet counts are multiples of the squared interval, so volumes were scaled twice and are "
        "too large, by a factor of the interval; check scaled_by of the source, and what scales "
        "before it",
    ),
    "not_scaled": (
        "sampling.not_scaled",
        "critical",
        "packet counts are not multiples of the interval, so sampled flows were not scaled and "
        "volumes are too small, by a factor of the interval; check scaled_by of the source",
    ),
    "disagrees": (
        "sampling.disagrees",
        "warning",
        "packet counts show a different interval from the announced one; compare the exporter's "
        "configuration with its announcement",
    ),
}


def _wrong_use(entries: Sequence[_Entry]) -> list[Finding]:
    groups: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in entries:
        if entry.use is not None:
            groups[entry.source, entry.use].append(entry)
    found = []
    for (source, use), group in groups.items():
        rule, severity, sentence = _USES[use]
        found.append(
            Finding.model_validate(
                {
                    "rule": rule,
                    "severity": severity,
                    "feed": Feed.FLOWS,
                    "source": source,
                    "sentence": f"{_intervals(group)}: {sentence}",
                    "rows": sum(entry.flows for entry in group),
                    "bytes": sum(entry.bytes for entry in group),
                    "count": len({entry.day for entry in group}),
                    "unit": "days",
                }
            )
        )
    return found


def _intervals(group: Sequence[_Entry]) -> str:
    """The intervals that a group is about: `announced 8192, by packet counts 1`."""
    announced = sorted({entry.told_interval for entry in group})
    seen = sorted({entry.inferred_interval or 0 for entry in group})
    return f"announced {_some(announced)}, by packet counts {_some(seen)}"


def _some(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:3])
    return shown + (", …" if len(numbers) > 3 else "")


def _configured_otherwise(entries: Sequence[_Entry]) -> list[Finding]:
    groups: dict[tuple[str, int, int], list[_Entry]] = defaultdict(list)
    for entry in entries:
        configured = entry.configured_interval
        if configured is not None and entry.told_interval not in {0, 1, configured}:
            groups[entry.source, entry.told_interval, configured].append(entry)
    return [
        Finding(
            rule="sampling.configured_otherwise",
            severity="warning",
            feed=Feed.FLOWS,
            source=source,
            sentence=f"announced {announced}, but the settings say {configured}; the announced "
            "interval is used: correct sampling_interval of the source, or the exporter",
            rows=sum(entry.flows for entry in group),
            bytes=sum(entry.bytes for entry in group),
            count=len({entry.day for entry in group}),
            unit="days",
        )
        for (source, announced, configured), group in groups.items()
    ]


def _changes(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    rows = connection.execute(query("judge", "interval_change")).fetchall()
    return [
        Finding(
            rule="sampling.interval_changed",
            severity="warning",
            feed=Feed.FLOWS,
            source=source,
            sentence=f"an exporter changed its sampling interval from {before} to {after}; volumes "
            "are scaled correctly, but the smallest measurable volume of a subscriber changed; "
            "name the change under [[known_breaks]]",
            rows=flows,
            bytes=size,
            count=1,
            unit="changes",
            start_ms=start_ms,
            end_ms=start_ms,
        )
        for source, _, start_ms, before, after, flows, size in rows
    ]
