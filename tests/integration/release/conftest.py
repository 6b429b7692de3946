"""Releases to tamper with, over the archive filled by hand as unit tests have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from longflow.archive import Archive, open_archive
from longflow.edition import CompiledEdition, compile_edition
from longflow.release import publish, verify, worded
from longflow.release.changes import Changes
from longflow.release.documents import documents_of
from longflow.release.figures import draw_edition
from longflow.release.figures.drawing import Drawing
from longflow.release.second_way import SecondWay
from longflow.release.verification import rebuild
from longflow.settings import Event, Settings
from longflow.texts import Wording

from tests.forging import copied
from tests.unit.conftest import (
    compiled,
    lake_settings,
    make_lake,
    make_settings_over,
    memory_archive,
    memory_connection,
    memory_settings,
    own_lake_settings,
    released,
    released_settings,
    shared_lake,
    with_formats,
)

__all__ = [
    "compiled",
    "lake_settings",
    "memory_archive",
    "memory_connection",
    "memory_settings",
    "own_lake_settings",
    "released",
    "released_settings",
    "shared_lake",
]

Found = Callable[[], tuple[str, ...]]


@dataclass
class Recalled:
    """What was compiled and compared before, by what was asked."""

    compiled: dict[str, CompiledEdition] = field(default_factory=dict)
    drawn: dict[str, dict[str, Drawing]] = field(default_factory=dict)
    documents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    compared: dict[str, tuple[dict[str, int], list[str]]] = field(default_factory=dict)


@pytest.fixture(scope="package")
def recalled() -> Recalled:
    """Nothing yet; for all modules of the folder."""
    return Recalled()


@pytest.fixture(scope="module")
def compiled_once(recalled: Recalled) -> Iterator[None]:
    """Answers are cached, because many releases are compared with one archive."""
    compiled, drawn, compared = recalled.compiled, recalled.drawn, recalled.compared
    compare = SecondWay.compare

    def compile_or_recall(settings: Settings, year: int, archive: Archive) -> CompiledEdition:
        asked = f"{settings.provider} {settings.sources} {settings.editions} {year}"
        asked += f" {settings.archive_data} {archive.snapshot}"
        if asked not in compiled:
            compiled[asked] = compile_edition(settings, year, archive)
        return compiled[asked]

    def draw_or_recall(
        compiled: CompiledEdition, events: Sequence[Event], words: Wording
    ) -> dict[str, Drawing]:
        # Compiled editions are kept, so that none takes the place of another in memory.
        asked = f"{id(compiled)} {events} {words.language}"
        if asked not in drawn:
            drawn[asked] = draw_edition(compiled, events, words)
        return drawn[asked]

    def write_or_recall(
        compiled: CompiledEdition,
        manifest: Mapping[str, Any],
        drawings: Mapping[str, Drawing],
        changes: Changes,
        language: str,
    ) -> dict[str, bytes]:
        # Drawings are kept as well.
        asked = f"{id(compiled)} {id(drawings)} {manifest} {changes} {language}"
        if asked not in recalled.documents:
            recalled.documents[asked] = documents_of(
                compiled, manifest, drawings, changes, language
            )
        return recalled.documents[asked]

    def compare_or_recall(
        way: SecondWay, tables: dict[str, pl.DataFrame]
    ) -> tuple[dict[str, int], list[str]]:
        asked = f"{way.files_of('port_week')} {way.snapshot} {way.weeks} {way.time_zone}"
        asked += "".join(frame.write_csv() for frame in tables.values())
        if asked not in compared:
            compared[asked] = compare(way, tables)
        return compared[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "compile_edition", compile_or_recall)
        patch.setattr(worded, "draw_edition", draw_or_recall)
        patch.setattr(rebuild, "documents_of", write_or_recall)
        patch.setattr(SecondWay, "compare", compare_or_recall)
        yield


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("tampered")
    made = make_settings_over(make_lake(folder / "lake"), folder / "installation")
    return with_formats(made, "xlsx")


@pytest.fixture(scope="package")
def honest(settings: Settings) -> Path:
    """The second release of an edition: a week was loaded again before it."""
    publish(settings, 2024)
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute(
            "UPDATE subscriber_day SET in_bytes = 2 * in_bytes"
            " WHERE service = 'mobile' AND week = DATE '2024-06-03'"
        )
    return publish(settings, 2024).path


@pytest.fixture
def release(honest: Path, tmp_path: Path) -> Path:
    return copied(honest, tmp_path)


@pytest.fixture
def found(settings: Settings, release: Path, compiled_once: None) -> Callable[[], tuple[str, ...]]:
    """What is wrong with the copy."""
    return lambda: verify(settings, release).problems
