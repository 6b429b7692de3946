"""The manifest of a release: what it holds, what it was made from, by which code and settings."""

from __future__ import annotations

import io
import json
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

import longflow
from longflow import __version__
from longflow.contract.reading import FIELDS
from longflow.edition import CompiledEdition
from longflow.edition.tables import is_drawn, promise_of
from longflow.release.documents import document_names
from longflow.release.files import checksums, drawing_files, json_bytes, sha256
from longflow.release.findings import findings_digest
from longflow.release.recorded import read_recorded
from longflow.settings import CalendarEntry, Edition, Feed, Settings, spans_of
from longflow.sqlfile import sql_root
from longflow.texts import wording

# Of the manifest. In 1, revisions of loads were part of the content; to 2, footnotes were texts.
FORMAT = 3

_PACKAGES = (
    *("duckdb", "duckdb-extension-ducklake", "polars", "numpy", "jinja2"),
    *("vl-convert-python", "noto-cjk-sans-jp-regular", "noto-cjk-sans-jp-bold"),
    *("typst", "fontpkg-arimo", "xlsxwriter"),
)


# What decides what a release holds and says: a change elsewhere cannot touch it.
_ROOMS = ("contract", "settings", "archive", "edition", "release", "texts")
_MODULES = ("database", "errors", "sqlfile", "sqlnames", "week", "yamlfile")


def content_digest(manifest: Mapping[str, Any], csv_sha256: Mapping[str, str]) -> str:
    """SHA-256 of what a release states.

    That is title, provider, weeks, tables, sentences, footnotes, coverage, which documents there
    are, and which loads were warned of.
    How that is worded is no part of it: of footnotes their keys and values count, in manifests to
    format 2, which have no keys, their texts. Revisions and digests of loads, snapshot, time and
    versions stand in the manifest as well, but a later run that finds the same by other ones is no
    news.

    Args:
        manifest: of the release, of this version or an older one.
        csv_sha256: SHA-256 of the CSV files by name.
    """
    settings = manifest["settings"]
    content = {
        "title": manifest["title"],
        "provider": manifest["provider"],
        "time_zone": settings["time_zone"],
        "analysis_weeks": settings["edition"]["analysis_weeks"],
        "base_month": settings["edition"].get("base_month"),
        "tables": dict(sorted(csv_sha256.items())),
        # Releases from before figures were drawn have none.
        **({"events": _in_first_language(settings["events"])} if settings.get("events") else {}),
        **({"publication": settings["publication"]} if settings.get("publication") else {}),
        "notes": [_unworded(note) for note in manifest["notes"]],
        "coverage_percent": manifest["coverage_percent"],
        # Releases from before there were sentences have none.
        **({"findings": manifest["findings_sha256"]} if "findings_sha256" in manifest else {}),
        # Releases from before there were others have the page alone.
        **({"documents": _first_documents(manifest)} if "documents" in manifest else {}),
        # Of counters the report prints months alone.
        "loads": [
            {name: load[name] for name in ("week", "feed", "coverage_percent", "verdict")}
            for load in manifest["inputs"]
            if load["feed"] != Feed.COUNTERS
        ],
    }
    return sha256(json.dumps(content, sort_keys=True).encode())


