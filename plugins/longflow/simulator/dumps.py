"""What the collectors of a week deliver, before it is written and where faults can damage it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator.clock import WeekClock
from longflow.simulator.collectors import Collector
from longflow.simulator.counters import Counters
from longflow.simulator.errors import SimulatorError
from longflow.simulator.nfcapd_records import ExporterInfo, Records
from longflow.simulator.provider import Provider
from longflow.simulator.truth import TrafficTruth

Integers: TypeAlias = npt.NDArray[np.int64]


@dataclasses.dataclass
class FlowDump:
    """The flows of one collector, and what its files say in addition.

    Attributes:
        collector: Whose.
        clock: The week.
        records: All flow records, by time of receipt.
        exceptions: What files of some slots say about the exporter that the others do not.
    """

    collector: Collector
    clock: WeekClock
    records: Records
    exceptions: dict[str, ExporterInfo] = dataclasses.field(default_factory=dict)

    def slots_from(self, day: int, hour: int, hours: int = 1) -> list[int]:
        """Slots of some local hours of a day of the week.

        Args:
            day: From 1, the Monday, to 7.
            hour: The first local hour.
            hours: How many hours.

        Raises:
            SimulatorError: The clock change skips such an hour.
        """
        names = self.clock.slots()[1]
        date = self.clock.date_of_day(day)
        wanted = {f"{date:%Y%m%d}{one:02d}" for one in range(hour, hour + hours)}
        slots = [slot for slot, name in enumerate(names) if name[:10] in wanted]
        if {names[slot][:10] for slot in slots} != wanted:
            raise SimulatorError(
                f"fault: {date} has no hour {hour:02d}:00 in this time zone; choose another week"
            )
        return slots

    def file(self, slot: int) -> str:
        """Name of the file of a slot."""
        return f"nfcapd.{self.clock.slots()[1][slot]}"

    def files(self, slots: list[int]) -> tuple[str, ...]:
        """Names of the files of some slots; two slots share one where clocks are set back."""
        return tuple(dict.fromkeys(self.file(slot) for slot in slots))

    def all_slots(self) -> list[int]:
        """All slots of the week and its grace."""
        return list(range(len(self.clock.slots()[1])))

    def slot(self, day: int, hour: int) -> int:
        """The first slot of a local hour of a day (1 to 7)."""
        return self.slots_from(day, hour)[0]

    def edges_ms(self, slots: list[int]) -> tuple[int, int]:
        """Start and end of some slots that follow each other, epoch milliseconds."""
        edges = self.clock.slots()[0]
        return int(edges[slots[0]]), int(edges[slots[-1] + 1])

    def rows(self, slots: list[int]) -> Integers:
        """Records received in some slots that follow each other."""
        first, end = np.searchsorted(self.records.received_ms, self.edges_ms(slots))
        return np.arange(first, end)

    def all_rows(self) -> Integers:
        """All records."""
        return np.arange(len(self.records))

    def size(self, rows: Integers) -> int:
        """Bytes stated by some records."""
        return int(self.records.values(rows, "bytes").sum())

    def say(self, slots: list[int], info: ExporterInfo) -> None:
        """Let the files of some slots say something else about the exporter."""
        names = self.clock.slots()[1]
        self.exceptions |= {names[slot]: info for slot in slots}


@dataclasses.dataclass
class Dumps:
    """All that is delivered of a week.

    Attributes:
        provider: Whose.
        clock: The week.
        flows: By collector, in the order of the exporters of `Traffic`.
        tables: By feed and source the content of each file; counters are empty until they are
            written.
        counters: What the interfaces counted.
        broadband: The true flows of broadband, their lines and their bytes.
        logins: Login of each PPPoE line.
    """

    provider: Provider
    clock: WeekClock
    flows: dict[str, FlowDump]
    tables: dict[tuple[str, str], dict[str, pl.DataFrame]]
    counters: Counters
    broadband: TrafficTruth
    logins: list[str]

    def flow_files(self) -> pl.DataFrame:
        """Columns: source, file, records, bytes; one row a flow file, as the records are now."""
        frames = []
        for source, dump in self.flows.items():
            edges_ms, names = self.clock.slots()
            edges = np.searchsorted(dump.records.received_ms, edges_ms)
            total = np.concatenate([[0], np.cumsum(dump.records.values(dump.all_rows(), "bytes"))])
            frames.append(
                pl.DataFrame(
                    {
                        "source": [source] * len(names),
                        "file": [f"nfcapd.{name}" for name in names],
                        "records": np.diff(edges),
                        "bytes": np.diff(total[edges]),
                    }
                )
            )
        keys = ["source", "file"]
        return pl.concat(frames).group_by(keys).agg(pl.all().sum()).sort(keys)

    def only_file(self, key: tuple[str, str]) -> tuple[str, pl.DataFrame]:
        """Name and content of the one file of a feed and source."""
        ((file, table),) = self.tables[key].items()
        return file, table

    def chance(self, purpose: int) -> np.random.Generator:
        """Chance for one purpose in this week."""
        return np.random.default_rng([self.provider.seed, self.clock.monday.toordinal(), purpose])


@dataclasses.dataclass(frozen=True)
class Written:
    """Where files are written.

    Attributes:
        folders: The folder of each flow source.
        late_folder: Makes a folder for flow files of a source that are delivered later.
    """

    folders: dict[str, Path]
    late_folder: Callable[[str], Path]


@dataclasses.dataclass(frozen=True)
class Planted:
    """One finding that a fault must lead to.

    Attributes:
        feed: The feed that is damaged, as findings name it.
        source: The source; None if the finding names none.
        files: Names of the damaged files.
        rows, bytes: Damaged rows and their bytes as delivered, 0 if the fault has none.
        count: How much was planted, in `unit`.
        unit: What is counted.
        from_ms, to_ms: The damaged time, epoch milliseconds, if there is one.
        severity: If it differs from the catalogue.
        note: What else a person may want to know.
    """

    feed: str
    source: str | None = None
    files: tuple[str, ...] = ()
    rows: int = 0
    bytes: int = 0
    count: int = 0
    unit: str = "rows"
    from_ms: int | None = None
    to_ms: int | None = None
    severity: str | None = None
    note: str = ""
