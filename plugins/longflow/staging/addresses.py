"""IP addresses and prefixes from text to numbers, a whole column at a time."""

from __future__ import annotations

import socket

import numpy as np
import polars as pl

_FAMILIES = ((4, socket.AF_INET, 32), (6, socket.AF_INET6, 128))


def parse_addresses(column: pl.Series) -> pl.DataFrame:
    """Addresses or prefixes as numbers.

    Args:
        column: text such as `192.0.2.7`, `2001:db8::1` or `2001:db8:5::/48`; null stays null.

    Returns:
        A frame as long as the column: `version` (UInt8: 4 or 6), `high` and `low` (UInt64; IPv4
        has high 0 and low its 32-bit number), `length` (UInt8: bits of the prefix; 32 or 128
        without one). All null where the text is no address.
    """
    address, bits = column.str.strip_chars().str.splitn("/", 2).struct.unnest()
    has_colon = address.str.contains(":", literal=True)
    version = np.zeros(len(column), dtype=np.uint8)
    width = np.zeros(len(column), dtype=np.int64)
    high, low = np.zeros((2, len(column)), dtype=np.uint64)
    for number, family, size in _FAMILIES:
        rows = (has_colon if number == 6 else ~has_colon).arg_true()
        packed = [_packed(family, text) for text in address.gather(rows).to_list()]
        places = rows.to_numpy()[np.fromiter(map(bool, packed), dtype=bool, count=len(packed))]
        data = b"".join(packed)
        if number == 6:
            high[places], low[places] = np.frombuffer(data, dtype=">u8").reshape(-1, 2).T
        else:
            low[places] = np.frombuffer(data, dtype=">u4")
        version[places], width[places] = number, size
    length = pl.when(bits.is_null()).then(width).otherwise(bits.cast(pl.Int64, strict=False))
    is_address = (pl.col("version") > 0) & pl.col("length").is_between(0, width)
    return (
        pl.DataFrame({"version": version, "high": high, "low": low})
        .with_columns(length=length)
        .select(pl.when(is_address).then(pl.all()))
        .cast({"length": pl.UInt8})
    )


def is_nobodys(addresses: pl.DataFrame) -> pl.Series:
    """Whether addresses, as `parse_addresses` returns them, are ones no session holds alone.

    `0.0.0.0` and `::`, or the whole of either version, which databases write for a missing address;
    255.255.255.254 and .255, by which RADIUS says that somebody else chooses (RFC 2865, 5.8); and
    link-local ones (RFC 3927, RFC 4291), which every line has and no router forwards.
    """
    high, low = pl.col("high"), pl.col("low")
    ipv4 = low.is_in([0, 0xFFFF_FFFE, 0xFFFF_FFFF]) | (low // 2**16 == 0xA9FE)
    ipv6 = ((high == 0) & (low == 0)) | (high // 2**54 == 0xFE80 >> 6)
    nobodys = pl.when(pl.col("version") == 4).then(ipv4).otherwise(ipv6)
    return addresses.select((nobodys | (pl.col("length") == 0)).fill_null(value=False)).to_series()


def _packed(family: int, text: str) -> bytes:
    """The address in network byte order; empty where there is none."""
    try:
        return socket.inet_pton(family, text)
    except (OSError, ValueError):
        return b""
