"""IPv4 addresses and ports that mapping rules (MAP-E, MAP-T) give to IPv6 prefixes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from longflow.settings.map_rules import MapRule

_PORTS = 65_536


def port_sets(high: pl.Series, length: pl.Series, rules: Sequence[MapRule]) -> pl.DataFrame:
    """What prefixes hold by the rules; null where none applies. The longest rule prefix counts.

    Source: RFC 7597, sections 5.1 and 5.2.

    Args:
        high: upper 64 bits of the prefixes, UInt64; null where there is none.
        length: lengths of the prefixes, in bits.
        rules: mapping rules.

    Returns:
        `ipv4_address` (UInt32); `port_first` and `port_last` (UInt16), the first range of the
        prefix's port set; `port_distance` (Int32), at which it repeats, null if it does not.
    """
    bits = high.fill_null(0).to_numpy().astype(np.uint64)
    lengths = length.fill_null(0).to_numpy().astype(np.int64)
    address, first, size, distance = (np.zeros(len(bits), np.int64) for _ in range(4))
    is_known = np.zeros(len(bits), np.bool_)
    for rule in sorted(rules, key=lambda one: one.ipv6.prefixlen):
        ends = rule.ipv6.prefixlen + rule.ea_bits
        beside = np.uint64(64 - rule.ipv6.prefixlen)
        of_rule = np.uint64(int(rule.ipv6.network_address) >> 64) >> beside
        found = (bits >> beside == of_rule) & (lengths >= ends) & ~high.is_null().to_numpy()
        ea = (bits[found] >> np.uint64(64 - ends)) & np.uint64((1 << rule.ea_bits) - 1)
        psid = (ea & np.uint64((1 << rule.psid_bits) - 1)).astype(np.int64)
        suffix = (ea >> np.uint64(rule.psid_bits)).astype(np.int64)
        block = _PORTS >> rule.psid_offset
        is_known |= found
        address[found] = int(rule.ipv4.network_address) + suffix
        size[found] = block >> rule.psid_bits
        # Without an offset, no port is left out, and the set is one range.
        first[found] = (block if rule.psid_offset else 0) + psid * (block >> rule.psid_bits)
        distance[found] = block if rule.psid_offset else 0
    return pl.DataFrame(
        {
            "ipv4_address": pl.Series(address).cast(pl.UInt32),
            "port_first": pl.Series(first).cast(pl.UInt16),
            "port_last": pl.Series(np.where(is_known, first + size - 1, 0)).cast(pl.UInt16),
            "port_distance": pl.Series(distance).cast(pl.Int32).replace(0, None),
        }
    ).select(pl.when(pl.Series(is_known)).then(pl.all()))
