"""The feeds, and the columns in which they are delivered."""

from __future__ import annotations

from enum import StrEnum


class Feed(StrEnum):
    """What collectors deliver for each week (docs/method.md#feeds)."""

    FLOWS = "flows"
    ASSIGNMENTS = "assignments"
    USAGE = "usage"
    COUNTERS = "counters"
    SUBSCRIBERS = "subscribers"


# Columns as delivered, by feed; True where a delivery without it is whole.
DELIVERED_COLUMNS: dict[Feed, dict[str, bool]] = {
    Feed.FLOWS: {
        "first_seen_ms": False,
        "last_seen_ms": False,
        "protocol": False,
        "src_addr": False,
        "src_port": False,
        "dst_addr": False,
        "dst_port": False,
        "packets": False,
        "bytes": False,
        "exporter": False,
        "sampling_interval": True,
    },
    Feed.ASSIGNMENTS: {
        "acctuniqueid": False,
        "username": False,
        "nasipaddress": False,
        "acctstarttime": False,
        "acctupdatetime": True,
        "acctstoptime": False,
        "framedipaddress": False,
        "framedipv6prefix": True,
        "delegatedipv6prefix": True,
        "acctterminatecause": True,
    },
    Feed.USAGE: {
        "subscriber": False,
        "service": True,
        "access": True,
        "start_time": False,
        "end_time": False,
        "in_bytes": False,
        "out_bytes": False,
        "record": True,
        "gateway": True,
        "sequence": True,
    },
    Feed.COUNTERS: {
        "time": False,
        "interface": False,
        "service": True,
        "access": True,
        "in_octets": False,
        "out_octets": False,
    },
    Feed.SUBSCRIBERS: {
        "login_or_number": False,
        "contract": False,
        "service": False,
        "access": False,
        "segment": False,
    },
}
