"""Spellings of numbers and instants."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest
from longflow.staging.tabular.values import (
    durations_ms,
    icmp_ports,
    instants,
    protocols,
    whole_numbers,
)

TOKYO = ZoneInfo("Asia/Tokyo")
EIGHT = 1717369200000  # 2024-06-03 08:00:00 in Tokyo


def read(text: str, unit: str = "iso", time_format: str | None = None) -> int | None:
    # A spelling that all files have stands beside it.
    texts = pl.Series([text, "2024-06-03 08:00:00" if unit == "iso" else "0"])
    found: int | None = instants(texts, unit, TOKYO, time_format)[0]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "2024-06-03T08:00:00",
        "2024-06-03 08:00:00",
        "2024-06-03 08:00:00.000000",
        "2024-06-03 08:00:00,000",
        "2024-06-03 08:00:00+09",
        "2024-06-03 08:00:00+0900",
        "2024-06-03 08:00:00 +09:00",
        "2024-06-02T23:00:00Z",
        "2024-06-02 23:00:00 UTC",
        "2024-06-02 23:00:00+00",
        "2024-06-02 19:00:00-04",
        "2024/06/03 08:00:00",
        "2024/06/03 08:00",
        "2024/6/3 8:00",
        "2024/6/3 8:00:00",
        "2024/06/03T08:00:00.000",
        "20240603080000",
        "20240603T080000",
        "20240602T230000Z",
        "20240603 080000",
    ],
)
def test_an_instant_in_its_spellings(text: str) -> None:
    assert read(text) == EIGHT


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("03.06.2024 08:00:00", "%d.%m.%Y %H:%M:%S"),
        ("Jun  3 2024 08:00:00", "%b %e %Y %H:%M:%S"),
        ("02/Jun/2024:23:00:00 +0000", "%d/%b/%Y:%H:%M:%S %z"),
    ],
)
def test_any_other_format_is_a_setting(text: str, time_format: str) -> None:
    assert read(text, "iso", time_format) == EIGHT


def test_a_date_alone_is_its_midnight() -> None:
    assert read("2024-06-03") == EIGHT - 8 * 3_600_000


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1717369200", "s"),
        ("1717369200.0", "s"),
        ("1717369200000", "ms"),
        ("1.7173692e12", "ms"),
        ("1717369200000000", "us"),
        ("1717369200000000000", "ns"),
    ],
)
def test_instants_since_1970(text: str, unit: str) -> None:
    assert read(text, unit) == EIGHT


@pytest.mark.parametrize("text", ["today", "2024-13-03 08:00:00", "2024-06-03 25:00:00", "+09"])
def test_what_is_no_time_is_nothing(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(
            ("12", 12),
            ("12.0", 12),
            ("1.2e1", 12),
            ("1000000.0", 1_000_000),
            ("1.5e+06", 1_500_000),
        ),
        ("18446744073709551615", 2**64 - 1),
        *(("12.5", None), ("many", None), ("1e300", None), ("-1", None), ("9.1e15", None)),
    ],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert whole_numbers(pl.Series([text, "7"]), pl.UInt64).to_list() == [number, 7]


@pytest.mark.parametrize(
    ("text", "port"),
    [
        *(("8.0", "2048"), ("3.3", "771"), ("128.0", "32768"), ("2048", "2048"), (None, None)),
        ("300.0", "type.code"),
    ],
)
def test_ports_of_icmp(text: str | None, port: str | None) -> None:
    assert icmp_ports(pl.Series([text, "0"], dtype=pl.String)).to_list() == [port, "0"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("6", 6), ("tcp", 6), ("UDP", 17), ("GRE", 47), ("ipv6-icmp", 58), ("ICMP6", 58)),
        *(("OSPFIGP", 89), ("PIM", 103), ("VRRP", 112), ("L2TP", 115), ("SCTP", 132)),
        *(("UDPLite", 136), ("6.0", 6), ("300", None), ("other", None)),
    ],
)
def test_protocols(text: str, number: int | None) -> None:
    assert protocols(pl.Series([text, "1"])).to_list() == [number, 1]


def test_durations() -> None:
    assert durations_ms(pl.Series(["4.000", "0.0015", None]), "s").to_list() == [4000, 2, None]
    assert durations_ms(pl.Series(["4000"]), "ms").to_list() == [4000]
    assert durations_ms(pl.Series(["1:00:02.5", "0:60:00"]), "us").to_list() == [3_602_500, None]
