"""The section of a source: what it delivers, where, and how its files are read."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from longflow.settings.databases import place_url, query_problems, query_text, system_of
from longflow.settings.delivery import FolderPattern
from longflow.settings.feeds import Feed, delivered_columns
from longflow.settings.map_rules import checked_rules
from longflow.settings.patterns import file_pattern, named_minutes
from longflow.settings.places import Connection
from longflow.settings.presets import PRESETS, filled
from longflow.settings.section import (
    Access,
    Kind,
    Problem,
    Section,
    Service,
    Text,
    TimeZone,
    WrongSettingError,
    did_you_mean,
    shown,
    wrong,
)
from longflow.settings.translations import interface_problems, translation_problems

MOST_UNPACKED_RATIO = 1_000
"""Flows and counters as text become 5 to 100 times as large; gzip can reach 1,032."""

_DAY_MINUTES = 1_440
_WEEK_MINUTES = 10_080

# Settings without effect in sources of other feeds or formats.
_OF_FLOWS = ("scaled_by", "sampling_interval", "interval_zero")
_OF_TABLES = (
    *("time_unit", "time_format", "duration_unit", "columns", "constants"),
    *("null_values", "encoding", "interval_zero", "preset", "values"),
)
_OF_LOGINS = ("login_case", "login_realm", "login_separators")
_WITH_LOGINS = (Feed.ASSIGNMENTS, Feed.USAGE, Feed.SUBSCRIBERS)
_OF_ASSIGNMENTS = ("prefix_lengths", "map_rules")
_OF_COUNTERS = ("uplinks", "interfaces")
_OF_TEXT = ("encoding",)
_OF_CSV = ("delimiter", "titles")
_OF_FOLDERS = (
    *("pattern", "files", "encoding", "delimiter", "titles"),
    *("file_time_least_percent", "file_time_late_hours"),
)
_OF_DATABASES = ("query_timeout_minutes",)
# What a delivered value may hold itself, and what CSV uses otherwise.
_NO_DELIMITERS = set("\"'.\r\n\0")


def _slot_minutes(value: int) -> int:
    if value > _WEEK_MINUTES or (
        value not in {_DAY_MINUTES, _WEEK_MINUTES} and _DAY_MINUTES % value
    ):
        raise wrong(
            f"slots of {shown(value)} minutes do not divide a day",
            f"give a divisor of {_DAY_MINUTES}, or {_WEEK_MINUTES} for a week in one file",
        )
    return value


def _delimiter(value: str) -> str:
    if len(value) != 1 or not value.isascii():
        raise wrong(f"{shown(value)} is not one ASCII character", 'write one, like ";" or "\\t"')
    if value.isalnum() or value in _NO_DELIMITERS or (not value.isprintable() and value != "\t"):
        raise wrong(
            f"{value!r} occurs in values or around them", 'write another one, like ";" or "\\t"'
        )
    return value


def _encoding(value: str) -> str:
    try:
        info = codecs.lookup(value)
        "0".encode(value)
    except (LookupError, UnicodeError, ValueError, TypeError):
        info = None
    # Python's other codecs, such as base64, are no encodings of text.
    if info is None or not getattr(info, "_is_text_encoding", True):
        raise wrong(
            f"{shown(value)} is no encoding",
            'write one that Python knows, like "latin-1", "cp932" or "euc_jp"',
        )
    return value


def _preset(value: str) -> str:
    if value not in PRESETS:
        meant = did_you_mean(value, PRESETS)
        raise wrong(
            f"there is no preset {shown(value)}", f"{meant}choose from {', '.join(PRESETS)}"
        )
    return value


def _time_format(value: str) -> str:
    if "%" not in value:
        raise wrong(f"{shown(value)} has no directive", "write one like %Y-%m-%d %H:%M:%S")
    return value


def _lengths(value: list[int]) -> list[int]:
    if len(value) != 2 or not 1 <= value[0] <= value[1] <= 128:
        raise wrong("is not a shortest and a longest length", "write two from 1 to 128: [48, 64]")
    return value


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[Text], BeforeValidator(_names), Kind("text, or list of texts")]


class Source(Section):
    """A source that is expected to deliver every week."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
    """Name of the source: a collector, a gateway, a customer system."""
    feed: Annotated[Feed, Field(strict=False)]
    """The feed it delivers."""
    format: Literal["nfcapd", "csv", "json", "parquet", "line-protocol"]
    """Format of its files; `json` means one object per line, or a list of objects; `line-protocol`
    is what Telegraf writes for InfluxDB. A `preset` sets it."""
    preset: Annotated[str, AfterValidator(_preset), Kind("name of a preset")] | None = None
    """Settings for the files of a known program; what the source sets itself takes precedence. See
    [`docs/deliveries.md`](deliveries.md#presets)."""
    service: Service | None = None
    """Service of its rows; required for flows. Usage and counters may give it in a column."""
    access: Access | None = None
    """Access of its rows, if no column gives it; empty for mobile."""
    url: Annotated[str, AfterValidator(place_url), Kind("folder or URL")] | None = None
    """Folder or URL, if different from `[landing]`; or a database. See
    [`docs/sources.md`](sources.md)."""
    connection: Connection | None = None
    """Name of the Airflow connection that holds the credentials of `url`."""
    query: Annotated[str, BeforeValidator(query_text), Kind("query, or name of a .sql file")] | (
        None
    ) = None
    """Query of a source in a database, or the file that holds it. See
    [`docs/sources.md`](sources.md#databases)."""
    query_timeout_minutes: Annotated[float, Field(gt=0, le=_DAY_MINUTES)] = 60
    """Minutes after which a query is ended."""
    pattern: FolderPattern | None = None
    """Subfolders, if different from `[landing]`."""
    files: Annotated[str, AfterValidator(file_pattern), Kind("pattern of names")] = "*"
    """Pattern of its file names, with the wildcards `*` and `?`. Where names state the slot, write
    `{time}` (YYYYMMDDhhmm) or `{date}` (YYYYMMDD), or the parts for any other spelling:
    `{year}-{month}-{day}T{hour}{minute}{second}`, `{date}-{hour}`. Slots are in the source's time
    zone, unless names state their offset from UTC, such as `+0900`: write `{offset}` for it."""
    slot_minutes: Annotated[int, Field(gt=0), AfterValidator(_slot_minutes)] | None = None
    """Minutes that one file covers: a divisor of a day, 1440 for a day, 10080 for the week.
    Default: the day or the hour, if names state no more than that; otherwise the week."""
    time_zone: TimeZone | None = None
    """Time zone of its file names and of times without offset, if different from the provider's."""
    time_unit: Literal["s", "ms", "us", "ns", "iso"] | None = None
    """Unit of its times, since 1970; `iso` for times written as texts. Default: `ms` for flows
    without `time_format`, otherwise `iso`."""
    scaled_by: Literal["collector", "nobody"] = "collector"
    """Who has multiplied sampled flows by the sampling interval; with `nobody`, longflow does."""
    sampling_interval: Annotated[int, Field(ge=1, le=16_777_216)] | None = None
    """Sampling interval of flows that do not state it; in CSV, JSON and Parquet, of all flows."""
    clock_limit_minutes: Annotated[float, Field(gt=0, le=_WEEK_MINUTES)] = 60
    """Minutes by which a flow may end outside the time of its file."""
    file_time_least_percent: Annotated[float, Field(ge=0, le=100)] = 50
    """Percentage of a file's records that must overlap the time in its name, give or take
    `clock_limit_minutes`; 0 turns the check off."""
    file_time_late_hours: Annotated[float, Field(ge=0, le=8_784)] = 0
    """Hours by which records may be older than the time in the name of their file, for files that
    are named by the time of writing."""
    coverage_warn_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    """Percentage of the week below which this source raises a warning; replaces its feed's value in
    `[validation.coverage]`."""
    coverage_refuse_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    """Percentage of the week below which the feed's week is refused; replaces the feed's value in
    `[validation.coverage]`."""
    time_format: Annotated[str, AfterValidator(_time_format), Kind("format of times")] | None = None
    """Format of its times, if they are texts but not ISO 8601: directives of strftime, such as
    `%d.%m.%Y %H:%M:%S`, with `%z` where an offset follows."""
    duration_unit: Literal["s", "ms", "us", "ns"] = "s"
    """Unit of the column `duration`, if the source delivers a duration in place of an end. Texts
    such as `0:12:30` are hours, minutes and seconds in any case."""
    null_values: list[str] = Field(default=["NULL", "null", "\\N", "-", "NaN", "nan"])
    """Texts that stand for a missing value. Empty texts and dates of zeros always do."""
    encoding: Annotated[str, AfterValidator(_encoding), Kind("encoding")] = "utf-8"
    """Encoding of its text files, unless a byte order mark states another."""
    most_unpacked_ratio: Annotated[int, Field(ge=1, le=10_000_000)] = MOST_UNPACKED_RATIO
    """Most bytes that a byte of a file compressed as a whole may become. A file that becomes more
    is broken; 64 MiB are always read."""
    columns: dict[str, Names] = Field(default_factory=dict)
    """longflow's column names, each with the source's name for it. Of several names, the first one
    with a value counts. In JSON, write nested keys with dots: `tags.ifName`."""
    constants: dict[str, Text] = Field(default_factory=dict)
    """longflow's column names, each with the value that it has in every row."""
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """What the source's words mean, by longflow's column: `segment = { "Privat" = "consumer" }`. In
    `counter`, which name of a counter is `in_octets` or `out_octets`, if each row has the value of
    one counter; rows of other counters are left out."""
    delimiter: Annotated[str, AfterValidator(_delimiter), Kind("character")] = ","
    """Character that separates CSV columns."""
    titles: list[Text] = Field(default_factory=list)
    """Titles of the CSV columns, for files without a header line."""
    login_case: Literal["as_is", "lower"] = "as_is"
    """Case of logins: `as_is` keeps it; `lower` makes all lower case, if feeds differ in case."""
    login_realm: Literal["keep", "remove"] = "keep"
    """Whether logins keep their realm: in `user@realm`, `realm/user` and `realm\\user`."""
    login_separators: str = ""
    """Characters that are removed from logins, such as `-:.` from MAC addresses."""
    prefix_lengths: Annotated[list[int], AfterValidator(_lengths), Kind("two lengths in bits")] = (
        Field(default=[32, 128])
    )
    """Shortest and longest IPv6 prefix that subscribers get. Sessions with a shorter or longer one
    are quarantined."""
    map_rules: Annotated[list[Text], AfterValidator(checked_rules), Kind("list of rules")] = Field(
        default_factory=list
    )
    """Mapping rules of MAP-E or MAP-T (RFC 7597), each with its IPv6 prefix, IPv4 prefix, length of
    the EA bits and PSID offset: `"2001:db8::/40 192.0.2.0/24 16 6"`. A session whose IPv6 prefix is
    of a rule, and that has no IPv4 address, holds the address and ports that the rule gives it.
    Flows of port ranges, by rule or by column, enter published tables only with
    `access = "pppoe"`."""
    uplinks: Names = Field(default_factory=list)
    """Names of interfaces that face the network, not the subscribers; `*` and `?` are wildcards.
    Their IN and OUT octets are exchanged."""
    interfaces: dict[Literal["pppoe", "ipoe", "mobile"], Names] = Field(default_factory=dict)
    """Which interfaces carry what: `pppoe = ["bng* ae1"]`, with `*` and `?` as wildcards, by their
    names with or without device. All others are left out and counted."""
    interval_zero: Literal["unknown", "unsampled"] = "unknown"
    """What a sampling interval of 0 means: the interval is unknown, or the flow is unsampled."""

    @property
    def has_one_counter_a_row(self) -> bool:
        """Whether IN and OUT of a reading are two rows, each with the name of its counter."""
        return "counter" in self.values

    def zone(self, provider_zone: ZoneInfo) -> ZoneInfo:
        """The zone of the source's clock: its own, else the provider's."""
        return ZoneInfo(self.time_zone) if self.time_zone else provider_zone

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        both = filled(given)
        if "query" in both or system_of(both.get("url")) is not None:
            both.setdefault("format", "csv")
        return both

    @model_validator(mode="after")
    def _coherent(self) -> Source:
        problems = [
            *self._feed_problems(),
            *self._query_problems(),
            *self._unused(),
            *self._column_problems(),
            *translation_problems(self.feed, self.columns, self.values),
            *interface_problems(self.feed, self.interfaces.keys(), self.service, self.access),
        ]
        if problems:
            raise WrongSettingError(*problems)
        return self

    @property
    def slot_length_minutes(self) -> int:
        """Minutes of a slot: as set, else a day or hour if names state that, else a whole week."""
        return self.slot_minutes or named_minutes(self.files) or _WEEK_MINUTES

    def _feed_problems(self) -> list[Problem]:
        found = []
        warn, refuse = self.coverage_warn_percent, self.coverage_refuse_percent
        if warn is not None and refuse is not None and refuse > warn:
            found.append(
                Problem(
                    f"{refuse:g} is above coverage_warn_percent {warn:g}, so nothing would warn",
                    "set it below the warning level",
                    ("coverage_refuse_percent",),
                )
            )
        if self.feed is Feed.FLOWS and self.service is None:
            found.append(Problem("flows need a service", "write broadband or mobile", ("service",)))
        if self.format == "nfcapd" and self.feed is not Feed.FLOWS:
            found.append(
                Problem(
                    f"nfcapd files hold flows only, not {self.feed}",
                    "write csv, json or parquet",
                    ("format",),
                )
            )
        if self.service == "mobile" and self.access:
            found.append(
                Problem(f"mobile lines have no access '{self.access}'", "remove it", ("access",))
            )
        if self.feed is Feed.ASSIGNMENTS and self.access == "ipoe":
            found.append(
                Problem(
                    "volumes of IPoE lines come from usage, so their flows would count twice",
                    "write pppoe, or remove it: then flows of port ranges enter no figure",
                    ("access",),
                )
            )
        if self.feed is Feed.USAGE and self.access == "pppoe":
            found.append(
                Problem(
                    "usage covers mobile and IPoE lines; PPPoE volumes come from flows",
                    "write ipoe",
                    ("access",),
                )
            )
        return found

    def _query_problems(self) -> list[Problem]:
        system = system_of(self.url)
        if system is None:
            if self.query is None:
                return []
            what = "has a query, but its url names no database"
            return [Problem(what, "write one like postgresql://host/database", ("url",))]
        if self.query is None:
            what = f"{shown(self.url)} is a database, so the source needs a query"
            return [Problem(what, "write one, or use a preset that has one", ("query",))]
        # The customer system knows what is, and seldom what was.
        needs_bounds = self.feed is not Feed.SUBSCRIBERS
        found = query_problems(self.query, system, needs_bounds=needs_bounds)
        return [Problem(one.what, one.remedy, ("query",)) for one in found]

    def _unused(self) -> list[Problem]:
        """Settings that are written but could change nothing."""
        fields = type(self).model_fields
        given = {
            key
            for key in self.model_fields_set
            if getattr(self, key) != fields[key].get_default(call_default_factory=True)
        }
        found = []
        if system_of(self.url) is None:
            found += [(key, "is for databases") for key in _OF_DATABASES]
        else:
            found += [(key, "is for files; a query has none") for key in _OF_FOLDERS]
            if self.format != "csv":
                found.append(("format", "is for files; rows of a query become CSV"))
        if self.feed is not Feed.FLOWS:
            found += [(key, f"is for flows, not for {self.feed}") for key in _OF_FLOWS]
        if self.feed not in _WITH_LOGINS:
            found += [(key, f"is for feeds with logins, not for {self.feed}") for key in _OF_LOGINS]
        if self.feed is not Feed.ASSIGNMENTS:
            found += [(key, f"is for assignments, not for {self.feed}") for key in _OF_ASSIGNMENTS]
        if self.feed is not Feed.COUNTERS:
            found += [(key, f"is for counters, not for {self.feed}") for key in _OF_COUNTERS]
        if self.format == "nfcapd":
            found += [
                (key, "is for tables; nfcapd files describe themselves") for key in _OF_TABLES
            ]
        if self.format != "csv":
            found += [(key, f"is for csv, not for {self.format}") for key in _OF_CSV]
        if self.format == "parquet":
            found += [(key, "is for text; Parquet has none") for key in _OF_TEXT]
        return [Problem(what, "remove it", (key,)) for key, what in found if key in given]

    def _column_problems(self) -> list[Problem]:
        known = delivered_columns(self.feed)
        found = []
        for key, named in (("columns", self.columns), ("constants", self.constants)):
            for name in named:
                if name not in known and self.format != "nfcapd":
                    meant = did_you_mean(name, known)
                    found.append(
                        Problem(
                            f"{self.feed} have no column {shown(name)}",
                            f"{meant}its columns are {', '.join(known)}",
                            (key, name),
                        )
                    )
        found += [
            Problem(
                f"{shown(name)} has a constant value already",
                "remove it here or under constants",
                ("columns", name),
            )
            for name in self.columns.keys() & self.constants.keys()
        ]
        if self.time_format is not None and self.time_unit not in {None, "iso"}:
            found.append(
                Problem(
                    f"times in {self.time_unit} are numbers and have no format",
                    "remove it, or time_unit",
                    ("time_format",),
                )
            )
        return found
