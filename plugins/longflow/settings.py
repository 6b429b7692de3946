"""`longflow.toml`: what is expected from whom, and what is published. Read once, checked whole."""

from __future__ import annotations

import os
import tomllib
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from longflow.errors import LongflowError
from longflow.minisign import PublicKey


class Feed(StrEnum):
    """What collectors deliver for each week (DOMAIN: Feeds)."""

    FLOWS = "flows"
    ASSIGNMENTS = "assignments"
    USAGE = "usage"
    COUNTERS = "counters"
    SUBSCRIBERS = "subscribers"


Service = Literal["broadband", "mobile"]
Access = Literal["pppoe", "ipoe", ""]


def known_time_zone(name: str) -> str:
    """The name, if the IANA database knows it.

    Raises:
        ValueError: it does not.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"'{name}' is not a time zone of the IANA database") from None
    return name


class _Section(BaseModel):
    """A table of the settings file: unknown keys are mistakes, not extras."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provider(_Section):
    """Who measures, and by which clock."""

    name: str
    time_zone: str = "Asia/Tokyo"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_time_zone(value)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of weeks, days and hours."""
        return ZoneInfo(self.time_zone)


class WeekSettings(_Section):
    """Edges of a week's dump."""

    grace_hours: Annotated[float, Field(ge=0, le=72)] = 6


class SessionSettings(_Section):
    """How access servers give out addresses.

    `shared_pools` says which addresses are given out once in the whole network, so that a session
    on one access server ends with the next start on another: `public` ones alone, `all`, or `none`,
    where every access server has pools of its own and may hold the same address as another.
    """

    shared_pools: Literal["public", "all", "none"] = "public"


class LandingSettings(_Section):
    """Where dumps lie unless a source says otherwise."""

    url: str = "var/landing"
    pattern: str = "{feed}/{source}/{monday}"


class Source(_Section):
    """One source that is expected to deliver every week.

    `url` is any fsspec URL; `pattern` a folder below it, with `{feed}`, `{source}`, `{monday}` or,
    for a tree by day, `{year}`, `{month}`, `{day}`; `files` the names in that folder, with `*`
    and, where the name tells the slot, `{time}` (YYYYMMDDhhmm) or `{date}` (YYYYMMDD), in
    `time_zone`. `columns` maps longflow's column names to the provider's.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    feed: Feed
    format: Literal["nfcapd", "csv", "json", "parquet"]
    service: Service | None = None
    access: Access | None = None
    url: str | None = None
    pattern: str | None = None
    files: str = "*"
    slot_minutes: Annotated[int, Field(gt=0)] | None = None
    time_zone: str | None = None
    time_unit: Literal["s", "ms", "us", "ns", "iso"] | None = None
    scaled_by: Literal["collector", "nobody"] = "collector"
    sampling_interval: Annotated[int, Field(ge=1)] | None = None
    # How far the end of a flow may lie outside the time of its file.
    clock_limit_minutes: Annotated[float, Field(gt=0)] = 60
    # Of a file's records, the percentage that has to touch the time that its name tells, within the
    # limit above; 0 asks for none.
    file_time_least_percent: Annotated[float, Field(ge=0, le=100)] = 50
    # How much older than the time of their file records may be: files named when they are written.
    file_time_late_hours: Annotated[float, Field(ge=0)] = 0
    # Instead of what [validation.coverage] says of the feed.
    coverage_warn_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    coverage_refuse_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    columns: dict[str, str] = {}
    delimiter: str = ","

    def zone(self, provider_zone: ZoneInfo) -> ZoneInfo:
        """The zone of the source's clock: its own, else the provider's."""
        return ZoneInfo(self.time_zone) if self.time_zone else provider_zone

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return None if value is None else known_time_zone(value)

    @model_validator(mode="after")
    def _complete(self) -> Source:
        if self.feed is Feed.FLOWS and self.service is None:
            raise ValueError(f"source '{self.name}': flows need a service")
        if self.format == "nfcapd" and self.feed is not Feed.FLOWS:
            raise ValueError(f"source '{self.name}': nfcapd files hold flows only")
        warn, refuse = self.coverage_warn_percent, self.coverage_refuse_percent
        if warn is not None and refuse is not None and refuse > warn:
            raise ValueError(
                f"source '{self.name}': coverage_refuse_percent {refuse:g} is above "
                f"coverage_warn_percent {warn:g}, so nothing would warn"
            )
        return self

    @property
    def slot_length_minutes(self) -> int:
        """Minutes of a slot: as set, else a day where names tell dates, else a whole week."""
        return self.slot_minutes or (1440 if "{date}" in self.files else 7 * 1440)


class DatabaseSettings(_Section):
    """Limits of every DuckDB connection of one process.

    `threads` is also the number of processes that stage nfcapd files.
    """

    memory_limit: str = "1GB"
    threads: Annotated[int, Field(ge=1)] = 2


class TidySettings(_Section):
    """When what a run left behind is given up."""

    # Of an Airflow run, or one of another host: so many days after anything was written there. A
    # failed task can be cleared, and its run go on, for as long.
    after_days: Annotated[float, Field(gt=0, le=3650)] = 7


class Tolerance(_Section):
    """How far two measurements may differ: up to one limit it passes, up to the other it warns."""

    warn_percent: Annotated[float, Field(gt=0)] = 15
    refuse_percent: Annotated[float, Field(gt=0)] = 30


class PastSettings(_Section):
    """Bands around a week's past: median ± `width` robust standard deviations."""

    weeks: Annotated[int, Field(ge=1)] = 8
    least_weeks: Annotated[int, Field(ge=2)] = 4
    # Weeks that lie further back are another time: analysis weeks of other years are no measure.
    reach_weeks: Annotated[int, Field(ge=1)] = 26
    width: Annotated[float, Field(gt=0)] = 5
    # A quiet past must not make every ripple a finding: no band is narrower than this.
    least_percent: Annotated[float, Field(ge=0)] = 25
    least_share_points: Annotated[float, Field(ge=0)] = 2


