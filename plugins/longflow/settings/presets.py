"""What programs that write deliveries name their columns, and how they write values.

Sources: the programs' own documentation and output; docs/deliveries.md says which were run here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NFDUMP_JSON = {
    "first_seen_ms": "first",
    "last_seen_ms": "last",
    "protocol": "proto",
    "src_addr": ["src4_addr", "src6_addr"],
    "dst_addr": ["dst4_addr", "dst6_addr"],
    "packets": "in_packets",
    "bytes": "in_bytes",
    "bytes_back": "out_bytes",
    "exporter": ["ip4_router", "ip6_router"],
}
_PMACCT_CSV = {
    "first_seen_ms": "TIMESTAMP_START",
    "last_seen_ms": "TIMESTAMP_END",
    "protocol": "PROTOCOL",
    "src_addr": "SRC_IP",
    "src_port": "SRC_PORT",
    "dst_addr": "DST_IP",
    "dst_port": "DST_PORT",
    "packets": "PACKETS",
    "bytes": "BYTES",
    "exporter": "PEER_SRC_IP",
    "sampling_interval": "SAMPLING_RATE",
}
_PMACCT_JSON = {
    "first_seen_ms": "timestamp_start",
    "last_seen_ms": "timestamp_end",
    "protocol": "ip_proto",
    "src_addr": "ip_src",
    "src_port": "port_src",
    "dst_addr": "ip_dst",
    "dst_port": "port_dst",
    "exporter": "peer_ip_src",
    "sampling_interval": "sampling_rate",
}
_GOFLOW2 = {
    "first_seen_ms": "time_flow_start_ns",
    "last_seen_ms": "time_flow_end_ns",
    "protocol": "proto",
    "exporter": "sampler_address",
    "sampling_interval": "sampling_rate",
}
_AKVORADO = {
    "first_seen_ms": "TimeReceived",
    "last_seen_ms": "TimeReceived",
    "protocol": "Proto",
    "src_addr": "SrcAddr",
    "src_port": "SrcPort",
    "dst_addr": "DstAddr",
    "dst_port": "DstPort",
    "packets": "Packets",
    "bytes": "Bytes",
    "exporter": "ExporterAddress",
    "sampling_interval": "SamplingRate",
}
_NFDUMP_CSV = {
    "first_seen_ms": ["firstSeen", "ts"],
    "last_seen_ms": ["lastSeen", "te"],
    "protocol": ["proto", "pr"],
    "src_addr": ["srcAddr", "sa"],
    "src_port": ["srcPort", "sp"],
    "dst_addr": ["dstAddr", "da"],
    "dst_port": ["dstPort", "dp"],
    "packets": ["packets", "ipkt"],
    "bytes": ["bytes", "ibyt"],
    "exporter": ["routerIP", "ra"],
    "duration": ["duration", "td"],
    "bytes_back": ["outBytes", "obyt"],
}
_TELEGRAF = {
    "time": "timestamp",
    "device": ["tags.agent_host", "tags.hostname"],
    "interface": ["tags.ifName", "tags.ifDescr"],
    "in_octets": "fields.ifHCInOctets",
    "out_octets": "fields.ifHCOutOctets",
}
# The 64-bit counters of the interfaces MIB (RFC 2863), as collectors name them.
_COUNTERS = {"ifHCInOctets": "in_octets", "ifHCOutOctets": "out_octets"}
_SILK = {
    "first_seen_ms": "sTime",
    "last_seen_ms": "eTime",
    "src_addr": "sIP",
    "src_port": "sPort",
    "dst_addr": "dIP",
    "dst_port": "dPort",
    "exporter": "sensor",
}

# Sessions that can have held an address in the week, by FreeRADIUS' own schema. The key comes
# first, because rows are sorted by their columns.
_RADACCT = """\
SELECT radacctid, acctuniqueid, username, nasipaddress, acctstarttime, acctupdatetime,
  acctstoptime, framedipaddress, framedipv6prefix, delegatedipv6prefix, acctterminatecause
