"""Rules by which an IPv6 prefix states an IPv4 address and its ports: MAP-E and MAP-T."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from longflow.settings.section import shown, wrong

_LEAST_HALF = 64
_PORT_BITS = 16


@dataclass(frozen=True)
class MapRule:
    """A Basic Mapping Rule. Source: RFC 7597, section 5.

    Attributes:
        ipv6: Rule IPv6 prefix; the EA bits follow it.
        ipv4: Rule IPv4 prefix.
        ea_bits: length of the EA bits: the rest of the IPv4 address, and the PSID.
        psid_offset: bits of a port before the PSID; ports in which they are all 0 are nobody's.
    """

    ipv6: IPv6Network
    ipv4: IPv4Network
    ea_bits: int
    psid_offset: int

    @property
    def psid_bits(self) -> int:
        """Length of the PSID, the number of a subscriber among those of an address."""
        return self.ea_bits - (32 - self.ipv4.prefixlen)


def map_rule(text: str) -> MapRule:
    """A rule from its four values.

    Raises:
        WrongSettingError: they are no rule.
    """
    form = (
        'write IPv6 prefix, IPv4 prefix, EA bits and PSID offset: "2001:db8::/40 192.0.2.0/24 16 6"'
    )
    try:
        ipv6, ipv4, ea_bits, psid_offset = text.split()
        rule = MapRule(IPv6Network(ipv6), IPv4Network(ipv4), int(ea_bits), int(psid_offset))
    except ValueError:
        raise wrong(f"{shown(text)} is not a rule of four values", form) from None
    if not 1 <= rule.ipv6.prefixlen <= rule.ipv6.prefixlen + rule.ea_bits <= _LEAST_HALF:
        raise wrong(
            f"the EA bits of {shown(text)} are not within the first 64 bits of an address",
            "correct the IPv6 prefix, or the EA bits",
        )
    if not 0 <= rule.psid_bits <= _PORT_BITS - rule.psid_offset <= _PORT_BITS:
        raise wrong(
            f"{shown(text)} leaves {rule.psid_bits} bits for the PSID, after {rule.psid_offset} "
            "of a port's 16",
            "correct the IPv4 prefix, the EA bits or the PSID offset",
        )
    return rule


def checked_rules(texts: list[str]) -> list[str]:
    """The same texts, if each is a rule.

    Raises:
        WrongSettingError: one is not.
    """
    for text in texts:
        map_rule(text)
    return texts
