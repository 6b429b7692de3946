"""One spelling for each router address, so that two feeds name the same router alike.

It imports nothing slow, because several processes that stage flows use it.
"""

from __future__ import annotations

import functools
import ipaddress
import re

_ZERO_PADDED = re.compile(r"(?<![0-9A-Za-z:])0+(?=\d)")


@functools.lru_cache(maxsize=10_000)
def canonical_address(text: str) -> str:
    """The address in a text, in the canonical form of RFC 5952; any other text unchanged.

    Upper case, optional zeros of IPv6 addresses, zero-padded decimals, brackets, and the prefix
    length of a whole address are removed; an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, RFC
    4291) becomes the IPv4 address in it.
    """
    address, slash, length = text.strip().removeprefix("[").replace("]", "", 1).partition("/")
    if ":" not in address:
        address = _ZERO_PADDED.sub("", address)
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return text
    if slash and length != str(read.max_prefixlen):
        return text
    mapped = read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None
    return str(read if mapped is None else mapped)