def _in_first_language(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events without what they are called in further languages."""
    return [{name: of for name, of in event.items() if name != "texts"} for event in events]


def _first_documents(manifest: Mapping[str, Any]) -> list[str]:
    """The documents in the first language: another language alone makes no new release."""
    _, *others = manifest["settings"]["edition"].get("languages", ["en"])
    return [name for name in manifest["documents"] if not any(f".{of}." in name for of in others)]


def _unworded(note: Mapping[str, Any]) -> dict[str, Any]:
    """A footnote without its text, where it has a key."""
    return {
        name: of for name, of in note.items() if name not in {"text", "texts"} or "key" not in note
    }


def content_of(release: Path) -> str:
    """Digest of what a finished release states, worked out from what it holds.

    Raises:
        LongflowError: its manifest or its list of checksums cannot be read.
    """
    manifest = read_recorded(release)
    digests = {name: digest for name, digest in checksums(release).items() if name.endswith(".csv")}
    return content_digest(manifest, digests)


def build_manifest(
    settings: Settings,
    compiled: CompiledEdition,
    *,
    release: str,
    code: Mapping[str, Any],
    settings_sha256: str,
) -> dict[str, Any]:
    """The manifest as JSON: plain dicts, lists, texts and numbers.

    Args:
        settings: by which the edition was compiled.
        compiled: the edition.
        release: name of the release.
        code: what compiled it, as `code_at_hand` tells.
        settings_sha256: digest of the settings file.
    """
    content = {
        "format": FORMAT,
        "edition": compiled.year,
        "title": compiled.settings.title,
        "provider": settings.provider.name,
        "release": release,
        "content_sha256": "",
        "archive": {"snapshot": compiled.snapshot},
        "code": dict(code),
        "settings": {"sha256": settings_sha256, **settings_part(settings, compiled.settings)},
        "inputs": _rows(compiled.inputs),
        "published_figures": list(compiled.published),
        "coverage_percent": compiled.coverage_percent,
        "checks_passed": list(compiled.checks),
        "notes": _notes(compiled),
        "findings_sha256": findings_digest(compiled),
        "documents": list(document_names(compiled.settings)),
        "tables": [
            _table(table, frame, compiled.settings.languages)
            for table, frame in compiled.tables.items()
        ],
    }
    # As it will be read: keys of JSON are texts.
    manifest: dict[str, Any] = json.loads(json_bytes(content))
    digests = {
        f"tables/{table}.csv": sha256(csv_bytes(frame)) for table, frame in compiled.tables.items()
    }
    manifest["content_sha256"] = content_digest(manifest, digests)
    return manifest


def settings_part(settings: Settings, edition: Edition) -> dict[str, Any]:
    """What the manifest holds of the settings."""
    publication = settings.publication.model_dump(mode="json", exclude_none=True)
    part: dict[str, Any] = json.loads(
        json_bytes(
            {
                "time_zone": settings.provider.time_zone,
                "edition": edition.model_dump(mode="json"),
                # The days themselves, because the files that name them can change.
                "holidays": _spans(settings.holidays),
                "terms": _spans(settings.terms),
                # What of the sources decides who is counted; nothing of where they lie.
                "sources": [
                    source.model_dump(
                        mode="json", include={"name", "feed", "format", "service", "access"}
                    )
                    for source in settings.sources
                ],
                # Texts in further languages, and names, only where there are any: releases from
                # before they could be set must not differ.
                "events": [
                    event.model_dump(mode="json", exclude=None if event.texts else {"texts"})
                    for event in settings.events
                ],
                **({"provider_names": settings.provider.names} if settings.provider.names else {}),
                # Releases of settings that say nothing of it are as those from before there was it.
                **({"publication": publication} if publication else {}),
            }
        )
    )
    return part


def _spans(entries: tuple[CalendarEntry, ...]) -> list[dict[str, Any]]:
    """The days that some entries of the calendar name, as entries without files."""
    return [
        {
            "first": f"{span.first}",
            "last": f"{span.last}",
            **({"name": span.name} if span.name else {}),
        }
        for span in spans_of(entries)
    ]


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A table as it is published in CSV."""
    return frame.write_csv().encode()


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """A table as it is published in Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col(pl.Date).dt.to_string()).to_dicts()


def _notes(compiled: CompiledEdition) -> list[dict[str, Any]]:
    language, *others = compiled.settings.languages
    return [
        {
            "tables": list(note.tables),
            "kind": note.kind,
            "key": note.key,
            "values": dict(note.values),
            # For readers.
            "text": wording(language).note(note.kind, note.key, note.values),
            **(
                {"texts": {of: wording(of).note(note.kind, note.key, note.values) for of in others}}
                if others
                else {}
            ),
        }
        for note in compiled.notes
    ]


def _table(table: str, frame: pl.DataFrame, languages: Sequence[str]) -> dict[str, Any]:
    promise = promise_of(table)
    return {
        "id": table,
        "meaning": promise.meaning.strip(),
        "csv": f"tables/{table}.csv",
        "parquet": f"tables/{table}.parquet",
        **(
            {"drawings": [name for of in languages for name in drawing_files(table, of, languages)]}
            if is_drawn(table)
            else {}
        ),
        "rows": frame.height,
        "key": list(promise.key),
        "columns": [
            {
                "name": name,
                "type": column.type,
                "unit": column.unit,
                "nullable": bool(column.nullable),
                "meaning": column.meaning,
            }
            for name, column in promise.columns.items()
        ],
    }


def code_at_hand() -> dict[str, Any]:
    """What compiles and writes here: version, commit, packages, and digests of code and SQL."""
    root = sql_root()
    lock = root.parent / "uv.lock"
    queries = sorted([*root.glob("archive/*/*.sql"), *root.glob("edition/**/*.sql")])
    return {
        "longflow": __version__,
        **_commit(root.parent),
        "lock_sha256": sha256(lock.read_bytes()) if lock.is_file() else None,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "sources_sha256": _sources_digest(),
        "sql_sha256": {p.relative_to(root).as_posix(): sha256(p.read_bytes()) for p in queries},
    }


@cache
def _sources_digest() -> str:
    """One digest of all code, templates, queries and contracts that a release can depend on."""
    root, package = sql_root(), Path(longflow.__file__).parent
    code = [
        *(package / f"{name}.py" for name in _MODULES),
        *(path for room in _ROOMS for path in (package / room).rglob("*")),
    ]
    queries = [
        root / "functions.sql",
        root / FIELDS,
        *(path for step in ("archive", "edition") for path in (root / step).rglob("*")),
    ]
    kinds = {".py", ".sql", ".yml", ".j2", ".css", ".js", ".typ", ".conf"}
    # Named alike in a checkout and in an installed wheel, whose SQL lies within the package.
    lines = sorted(
        f"{name}/{path.relative_to(folder).as_posix()} {sha256(path.read_bytes())}\n"
        for name, folder, files in (("longflow", package, code), ("sql", root, queries))
        for path in files
        if path.suffix in kinds
    )
    return sha256("".join(lines).encode())


def _commit(root: Path) -> dict[str, Any]:
    """Commit of the working tree and whether files differ from it; None where that is not known."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return {"commit": None, "modified": None}

    def ask(*arguments: str) -> str | None:
        answer = subprocess.run(  # noqa: S603 - git itself, with fixed arguments
            [git, "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
        return answer.stdout.strip() if answer.returncode == 0 else None

    commit, status = ask("rev-parse", "HEAD"), ask("status", "--porcelain")
    return {"commit": commit, "modified": None if status is None else bool(status)}
