from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from longflow.errors import LongflowError
from longflow.settings import Feed, Source
from longflow.staging.sampling_notes import SamplingNotes
from longflow.staging.schema import arrow_schema
from longflow.staging.tabular import read_tabular

TOKYO = ZoneInfo("Asia/Tokyo")


def read(path: Path, source: Source) -> list[dict[str, Any]]:
    tables = list(read_tabular(path, source, TOKYO, 7, SamplingNotes()))
    assert all(table.schema == arrow_schema(source.feed) for table in tables)
    return [row for table in tables for row in table.to_pylist()]


def source(feed: Feed, **settings: object) -> Source:
    given = {"name": "x", "feed": feed, "format": "csv", "service": "broadband", **settings}
    return Source.model_validate(given)


FLOWS = (
    "first_seen_ms,last_seen_ms,protocol,src_addr,src_port,dst_addr,dst_port,packets,bytes,"
    "exporter,sampling_interval\n"
)


def test_a_flow_that_the_collector_scaled(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(FLOWS + "1000,2000,6,192.0.2.1,50000,2001:db8::7,443,10,900,198.51.100.1,10\n")

    (row,) = read(file, source(Feed.FLOWS))

    assert row == {
        "file_index": 7,
        "position": 2,
        "first_seen_ms": 1000,
        "last_seen_ms": 2000,
        "ip_version": 4,
        "protocol": 6,
        "src_addr_high": 0,
        "src_addr_low": 0xC0000201,
        "src_port": 50000,
        "dst_addr_high": 0x20010DB800000000,
        "dst_addr_low": 7,
        "dst_port": 443,
        "packets": 10,
        "bytes": 900,
        "exporter": "198.51.100.1",
        "sampling_interval": 10,
        "unreadable": None,
    }


def test_a_flow_that_nobody_scaled_is_scaled_here(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(FLOWS + "1,2,UDP,192.0.2.1,5,192.0.2.2,6,10,900,198.51.100.1,8192\n")

    (row,) = read(file, source(Feed.FLOWS, scaled_by="nobody"))

    assert (row["packets"], row["bytes"], row["protocol"]) == (81_920, 7_372_800, 17)


def test_the_provider_s_names_and_unit_are_settings(tmp_path: Path) -> None:
    """Lines as goflow2 writes them."""
    file = tmp_path / "f.json"
    file.write_text(
        '{"time_flow_start_ns":1717340400123456789,"time_flow_end_ns":1717340401000000000,'
        '"proto":"TCP","src_addr":"192.0.2.1","src_port":443,"dst_addr":"192.0.2.2",'
        '"dst_port":50000,"packets":2,"bytes":3000,"sampler_address":"198.51.100.1",'
        '"sampling_rate":1000}\n'
    )
    mapping = {
        "first_seen_ms": "time_flow_start_ns",
        "last_seen_ms": "time_flow_end_ns",
        "protocol": "proto",
        "exporter": "sampler_address",
        "sampling_interval": "sampling_rate",
    }

    (row,) = read(
        file,
        source(Feed.FLOWS, format="json", columns=mapping, time_unit="ns", scaled_by="nobody"),
    )

    assert row["first_seen_ms"] == 1717340400123
    assert (row["protocol"], row["bytes"]) == (6, 3_000_000)


def test_a_missing_column_names_those_that_are_there(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("subscriber,start_time,end_time,in_bytes\n")

    with pytest.raises(LongflowError) as error:
        read(file, source(Feed.USAGE))

    assert str(error.value) == (
        "f.csv: header: column 'out_bytes' is missing (columns found: subscriber, start_time, "
        "end_time, in_bytes); deliver it, or map 'out_bytes' under columns of source 'x'"
    )


def test_an_empty_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.touch()
    with pytest.raises(LongflowError, match=r"f\.csv: the file is empty, without even a header"):
        read(file, source(Feed.USAGE))


USAGE = "subscriber,service,access,start_time,end_time,in_bytes,out_bytes\n"


def test_a_value_that_cannot_be_read_is_distinguished_from_one_that_is_missing(
    tmp_path: Path,
) -> None:
    file = tmp_path / "f.csv"
    file.write_text(
        USAGE
        + "1,mobile,,2024-06-03T00:00:00Z,2024-06-03T01:00:00Z,12,many\n"
        + "2,mobile,,2024-06-03T00:00:00Z,2024-06-03T01:00:00Z,12,\n"
    )

    rows = read(file, source(Feed.USAGE, service="mobile"))

    assert [(r["out_bytes"], r["unreadable"]) for r in rows] == [(None, "out_bytes"), (None, None)]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2024-06-03T00:00:00+09:00", "iso"),
        ("2024-06-03 00:00:00+0900", "iso"),
        ("2024-06-02T15:00:00Z", "iso"),
        ("2024-06-02T15:00:00.000Z", "iso"),
        ("2024-06-03T00:00:00", "iso"),  # without offset: local time of the source
        ("1717340400", "s"),
        ("1717340400000", "ms"),
        ("1717340400000000", "us"),
    ],
)
def test_times(tmp_path: Path, text: str, unit: str) -> None:
    file = tmp_path / "f.csv"
    file.write_text(USAGE + f"1,mobile,,{text},{text},12,13\n")

    (row,) = read(file, source(Feed.USAGE, service="mobile", time_unit=unit))

    assert (row["start_ms"], row["unreadable"]) == (1717340400000, None)


def test_sessions_hold_addresses_and_prefixes_as_numbers(tmp_path: Path) -> None:
    file = tmp_path / "radacct.csv"
    file.write_text(
        "acctuniqueid,username,nasipaddress,acctstarttime,acctupdatetime,acctstoptime,"
        "acctinputoctets,framedipaddress,framedipv6prefix,delegatedipv6prefix\n"
        "s1,ann,198.51.100.1,2024-06-03T00:00:00Z,,,5,192.0.2.7,2001:db8:0:1::/64,2001:db8:1::/56\n"
        "s2,bob,198.51.100.1,2024-06-03T00:00:00Z,,,5,not-an-address,,\n"
    )

    first, second = read(file, source(Feed.ASSIGNMENTS))

    assert first["ipv4_address"] == 0xC0000207
    assert (first["framed_prefix_high"], first["framed_prefix_length"]) == (0x20010DB800000001, 64)
    assert (first["delegated_prefix_high"], first["delegated_prefix_length"]) == (
        0x20010DB800010000,
        56,
    )
    assert first["stop_ms"] is None
    assert (second["ipv4_address"], second["unreadable"]) == (None, "framedipaddress")


def test_a_session_holds_a_range_of_ports(tmp_path: Path) -> None:
    file = tmp_path / "cgn.csv"
    file.write_text(
        "acctuniqueid,username,nasipaddress,acctstarttime,acctstoptime,framedipaddress,"
        "port_first,port_last\n"
        "s1,ann,198.51.100.1,2024-06-03T00:00:00Z,,192.0.2.7,1024,2047\n"
        "s2,bob,198.51.100.1,2024-06-03T00:00:00Z,,192.0.2.8,-,\n"
        "s3,cat,198.51.100.1,2024-06-03T00:00:00Z,,192.0.2.7,65000,65536\n"
    )

    rows = read(file, source(Feed.ASSIGNMENTS))

    assert [(row["port_first"], row["port_last"], row["unreadable"]) for row in rows] == [
        (1024, 2047, None),
        (None, None, None),
        (65000, None, "port_last"),
    ]


def test_counters_reach_up_to_64_bits(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text(
        "time,interface,service,access,in_octets,out_octets\n"
        f"2024-06-03T00:00:00Z,a,mobile,,{2**64 - 1},0\n"
    )

    (row,) = read(file, source(Feed.COUNTERS))

    assert (row["in_octets"], row["access"]) == (2**64 - 1, "")


def test_positions_run_through_the_pieces_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    rows = 600_000
    pl.DataFrame({"login_or_number": pl.int_range(rows, eager=True).cast(pl.String)}).with_columns(
        contract=pl.lit("c"),
        service=pl.lit("mobile"),
        access=pl.lit(""),
        segment=pl.lit("consumer"),
    ).write_parquet(file)

    tables = list(
        read_tabular(file, source(Feed.SUBSCRIBERS, format="parquet"), TOKYO, 0, SamplingNotes())
    )

    assert len(tables) > 1
    positions = [p for table in tables for p in table["position"].to_pylist()]
    logins = [int(n) for table in tables for n in table["login_or_number"].to_pylist()]
    assert logins == list(range(rows))
    assert positions == list(range(1, rows + 1))


def test_exporter_and_access_server_have_one_spelling(tmp_path: Path) -> None:
    flows = tmp_path / "f.csv"
    flow = "1000,2000,6,192.0.2.1,5,192.0.2.2,443,10,900"
    spelled = ("::ffff:198.51.100.1", "198.51.100.001", "2001:DB8:0::1", "edge-1", "")
    flows.write_text(FLOWS + "".join(f"{flow},{exporter},10\n" for exporter in spelled))
    radius = tmp_path / "r.csv"
    radius.write_text(
        "acctuniqueid,username,nasipaddress,acctstarttime,acctstoptime,framedipaddress\n"
        "s1,ann,198.51.100.1/32,2024-06-03 00:00:00,,100.64.0.1\n"
        "s2,bob,2001:db8::0001,2024-06-03 00:00:00,,100.64.0.1\n"
        "s3,cat,edge-1,2024-06-03 00:00:00,,100.64.0.1\n"
        "s4,dan,,2024-06-03 00:00:00,,100.64.0.1\n"
    )

    exporters = [row["exporter"] for row in read(flows, source(Feed.FLOWS))]
    servers = [row["access_server"] for row in read(radius, source(Feed.ASSIGNMENTS))]

    assert exporters == ["198.51.100.1", "198.51.100.1", "2001:db8::1", "edge-1", ""]
    assert servers == ["198.51.100.1", "2001:db8::1", "edge-1", None]


def test_scaled_amounts_do_not_turn_over(tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    flow = "1,2,6,192.0.2.1,5,192.0.2.2,6"
    file.write_text(FLOWS + f"{flow},2,4611686018427387905,e,4\n{flow},,9,e,4\n{flow},2,9,e,\n")

    rows = read(file, source(Feed.FLOWS, scaled_by="nobody"))

    assert [(row["packets"], row["bytes"]) for row in rows] == [
        (8, 2**63 - 1),
        (None, 36),
        (None,) * 2,
    ]


def test_an_address_that_stands_for_none_is_held_by_nobody(tmp_path: Path) -> None:
    """Else each start would end all sessions before it, because all hold the same."""
    file = tmp_path / "r.csv"
    held = (
        *("0.0.0.0,::/0,", "255.255.255.254,fe80::/64,::/64", "169.254.7.1,,fe80::1:0:0:0/64"),
        "198.51.100.1,2001:db8::/64,2001:db8:5::/56",
    )
    file.write_text(
        "acctuniqueid,username,nasipaddress,acctstarttime,acctstoptime,framedipaddress,"
        "framedipv6prefix,delegatedipv6prefix\n"
        + "".join(
            f"s{n},ann,192.0.2.1,2024-06-03 00:00:00,,{text}\n" for n, text in enumerate(held)
        )
    )

    rows = read(file, source(Feed.ASSIGNMENTS))

    names = ("ipv4_address", "framed_prefix_length", "delegated_prefix_high")
    assert [tuple(row[name] for name in names) for row in rows] == [
        *[(None, None, None)] * 3,
        (0xC6336401, 64, 0x20010DB8_00050000),
    ]
    assert {row["unreadable"] for row in rows} == {None}
