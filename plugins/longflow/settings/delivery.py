"""Sections about what is delivered: provider, week, sessions and landing."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from longflow.settings.patterns import folder_pattern
from longflow.settings.places import Connection, Url
from longflow.settings.section import Kind, Language, Section, Text, TimeZone, wrong
from longflow.settings.sizes import Size, size_bytes

FolderPattern = Annotated[str, AfterValidator(folder_pattern), Kind("pattern of folders")]

_LONGEST = {4: 32, 6: 64}
# Addresses are looked up in blocks as large as the smallest prefix.
_MOST_BLOCKS = 1 << 22


def _prefix(text: str) -> str:
    try:
        prefix = ipaddress.ip_network(text.strip())
    except ValueError:
        raise wrong(
            f"'{text}' is no prefix", 'write the first address and the length: "192.0.2.0/24"'
        ) from None
    longest = _LONGEST[prefix.version]
    if prefix.prefixlen > longest:
        raise wrong(f"'{text}' is longer than {longest} bits", "write the prefix around it")
    return str(prefix)


def _prefixes(texts: list[str]) -> list[str]:
    for version in _LONGEST:
        lengths = [
            one.prefixlen for one in map(ipaddress.ip_network, texts) if one.version == version
        ]
        if sum(1 << (max(lengths) - length) for length in lengths) > _MOST_BLOCKS:
            raise wrong(
                f"IPv{version} prefixes of {min(lengths)} and {max(lengths)} bits differ too much",
                "split the largest, or leave the smallest out",
            )
    return texts


Prefix = Annotated[str, AfterValidator(_prefix)]


class Provider(Section):
    """The provider that is measured, and its clock."""

    name: Text
    """Name of the provider, as releases print it."""
    names: dict[Language, Text] = Field(default_factory=dict)
    """The name in further languages of reports."""
    time_zone: TimeZone
    """IANA name of the time zone for weeks, days and hours."""
    prefixes: Annotated[list[Prefix], AfterValidator(_prefixes), Kind("list of prefixes")] = Field(
        default_factory=list
    )
    """Prefixes of the addresses that subscribers hold, IPv4 and IPv6, public and private, such as
    `"192.0.2.0/24"`. Sessions and flows outside them are reported. Default: not checked."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of weeks, days and hours."""
        return ZoneInfo(self.time_zone)


class WeekSettings(Section):
    """What belongs to a week's dump."""

    grace_hours: Annotated[float, Field(ge=0, le=72)] = 6
    """Hours after the end of the week during which files still belong to its dump."""


class SessionSettings(Section):
    """How access servers assign addresses."""

    shared_pools: Literal["public", "all", "none"] = "public"
    """Which addresses only one session in the whole network can hold at a time: `public` addresses,
    `all`, or `none`. A start on any access server ends an open session with the same address on
    another. With `none`, every access server has its own pools, and several may hold the same
    address."""


class LandingSettings(Section):
    """Where dumps are delivered, unless a source says otherwise."""

    url: Url = "var/landing"
    """Folder, or any URL that fsspec supports. See [`docs/sources.md`](sources.md)."""
    connection: Connection | None = None
    """Name of the Airflow connection that holds the credentials of `url`."""
    pattern: FolderPattern = "{feed}/{source}/{monday}"
    """Subfolders: `{feed}`, `{source}`, and `{monday}`; or, for a tree by day or hour, `{year}`,
    `{month}`, `{day}` and `{hour}`. Without `{monday}`, names of files must state their time, and
    one folder may hold all weeks."""
    copies_at_once: Annotated[int, Field(ge=1, le=256)] = 16
    """Files that are copied at a time, from all hosts together."""
    copies_at_once_per_host: Annotated[int, Field(ge=1, le=64)] = 4
    """Files that are copied at a time from one host; folders of this machine are one, too."""
    retry_seconds: Annotated[float, Field(ge=0, le=3_600)] = 2
    """Seconds before a copy that broke off is tried again; before the third and last try it is
    twice as long."""
    most_files: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    """Files that one source may deliver for a week. More of them refuse the feed's week."""
    most_file_size: Size = "1TB"
    """Largest file that is copied: a number with kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB,
    TiB (powers of 1024). A larger one refuses the feed's week."""

    @property
    def most_file_bytes(self) -> int:
        """The largest file that is copied."""
        return size_bytes(self.most_file_size) or 0
