"""The manifest of a release: what it holds, what it was made from, by which code and settings."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from longflow import __version__
from longflow.contract import contract
from longflow.edition import CompiledEdition
from longflow.edition.tables import folder
from longflow.release.files import json_bytes, sha256
from longflow.settings import Edition, Settings, Source
from longflow.sqlfile import sql_root

_PACKAGES = ("duckdb", "duckdb-extension-ducklake", "polars", "numpy", "jinja2")


def content_digest(compiled: CompiledEdition, csv: dict[str, bytes]) -> str:
    """SHA-256 of what a release says: title, tables, footnotes and the loads they draw on.

    Snapshot, time and versions are not part of it: a later run that finds the same is no news.
    """
    content = {
        "title": compiled.settings.title,
        "tables": {table: sha256(data) for table, data in csv.items()},
        "notes": _notes(compiled),
        "inputs": _rows(compiled.inputs),
    }
    return sha256(json_bytes(content))


def build_manifest(
    settings: Settings, compiled: CompiledEdition, *, content_sha256: str, release: str
) -> dict[str, Any]:
    """The manifest as JSON: plain dicts, lists, texts and numbers."""
    return {
        "format": 1,
        "edition": compiled.year,
        "title": compiled.settings.title,
        "provider": settings.provider.name,
        "release": release,
        "content_sha256": content_sha256,
        "archive": {"snapshot": compiled.snapshot},
        "code": _code(),
        "settings": {
            "sha256": sha256(settings.file.read_bytes()),
            "time_zone": settings.provider.time_zone,
            "edition": compiled.settings.model_dump(mode="json"),
            # What of the sources decides who is counted; nothing of where they lie.
            "sources": [
                source.model_dump(
                    mode="json", include={"name", "feed", "format", "service", "access"}
                )
                for source in settings.sources
            ],
        },
        "inputs": _rows(compiled.inputs),
        "published_figures": list(compiled.published),
        "coverage_percent": compiled.coverage_percent,
        "checks_passed": list(compiled.checks),
        "notes": _notes(compiled),
        "tables": [_table(table, frame) for table, frame in compiled.tables.items()],
    }


def recorded_settings(manifest: dict[str, Any], settings: Settings) -> Settings:
    """The settings by which a release was compiled, over the archive that `settings` name."""
    recorded = manifest["settings"]
    # Releases that do not name it are from before anything was withheld or rounded.
    edition = {"minimum_subscribers": 1, **recorded["edition"]}
    return settings.model_copy(
        update={
            "provider": settings.provider.model_copy(update={"time_zone": recorded["time_zone"]}),
            "sources": tuple(Source.model_validate(source) for source in recorded["sources"]),
            "editions": {manifest["edition"]: Edition.model_validate(edition)},
        }
    )


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col(pl.Date).dt.to_string()).to_dicts()


def _notes(compiled: CompiledEdition) -> list[dict[str, Any]]:
    return [
        {"tables": list(note.tables), "kind": note.kind, "text": note.text}
        for note in compiled.notes
    ]


def _table(table: str, frame: pl.DataFrame) -> dict[str, Any]:
    promise = contract("edition", folder(table))
    return {
        "id": table,
        "meaning": promise.meaning.strip(),
        "csv": f"tables/{table}.csv",
        "parquet": f"tables/{table}.parquet",
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


def _code() -> dict[str, Any]:
    root = sql_root()
    lock = root.parent / "uv.lock"
    files = sorted([*root.glob("archive/*/*.sql"), *root.glob("edition/**/*.sql")])
    return {
        "longflow": __version__,
        **_commit(root.parent),
        "lock_sha256": sha256(lock.read_bytes()) if lock.is_file() else None,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "sql_sha256": {p.relative_to(root).as_posix(): sha256(p.read_bytes()) for p in files},
    }


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
