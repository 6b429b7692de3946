"""IP addresses and prefixes from text to numbers, a whole column at a time."""

from __future__ import annotations

import socket
import struct

import polars as pl

_ADDRESS = pl.Struct({"version": pl.UInt8, "high": pl.UInt64, "low": pl.UInt64, "length": pl.UInt8})


def parse_addresses(column: pl.Series) -> pl.DataFrame:
    """Addresses or prefixes as numbers.

    Args:
        column: text such as `192.0.2.7`, `2001:db8::1` or `2001:db8:5::/48`; null stays null.

    Returns:
        A frame as long as the column: `version` (4 or 6), `high` and `low` (UInt64; IPv4 has high
        0 and low its 32-bit number), `length` (bits of the prefix; 32 or 128 without one). All
        null where the text is no address.
    """
    distinct = column.unique()
    parsed = pl.DataFrame(
        {"text": distinct, "address": [_parse(text) for text in distinct]},
        schema={"text": pl.String, "address": _ADDRESS},
    )
    return (
        pl.DataFrame({"text": column})
        .join(parsed, on="text", how="left", maintain_order="left")
        .select("address")
        .unnest("address")
    )


def _parse(text: str | None) -> dict[str, int] | None:
    if not text:
        return None
    address, slash, bits = text.strip().partition("/")
    try:
        if ":" in address:
            version, width = 6, 128
            high, low = struct.unpack("!QQ", socket.inet_pton(socket.AF_INET6, address))
        else:
            version, width = 4, 32
            high, low = 0, struct.unpack("!I", socket.inet_pton(socket.AF_INET, address))[0]
        length = int(bits) if slash else width
    except (OSError, ValueError):
        return None
    if not 0 <= length <= width:
        return None
    return {"version": version, "high": high, "low": low, "length": length}
