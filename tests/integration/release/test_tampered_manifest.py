"""A manifest that was changed, with its checksum: every part of it is verified."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from longflow import __version__
from longflow.release import files, verify
from longflow.release.recorded import shape_problems
from longflow.settings import Settings

from tests.forging import forge_json, write_and_sum_up
from tests.integration.release.conftest import Found


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (["title"], "Six years", "title: Six years, the archive gives Five years of traffic"),
        (["provider"], "Another", "provider: Another, the settings give Test provider"),
        (["notes", 0, "text"], "No break.", "notes.1.text: No break., the archive gives "),
        (["coverage_percent", "table-3", "2024"], 100.0, "coverage_percent.table-3.2024: 100.0, "),
        (["inputs", 0, "input_digest"], "0", ".input_digest: 0, the archive gives counters-2019"),
        (["inputs", 0, "revision"], 7, ".revision: 7, the archive gives 1"),
        (["checks_passed", 0], "all", "checks_passed.1: all, the archive gives "),
        (["tables", 0, "rows"], 1, "tables.table-1.rows: 1, the archive gives "),
        (["content_sha256"], "0", "content_sha256: 0, the archive gives "),
        (["code", "longflow"], "9.9", f"code.longflow: 9.9, but its code is that of {__version__}"),
        (["archive", "snapshot"], 1, ""),
        (["release"], "20240901T000000Z", "release: 20240901T000000Z, but the folder is 20"),
        (["settings", "edition", "growth_month"], 5, "growth_month: 5, the settings give 6"),
        (["settings", "edition", "analysis_weeks"], {}, "an edition needs at least one analysis"),
        (["notes", 0, "key"], "no_break", "notes.1.key: no_break, the archive gives "),
        (["format"], 4, "format: 4, the archive gives 3"),
    ],
)
def test_every_fact_of_the_manifest_is_held(
    release: Path, found: Found, place: list[Any], value: object, line: str
) -> None:
    def change(content: dict[Any, Any]) -> None:
        for part in place[:-1]:
            content = content[part]
        content[place[-1]] = value

    forge_json(release, "manifest.json", change)
    problems = found()
    assert problems
    assert any(line in problem for problem in problems), problems


def test_digest_of_a_query_is_held(release: Path, found: Found) -> None:
    query = "edition/table_1/query.sql"
    forge_json(
        release, "manifest.json", lambda m: m["code"]["sql_sha256"].update({query: "0" * 64})
    )
    assert f"manifest.json: code.sql_sha256.{query}: not the digest of that query" in found()


def test_week_that_is_gone_from_the_manifest_is_found(release: Path, found: Found) -> None:
    forge_json(
        release,
        "manifest.json",
        lambda content: content["settings"]["edition"]["analysis_weeks"].pop("2019"),
    )
    problems = found()
    assert (
        "manifest.json: settings.edition.analysis_weeks.2019: nothing, the settings give 2019-06-03"
    ) in problems
    assert any("rows, the archive gives" in line for line in problems)


def leaves(value: object, *place: str | int) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, of lists the first."""
    if place:
        yield place
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, *place, name)
    if isinstance(value, list) and value:
        yield from leaves(value[0], *place, 0)


@pytest.mark.slow
def test_no_place_of_the_manifest_can_go_or_change_its_kind_unseen(
    release: Path, settings: Settings, compiled_once: None
) -> None:
    """Anything missing, or of another kind, ends in lines; harmless differences are reported."""
    manifest = json.loads((release / "manifest.json").read_bytes())
    # One query stands for all, and so do one package, one year, and one table's coverage.
    others = {
        *list(manifest["code"]["sql_sha256"])[1:],
        *list(manifest["code"]["packages"])[1:],
        *("2019", "2023"),
    }
    other_tables = {*list(manifest["coverage_percent"])[1:]}
    unseen = set()
    for number, place in enumerate(leaves(manifest)):
        if place[-1] in others or other_tables & {*place[1:2]}:
            continue
        kinds: tuple[object, ...] = (None, [], "x", -1, {"a": []})
        for value in (..., kinds[number % len(kinds)]):
            changed = copy.deepcopy(manifest)
            part = changed
            for name in place[:-1]:
                part = part[name]
            if part[place[-1]] == value:
                continue
            if value is ...:
                del part[place[-1]]
            else:
                part[place[-1]] = value
            if shape_problems(changed):
                continue
            write_and_sum_up(release, "manifest.json", files.json_bytes(changed))
            verified = verify(settings, release)
            if not verified.problems and not verified.not_held:
                unseen.add(".".join(map(str, place)))
    assert unseen == set()
