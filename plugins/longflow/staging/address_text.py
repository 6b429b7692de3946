"""One spelling for each address of a router, so that two feeds that name it name the same one.

It imports nothing that is slow to import: several processes that stage flows use it.
"""

from __future__ import annotations

import functools
import ipaddress
import re

_ZERO_PADDED = re.compile(r"(?<![0-9A-Za-z:])0+(?=\d)")


@functools.lru_cache(maxsize=10_000)
def canonical_address(text: str) -> str:
    """The address that a text names, in the one form of RFC 5952; another text as it stands.

    Upper case, zeros that an IPv6 address can leave out, decimals padded with zeros, brackets, and
    a prefix length of the whole address go; an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, RFC
    4291) is the IPv4 address in it.
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
