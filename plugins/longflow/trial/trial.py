"""A trial: which file, under which settings, and how it went."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from longflow.errors import LongflowError, WrongUsageError
from longflow.landing.newest import fetch_newest
from longflow.masking import titles_shown
from longflow.settings import Feed, Settings, Source
from longflow.settings.reading import chosen, problems_of
from longflow.trial.head import Head
from longflow.trial.proposing import Proposal, guessed_feed, proposed
from longflow.trial.reading import Reading, read_alone


@dataclass
class Asked:
    """What is to be tried.

    Attributes:
        settings: the settings; those of an installation without any, if there is no file.
        own: the section of the source, as plain values.
        file: the file to take; None to fetch one.
        is_new: the settings do not have the source yet.
    """

    settings: Settings
    own: dict[str, Any]
    file: Path | None
    is_new: bool


@dataclass
class Trial:
    """How a trial went.

    Attributes:
        asked: what was to be tried.
        file: the file.
        head: its beginning.
        proposal: the settings that read it.
        zone: time zone of times without offset.
        reading: what came of reading it; None if that was impossible.
        as_set: the line with which the settings as they are refuse the file, if the proposed ones
            do not.
        error: why it cannot be read.
    """

    asked: Asked
    file: Path
    head: Head
    proposal: Proposal
    zone: ZoneInfo
    reading: Reading | None = None
    as_set: str = ""
    error: LongflowError | None = None
    feed: Feed = field(init=False)

    def __post_init__(self) -> None:
        self.feed = Feed(self.proposal.given["feed"])

    @property
    def refusals(self) -> list[str]:
        """Why the file cannot be loaded as it is; none if it can."""
        if self.as_set:
            return [self.as_set]
        if self.error is not None or self.reading is None:
            return [str(self.error)]
        return [one.line for one in self.reading.stopping]


def without_settings(time_zone: str, file: Path | None = None) -> Settings:
    """The settings of an installation that has no sources yet.

    Args:
        time_zone: the provider's.
        file: the file of the settings, if there is one already.

    Raises:
        WrongUsageError: there is no such time zone.
    """
    given = {
        "file": file or Path.cwd() / "longflow.toml",
        "provider": {"name": "Provider", "time_zone": time_zone},
        "sources": (),
    }
    try:
        return Settings.model_validate(given, context={"folder": Path.cwd()})
    except ValidationError as error:
        raise WrongUsageError(_problem(error, given), remedy="name it as Asia/Tokyo") from None


def before_sources(path: str | None) -> Settings | None:
    """The settings of a file in which no source stands yet; None if there are some, or faults.

    The first trials are made to find what to write there.
    """
    try:
        file, _ = chosen(path)
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        if raw.get("sources"):
            return None
        return without_settings(raw["provider"]["time_zone"], file)
    except (OSError, ValueError, KeyError, TypeError, LongflowError):
        return None  # reading the whole file says what is wrong with it


def section_of(settings: Settings, name: str, feed: str | None) -> dict[str, Any]:
    """The section of a source as the settings file has it.

    Raises:
        WrongUsageError: there is none of that name, or several.
    """
    sections = tomllib.loads(settings.file.read_text(encoding="utf-8-sig")).get("sources", [])
    found = [one for one in sections if one["name"] == name and feed in {None, one["feed"]}]
    if len(found) == 1:
        own = dict(found[0])
        if str(own.get("query", "")).endswith(".sql"):
            own["query"] = str(settings.file.parent / own["query"])
        return own
    if found:
        feeds = " or ".join(f"--feed {one['feed']}" for one in found)
        raise WrongUsageError(f"several sources are named '{name}'", remedy=f"add {feeds}")
    known = ", ".join(dict.fromkeys(one["name"] for one in sections)) or "none"
    raise WrongUsageError(
        f"there is no source '{name}'" + (f" of feed {feed}" if feed else ""),
        remedy=f"sources of {settings.file.name}: {known}; a file without a source is tried by "
        "longflow try --feed FEED FILE",
    )


@contextmanager
def tried(asked: Asked) -> Iterator[Trial]:
    """Try a file; its rows can be looked at as long as the context lasts.

    Raises:
        LongflowError: there is no file, or nothing that longflow reads.
        MachineError, OSError: disk, memory or network failed.
    """
    with tempfile.TemporaryDirectory(prefix="longflow-try-") as temporary:
        folder = Path(temporary)
        settings = asked.settings
        if asked.file is None:
            source = next(s for s in settings.sources if _is(s, asked.own))
            (folder / "fetched").mkdir()
            file = fetch_newest(settings, source, folder / "fetched")
        else:
            file = _existing(asked.file)
        head = Head.of(file)
        own = dict(asked.own)
        own["feed"] = own.get("feed") or guessed_feed(head, file)
        zone = ZoneInfo(own["time_zone"]) if own.get("time_zone") else settings.zone
        proposal = proposed(own, head, file, zone, folder)
        trial = Trial(asked, file, head, proposal, zone)
        # The rows of each reading can be looked at until the trial ends.
        with ExitStack() as stack:
            stack.enter_context(_reading(trial, proposal.given if asked.is_new else own))
            if not asked.is_new and trial.refusals and proposal.given != own:
                # Other settings may read what the settings as they are refuse.
                as_they_are, refused = (trial.reading, trial.error), trial.refusals[0]
                stack.enter_context(_reading(trial, proposal.given))
                if trial.refusals:
                    trial.reading, trial.error = as_they_are
                else:
                    trial.as_set = refused
            yield trial


def _is(source: Source, own: Mapping[str, Any]) -> bool:
    return source.name == str(own["name"]) and source.feed is Feed(own["feed"])


@contextmanager
def _reading(trial: Trial, given: Mapping[str, Any]) -> Iterator[None]:
    """Read the file under some settings; what forbids that is noted."""
    head, file = trial.head, trial.file
    trial.reading, trial.error = None, None
    try:
        source = Source.model_validate(dict(given))
    except ValidationError as error:
        trial.error = LongflowError(
            _problem(error, given), file=file.name, remedy="correct the section"
        )
        yield
        return
    if head.format != source.format and not {head.format, source.format} <= _TEXTS:
        trial.error = LongflowError(
            f"is {NAMES[head.format]}, and the source says {NAMES[source.format]}",
            file=file.name,
            remedy=f'set format = "{head.format}"',
        )
        yield
        return
    missing = trial.proposal.missing
    if missing and source.format != "nfcapd" and trial.asked.is_new:
        if trial.proposal.is_untitled:
            trial.error = LongflowError(
                f"has no titles, and its values do not show which column is {' or '.join(missing)}",
                file=file.name,
                remedy="name its columns in order: titles = "
                + json.dumps(list(trial.proposal.titles)),
            )
            yield
            return
        trial.error = LongflowError(
            f"no title is recognised as {', '.join(missing)} "
            f"(titles found: {titles_shown(trial.proposal.titles)})",
            file=file.name,
            remedy="map them under columns, such as "
            f'{missing[0]} = "…"; a file without titles needs them: titles = ["…", …]',
        )
        yield
        return
    with read_alone(trial.asked.settings, source, file, trial.proposal.middle_ms) as reading:
        trial.reading = reading
        yield


def _existing(file: Path) -> Path:
    """The file, if it is one.

    Raises:
        LongflowError: it is a folder, or is not there.
    """
    if "://" in str(file) or ":/" in str(file)[:12]:
        raise LongflowError(
            "a URL is no file here", file=str(file), remedy="copy the file, or set url of a source"
        )
    if file.is_dir():
        raise LongflowError("is a folder", file=file, remedy="name one of the files in it")
    if not file.exists():
        raise LongflowError("there is no such file", file=file, remedy="check the path")
    if not file.is_file():
        raise LongflowError("is not a regular file", file=file, remedy="copy its content to one")
    return file


def _problem(error: ValidationError, given: Mapping[str, Any]) -> str:
    """The first problem of some settings, in words."""
    path, problem = problems_of(error, given)[0]
    return f"{'.'.join(map(str, path))}: {problem.what}; {problem.remedy}"


# Staging says what is wrong with a text that is not in the format of its source.
_TEXTS = {"csv", "json", "line-protocol"}
NAMES = {
    **{"nfcapd": "nfcapd", "csv": "CSV", "json": "JSON", "parquet": "Parquet"},
    "line-protocol": "line protocol",
}