FROM radacct
WHERE acctstarttime < :week_end
  AND (acctstoptime IS NULL OR acctstoptime >= :week_start)"""
# In tables of older versions, the end of an open session is a date of zeros.
_RADACCT_MYSQL = f"{_RADACCT[:-1]} OR acctstoptime < '1971-01-01')"

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # Unless it renormalises, which it does on request: then it writes 1 for every interval.
    "pmacct-csv": {
        "format": "csv",
        "time_unit": "iso",
        "scaled_by": "nobody",
        "columns": _PMACCT_CSV,
    },
    "pmacct-json": {
        "format": "json",
        "time_unit": "iso",
        "scaled_by": "nobody",
        "columns": _PMACCT_JSON,
    },
    "goflow2": {
        "format": "json",
        "time_unit": "ns",
        "scaled_by": "nobody",
        "columns": _GOFLOW2,
    },
    "akvorado": {
        "format": "csv",
        "time_unit": "iso",
        "scaled_by": "nobody",
        "columns": _AKVORADO,
    },
    "nfdump-csv": {"format": "csv", "time_unit": "iso", "columns": _NFDUMP_CSV},
    "nfdump-json": {"format": "json", "time_unit": "iso", "columns": _NFDUMP_JSON},
    "silk": {"format": "csv", "time_unit": "iso", "delimiter": "|", "columns": _SILK},
    "radacct-mysql": {"format": "csv", "null_values": ["NULL", "\\N"]},
    "radacct-postgresql": {"format": "csv", "null_values": ["\\N"]},
    # NULL is no text here.
    "freeradius-mysql": {"format": "csv", "null_values": [], "query": _RADACCT_MYSQL},
    "freeradius-postgresql": {"format": "csv", "null_values": [], "query": _RADACCT},
    "telegraf": {
        "format": "json",
        "time_unit": "s",
        "columns": _TELEGRAF,
    },
    "telegraf-lines": {"format": "line-protocol", "time_unit": "ns", "columns": _TELEGRAF},
    "influxdb": {
        "format": "csv",
        "time_unit": "ns",
        "columns": {
            "time": "time",
            "device": ["agent_host", "hostname"],
            "interface": "ifName",
            "in_octets": "ifHCInOctets",
            "out_octets": "ifHCOutOctets",
        },
    },
    "influxdb-json": {
        "format": "json",
        "time_unit": "iso",
        "columns": {
            "time": "time",
            "device": ["tags.agent_host", "tags.hostname"],
            "interface": ["tags.ifName", "tags.ifDescr"],
            "in_octets": "ifHCInOctets",
            "out_octets": "ifHCOutOctets",
        },
    },
    "influxdb-2": {
        "format": "csv",
        "time_unit": "iso",
        "columns": {
            "time": "_time",
            "device": ["agent_host", "hostname"],
            "interface": ["ifName", "ifDescr"],
            "counter": "_field",
            "value": "_value",
        },
        "values": {"counter": _COUNTERS},
    },
    "prometheus": {
        "format": "json",
        "time_unit": "s",
        "columns": {
            "time": "values.0",
            "device": "metric.instance",
            "interface": ["metric.ifName", "metric.ifDescr", "metric.ifIndex"],
            "counter": "metric.__name__",
            "value": "values.1",
        },
        "values": {"counter": _COUNTERS},
    },
    "prometheus-csv": {
        "format": "csv",
        "time_unit": "s",
        "columns": {
            "time": ["timestamp", "time"],
            "device": "instance",
            "interface": ["ifName", "ifDescr", "ifIndex"],
            "counter": ["__name__", "name", "metric"],
            "value": "value",
        },
        "values": {"counter": _COUNTERS},
    },
    "librenms": {
        "format": "csv",
        "time_unit": "s",
        "columns": {
            "time": "poll_time",
            "device": ["hostname", "device_id"],
            "interface": "ifName",
            "in_octets": "ifInOctets",
            "out_octets": "ifOutOctets",
        },
    },
    # Names of 3GPP TS 32.298, PGWRecord, as mediation systems keep them.
    "mediation": {
        "format": "csv",
        "columns": {
            "subscriber": "servedMSISDN",
            "start_time": "recordOpeningTime",
            "in_bytes": ["dataVolumeFBCUplink", "dataVolumeGPRSUplink"],
            "out_bytes": ["dataVolumeFBCDownlink", "dataVolumeGPRSDownlink"],
            "record": "chargingID",
            "gateway": ["p-GWAddress", "s-GWAddress", "ggsnAddress"],
            "sequence": "recordSequenceNumber",
        },
    },
}


def filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a source with those of its preset, where it does not set them itself.

    Columns, and what their words mean, are filled one by one. A preset that does not exist fills
    nothing.
    """
    preset = given.get("preset")
    found = PRESETS.get(preset, {}) if isinstance(preset, str) else {}
    both = {**found, **given}
    columns = given.get("columns", {})
    if "columns" in found and isinstance(columns, Mapping):
        constants = given.get("constants", {})
        of_preset = {
            name: there for name, there in found["columns"].items() if name not in constants
        }
        both["columns"] = {**of_preset, **columns}
    values = given.get("values", {})
    if "values" in found and isinstance(values, Mapping):
        both["values"] = {**found["values"], **values}
    return both
