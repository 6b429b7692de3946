"""One week of the provider, written as its collectors deliver it, with its truth beside it."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from longflow.simulator import truth
from longflow.simulator.checksums import write_checksums
from longflow.simulator.clock import WeekClock
from longflow.simulator.collectors import COLLECTORS
from longflow.simulator.counters import Counters, bytes_a_bin, expected_bytes_a_bin, readings
from longflow.simulator.delivery import COUNTERS_ONLY, FULL, Delivery
from longflow.simulator.dumps import Dumps, FlowDump, Written
from longflow.simulator.feed_tables import (
    Integers,
    accounting_table,
    counter_tables,
    subscriber_table,
    usage_tables,
)
from longflow.simulator.flows import broadband_traffic, mobile_traffic
from longflow.simulator.nfcapd_file import write_files
from longflow.simulator.nfcapd_records import records_of
from longflow.simulator.plant import as_json, plant_in_content, plant_in_files
from longflow.simulator.population import Lines, lines_of_week
from longflow.simulator.provider import Provider
from longflow.simulator.sessions import draw_sessions, server_of_line
from longflow.simulator.truth import TrafficTruth
from longflow.simulator.usage import ipoe_usage, mobile_usage


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
    accounting = accounting_table(provider, clock, pppoe, sessions, broadband.traffic.flows)
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
        files["usage", source] = usage_tables(clock, lines, charged[source])
        delivered.append(truth.usage_delivered(clock, source, charged[source]))
    counters = _counters_of_traffic(provider, clock, broadband, ipoe, mobile)
    delivered.append(truth.delivered_row("counters", "snmp", counters.readings()))
    # Filled after everything that changes the readings.
    files["counters", "snmp"] = {}
    snapshot = subscriber_table((pppoe, ipoe, mobile))
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
    with_faults = f", faults: {', '.join(provider.faults)}" if provider.faults else ""
    return f"{monday}: all feeds, {count} files, {records:,} flow records{with_faults}"


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
    dumps.tables["counters", "snmp"] = counter_tables(clock, dumps.counters)
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
    _write_tables(delivery.folder("counters", "snmp"), counter_tables(clock, counters))
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
