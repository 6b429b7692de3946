"""Whose volume is it: sessions without a stop record, from dumps to the archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from longflow.week import Week

from tests.end_to_end.conftest import MONDAY, Site

HOUR_MS = 3_600_000
SETTINGS = """
[provider]
name = "Test provider"
time_zone = "Asia/Tokyo"

[sessions]
shared_pools = "SHARED"

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
name = "radius"
feed = "assignments"
format = "csv"
files = "radacct.csv"
time_unit = "ms"

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
    "framedipv6prefix,acctupdatetime\n"
)
EAST, WEST, CORE = "192.0.2.1", "192.0.2.2", "192.0.2.9"
PUBLIC, PRIVATE = "198.51.100.7", "100.64.0.7"

TakeIn = Callable[..., dict[str, int]]


@pytest.fixture
def take_in(tmp_path: Path) -> TakeIn:
    """Take in sessions (times in hours of the week) and hourly flows of 100 bytes to an address.

    Gives the bytes of each segment; `none` are those without an owner. Every login is a segment
    of its own, so that it is seen who is who.
    """

    def taken_in(
        sessions: list[str], flows: list[tuple[int, str, str]], shared_pools: str = "public"
    ) -> dict[str, int]:
        (tmp_path / "longflow.toml").write_text(SETTINGS.replace("SHARED", shared_pools))
        site = Site(tmp_path)
        start = Week(MONDAY, site.settings.zone).start_ms

        def deliver(feed: str, source: str, name: str, text: str) -> None:
            folder = site.landing / feed / source / str(MONDAY)
            folder.mkdir(parents=True)
            (folder / name).write_text(text)

        def moment(hour: str) -> str:
            return str(start + int(hour) * HOUR_MS) if hour else ""

        rows = []
        for number, text in enumerate(sessions):
            login, server, begins, ends, ipv4, ipv6 = text.split(",")
            rows.append(
                f"s{number},{login},{server},{moment(begins)},{moment(ends)},{ipv4},{ipv6},\n"
            )
        deliver("assignments", "radius", "radacct.csv", SESSIONS + "".join(rows))
        lines = [
            f"{moment(str(hour))},{moment(str(hour))},6,"
            f"{'2001:db8:f::5' if ':' in to else '203.0.113.5'},443,{to},{50_000 + n},1,100,"
            f"{exporter},1\n"
            for n, (hour, to, exporter) in enumerate(flows)
        ]
        deliver("flows", "bb", "flows.csv", FLOWS + "".join(lines))
        logins = "".join(
            f"{login},{login},broadband,pppoe,{segment}\n"
            for login, segment in (("ann", "consumer"), ("bob", "business"))
        )
        deliver(
            "subscribers",
            "crm",
            "subscribers.csv",
            "login_or_number,contract,service,access,segment\n" + logins,
        )
        assert site.ingest(feeds=["flows", "assignments", "subscribers"]).refusals == []
        who = {"consumer": "ann", "business": "bob"}
        found = site.query(
            "SELECT segment, sum(out_bytes)::BIGINT FROM subscriber_day GROUP BY ALL"
        )
        lost = site.query(
            "SELECT coalesce(sum(bytes), 0)::BIGINT FROM attribution_week "
            "WHERE attribution = 'none'"
        )
        return {who[segment]: size for segment, size in found.rows()} | {"none": lost.item()}

    return taken_in


@pytest.mark.parametrize("exporter", [EAST, CORE])
def test_a_stale_session_gets_nothing_after_its_address_moved(
    take_in: TakeIn, exporter: str
) -> None:
    """Ann's stop in the east was lost; bob got the address in the west, and gave it back."""
    sessions = [f"ann,{EAST},0,,{PUBLIC},", f"bob,{WEST},7,14,{PUBLIC},"]
    volumes = take_in(sessions, [(hour, PUBLIC, exporter) for hour in range(63)])
    if exporter == EAST:
        assert volumes == {"ann": 700, "none": 5600}
    else:
        assert volumes == {"ann": 700, "bob": 700, "none": 4900}


def test_private_addresses_of_two_access_servers_stay_apart(take_in: TakeIn) -> None:
    sessions = [f"ann,{EAST},0,,{PRIVATE},", f"bob,{WEST},7,,{PRIVATE},"]
    flows = [(hour, PRIVATE, exporter) for hour in range(20) for exporter in (EAST, WEST)]
    assert take_in(sessions, flows) == {"ann": 2000, "bob": 1300, "none": 700}


def test_private_addresses_of_one_pool_do_not_where_the_settings_say_so(take_in: TakeIn) -> None:
    sessions = [f"ann,{EAST},0,,{PRIVATE},", f"bob,{WEST},7,,{PRIVATE},"]
    flows = [(hour, PRIVATE, exporter) for hour in range(20) for exporter in (EAST, WEST)]
    volumes = take_in(sessions, flows, shared_pools="all")
    assert volumes == {"ann": 700, "bob": 1300, "none": 2000}


def test_a_stale_session_loses_its_ipv6_prefix_with_its_ipv4_address(take_in: TakeIn) -> None:
    sessions = [f"ann,{EAST},0,,{PUBLIC},2001:db8:7::/64", f"bob,{EAST},7,,{PUBLIC},"]
    volumes = take_in(sessions, [(hour, "2001:db8:7::1", EAST) for hour in range(20)])
    assert volumes == {"ann": 700, "none": 1300}


def test_open_sessions_own_their_address_to_the_end_without_signs_of_life(take_in: TakeIn) -> None:
    volumes = take_in(
        [f"ann,{EAST},-20,,{PUBLIC},"], [(hour, PUBLIC, EAST) for hour in range(0, 168, 12)]
    )
    assert volumes == {"ann": 1400, "none": 0}