class HeldSettings(_Section):
    """How much less a revision may hold than the load that it would replace.

    Of a source, service or interface, on one day or over the week. A revision that holds less than
    that is held until a person accepts it.
    """

    bytes_percent: Annotated[float, Field(ge=0, le=100)] = 2
    rows_percent: Annotated[float, Field(ge=0, le=100)] = 2
    subscribers_percent: Annotated[float, Field(ge=0, le=100)] = 2


class CoverageLimits(_Section):
    """Of the week, the percentage of time that a source has to deliver; below it the gate acts."""

    warn_percent: Annotated[float, Field(ge=0, le=100)] = 95
    # 0: missing files lower the coverage that is published, and refuse nothing.
    refuse_percent: Annotated[float, Field(ge=0, le=100)] = 0

    @model_validator(mode="after")
    def _in_order(self) -> CoverageLimits:
        if self.refuse_percent > self.warn_percent:
            raise ValueError(
                f"refuse_percent {self.refuse_percent:g} is above warn_percent "
                f"{self.warn_percent:g}, so nothing would warn"
            )
        return self


class CoverageSettings(_Section):
    """The least coverage of a source, by its feed."""

    flows: CoverageLimits = CoverageLimits()
    assignments: CoverageLimits = CoverageLimits()
    usage: CoverageLimits = CoverageLimits()
    counters: CoverageLimits = CoverageLimits()
    subscribers: CoverageLimits = CoverageLimits()

    def limits(self, source: Source) -> CoverageLimits:
        """The limits of a source: its own, else its feed's.

        One of a source's own counts before the other of its feed: a refusal that is set above the
        feed's warning warns at once.
        """
        of_feed: CoverageLimits = getattr(self, source.feed.value)
        warn, refuse = source.coverage_warn_percent, source.coverage_refuse_percent
        if refuse is None:
            refuse = of_feed.refuse_percent if warn is None else min(of_feed.refuse_percent, warn)
        if warn is None:
            warn = max(of_feed.warn_percent, refuse)
        return CoverageLimits(warn_percent=warn, refuse_percent=refuse)


