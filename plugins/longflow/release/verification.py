"""Check a release again: its files are as written, its tables as the archive gives them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from longflow.archive import open_archive
from longflow.edition import compile_edition
from longflow.errors import LongflowError
from longflow.release import files
from longflow.release.manifest import recorded_settings
from longflow.settings import Settings


def verify(settings: Settings, path: str | Path) -> list[str]:
    """Check the files of a release and rebuild its tables from the recorded snapshot.

    Args:
        settings: where the archive is; what was compiled, and how, stands in the release.
        path: the folder of the release.

    Returns:
        What is wrong, one line each; empty when everything agrees.

    Raises:
        LongflowError: there is no release at that place, or its snapshot is not in the archive.
    """
    release = Path(path)
    if not (release / files.CHECKSUMS).is_file():
        raise LongflowError(
            "not a release: SHA256SUMS is missing",
            file=release,
            remedy="name the folder of a release, var/releases/<edition>/<UTC time>",
        )
    problems = _changed_files(release)
    # Tables are only worth comparing by a manifest that is the one that was written.
    if any(line.startswith(files.MANIFEST) for line in problems):
        return problems
    return problems + _changed_values(settings, release)


def _changed_files(release: Path) -> list[str]:
    problems = []
    lines = (release / files.CHECKSUMS).read_text(encoding="utf-8").splitlines()
    expected = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = files.files_of(release)
    for name, digest in expected.items():
        if name not in present:
            problems.append(f"{name}: is missing")
        elif files.sha256((release / name).read_bytes()) != digest:
            problems.append(f"{name}: does not agree with SHA256SUMS")
    problems += [f"{name}: is not in SHA256SUMS" for name in present if name not in expected]
    return problems


def _changed_values(settings: Settings, release: Path) -> list[str]:
    manifest = files.read_manifest(release)
    recorded = recorded_settings(manifest, settings)
    with open_archive(recorded, snapshot=manifest["archive"]["snapshot"]) as archive:
        compiled = compile_edition(recorded, manifest["edition"], archive)
    problems = []
    for table, rebuilt in compiled.tables.items():
        stored = release / "tables" / f"{table}.parquet"
        if not stored.is_file():
            continue
        problems += _differences(table, pl.read_parquet(stored), rebuilt)
        csv = release / "tables" / f"{table}.csv"
        if csv.is_file() and csv.read_bytes() != rebuilt.write_csv().encode():
            problems.append(f"tables/{table}.csv: does not hold what the archive gives")
    return problems


def _differences(table: str, published: pl.DataFrame, rebuilt: pl.DataFrame) -> list[str]:
    """Cells in which a published table and the rebuilt one differ."""
    name = f"tables/{table}.parquet"
    if published.columns != rebuilt.columns:
        return [f"{name}: columns {published.columns} instead of {rebuilt.columns}"]
    if published.height != rebuilt.height:
        return [f"{name}: {published.height} rows, the archive gives {rebuilt.height}"]
    problems = []
    for column in rebuilt.columns:
        pairs = zip(published[column], rebuilt[column], strict=True)
        problems += [
            f"{name}: row {row}, {column}: {was}, the archive gives {now}"
            for row, (was, now) in enumerate(pairs, start=1)
            if was != now
        ]
    return problems
