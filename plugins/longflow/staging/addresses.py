"""IP addresses and prefixes from text to numbers, a whole column at a time."""

from __future__ import annotations

import socket

import numpy as np
import polars as pl
from numpy.typing import NDArray

# Bits 32 to 47 of an IPv6 address that holds an IPv4 one.
_MAPPED = 0xFFFF


def parse_addresses(column: pl.Series) -> pl.DataFrame:
    """Addresses or prefixes as numbers.

    Args:
        column: text such as `192.0.2.7`, `2001:db8::1` or `2001:db8:5::/48`; null stays null.

    Returns:
        A frame as long as the column: `version` (UInt8: 4 or 6), `high` and `low` (UInt64; IPv4
        has high 0 and low its 32-bit number), `length` (UInt8: bits of the prefix; 32 or 128
        without one). All null where the text is no address. An IPv4-mapped IPv6 address (RFC 4291,
        2.5.5.2) is IPv4.
    """
    low, is_ipv4 = _ipv4(column)
    if is_ipv4.all():  # the usual case, and without prefixes
        return pl.DataFrame({"low": low}).select(
            version=pl.lit(4, dtype=pl.UInt8),
            high=pl.lit(0, dtype=pl.UInt64),
            low="low",
            length=pl.lit(32, dtype=pl.UInt8),
        )
    address, bits = column.str.strip_chars().str.splitn("/", 2).struct.unnest()
    low, is_ipv4 = _ipv4(address)
    high = np.zeros(len(column), dtype=np.uint64)
    version = np.where(is_ipv4, np.uint8(4), np.uint8(0))
    width = np.where(is_ipv4, 32, 0)
    rest = (pl.Series(~is_ipv4) & address.is_not_null()).arg_true()
    packed = [_packed(text) for text in address.gather(rest).to_list()]
    places = rest.to_numpy()[np.fromiter(map(bool, packed), dtype=bool, count=len(packed))]
    high[places], low[places] = np.frombuffer(b"".join(packed), dtype=">u8").reshape(-1, 2).T
    version[places], width[places] = 6, 128
    length = bits.cast(pl.Int64, strict=False).zip_with(bits.is_not_null(), pl.Series(width))
    mapped = (version == 6) & (high == 0) & (low >> 32 == _MAPPED)
    if mapped.any():
        length = length - pl.Series(np.where(mapped, 96, 0))
        low[mapped] &= 0xFFFF_FFFF
        version[mapped], width[mapped] = 4, 32
    is_address = (pl.col("version") > 0) & pl.col("length").is_between(0, pl.Series(width))
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


def _ipv4(text: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """IPv4 addresses as numbers, and which texts are some."""
    parts = text.str.split_exact(".", 4).struct.unnest()
    *numbers, more = (parts[name] for name in parts.columns)
    octets = [one.cast(pl.UInt8, strict=False).cast(pl.UInt64) for one in numbers]
    low = octets[0] * 2**24 + octets[1] * 2**16 + octets[2] * 2**8 + octets[3]
    # Without zeros in front, which some programs read as octal, and without signs.
    digits = [1 + (one >= 10).cast(pl.UInt32) + (one >= 100).cast(pl.UInt32) for one in octets]
    is_plain = text.str.len_bytes() == digits[0] + digits[1] + digits[2] + digits[3] + 3
    is_ipv4 = (is_plain.fill_null(value=False) & more.is_null()).to_numpy()
    return np.where(is_ipv4, low.fill_null(0).to_numpy(), np.uint64(0)), is_ipv4


def _packed(text: str) -> bytes:
    """The IPv6 address in network byte order; empty where there is none."""
    try:
        return socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return b""
