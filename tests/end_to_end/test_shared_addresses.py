"""Subscribers who share an IPv4 address, from dumps to the archive."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.week import Week

from tests.end_to_end.conftest import MONDAY, Site

HOUR_MS = 3_600_000
SETTINGS = """
[provider]
name = "Test provider"
time_zone = "Asia/Tokyo"

[validation.max_share]
"assignments.range_complete" = 0.5

[validation.unexplained]
warn_percent = 99
refuse_percent = 100

[[sources]]
name = "bb"
feed = "flows"
service = "broadband"
format = "csv"
files = "flows.csv"

[[sources]]
name = "cgn"
feed = "assignments"
format = "csv"
files = "blocks.csv"
time_unit = "ms"
ACCESS

[[sources]]
name = "crm"
feed = "subscribers"
format = "csv"
files = "subscribers.csv"
"""
FLOWS = (
    "first_seen_ms,last_seen_ms,protocol,src_addr,src_port,dst_addr,dst_port,packets,bytes,"
    "exporter,sampling_interval\n"
)
SESSIONS = (
    "acctuniqueid,username,nasipaddress,acctstarttime,acctstoptime,framedipaddress,"
    "port_first,port_last\n"
)
SHARED, WHOLE = "198.51.100.7", "198.51.100.8"


def a_week(folder: Path, access: str) -> Site:
    """A week with two subscribers on one address, and one on an address of her own."""
    (folder / "longflow.toml").write_text(SETTINGS.replace("ACCESS", access))
    site = Site(folder)
    start = Week(MONDAY, site.settings.zone).start_ms

    def deliver(feed: str, source: str, name: str, text: str) -> None:
        place = site.landing / feed / source / str(MONDAY)
        place.mkdir(parents=True)
        (place / name).write_text(text)

    def sessions() -> str:
        rows = (
            f"s1,ann,nat1,{start},{start + 9 * HOUR_MS},{SHARED},1024,2047",
            f"s1,ann,nat1,{start},{start + 9 * HOUR_MS},{SHARED},4096,5119",
            f"s2,bob,nat1,{start},,{SHARED},2048,3071",
            f"s3,cat,192.0.2.1,{start},,{WHOLE},,",
            f"s4,bob,nat1,{start},,{SHARED},9000,8000",
        )
        return SESSIONS + "\n".join(rows)

    ends = [  # hour, protocol, port of the server, address and port of the subscriber
        *((hour, 6, 443, SHARED, 1100) for hour in range(12)),
        (1, 17, 443, SHARED, 5119),
        (2, 6, 443, SHARED, 3071),
        (3, 1, 0, SHARED, 0),
        (4, 17, 0, SHARED, 0),
        (5, 6, 443, SHARED, 9000),
        (6, 1, 0, WHOLE, 0),
    ]
    lines = [
        f"{start + hour * HOUR_MS},{start + hour * HOUR_MS},{protocol},203.0.113.5,{server},"
        f"{address},{port},1,{100 + number},192.0.2.9,1\n"
        for number, (hour, protocol, server, address, port) in enumerate(ends)
    ]
    deliver("assignments", "cgn", "blocks.csv", sessions())
    deliver("flows", "bb", "flows.csv", FLOWS + "".join(lines))
    names = [("ann", "consumer"), ("bob", "business"), ("cat", "consumer")]
    rows = "".join(f"{login},{login},broadband,pppoe,{segment}\n" for login, segment in names)
    titles = "login_or_number,contract,service,access,segment\n"
    deliver("subscribers", "crm", "subscribers.csv", titles + rows)
    return site


OF_ANN = sum(range(100, 109)) + 112
OF_BOB = 113
WITHOUT_PORT = 114 + 115
NOBODYS = 109 + 110 + 111 + 116
OF_CAT = 117


@pytest.mark.parametrize("is_set", [True, False])
def test_who_held_a_port(tmp_path: Path, is_set: bool) -> None:
    """Bob's second range is quarantined, ann's two are one session; she stopped after 9 hours."""
    site = a_week(tmp_path, 'access = "pppoe"' if is_set else "")
    outcome = site.ingest(feeds=["flows", "assignments", "subscribers"])

    assert outcome.refusals == []
    kinds = site.query(
        "SELECT attribution, sum(bytes)::BIGINT AS bytes FROM attribution_week GROUP BY ALL"
    )
    attributed = {"out": OF_ANN + OF_BOB + OF_CAT} if is_set else {"apart": OF_ANN + OF_BOB}
    attributed |= {} if is_set else {"out": OF_CAT}
    assert dict(kinds.rows()) == attributed | {"no_port": WITHOUT_PORT, "none": NOBODYS}
    volumes = site.query("SELECT out_bytes FROM subscriber_day WHERE out_bytes > 0 ORDER BY ALL")
    expected = [OF_BOB, OF_CAT, OF_ANN] if is_set else [OF_CAT]
    assert volumes["out_bytes"].to_list() == expected
    ports = site.query("SELECT sum(bytes)::BIGINT FROM port_week").item()
    everything = OF_ANN + OF_BOB + OF_CAT + WITHOUT_PORT + NOBODYS
    assert ports == (everything if is_set else OF_CAT)
    log = site.query("SELECT feed, loaded_rows, loaded_bytes, quarantined_rows FROM load_log")
    rows = {feed: rest for feed, *rest in log.rows()}
    assert rows["flows"] == [18, everything, 0]
    assert rows["assignments"] == [4, 0, 1]
    found = site.query("SELECT DISTINCT rule FROM finding WHERE rule LIKE 'attribution.%'")
    silent = set() if is_set else {"attribution.apart"}
    assert set(found["rule"]) == {"attribution.no_port"} | silent
