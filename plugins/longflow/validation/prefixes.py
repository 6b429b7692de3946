"""Addresses outside the provider's own prefixes, in flows and in accounting sessions."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

import duckdb
import polars as pl

from longflow.contract.creating import create_table
from longflow.records import Finding
from longflow.settings import Feed, Settings
from longflow.sqlfile import query

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
# Bits of an address that prefixes may take.
_BITS = {4: 32, 6: 64}
_QUERIES = {Feed.FLOWS: "flow_outside", Feed.ASSIGNMENTS: "session_outside"}
_SENTENCES = {
    Feed.FLOWS: "of the bytes are of flows with neither address in prefixes of the provider; "
    "complete provider.prefixes, or check which traffic the exporters see",
    Feed.ASSIGNMENTS: "of the sessions hold an address or prefix outside the prefixes of the "
    "provider; complete provider.prefixes, or ask where these sessions come from",
}


def findings(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed
) -> Iterator[Finding]:
    """A finding for each source of which too much lies outside `provider.prefixes`.

    Args:
        connection: has `delivered_file` and the view of the feed.
        settings: the prefixes, and what is tolerated.
        feed: flows or assignments.

    Without prefixes in the settings nothing is looked at.
    """
    if not settings.provider.prefixes:
        return
    networks = [ipaddress.ip_network(text) for text in settings.provider.prefixes]
    shifts = {f"shift_{version}": _shift(networks, version) for version in (4, 6)}
    create_table(connection, "judge", "provider_block", _blocks(networks, shifts))
    tolerated = settings.validation.outside_prefixes
    rows = connection.execute(query("judge", _QUERIES[feed]), shifts).fetchall()
    for source, outside, _, size, share in rows:
        percent = 100 * (share or 0)
        if percent <= tolerated.warn_percent:
            continue
        yield Finding(
            rule=f"{feed}.outside_prefixes",
            severity="critical" if percent > tolerated.refuse_percent else "warning",
            feed=feed,
            source=source,
            sentence=f"{percent:.3g} % {_SENTENCES[feed]}",
            rows=outside,
            bytes=size,
        )


def _shift(networks: Sequence[IPNetwork], version: int) -> int:
    """How many bits of an address the longest prefix leaves out."""
    lengths = [one.prefixlen for one in networks if one.version == version]
    return _BITS[version] - max(lengths, default=_BITS[version])


def _blocks(networks: Sequence[IPNetwork], shifts: Mapping[str, int]) -> pl.DataFrame:
    # A session inside one of two prefixes that overlap must not be outside the other.
    merged: list[IPNetwork] = [
        *ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv4Network)),
        *ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv6Network)),
    ]
    frames = []
    for one in merged:
        dropped = one.max_prefixlen - _BITS[one.version] + shifts[f"shift_{one.version}"]
        first, last = int(one.network_address) >> dropped, int(one.broadcast_address) >> dropped
        block = pl.int_range(first, last + 1, dtype=pl.UInt64, eager=True)
        frames.append(
            pl.DataFrame({"block": block}).with_columns(
                ip_version=pl.lit(one.version, pl.UInt8), length=pl.lit(one.prefixlen, pl.Int32)
            )
        )
    return pl.concat(frames)