class ValidationSettings(_Section):
    """What the gate tolerates, by rule id or by name."""

    # Of a feed's rows, the share that may violate a rule before the feed's week is refused.
    max_share: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    # How bad a rule is, where its own word is not to hold.
    severity: dict[str, Literal["info", "warn", "quarantine", "refuse"]] = {}
    # Of a source's files, the share that may be broken before the feed's week is refused.
    broken_files_max_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    # Share of a service's flows that may look exported twice.
    two_exporters_max_share: Annotated[float, Field(ge=0, le=1)] = 0.001
    # An open session without a sign of life for so long before the records were drawn never ended.
    silent_session_hours: Annotated[float, Field(gt=0)] = 48
    address_reuse_minutes: Annotated[float, Field(gt=0)] = 5
    # Share of a collector's bytes that no assignment explains.
    unexplained: Tolerance = Tolerance(warn_percent=10, refuse_percent=50)
    flows_counters: Tolerance = Tolerance()
    usage_counters: Tolerance = Tolerance()
    coverage: CoverageSettings = CoverageSettings()
    # Of fewer subscribers, usage of a day is not held against counters: single ones rule it.
    least_subscribers: Annotated[int, Field(ge=1)] = 50
    past: PastSettings = PastSettings()
    held: HeldSettings = HeldSettings()


class KnownBreak(_Section):
    """A change that is known: it explains findings, and no week before it is a measure after it.

    `rule` and `source` choose findings, with `*`; the break holds from `first` to `last`, or only
    in the week of `first`.
    """

    first: date
    last: date | None = None
    rule: str = "past.*"
    source: str = "*"
    reason: Annotated[str, Field(min_length=1)]


class PortRows(_Section):
    """Which ports get a row of their own (DOMAIN: rule 3)."""

    threshold_percent: Annotated[float, Field(ge=0, le=100)] = 0.1
    most: Annotated[int, Field(ge=0)] = 12


class Edition(_Section):
    """The publication of one year: its weeks, months and rules."""

    title: str
    analysis_weeks: dict[int, date]
    hour_weeks: dict[str, date] = {}
    base_month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = "2020-01"
    growth_month: Annotated[int, Field(ge=1, le=12)] = 6
    minimum_month_coverage_percent: Annotated[float, Field(ge=0, le=100)] = 90
    port_years: Annotated[int, Field(ge=1)] = 5
    port_rows: PortRows = PortRows()
    # Weeks on each side of an analysis week by which its figures are held against a chance of date.
    neighbour_weeks: Annotated[int, Field(ge=0, le=12)] = 2
    # Nothing published tells about fewer subscribers; at 1 nothing is withheld or rounded.
    minimum_subscribers: Annotated[int, Field(ge=1)] = 10
    # Whether numbers of subscribers and their volume are published, in a table of their own.
    publish_totals: bool = False

    @field_validator("analysis_weeks")
    @classmethod
    def _mondays(cls, value: dict[int, date]) -> dict[int, date]:
        if not value:
            raise ValueError("an edition needs at least one analysis week")
        for year, monday in value.items():
            if monday.weekday() != 0:
                raise ValueError(f"{year}: {monday} is a {monday:%A}, not a Monday")
        return dict(sorted(value.items()))

    @property
    def years(self) -> list[int]:
        """Years of the look back, oldest first."""
        return list(self.analysis_weeks)

    def neighbours(self, offset_weeks: int) -> dict[int, date]:
        """Mondays so many weeks after (below 0: before) the analysis weeks, by year."""
        shift = timedelta(weeks=offset_weeks)
        return {year: monday + shift for year, monday in self.analysis_weeks.items()}

    @property
    def neighbour_offsets(self) -> list[int]:
        """Offsets of the neighbouring weeks, the earliest first; never 0."""
        reach = self.neighbour_weeks
        return [offset for offset in range(-reach, reach + 1) if offset]

    def growth_weeks(self) -> list[date]:
        """Mondays of the weeks that touch the months of growth and the base month."""
        months = [(year, self.growth_month) for year in self.years]
        year, month = self.base_month.split("-")
        months.append((int(year), int(month)))
        weeks: set[date] = set()
        for year_number, month_number in months:
            day = date(year_number, month_number, 1)
            while day.month == month_number:
                weeks.add(day - timedelta(days=day.weekday()))
                day += timedelta(days=1)
        return sorted(weeks)

    def weeks_used(self) -> dict[date, set[Feed]]:
        """Every week the edition's tables need, with the feeds they need of it."""
        used: dict[date, set[Feed]] = {week: {Feed.COUNTERS} for week in self.growth_weeks()}
        for week in self.hour_weeks.values():
            used.setdefault(week, set()).add(Feed.COUNTERS)
        for week in self.analysis_weeks.values():
            used[week] = set(Feed)
        return used


