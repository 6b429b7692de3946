"""Publish: compile an edition from one snapshot and put it down as an immutable folder."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from longflow.archive import open_archive
from longflow.edition import compile_edition
from longflow.release import changes, files
from longflow.release.manifest import build_manifest, content_digest
from longflow.release.report import render_report
from longflow.settings import Settings


@dataclass(frozen=True)
class Release:
    """A release of an edition; `created` is False when the latest one says the same already."""

    edition: int
    path: Path
    created: bool


def publish(settings: Settings, year: int, accept_changes: str | None = None) -> Release:
    """Compile an edition and release it, unless its latest release has the same content.

    The release is written aside, flushed, made read-only and renamed into
    `var/releases/<edition>/<UTC time>/`; `latest.json` moves last.

    Args:
        settings: the settings; `editions.<year>` names what is published.
        year: the edition.
        accept_changes: why values of closed years may move beyond their error, where they do.

    Returns:
        The new release, or the latest one.

    Raises:
        LongflowError: no such edition, a week missing in the archive, a table that breaks its
            contract, values of closed years that moved beyond their error without a reason given;
            nothing was released then.
    """
    # Loads may go on meanwhile, so everything is read from the snapshot that is newest now.
    with open_archive(settings, pinned=True) as archive:
        compiled = compile_edition(settings, year, archive)

    csv = {table: frame.write_csv().encode() for table, frame in compiled.tables.items()}
    content_sha256 = content_digest(compiled, csv)
    folder = settings.var / "releases" / str(year)
    with files.one_at_a_time(folder):
        earlier = files.releases(folder)
        if earlier and files.read_manifest(earlier[-1])["content_sha256"] == content_sha256:
            files.point_latest(earlier[-1], content_sha256)
            return Release(year, earlier[-1], created=False)
        path = folder / files.free_name(folder)
        manifest = build_manifest(
            settings,
            compiled,
            content_sha256=content_sha256,
            release=path.name,
        )
        moved = changes.compare(earlier[-1] if earlier else None, compiled.tables, manifest)
        moved = changes.accept(moved, year, accept_changes)
        manifest["changes"] = moved.summary()
        contents = {
            **{f"tables/{table}.csv": data for table, data in csv.items()},
            **{
                f"tables/{table}.parquet": _parquet(frame)
                for table, frame in compiled.tables.items()
            },
            "report.html": render_report(compiled, manifest, moved).encode(),
            changes.CHANGES: files.json_bytes(moved.content()),
            files.MANIFEST: files.json_bytes(manifest),
        }
        files.write_release(path, contents)
        files.point_latest(path, content_sha256)
    return Release(year, path, created=True)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
