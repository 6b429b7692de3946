"""IP addresses and prefixes from text to numbers, a whole column at a time."""

from __future__ import annotations

import socket

import numpy as np
import polars as pl

# Bits 32 to 47 of an IPv6 address that holds an IPv4 one.
_MAPPED = 0xFFFF


def parse_addresses(column: pl.Series, ipv4: pl.Series | None = None) -> pl.DataFrame:
    """Addresses or prefixes as numbers.

    Args:
        column: text such as `192.0.2.7`, `2001:db8::1` or `2001:db8:5::/48`; null stays null.
        ipv4: what `ipv4_numbers` gives for it, if that is known.

    Returns:
        A frame as long as the column: `version` (UInt8: 4 or 6), `high` and `low` (UInt64; IPv4
        has high 0 and low its 32-bit number), `length` (UInt8: bits of the prefix; 32 or 128
        without one). All null where the text is no address. An IPv4-mapped IPv6 address (RFC 4291,
        2.5.5.2) is IPv4.
    """
    if ipv4 is None:
        ipv4 = _ipv4_number(column)
    parts = pl.DataFrame({"low": ipv4}).select(
        version=pl.lit(4, dtype=pl.UInt8),
        high=pl.lit(0, dtype=pl.UInt64),
        low="low",
        length=pl.lit(32, dtype=pl.UInt8),
    )
    if not ipv4.null_count():  # the usual case, and without prefixes
        return parts
    parts = parts.select(pl.when(pl.col("low").is_not_null()).then(pl.all()))
    rest = (ipv4.is_null() & column.is_not_null()).arg_true()
    if not len(rest):
        return parts
    others = _prefixes_and_ipv6(column.gather(rest))
    return parts.with_columns(parts[name].scatter(rest, others[name]) for name in parts.columns)


def _prefixes_and_ipv6(column: pl.Series) -> pl.DataFrame:
    """What `parse_addresses` gives for texts that are no plain IPv4 addresses."""
    address, bits = column.str.strip_chars().str.splitn("/", 2).struct.unnest()
    number = _ipv4_number(address)
    is_ipv4 = number.is_not_null().to_numpy()
    low = number.fill_null(0).to_numpy(writable=True)
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


def ipv4_numbers(texts: pl.DataFrame) -> pl.DataFrame:
    """Columns of text as the numbers of IPv4 addresses (UInt64); null where a text is none.

    Decimals have no zeros in front, which some programs read as octal, and no signs.
    """
    names = texts.columns
    parts = texts.select(
        *(pl.col(name).str.split_exact(".", 4) for name in names),
        *(pl.col(name).str.len_bytes().alias(f"{name} length") for name in names),
    )
    octets = parts.select(
        *(
            pl.col(name)
            .struct.field(f"field_{n}")
            .cast(pl.UInt8, strict=False)
            .alias(f"{name} {n}")
            for name in names
            for n in range(4)
        ),
        *((pl.col(name).struct.field("field_4").is_null()).alias(f"{name} ends") for name in names),
        *(f"{name} length" for name in names),
    )
    return octets.select(_number(name).alias(name) for name in names)


def _number(name: str) -> pl.Expr:
    octets = [pl.col(f"{name} {n}") for n in range(4)]
    wide = [one.cast(pl.UInt32) for one in octets]
    number = wide[0] * 2**24 + wide[1] * 2**16 + wide[2] * 2**8 + wide[3]
    digits = [(one >= 10).cast(pl.UInt8) + (one >= 100).cast(pl.UInt8) for one in octets]
    is_plain = pl.col(f"{name} length") == digits[0] + digits[1] + digits[2] + digits[3] + 7
    return pl.when(is_plain & pl.col(f"{name} ends")).then(number.cast(pl.UInt64))


def _ipv4_number(text: pl.Series) -> pl.Series:
    return ipv4_numbers(text.to_frame("text")).to_series()


def _packed(text: str) -> bytes:
    """The IPv6 address in network byte order; empty where there is none."""
    try:
        return socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return b""
