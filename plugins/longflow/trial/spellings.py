"""Under which titles programs deliver a column: those of the presets, and the field's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from longflow.settings import Feed, delivered_columns
from longflow.settings.presets import PRESETS

# Titles that no preset has, by feed and column, in the words of vendors and databases.
_OTHERS: dict[Feed, dict[str, str]] = {
    Feed.FLOWS: {
        "first_seen_ms": "first_seen first_switched start_time start flow_start_milliseconds "
        "flow_start_seconds time_start stime ts timestamp_start flow_start event_start",
        "last_seen_ms": "last_seen last_switched end_time end flow_end_milliseconds "
        "flow_end_seconds time_end etime te timestamp_end flow_end last_time event_end",
        "protocol": "proto ip_protocol protocol_identifier ip_proto pr prot transport",
        "src_addr": "src_ip source_address source_ip saddr src_host ip_src "
        "source_ipv4_address src_ip_addr sip ipv4_src_addr orig_h",
        "src_port": "source_port sport port_src l4_src_port source_transport_port sp orig_p",
        "dst_addr": "dst_ip destination_address destination_ip daddr dst_host ip_dst "
        "destination_ipv4_address dst_ip_addr dip ipv4_dst_addr dest_ip resp_h",
        "dst_port": "destination_port dport port_dst l4_dst_port destination_transport_port dp "
        "dest_port resp_p",
        "packets": "network_packets pkts in_pkts in_packets packet_delta_count packet_count ipkt "
        "pkt src_pkts pkts_toserver orig_pkts",
        "bytes": "network_bytes octets in_bytes octet_delta_count byte_count ibyt dbytes oct "
        "src_bytes bytes_toserver orig_ip_bytes",
        # Of programs that write both directions of a connection in one record.
        "bytes_back": "dst_bytes roct bytes_toclient resp_ip_bytes destination_bytes",
        "exporter": "router exporter_address sampler_address router_ip peer_ip_src agent "
        "exporter_ipv4_address",
        "sampling_interval": "sampling_rate sample_rate sampling",
        "duration": "td dur duration_seconds duration_ms duration_us duration_ns dur_ms dur_us "
        "flow_duration flow_duration_ms flow_duration_milliseconds flow_duration_microseconds "
        "event_duration",
    },
    Feed.ASSIGNMENTS: {
        "acctuniqueid": "acct_unique_id acct_unique_session_id unique_id acctsessionid "
        "acct_session_id session_id radacctid",
        "username": "user_name user login subscriber account",
        "nasipaddress": "nas_ip_address nas_ip nas bras access_server",
        "acctstarttime": "acct_start_time start_time session_start start login_time online_time",
        "acctupdatetime": "acct_update_time update_time interim_update last_update",
        "acctstoptime": "acct_stop_time stop_time session_stop end_time stop end logout_time "
        "offline_time",
        "framedipaddress": "framed_ip_address framed_ip ip_address ipv4_address ip",
        "framedipv6prefix": "framed_ipv6_prefix ipv6_prefix",
        "delegatedipv6prefix": "delegated_ipv6_prefix delegated_prefix pd_prefix ipv6_pd",
        "port_first": "first_port start_port port_start port_range_start",
        "port_last": "last_port end_port port_end port_range_end",
        "acctterminatecause": "acct_terminate_cause terminate_cause termination_cause",
    },
    Feed.USAGE: {
        "subscriber": "msisdn served_msisdn subscriber_id user login username number "
        "phone_number calling_number imsi line_id gpsi supi",
        "start_time": "start record_opening_time opening_time session_start time_of_first_usage",
        "end_time": "end stop_time closing_time record_closing_time session_end time_of_last_usage",
        "in_bytes": "bytes_in uplink_bytes bytes_up up_bytes upload_bytes uplink upload "
        "data_volume_uplink data_volume_gprs_uplink datavolume_uplink volume_up octets_in "
        "uplink_volume bytes_uplink volume_uplink ul_bytes ul_vol ul_volume",
        "out_bytes": "bytes_out downlink_bytes bytes_down down_bytes download_bytes downlink "
        "download data_volume_downlink data_volume_gprs_downlink datavolume_downlink volume_down "
        "octets_out downlink_volume bytes_downlink volume_downlink dl_bytes "
        "dl_vol dl_volume",
        "record": "charging_id record_id session_id",
        "gateway": "pgw ggsn ggsn_address pgw_address p_gw_address node_id gateway_address",
        "sequence": "record_sequence_number sequence_number seq partial_number",
        "duration": "duration_seconds duration_sec duration_s duration_ms duration_us "
        "duration_milliseconds duration_microseconds session_duration session_duration_ms "
        "call_duration usage_duration session_time acct_session_time",
        "service": "service_type",
        "access": "access_type",
    },
    Feed.COUNTERS: {
        "time": "timestamp datetime date_time poll_time polled_at",
        "interface": "if_name ifname ifdescr if_descr port_name port ifalias",
        "device": "host hostname agent_host router node instance sysname",
        "in_octets": "ifhcinoctets ifinoctets if_hc_in_octets hc_in_octets octets_in bytes_in",
        "out_octets": "ifhcoutoctets ifoutoctets if_hc_out_octets hc_out_octets octets_out "
        "bytes_out",
        "service": "",
        "access": "",
        "counter": "counter_name metric metric_name field measurement oid",
        "value": "counter_value reading metric_value",
    },
    Feed.SUBSCRIBERS: {
        "login_or_number": "login number username user msisdn phone_number line",
        "contract": "contract_id contract_number account account_id customer customer_id vertrag "
        "vertragsnummer kundennummer contrat contrato",
        "service": "service_type dienst servicio",
        "access": "access_type zugang acceso",
        "segment": "customer_type customer_segment customer_class kundentyp kundenart segmento",
    },
}


def plain(title: str) -> str:
    """A title without case and separators."""
    return re.sub(r"[^a-z0-9]", "", title.lower())


def presets_of(feed: Feed) -> list[str]:
    """Presets whose columns are those of a feed."""
    known = delivered_columns(feed)
    return [
        name
        for name, preset in PRESETS.items()
        if ((columns := preset.get("columns")) and columns.keys() <= known.keys())
        or (not columns and name.startswith("radacct") and feed is Feed.ASSIGNMENTS)
    ]


@cache
def known_titles(feed: Feed) -> frozenset[str]:
    """Every title that a column of a feed is known to have, without case and separators."""
    return frozenset(name for ours in delivered_columns(feed) for name in spelled(feed, ours))


def spelled(feed: Feed, ours: str) -> Iterator[str]:
    """Spellings of a column without case and separators, the likeliest first."""
    yield plain(ours)
    for preset in presets_of(feed):
        names = PRESETS[preset].get("columns", {}).get(ours, [])
        for name in [names] if isinstance(names, str) else names:
            yield plain(name)
            yield plain(name.rpartition(".")[2])
    for name in _OTHERS[feed].get(ours, "").split():
        yield plain(name)


def found_columns(feed: Feed, titles: Sequence[str]) -> dict[str, list[str]]:
    """Columns of a feed that some titles are known to name, each with the titles.

    A title names one column; of nested keys of JSON, the last part counts too.
    """
    by_plain: dict[str, list[str]] = {}
    for title in titles:
        for one in dict.fromkeys((plain(title), plain(title.rpartition(".")[2]))):
            by_plain.setdefault(one, []).append(title)
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for ours in delivered_columns(feed):
        for name in spelled(feed, ours):
            free = [title for title in by_plain.get(name, []) if title not in taken]
            if free:
                found[ours] = free[:1]
                taken.add(free[0])
                break
    return found
