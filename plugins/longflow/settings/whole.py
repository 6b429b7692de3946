"""The whole settings file: its sections, and what must agree across them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from longflow.errors import LongflowError
from longflow.settings.calendar import Holiday, Term
from longflow.settings.delivery import (
    LandingSettings,
    Provider,
    SessionSettings,
    WeekSettings,
)
from longflow.settings.editions import Edition
from longflow.settings.events import Event
from longflow.settings.feeds import Feed
from longflow.settings.gate import KnownBreak, ValidationSettings
from longflow.settings.installation import DatabaseSettings, TidySettings
from longflow.settings.patterns import is_by_name, tells_slot
from longflow.settings.places import Catalogue, Folder, FolderText
from longflow.settings.publication import PublicationSettings
from longflow.settings.section import Problem, Section, WrongSettingError, Year, shown
from longflow.settings.signatures import ReleaseSettings
from longflow.settings.source import Source
from longflow.settings.targets import DeliveryTarget
from longflow.simulator.provider import mondays_of


class Settings(Section):
    """Where longflow keeps its files. Paths are relative to the folder of the settings file."""

    file: Path
    provider: Provider
    week: WeekSettings = WeekSettings()
    sessions: SessionSettings = SessionSettings()
    landing: LandingSettings = LandingSettings()
    sources: Annotated[tuple[Source, ...], Field(strict=False)]
    database: DatabaseSettings = DatabaseSettings()
    tidy: TidySettings = TidySettings()
    validation: ValidationSettings = ValidationSettings()
    known_breaks: Annotated[tuple[KnownBreak, ...], Field(strict=False)] = ()
    events: Annotated[tuple[Event, ...], Field(strict=False)] = ()
    holidays: Annotated[tuple[Holiday, ...], Field(strict=False)] = ()
    terms: Annotated[tuple[Term, ...], Field(strict=False)] = ()
    editions: dict[Year, Edition] = Field(default_factory=dict)
    release: ReleaseSettings = ReleaseSettings()
    publication: PublicationSettings = PublicationSettings()
    deliver: Annotated[tuple[DeliveryTarget, ...], Field(strict=False)] = ()
    var: Folder = Path("var")
    """Folder for everything longflow writes: archive, releases, quarantine, workspaces."""
    archive_catalogue: Catalogue | None = None
    """The archive's catalogue, `sqlite:PATH`; by default in `var/archive`."""
    archive_data: FolderText | None = None
    """Folder of the archive's Parquet files; by default in `var/archive`."""
    simulator: dict[str, Any] = Field(default_factory=dict)
    """The demonstration's provider; only `longflow simulate` and `make run` read it."""

    @field_validator("sources")
    @classmethod
    def _names_once(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        seen: set[tuple[Feed, str]] = set()
        problems = []
        for number, source in enumerate(value):
            if (source.feed, source.name) in seen:
                problems.append(
                    Problem(
                        f"source '{source.name}' of feed {source.feed} is named twice",
                        "rename one, or remove it",
                        (number, "name"),
                    )
                )
            seen.add((source.feed, source.name))
        if problems:
            raise WrongSettingError(*problems)
        return value

    @field_validator("deliver")
    @classmethod
    def _places_have_own_names(cls, value: tuple[DeliveryTarget, ...]) -> object:
        names = [target.name for target in value]
        problems = [
            Problem(f"place '{name}' is named twice", "rename one", (number, "name"))
            for number, name in enumerate(names)
            if name in names[:number]
        ]
        if problems:
            raise WrongSettingError(*problems)
        return value

    @field_validator("editions")
    @classmethod
    def _weeks_are_of_their_years(cls, value: dict[int, Edition]) -> dict[int, Edition]:
        # Not in the edition itself: a release is read by the settings that it was made with.
        problems = [
            Problem(
                f"week {monday} does not lie in {week_year}",
                "correct the date or the year",
                (year, "analysis_weeks", week_year),
            )
            for year, edition in value.items()
            for week_year, monday in edition.analysis_weeks.items()
            if week_year not in {monday.year, (monday + timedelta(days=6)).year}
        ]
        problems += [
            Problem(
                f"the last analysis week is that of {edition.years[-1]}, not of {year}",
                f"name the week of {year}, and none after it",
                (year, "analysis_weeks"),
            )
            for year, edition in value.items()
            if edition.years[-1] != year
        ]
        if problems:
            raise WrongSettingError(*problems)
        return value

    @model_validator(mode="after")
    def _deliveries_can_be_told_apart(self) -> Settings:
        if problems := [*_by_name_without_slot(self), *_same_files(self)]:
            raise WrongSettingError(*problems)
        return self

    def simulated(self, key: Literal["weeks", "counters_weeks"]) -> tuple[date, ...]:
        """Mondays of the weeks that the demonstration's provider delivers, by their setting."""
        return mondays_of(self.simulator.get(key, []), key)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Settings:
        """Read the settings file and check all of it.

        Args:
            path: the file; else the variable `LONGFLOW_SETTINGS`, else `longflow.toml` here.

        Raises:
            LongflowError: there is no such file, or settings are wrong; a line each, with the line
                of the file and the name of the setting.
        """
        from longflow.settings.reading import read  # noqa: PLC0415 - it reads into this model

        return read(path).settings

    @property
    def zone(self) -> ZoneInfo:
        """The provider's time zone."""
        return self.provider.zone

    def folder_pattern(self, source: Source) -> str:
        """The folders of a source below its URL."""
        return source.pattern or self.landing.pattern

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


def _by_name_without_slot(settings: Settings) -> Iterator[Problem]:
    for number, source in enumerate(settings.sources):
        if source.query is not None:
            continue
        if is_by_name(settings.folder_pattern(source)) and not tells_slot(source.files):
            yield Problem(
                f"{shown(source.files)} states no time, so without {{monday}} in pattern it is "
                "unknown which files belong to the week",
                "write {time} or {date} where the names have it, or {monday} in pattern",
                ("sources", number, "files"),
            )


def _same_files(settings: Settings) -> Iterator[Problem]:
    """Sources that would take each other's files, which would then count twice."""
    seen: dict[tuple[str, str, str], int] = {}
    for number, source in enumerate(settings.sources):
        folder = settings.folder_pattern(source)
        folder = folder.replace("{feed}", source.feed).replace("{source}", source.name)
        place = (source.url or settings.landing.url, folder, source.query or source.files)
        first = seen.setdefault(place, number)
        if first != number:
            yield Problem(
                f"the same files as those of source '{settings.sources[first].name}' would count "
                "twice",
                "give it a folder of its own, with {source} in pattern, or other names in files",
                ("sources", number, "files"),
            )
