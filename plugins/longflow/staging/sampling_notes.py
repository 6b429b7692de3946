"""What staging notes about sampling while it reads flows; the judge makes its ledger from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longflow.staging.amounts import exact_sum
from longflow.sums import LARGEST

# File, exporter, interval; flows, bytes, greatest common divisor of packet counts.
FlowNote = tuple[int, str, int, int, int, int]
# File, exporter, sampler, interval.
Announcement = tuple[int, str, int, int]

# As many packet counts nearly always have the divisor of all of them; the rest then confirm it.
_FIRST_PACKETS = 64


@dataclass
class SamplingNotes:
    """Notes on the flows of one source."""

    _flows: dict[tuple[int, str, int], tuple[int, int, int]] = field(default_factory=dict)
    _announced: dict[tuple[int, str, int], int] = field(default_factory=dict)

    def announce(self, file_index: int, exporter: str, sampler: int, interval: int) -> None:
        """Note a sampler that a file announces."""
        self._announced[file_index, exporter, sampler] = interval

    def add(
        self,
        file_index: int,
        exporters: Sequence[str],
        exporter_index: NDArray[np.int32],
        interval: NDArray[np.int64],
        packets: NDArray[np.int64],
        octets: NDArray[np.int64],
    ) -> None:
        """Note some flows of a file, with packets and bytes as delivered.

        Args:
            file_index: number of the file.
            exporters: addresses, which `exporter_index` counts; -1 is the last.
            exporter_index: exporter of each flow.
            interval: interval announced for each flow.
            packets: packets of each flow.
            octets: bytes of each flow.
        """
        if not len(packets):
            return
        if (exporter_index == exporter_index[0]).all() and (interval == interval[0]).all():
            # By far the most common piece of a file: nothing to sort.
            starts = np.zeros(1, dtype=np.int64)
        else:
            order = np.lexsort((interval, exporter_index))
            exporter_index, interval = exporter_index[order], interval[order]
            packets, octets = packets[order], octets[order]
            changed = np.diff(exporter_index).astype(np.bool_) | np.diff(interval).astype(np.bool_)
            starts = np.concatenate([[0], np.flatnonzero(changed) + 1])
        counts = np.diff(starts, append=len(packets))
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
            key = file_index, exporters[int(exporter_index[start])], int(interval[start])
            flows, total, divisor = self._flows.get(key, (0, 0, 0))
            divisor = _divisor(packets[start : start + count], divisor)
            size = total + exact_sum(octets[start : start + count])
            self._flows[key] = flows + count, min(size, LARGEST), divisor

    def rows(self) -> tuple[list[FlowNote], list[Announcement]]:
        """Rows of the tables `flow_sampling` and `announcement`, in their order."""
        flows = [(*key, *value) for key, value in self._flows.items()]
        announced = [(*key, value) for key, value in self._announced.items()]
        return sorted(flows), sorted(announced)

    def take(self, flows: Iterable[FlowNote], announced: Iterable[Announcement]) -> None:
        """Add what `rows` returned for other files of the source."""
        for index, exporter, interval, count, size, divisor in flows:
            self._flows[index, exporter, interval] = count, size, divisor
        for index, exporter, sampler, interval in announced:
            self._announced[index, exporter, sampler] = interval

    def write(self, folder: Path, source: str) -> None:
        """Write `flow_sampling/<source>.parquet` and `announcement/<source>.parquet`."""
        # Processes that only take notes start faster without these.
        import polars as pl  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        from longflow.staging.schema import arrow_schema_of  # noqa: PLC0415

        flows, announced = self.rows()
        tables: dict[str, Sequence[tuple[int | str, ...]]] = {
            "flow_sampling": flows,
            "announcement": announced,
        }
        for table, rows in tables.items():
            schema = arrow_schema_of("judge", table)
            # `pa.array` would import pandas, which takes half a second.
            frame = pl.DataFrame(rows, schema.names, orient="row", infer_schema_length=None)
            path = folder / table / f"{source}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(frame.to_arrow().cast(schema), path)


def _divisor(packets: NDArray[np.int64], known: int) -> int:
    """Greatest common divisor of packet counts and a known one; 0 if there is nothing but 0."""
    divisor = int(np.gcd.reduce(packets[:_FIRST_PACKETS], initial=known))
    if divisor in {0, 1}:
        return int(np.gcd.reduce(packets, initial=divisor)) if divisor == 0 else 1
    rest = packets % divisor
    return int(np.gcd.reduce(rest[rest > 0], initial=divisor))
