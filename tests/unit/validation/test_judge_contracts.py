"""The contracts of all feeds, as the judge reads them."""

from __future__ import annotations

import polars as pl
import pytest
from longflow.contract import contract
from longflow.sqlfile import tables
from longflow.week import Week
from longflow.workspace import Workspace

from tests.unit.validation.conftest import Judge
from tests.unit.validation.tables import Row

CLEAN: dict[str, Row] = {
    "flows": {
        "first_seen_ms": 1_717_340_400_000,
        "last_seen_ms": 1_717_340_401_000,
        "ip_version": 4,
        "protocol": 6,
        "src_addr_high": 0,
        "src_addr_low": 3_221_226_000,
        "src_port": 443,
        "dst_addr_high": 0,
        "dst_addr_low": 3_325_256_705,
        "dst_port": 50_000,
        "packets": 8192,
        "bytes": 8192 * 1500,
        "exporter": "192.0.2.1",
        "sampling_interval": 8192,
    },
    "assignments": {
        "login": "line@example.net",
        "access_server": "192.0.2.9",
        "start_ms": 1_717_340_400_000,
        "stop_ms": 1_717_340_400_000,
        "ipv4_address": 3_325_256_705,
    },
    "usage": {
        "subscriber": "+81-90-0000-0000",
        "service": "mobile",
        "access": "",
        "start_ms": 1_717_340_400_000,
        "end_ms": 1_717_340_500_000,
        "in_bytes": 0,
        "out_bytes": 12,
        "record": "77",
        "gateway": "pgw1",
    },
    "counters": {
        "time_ms": 1_717_340_400_000,
        "service": "broadband",
        "access": "ipoe",
        "in_octets": 2**64 - 1,
        "out_octets": 0,
    },
    "subscribers": {
        "contract": "C1",
        "service": "broadband",
        "access": "pppoe",
        "segment": "business",
    },
}
# What distinguishes one record from the next.
APART = {
    "flows": "dst_port",
    "assignments": "session",
    "usage": "sequence",
    "counters": "interface",
    "subscribers": "login_or_number",
}


@pytest.mark.parametrize("feed", tables("staged"))
def test_the_contract_of_every_feed_accepts_clean_rows(judge: Judge, feed: str) -> None:
    promised = contract("staged", feed)
    texts = contract("staged", feed).columns[APART[feed]].type == "VARCHAR"
    rows = [CLEAN[feed] | {APART[feed]: str(n) if texts else n} for n in range(3)]
    judgement = judge(promised, rows)
    assert (judgement.verdict, judgement.findings) == ("passed", ())


def test_one_interface_name_may_carry_two_accesses(judge: Judge) -> None:
    """A series of readings is an interface's with one service and access, as the load sums it."""
    reading = CLEAN["counters"] | {"interface": "xe-0/0/0"}
    rows = [reading | {"access": access} for access in ("pppoe", "ipoe", "ipoe")]
    judgement = judge(contract("staged", "counters"), rows, shares={"counters.doubled_reading": 1})
    assert [(f.rule, f.rows) for f in judgement.findings] == [("counters.doubled_reading", 1)]


@pytest.mark.parametrize("feed", tables("staged"))
def test_every_rule_of_every_contract_can_run(judge: Judge, feed: str) -> None:
    judgement = judge(contract("staged", feed), [{}])
    assert judgement.verdict == "refused"
    assert not [finding for finding in judgement.findings if finding.severity == "error"]


def test_an_access_server_that_falls_silent_is_named(judge: Judge, week: Week) -> None:
    server = CLEAN["assignments"] | {"stop_ms": None}
    rows = [
        server | {"session": "s1", "update_ms": week.start_ms + 1000},
        server
        | {
            "session": "s2",
            "access_server": "192.0.2.8",
            "update_ms": week.end_ms,
            "ipv4_address": 7,
        },
        server | {"session": "s3", "access_server": "192.0.2.7", "ipv4_address": 3_325_256_706},
    ]

    judgement = judge(contract("staged", "assignments"), rows)

    reported = {finding.rule: finding for finding in judgement.findings}
    assert set(reported) == {"sessions.silent_server", "sessions.without_updates"}
    silent, without = reported["sessions.silent_server"], reported["sessions.without_updates"]
    assert "access server 192.0.2.9 " in silent.sentence
    assert (silent.count, silent.severity) == (1, "warning")
    assert (silent.start_ms, silent.end_ms) == (week.start_ms + 1000, week.end_ms)
    assert (without.count, without.severity) == (1, "info")