class ReleaseSettings(_Section):
    """Whose signatures of releases count, and whether a release needs one to be in force.

    `public_keys` are keys of minisign by the name of the person who signs with them.
    """

    public_keys: dict[Annotated[str, Field(min_length=1)], str] = {}
    signature_required: bool = False

    @property
    def keys(self) -> dict[str, PublicKey]:
        """The public keys by name."""
        return {name: PublicKey.parse(text) for name, text in self.public_keys.items()}

    @model_validator(mode="after")
    def _known_keys(self) -> ReleaseSettings:
        seen: dict[bytes, str] = {}
        for name, text in self.public_keys.items():
            try:
                key = PublicKey.parse(text)
            except ValueError as error:
                raise ValueError(f"public_keys: '{name}': {error}") from None
            if key.key_id in seen:
                raise ValueError(f"public_keys: '{seen[key.key_id]}' and '{name}' are one key")
            seen[key.key_id] = name
        if self.signature_required and not seen:
            raise ValueError("signature_required: name the public keys that count, public_keys")
        return self


class Settings(_Section):
    """The whole file. Paths in it are relative to the folder of the file."""

    file: Path
    provider: Provider
    week: WeekSettings = WeekSettings()
    sessions: SessionSettings = SessionSettings()
    landing: LandingSettings = LandingSettings()
    sources: tuple[Source, ...]
    database: DatabaseSettings = DatabaseSettings()
    tidy: TidySettings = TidySettings()
    validation: ValidationSettings = ValidationSettings()
    known_breaks: tuple[KnownBreak, ...] = ()
    editions: dict[int, Edition] = {}
    release: ReleaseSettings = ReleaseSettings()
    var: Path = Path("var")
    archive_catalogue: str | None = None
    archive_data: str | None = None
    # The demonstration's provider; only the simulator reads what is in it.
    simulator: dict[str, Any] = {}

    @field_validator("sources")
    @classmethod
    def _names_once(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        seen: set[tuple[Feed, str]] = set()
        for source in value:
            if (source.feed, source.name) in seen:
                raise ValueError(f"source '{source.name}' of feed {source.feed} is named twice")
            seen.add((source.feed, source.name))
        return value

    @classmethod
    def load(cls, path: str | Path | None = None) -> Settings:
        """Read the settings file.

        Args:
            path: the file; else the variable `LONGFLOW_SETTINGS`, else `longflow.toml` here.

        Raises:
            LongflowError: there is no such file, or a setting is wrong; names the setting.
        """
        file = Path(path or os.environ.get("LONGFLOW_SETTINGS") or "longflow.toml").resolve()
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise LongflowError(
                "no such settings file",
                file=file,
                remedy="name one with --settings or LONGFLOW_SETTINGS",
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise LongflowError(f"not TOML: {error}", file=file, remedy="mend the line") from None
        raw["file"] = file
        raw["var"] = file.parent / raw.get("var", "var")
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            raise LongflowError(
                first["msg"].removeprefix("Value error, "),
                file=file,
                place=".".join(str(part) for part in first["loc"]) or None,
                remedy="correct this setting",
            ) from None

    @property
    def zone(self) -> ZoneInfo:
        """The provider's time zone."""
        return self.provider.zone

    def sources_of(self, feed: Feed) -> list[Source]:
        """The sources expected to deliver a feed, by name."""
        return sorted((s for s in self.sources if s.feed is feed), key=lambda s: s.name)

    def edition(self, year: int) -> Edition:
        """The edition of a year.

        Raises:
            LongflowError: the settings name no such edition.
        """
        try:
            return self.editions[year]
        except KeyError:
            known = ", ".join(str(y) for y in self.editions) or "none"
            raise LongflowError(
                f"there is no edition {year}",
                file=self.file,
                place="editions",
                remedy=f"editions in the settings: {known}",
            ) from None
