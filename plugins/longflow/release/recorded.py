"""What a manifest says, checked: one that was changed or cut must not end in a traceback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from longflow.errors import LongflowError
from longflow.release import files
from longflow.settings import (
    Edition,
    Event,
    Holiday,
    PublicationSettings,
    Settings,
    Source,
    Term,
    known_time_zone,
)


def _release_name(name: str) -> str:
    if not files.is_release_name(name):
        raise ValueError("not the name of a release")
    return name


def _monday(text: str) -> str:
    date.fromisoformat(text)
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Archive(_Part):
    snapshot: Annotated[int, Field(ge=0, lt=2**63)]


class _Code(_Part):
    longflow: str
    python: str
    packages: dict[str, str]
    sql_sha256: dict[str, str]
    lock_sha256: str | None
    commit: str | None
    modified: bool | None
    # Manifests of format 1 do not have it.
    sources_sha256: str | None = None


class _Settings(_Part):
    sha256: str
    time_zone: Annotated[str, AfterValidator(known_time_zone)]
    edition: dict[str, Any]
    sources: list[dict[str, Any]]
    # Manifests from before figures were drawn do not have it.
    events: list[dict[str, Any]] = []
    # Only where the settings name the provider in further languages.
    provider_names: dict[str, str] = {}
    # Manifests from before the settings had a calendar do not have these.
    holidays: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    publication: dict[str, Any] = {}


class _Load(_Part):
    week: Annotated[str, AfterValidator(_monday)]
    feed: str
    revision: int
    input_digest: str
    verdict: str
    coverage_percent: float


class _Published(_Part):
    table: str
    file: str
    sha256: str
    years: list[int]


class _Note(_Part):
    tables: list[str]
    kind: str
    text: str
    # Manifests to format 2 do not have these.
    key: str | None = None
    values: dict[str, Any] | None = None


class _Table(_Part):
    id: str
    # Files of its drawings, if it is a figure.
    drawings: list[str] = []


class _Changes(_Part):
    compared_with: Annotated[str, AfterValidator(_release_name)] | None
    values_moved: int
    closed_values_beyond_error: int
    accepted: str | None


# Lists of sections that a manifest records, each with its model.
_LISTS: Mapping[str, type[BaseModel]] = {
    "sources": Source,
    "events": Event,
    "holidays": Holiday,
    "terms": Term,
}


class _Manifest(_Part):
    format: int
    edition: int
    title: str
    provider: str
    release: Annotated[str, AfterValidator(_release_name)]
    content_sha256: str
    archive: _Archive
    code: _Code
    settings: _Settings
    inputs: list[_Load]
    coverage_percent: dict[str, dict[str, float | None]]
    checks_passed: list[str]
    notes: list[_Note]
    tables: list[_Table]
    published_figures: list[_Published] = []
    # Releases from before there were sentences do not have it.
    findings_sha256: str | None = None
    # Releases from before there were other documents than the page do not have it.
    documents: list[str] = []
    # Releases from before anything was compared do not have it.
    changes: _Changes | None = None


def shape_problems(manifest: Mapping[str, Any]) -> list[str]:
    """What a manifest lacks or has of another kind than was written, a line each."""
    return list(_problems(manifest))


def _problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    try:
        _Manifest.model_validate(manifest)
    except ValidationError as error:
        yield from _lines(error)
        return
    settings = manifest["settings"]
    try:
        _edition(settings)
    except ValidationError as error:
        yield from _lines(error, "settings", "edition")
    try:
        PublicationSettings.model_validate(settings.get("publication", {}))
    except ValidationError as error:
        yield from _lines(error, "settings", "publication")
    for section, model in _LISTS.items():
        for number, entry in enumerate(settings.get(section, [])):
            try:
                model.model_validate(entry)
            except ValidationError as error:
                yield from _lines(error, "settings", section, number)


def _lines(error: ValidationError, *place: str | int) -> Iterator[str]:
    for found in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in (*place, *found["loc"]))
        yield f"{where}: {found['msg'].removeprefix('Value error, ')}"


def read_recorded(release: Path) -> dict[str, Any]:
    """The manifest of a release, with everything in it that is read again.

    Raises:
        LongflowError: it is missing, not JSON, or not what longflow wrote; names the first fault.
    """
    manifest = files.read_manifest(release)
    problems = shape_problems(manifest)
    if problems:
        raise LongflowError(
            f"not the manifest that was written: {problems[0]}",
            file=release / files.MANIFEST,
            remedy="restore the release from a backup, or move it out of the releases",
        )
    return manifest


def recorded_settings(manifest: Mapping[str, Any], settings: Settings) -> Settings:
    """The settings by which a release was compiled, over the archive that `settings` name."""
    recorded = manifest["settings"]
    provider = {
        "name": manifest["provider"],
        "names": recorded.get("provider_names", {}),
        "time_zone": recorded["time_zone"],
    }
    return settings.model_copy(
        update={
            "provider": settings.provider.model_copy(update=provider),
            **{
                section: tuple(model.model_validate(one) for one in recorded.get(section, ()))
                for section, model in _LISTS.items()
            },
            "publication": PublicationSettings.model_validate(recorded.get("publication", {})),
            "editions": {manifest["edition"]: _edition(recorded)},
        }
    )


def _edition(recorded: Mapping[str, Any]) -> Edition:
    # Releases that do not name it are from before anything was withheld or rounded.
    return Edition.model_validate({"minimum_subscribers": 1, **recorded["edition"]})