def test_port_ranges_of_a_session_are_no_doubles_and_do_not_overlap(judge: Judge) -> None:
    one = CLEAN["assignments"] | {"session": "s1", "port_first": 1024, "port_last": 2047}
    rows = [
        one,
        one | {"port_first": 4096, "port_last": 5119},
        one | {"session": "s2", "port_first": 2048, "port_last": 3071},
    ]

    assert judge(contract("staged", "assignments"), rows).findings == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"port_first": 2048, "port_last": 2047},
        {"port_first": 1024},
        {"port_last": 2047},
        {"port_first": 1, "port_last": 2, "ipv4_address": None, "framed_prefix_high": 1},
    ],
)
def test_half_a_port_range_is_refused(judge: Judge, wrong: dict[str, object]) -> None:
    prefix = {"framed_prefix_low": 0, "framed_prefix_length": 64}
    row = CLEAN["assignments"] | {"session": "s1"} | prefix | wrong

    judgement = judge(contract("staged", "assignments"), [row])

    assert [finding.rule for finding in judgement.findings] == ["assignments.range_complete"]


@pytest.mark.parametrize(
    ("shared_pools", "rules"), [("all", ["sessions.overlapping"]), ("none", [])]
)
def test_an_overlap_is_one_where_pools_are_shared(
    judge: Judge, week: Week, shared_pools: str, rules: list[str]
) -> None:
    one = CLEAN["assignments"] | {"stop_ms": week.end_ms}
    rows = [
        one | {"session": "s1"},
        one | {"session": "s2", "access_server": "192.0.2.8", "start_ms": week.start_ms + 1000},
    ]

    judgement = judge(contract("staged", "assignments"), rows, shared_pools=shared_pools)

    assert [finding.rule for finding in judgement.findings] == rules


SESSION: Row = {**CLEAN["assignments"], "session": "s0", "stop_ms": None}
LATER = 1_717_340_400_000 + 3_600_000


@pytest.mark.parametrize(
    ("rows", "quarantined"),
    [
        pytest.param([SESSION, SESSION], [(1, "assignments.doubled_record")], id="the same again"),
        pytest.param(
            [SESSION, {**SESSION, "stop_ms": LATER}],
            [(0, "assignments.earlier_record")],
            id="open in one file and closed in the next",
        ),
        pytest.param(
            [{**SESSION, "stop_ms": LATER}, {**SESSION, "update_ms": LATER}],
            [(1, "assignments.earlier_record")],
            id="a stop counts before an update at the same time",
        ),
        pytest.param(
            [{**SESSION, "update_ms": LATER}, SESSION],
            [(1, "assignments.earlier_record")],
            id="the later state in the earlier file",
        ),
        pytest.param(
            [SESSION, {**SESSION, "start_ms": LATER}], [], id="an id that comes again is another"
        ),
    ],
)
def test_the_latest_record_of_a_session_counts(
    judge: Judge, workspace: Workspace, rows: list[Row], quarantined: list[tuple[int, str]]
) -> None:
    others: list[Row] = [{**CLEAN["assignments"], "session": f"o{n}"} for n in range(20)]
    judge(contract("staged", "assignments"), [*rows, *others])
    path = workspace.quarantined / "assignments.parquet"
    found = pl.read_parquet(path).select("position", "rule").rows() if path.exists() else []
    assert found == quarantined


RECORD: Row = {**CLEAN["usage"], "record": None, "gateway": None}


@pytest.mark.parametrize(
    ("again", "found"),
    [
        pytest.param({"file_index": 1}, [("usage.repeated_record", 1, 12)], id="in another file"),
        pytest.param({}, [], id="in the same file"),
        pytest.param({"file_index": 1, "out_bytes": 13}, [], id="with another volume"),
        pytest.param({"file_index": 1, "gateway": "pgw2"}, [], id="of another gateway"),
        pytest.param({"file_index": 1, "record": "77"}, [], id="with an id"),
    ],
)
def test_a_record_without_id_in_two_files_is_reported(
    judge: Judge, again: Row, found: list[tuple[str, int, int]]
) -> None:
    judgement = judge(contract("staged", "usage"), [RECORD, {**RECORD, **again}])
    assert [(f.rule, f.rows, f.bytes) for f in judgement.findings] == found
    assert judgement.quarantined_rows == 0
