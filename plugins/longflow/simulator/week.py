"""One week of the provider, written as its collectors deliver it, with its truth beside it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import date
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from longflow.simulator import truth
from longflow.simulator.addresses import POOL4, POOL56, POOL64
from longflow.simulator.checksums import write_checksums
from longflow.simulator.clock import WeekClock
from longflow.simulator.counters import (
    INTERFACES,
    Counters,
    bytes_a_bin,
    expected_bytes_a_bin,
    readings,
)
from longflow.simulator.dumps import Dumps, FlowDump, Written
from longflow.simulator.errors import SimulatorError
from longflow.simulator.flows import Flows, broadband_traffic, mobile_traffic
from longflow.simulator.local_times import local_times
from longflow.simulator.nfcapd_file import Collector, records_of, write_files
from longflow.simulator.plant import as_json, plant_in_content, plant_in_files
from longflow.simulator.population import Lines, lines_of_week
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import Sessions, draw_sessions, server_of_line
from longflow.simulator.truth import TrafficTruth
from longflow.simulator.usage import GATEWAYS, Usage, ipoe_usage, mobile_usage

Integers: TypeAlias = npt.NDArray[np.int64]

COLLECTORS = (
    Collector("bb-east", 0xC6336401),  # 198.51.100.1
    Collector("bb-west", 0xC6336402),  # 198.51.100.2
    Collector("mobile-core", 0xC6336403),  # 198.51.100.3
)
MARKER = "parameters.json"
FAULTS_FILE = "faults.json"
FULL, COUNTERS_ONLY = "all feeds", "counters only"
DOUBLED_ACCOUNTING = 0.005
ACCOUNTING_STREAM = 701


class Delivery:
    """The folders of one week, written under temporary names and put in place together.

    The truth comes last and its temporary folder stays until then, so that a week interrupted
    on the way is known as ours and made again. Folders that are not ours are never replaced.
    """

    def __init__(self, landing: Path, truth_root: Path, monday: date) -> None:
        self.monday = monday
        self.landing = landing
        self.truth = truth_root / monday.isoformat()
        self._folders: list[tuple[Path, Path]] = []
        self._ours = (self.truth / MARKER).exists() or self._temporary(truth_root).exists()
        self._truth_folder = self._begin(truth_root)

    def _temporary(self, parent: Path) -> Path:
        return parent / f".{self.monday}.partial"

    def _begin(self, parent: Path) -> Path:
        folder = self._temporary(parent)
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return folder

    def folder(self, feed: str, source: str) -> Path:
        """A new folder for the files of a source.

        Raises:
            SimulatorError: The week has a folder there that no simulation with this truth made.
        """
        return self._claim(self.landing / feed / source)

    def late_folder(self, feed: str, source: str) -> Path:
        """A new folder for files of a source that come after the week was taken in.

        It lies in `late` beside the landing tree, so that it can be copied over it.

        Raises:
            SimulatorError: The week has a folder there that no simulation with this truth made.
        """
        return self._claim(self.landing.parent / "late" / feed / source)

    def _claim(self, parent: Path) -> Path:
        final = parent / self.monday.isoformat()
        if final.exists() and not self._ours:
            shutil.rmtree(self._truth_folder)
            raise SimulatorError(
                f"{final}: is there, but {self.truth} does not know it; "
                "remove it, or choose another --landing"
            )
        folder = self._begin(parent)
        self._folders.append((folder, final))
        return folder

    def write_faults(self, text: str) -> None:
        """Write what was planted."""
        (self._truth_folder / FAULTS_FILE).write_text(text, encoding="utf-8")

    def write_truth(self, name: str, table: pl.DataFrame) -> None:
        """Write one table of the truth."""
        table.write_parquet(self._truth_folder / f"{name}.parquet")

    def finish(self, kind: str, provider: Provider) -> int:
        """Put all folders in place, that with the marker last.

        Returns:
            Number of files delivered.
        """
        sizes = {
            os.path.relpath(final / path.name, self.landing): path.stat().st_size
            for folder, final in self._folders
            for path in sorted(folder.iterdir())
        }
        marker = {"kind": kind, "parameters": provider.parameters(), "files": sizes}
        (self._truth_folder / MARKER).write_text(
            json.dumps(marker, indent=1) + "\n", encoding="utf-8"
        )
        for folder, final in (*self._folders, (self._truth_folder, self.truth)):
            if final.exists():
                shutil.rmtree(final)
            folder.rename(final)
        return len(sizes)


def is_made(provider: Provider, monday: date, kind: str, landing: Path, truth_root: Path) -> bool:
    """Whether a week is there and whole, made with the same parameters.

    A week with all feeds has its counters as well.

    Raises:
        SimulatorError: The week is there, made with other parameters or with fewer feeds.
    """
    path = truth_root / monday.isoformat() / MARKER
    if not path.exists():
        return False
    remedy = (
        f"remove {path.parent} and the folders {monday} under {landing}, "
        "or choose another --landing and --truth"
    )
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
        old, files, made = dict(marker["parameters"]), dict(marker["files"]), marker["kind"]
    except (ValueError, KeyError, TypeError) as error:
        raise SimulatorError(f"{path}: cannot be read as a week's marker; {remedy}") from error
    asked = provider.parameters()
    for name in asked | old:
        before, now = old.get(name, "none"), asked.get(name, "none")
        if before != now:
            raise SimulatorError(
                f"{path}: the week was made with {name} {before}, not {now}; {remedy}"
            )
    if kind == FULL and made != FULL:
        raise SimulatorError(f"{path}: the week was made with counters only; {remedy}")
    return all(
        (landing / name).is_file() and (landing / name).stat().st_size == size
        for name, size in files.items()
    )


def make_week(provider: Provider, monday: date, landing: Path, truth_root: Path) -> str:
    """Make a week with all feeds.

    Returns:
        One line for people: what was made.
    """
    clock = WeekClock.of(provider, monday)
    delivery = Delivery(landing, truth_root, monday)
    pppoe = lines_of_week(provider, clock, "broadband", "pppoe")
    ipoe = lines_of_week(provider, clock, "broadband", "ipoe")
    mobile = lines_of_week(provider, clock, "mobile", "")
    sessions = draw_sessions(provider, clock, len(pppoe))
    charged = {"ipoe-partner": ipoe_usage(clock, ipoe)}
    charged["mobile-gateway"] = mobile_usage(provider, clock, mobile)

    broadband = TrafficTruth(
        clock, "broadband", broadband_traffic(provider, clock, pppoe, sessions)
    )
    over_the_air = TrafficTruth(clock, "mobile", mobile_traffic(provider, clock, mobile))
    delivered = [
        (over_the_air if index == 2 else broadband).delivered(collector.name, index)
        for index, collector in enumerate(COLLECTORS)
    ]
    flows = {
        collector.name: FlowDump(
            collector,
            clock,
            records_of((over_the_air if index == 2 else broadband).traffic, index, collector),
        )
        for index, collector in enumerate(COLLECTORS)
    }
    accounting = _accounting(provider, clock, pppoe, sessions, broadband.traffic.flows)
    delivered.append(
        truth.delivered_row(
            "assignments",
            "radius",
            len(accounting),
            doubled_records=len(accounting) - len(sessions.line),
        )
    )
    files = {("assignments", "radius"): {"radacct.csv": accounting}}
    for source, lines in (("mobile-gateway", mobile), ("ipoe-partner", ipoe)):
        files["usage", source] = _usage(clock, lines, charged[source])
        delivered.append(truth.usage_delivered(clock, source, charged[source]))
    counters = _counters_of_traffic(provider, clock, broadband, ipoe, mobile)
    delivered.append(truth.delivered_row("counters", "snmp", counters.readings()))
    # Filled when all that changes the readings has been done.
    files["counters", "snmp"] = {}
    snapshot = _subscribers((pppoe, ipoe, mobile))
    files["subscribers", "crm"] = {"subscribers.csv": snapshot}
    delivered.append(truth.delivered_row("subscribers", "crm", len(snapshot)))

    dumps = Dumps(provider, clock, flows, files, counters, broadband, pppoe.names)
    if provider.faults:
        delivery.write_truth("flow_file", dumps.flow_files())
    planted = plant_in_content(dumps)
    planted += _write(delivery, dumps)
    if provider.faults:
        delivery.write_faults(as_json(planted))

    tables = {
        "subscriber_day": [
            broadband.subscriber_day(pppoe),
            truth.usage_subscriber_day(clock, ipoe, charged["ipoe-partner"]),
            truth.usage_subscriber_day(clock, mobile, charged["mobile-gateway"]),
        ],
        "port_week": [broadband.port_week(), over_the_air.port_week()],
        "port_group_hour": [broadband.port_group_hour(), over_the_air.port_group_hour()],
        "rate_hour": [truth.rate_hour(clock, counters)],
        "attribution": [broadband.attribution()],
        "delivered": delivered,
    }
    for name, parts in tables.items():
        delivery.write_truth(name, pl.concat(parts))
    count = delivery.finish(FULL, provider)
    records = sum(len(dump.records) for dump in dumps.flows.values())
    told = f", faults: {', '.join(provider.faults)}" if provider.faults else ""
    return f"{monday}: all feeds, {count} files, {records:,} flow records{told}"


def _write(delivery: Delivery, dumps: Dumps) -> list[dict[str, object]]:
    """Write all feeds of a week, and damage what was written.

    Returns:
        What was planted in the files.
    """
    clock = dumps.clock
    folders = {}
    edges_ms, names = clock.slots()
    for source, dump in dumps.flows.items():
        folders[source] = delivery.folder("flows", source)
        interval = dumps.provider.sampling_interval
        write_files(
            folders[source],
            dump.collector,
            dump.records,
            edges_ms,
            names,
            interval,
            dump.exceptions,
        )
    planted = plant_in_files(dumps, Written(folders, partial(delivery.late_folder, "flows")))
    for folder in folders.values():
        write_checksums(folder)
    dumps.tables["counters", "snmp"] = _counters(clock, dumps.counters)
    for (feed, source), tables in dumps.tables.items():
        _write_tables(delivery.folder(feed, source), tables)
    return planted


def _write_tables(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    for name, table in tables.items():
        table.write_csv(folder / name)


def make_counters_week(provider: Provider, monday: date, landing: Path, truth_root: Path) -> str:
    """Make a week of which only the counters are delivered.

    Returns:
        One line for people: what was made.
    """
    clock = WeekClock.of(provider, monday)
    delivery = Delivery(landing, truth_root, monday)
    pppoe = lines_of_week(provider, clock, "broadband", "pppoe")
    ipoe = lines_of_week(provider, clock, "broadband", "ipoe")
    mobile = lines_of_week(provider, clock, "mobile", "")
    server = server_of_line(np.arange(len(pppoe)))
    behind = (
        (pppoe, np.flatnonzero(server == 0)),
        (pppoe, np.flatnonzero(server == 1)),
        (ipoe, np.arange(len(ipoe))),
        (mobile, np.arange(len(mobile))),
    )
    in_bytes, out_bytes = (
        [
            expected_bytes_a_bin(provider, clock, lines, direction, members)
            for lines, members in behind
        ]
        for direction in ("in", "out")
    )
    counters = readings(clock, in_bytes, out_bytes)
    _write_tables(delivery.folder("counters", "snmp"), _counters(clock, counters))
    delivered = truth.delivered_row("counters", "snmp", counters.readings())
    delivery.write_truth("rate_hour", truth.rate_hour(clock, counters))
    delivery.write_truth("delivered", delivered)
    delivery.finish(COUNTERS_ONLY, provider)
    return f"{monday}: counters only"


def _counters_of_traffic(
    provider: Provider,
    clock: WeekClock,
    broadband: TrafficTruth,
    ipoe: Lines,
    mobile: Lines,
) -> Counters:
    """Counters of PPPoE flows before sampling; of IPoE and mobile, of what is charged."""
    by_direction: dict[str, list[Integers]] = {"in": [], "out": []}
    for direction, in_order in by_direction.items():
        flows = broadband.traffic.flows
        line = flows.in_line if direction == "in" else flows.out_line
        for server in (0, 1):
            counted = ((line >= 0) & (flows.exporter == server))[broadband.pieces.span]
            in_order.append(bytes_a_bin(broadband.pieces, broadband.true_bytes, counted))
        in_order += [
            expected_bytes_a_bin(provider, clock, lines, direction, np.arange(len(lines)))
            for lines in (ipoe, mobile)
        ]
    return readings(clock, by_direction["in"], by_direction["out"])


def _accounting(
    provider: Provider, clock: WeekClock, lines: Lines, sessions: Sessions, flows: Flows
) -> pl.DataFrame:
    """RADIUS accounting records, by start, some of them delivered twice.

    The octets of a session are those of its flows; for the time before the week's flows were
    drawn they are supplied at the rate of the line.
    """
    generator = np.random.default_rng([provider.seed, clock.monday.toordinal(), ACCOUNTING_STREAM])
    count = len(sessions.line)
    closed = ~sessions.open & ~sessions.lost_stop
    until_s = np.where(sessions.open, sessions.drawn_s, sessions.stop_s)
    drawn_from_s = int(clock.hours_ms[0]) // 1000
    earlier_days = np.maximum(np.minimum(until_s, drawn_from_s) - sessions.start_s, 0) / 86_400
    octets = {}
    for direction, session, volumes in (
        ("input", flows.in_session, lines.in_bytes),
        ("output", flows.out_session, lines.out_bytes),
    ):
        total = np.zeros(count + 1, dtype=np.int64)
        np.add.at(total, session, flows.total_bytes())
        mean = volumes[:, 1:8].mean(axis=1)[sessions.line]
        octets[direction] = total[:-1] + (mean * earlier_days).astype(np.int64)
    slot = sessions.slot.astype(np.uint64)
    framed = POOL64[sessions.server] + slot
    delegated = POOL56[sessions.server] + (slot << np.uint64(8))
    address = POOL4[sessions.server] + slot
    exporter = [str(IPv4Address(collector.exporter)) for collector in COLLECTORS]
    dualstack = sessions.dualstack.tolist()
    names = np.array(lines.names)[sessions.line]
    table = pl.DataFrame(
        {
            # The name of a record is the same in every dump it is in.
            "acctuniqueid": [
                hashlib.sha256(f"{name} {start} {slot}".encode()).hexdigest()[:32]
                for name, start, slot in zip(
                    names.tolist(), sessions.start_s.tolist(), slot.tolist(), strict=True
                )
            ],
            "username": names,
            "nasipaddress": [exporter[server] for server in sessions.server.tolist()],
            "acctstarttime": local_times(clock, sessions.start_s),
            "acctupdatetime": local_times(clock, until_s),
            "acctstoptime": local_times(clock, until_s).zip_with(
                pl.Series(closed), pl.Series([None], dtype=pl.String)
            ),
            "acctinputoctets": octets["input"],
            "acctoutputoctets": octets["output"],
            "callingstationid": [f"line-{line:06d}" for line in sessions.line.tolist()],
            "framedipaddress": [str(IPv4Address(one)) for one in address.tolist()],
            "framedipv6prefix": [
                f"{IPv6Address(one << 64)}/64" if both else None
                for one, both in zip(framed.tolist(), dualstack, strict=True)
            ],
            "delegatedipv6prefix": [
                f"{IPv6Address(one << 64)}/56" if both else None
                for one, both in zip(delegated.tolist(), dualstack, strict=True)
            ],
        }
    )
    doubled = np.flatnonzero(generator.random(count) < DOUBLED_ACCOUNTING)
    rows = np.concatenate([np.arange(count), doubled])
    return table[rows[np.lexsort((rows, sessions.start_s[rows]))]]


def _usage(clock: WeekClock, lines: Lines, usage: Usage) -> dict[str, pl.DataFrame]:
    """One file a day by opening time; records in the order in which they were closed."""
    columns: dict[str, pl.Series | npt.NDArray[np.str_] | Integers | list[str]] = {
        "subscriber": np.array(lines.names)[usage.line],
        "service": [lines.service] * len(usage.line),
        "access": _access([lines.access] * len(usage.line)),
        "start_time": local_times(clock, usage.start_s),
        "end_time": local_times(clock, usage.end_s),
        "in_bytes": usage.in_bytes,
        "out_bytes": usage.out_bytes,
    }
    mobile = lines.service == "mobile"
    if mobile:
        # A session stays at the gateway that serves its number.
        columns["record"] = [f"{clock.monday:%y%m%d}{one:08d}" for one in usage.session.tolist()]
        columns["gateway"] = [f"pgw-{1 + one % GATEWAYS}" for one in usage.line.tolist()]
        columns["sequence"] = usage.part
    table = pl.DataFrame(columns)
    rows = np.concatenate([np.arange(len(usage.line)), np.flatnonzero(usage.doubled)])
    rows = rows[np.lexsort((rows, usage.end_s[rows]))]
    kind = "cdr" if mobile else "usage"
    return {
        f"{kind}-{clock.date_of_day(day):%Y%m%d}.csv": table[rows[usage.day[rows] == day]]
        for day in np.unique(usage.day).tolist()
    }


def _counters(clock: WeekClock, counters: Counters) -> dict[str, pl.DataFrame]:
    """One file with the readings by time and interface."""
    count = len(INTERFACES)
    edges = len(clock.bin_edges_ms)
    table = pl.DataFrame(
        {
            "time": local_times(clock, np.repeat(clock.bin_edges_ms // 1000, count)),
            "interface": [interface.name for interface in INTERFACES] * edges,
            "service": [interface.service for interface in INTERFACES] * edges,
            "access": _access([interface.access for interface in INTERFACES] * edges),
            "in_octets": counters.in_octets.T.ravel(),
            "out_octets": counters.out_octets.T.ravel(),
        }
    )
    return {"counters.csv": table}


def _subscribers(kinds: tuple[Lines, ...]) -> pl.DataFrame:
    """The snapshot of the customer system."""
    return pl.concat(
        pl.DataFrame(
            {
                "login_or_number": lines.names,
                "contract": lines.contracts,
                "service": [lines.service] * len(lines),
                "access": _access([lines.access] * len(lines)),
                "segment": lines.segments(),
            }
        )
        for lines in kinds
    )


def _access(values: list[str]) -> pl.Series:
    """Accesses as a CSV file has them: nothing at all for mobile, not a quoted nothing."""
    return pl.Series([value or None for value in values], dtype=pl.String)
