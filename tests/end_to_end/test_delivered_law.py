"""Whatever a delivery holds: each row and byte is loaded, quarantined or out of week, and no other.

The expected amounts come from what was written, not from what was read.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from longflow.contract import contract
from longflow.settings import Feed

from tests.end_to_end.conftest import MONDAY, Site

Record = dict[str, str]

SOURCES = {
    Feed.FLOWS: 'service = "broadband"',
    Feed.ASSIGNMENTS: "",
    Feed.USAGE: 'service = "mobile"',
    Feed.COUNTERS: 'service = "mobile"',
    Feed.SUBSCRIBERS: "",
}


class Kind(NamedTuple):
    """A kind of row: how it differs from a good one, and what becomes of it."""

    changes: Record
    becomes: str
    bytes: int = 0


IN_WEEK, BEFORE, AFTER = (
    "2024-06-05 12:00:00",
    "2024-06-02 23:50:00",
    "2024-06-10 00:10:00",
)
GOOD: dict[Feed, Record] = {
    Feed.FLOWS: {
        "first_seen_ms": IN_WEEK,
        "last_seen_ms": IN_WEEK,
        "protocol": "6",
        "src_addr": "192.0.2.1",
        "src_port": "443",
        "dst_addr": "198.51.100.1",
        "dst_port": "",
        "packets": "1",
        "bytes": "1000",
        "exporter": "203.0.113.1",
        "sampling_interval": "1",
    },
    Feed.ASSIGNMENTS: {
        "acctuniqueid": "",
        "username": "ann",
        "nasipaddress": "203.0.113.1",
        "acctstarttime": IN_WEEK,
        "acctstoptime": "2024-06-05 13:00:00",
        "framedipaddress": "198.51.100.1",
    },
    Feed.USAGE: {
        "subscriber": "819000000001",
        "start_time": IN_WEEK,
        "end_time": "2024-06-05 12:30:00",
        "in_bytes": "10",
        "out_bytes": "990",
        "record": "",
        "gateway": "g",
        "sequence": "1",
    },
    Feed.COUNTERS: {"time": IN_WEEK, "interface": "", "in_octets": "1", "out_octets": "2"},
    Feed.SUBSCRIBERS: {
        "login_or_number": "",
        "contract": "c",
        "service": "mobile",
        "access": "",
        "segment": "consumer",
    },
}
# The column that tells records apart.
NUMBERED = {
    Feed.FLOWS: "dst_port",
    Feed.ASSIGNMENTS: "acctuniqueid",
    Feed.USAGE: "record",
    Feed.COUNTERS: "interface",
    Feed.SUBSCRIBERS: "login_or_number",
}
KINDS: dict[Feed, dict[str, Kind]] = {
    Feed.FLOWS: {
        "good": Kind({}, "loaded", 1000),
        "good, in IPv6": Kind(
            {"src_addr": "2001:db8::1", "dst_addr": "2001:db8::2"}, "loaded", 1000
        ),
        "good, as 1e3": Kind({"bytes": "1e3"}, "loaded", 1000),
        "before the week": Kind(
            dict.fromkeys(("first_seen_ms", "last_seen_ms"), BEFORE), "out", 1000
        ),
        "across its start": Kind({"first_seen_ms": BEFORE}, "split", 1000),
        "without destination": Kind({"dst_addr": ""}, "quarantined", 1000),
        "bytes that are none": Kind({"bytes": "many"}, "quarantined"),
        "bytes beyond 64 bits": Kind({"bytes": str(2**64)}, "quarantined"),
        "a port that is none": Kind({"src_port": "http"}, "quarantined", 1000),
        "a time that is none": Kind({"last_seen_ms": "noon"}, "quarantined", 1000),
        "the end before the start": Kind({"first_seen_ms": AFTER}, "quarantined", 1000),
    },
    Feed.ASSIGNMENTS: {
        "good": Kind({}, "loaded"),
        "open": Kind({"acctstoptime": "NULL"}, "loaded"),
        "long before": Kind(
            {"acctstarttime": "2024-05-01 00:00:00", "acctstoptime": "2024-05-02 00:00:00"}, "out"
        ),
        "without login": Kind({"username": "\\N"}, "quarantined"),
        "an address that is none": Kind({"framedipaddress": "1.2.3"}, "quarantined"),
        "without address": Kind({"framedipaddress": "::"}, "quarantined"),
    },
    Feed.USAGE: {
        "good": Kind({}, "loaded", 1000),
        "after the week": Kind({"start_time": AFTER, "end_time": AFTER}, "out", 1000),
        "across its end": Kind({"start_time": IN_WEEK, "end_time": AFTER}, "split", 1000),
        "without number": Kind({"subscriber": "NULL"}, "quarantined", 1000),
        "a negative volume": Kind({"out_bytes": "x"}, "quarantined", 10),
    },
    Feed.COUNTERS: {
        "good": Kind({}, "loaded"),
        "before the week": Kind({"time": BEFORE}, "out"),
        "without counter": Kind({"in_octets": ""}, "quarantined"),
        "beyond 64 bits": Kind({"out_octets": str(2**64)}, "quarantined"),
    },
    Feed.SUBSCRIBERS: {
        "good": Kind({}, "loaded"),
        "without contract": Kind({"contract": "NULL"}, "quarantined"),
        "of no known service": Kind({"service": "tv"}, "quarantined"),
    },
}
FORMATS: dict[str, Callable[[Path, Sequence[Record]], object]] = {
    "csv": lambda path, records: pl.DataFrame(records).write_csv(path),
    "json": lambda path, records: path.write_text("".join(map(_json_line, records))),
    "parquet": lambda path, records: pl.DataFrame(records).write_parquet(path),
}


def _json_line(record: Record) -> str:
    return json.dumps(record) + "\n"


def settings_of(file_format: str) -> str:
    """Sources of all feeds, whose rules take any share of their rows out."""
    rules = [
        rule.id
        for feed in Feed
        for rule in contract("staged", feed).rules
        if rule.severity == "quarantine"
    ]
    shares = "".join(f'"{rule}" = 1.0\n' for rule in rules)
    sources = "".join(
        f'\n[[sources]]\nname = "x"\nfeed = "{feed}"\nformat = "{file_format}"\n'
        f'files = "x.{file_format}"\ntime_unit = "iso"\n{more}\n'
        for feed, more in SOURCES.items()
    )
    return (
        f'[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n{sources}'
        f"\n[validation.max_share]\n{shares}"
        # The only flows of an example may be between addresses that nobody held.
        "\n[validation.unexplained]\nrefuse_percent = 100\n"
    )


def records_of(feed: Feed, kinds: Sequence[str]) -> list[Record]:
    return [
        GOOD[feed] | {NUMBERED[feed]: str(number)} | KINDS[feed][kind].changes
        for number, kind in enumerate(kinds, start=1)
    ]


ALL_FEEDS = st.fixed_dictionaries(
    {
        # Too few rows would refuse the feed.
        feed: st.lists(st.sampled_from(sorted(kinds)), max_size=60).map(
            lambda rest: ["good", "good", *rest]
        )
        for feed, kinds in KINDS.items()
    }
)


@pytest.mark.parametrize("file_format", FORMATS)
@hypothesis_settings(
    max_examples=2,
    # Each example takes in a week.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@example(chosen={feed: ["good", *kinds] for feed, kinds in KINDS.items()})
@given(chosen=ALL_FEEDS)
def test_what_is_delivered_is_loaded_quarantined_or_out_of_week(
    file_format: str, chosen: dict[Feed, list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        (site.folder / "longflow.toml").write_text(settings_of(file_format))
        for feed, kinds in chosen.items():
            path = site.landing / feed / "x" / str(MONDAY) / f"x.{file_format}"
            path.parent.mkdir(parents=True)
            FORMATS[file_format](path, records_of(feed, kinds))

        site.ingest()

        log = site.query(
            "SELECT feed, delivered_rows, loaded_rows, quarantined_rows, out_of_week_rows, "
            "delivered_bytes, loaded_bytes, quarantined_bytes, out_of_week_bytes "
            "FROM load_log WHERE feed <> ''"
        )
    assert len(log) == len(Feed)
    for feed, *amounts in log.rows():
        of_feed = KINDS[Feed(feed)]
        assert amounts == expected([of_feed[name] for name in chosen[Feed(feed)]], amounts[-1])


def expected(kinds: Sequence[Kind], out_of_week_bytes: int) -> list[int]:
    """Rows and bytes delivered, loaded, quarantined and out of week.

    How much of a record across an edge of the week lies outside follows docs/method.md, rule 2.
    """

    def rows(*becomes: str) -> int:
        return len([kind for kind in kinds if kind.becomes in becomes])

    def size(*becomes: str) -> int:
        return sum(kind.bytes for kind in kinds if kind.becomes in becomes)

    assert size("out") <= out_of_week_bytes <= size("out", "split")
    delivered, quarantined = size("loaded", "split", "out", "quarantined"), size("quarantined")
    return [
        *(len(kinds), rows("loaded", "split"), rows("quarantined"), rows("out")),
        *(delivered, delivered - quarantined - out_of_week_bytes, quarantined, out_of_week_bytes),
    ]
