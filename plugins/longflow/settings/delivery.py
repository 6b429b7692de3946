"""Sections about what is delivered: provider, week, sessions and landing."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from longflow.settings.patterns import folder_pattern
from longflow.settings.places import Connection, Url
from longflow.settings.section import Kind, Language, Section, Text, TimeZone

FolderPattern = Annotated[str, AfterValidator(folder_pattern), Kind("pattern of folders")]


class Provider(Section):
    """The provider that is measured, and its clock."""

    name: Text
    """Name of the provider, as releases print it."""
    names: dict[Language, Text] = Field(default_factory=dict)
    """The name in further languages of reports."""
    time_zone: TimeZone
    """IANA name of the time zone for weeks, days and hours."""

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
