"""Check a release again: its files are as written, its tables as the archive gives them.

Tables are rebuilt from the recorded snapshot by the code at hand and compared value by value; then
their figures are worked out once more by a second way that shares nothing with the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from longflow.archive import Archive, open_archive
from longflow.edition import compile_edition
from longflow.edition.scope import protocol_names
from longflow.errors import LongflowError
from longflow.release import files
from longflow.release.manifest import recorded_settings
from longflow.release.second_way import SecondWay
from longflow.settings import Settings


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    Attributes:
        problems: what is wrong, a clear line each; empty when everything agrees.
        compared: what was compared, in numbers, a line each.
        values: number of values that were rebuilt and compared.
    """

    problems: tuple[str, ...]
    compared: tuple[str, ...]
    values: int


def verify(settings: Settings, path: str | Path) -> Verified:
    """Check the files of a release and rebuild its tables from the recorded snapshot.

    Args:
        settings: where the archive is; what was compiled, and how, stands in the release.
        path: the folder of the release.

    Returns:
        What is wrong, and what was compared.

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
    names = files.files_of(release)
    problems = _changed_files(release)
    compared = [f"{len(names)} files against their checksums"]
    # Tables are only worth comparing by a manifest that is the one that was written.
    if any(line.startswith(files.MANIFEST) for line in problems):
        return Verified(tuple(problems), tuple(compared), 0)
    manifest = files.read_manifest(release)
    recorded = recorded_settings(manifest, settings)
    stored = {
        entry["id"]: pl.read_parquet(release / entry["parquet"])
        for entry in manifest["tables"]
        if (release / entry["parquet"]).is_file()
    }
    with open_archive(recorded, snapshot=manifest["archive"]["snapshot"]) as archive:
        compiled = compile_edition(recorded, manifest["edition"], archive)
        problems += _changed_values(release, stored, compiled.tables)
        values = sum(frame.height * frame.width for frame in stored.values())
        compared.append(f"{values} values of {len(stored)} tables against the archive, rebuilt")
        problems += _second_way(archive, manifest, recorded, stored, compared)
    return Verified(tuple(problems), tuple(compared), values)


def _second_way(
    archive: Archive,
    manifest: Mapping[str, Any],
    recorded: Settings,
    stored: Mapping[str, pl.DataFrame],
    compared: list[str],
) -> list[str]:
    """Differences to the second way; adds to `compared` what it worked out."""
    edition = recorded.edition(manifest["edition"])
    way = SecondWay(
        files_of=cache(archive.files),
        snapshot=archive.snapshot,
        weeks=edition.analysis_weeks,
        minimum_subscribers=edition.minimum_subscribers,
        time_zone=recorded.provider.time_zone,
        protocols=protocol_names(),
    )
    counts, problems = way.compare(stored)
    numbers = ", ".join(f"{table} {count}" for table, count in counts.items())
    compared.append(
        f"{sum(counts.values())} figures by a second way, plain Polars over the archive's files:"
        f" {numbers}"
    )
    return problems


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


def _changed_values(
    release: Path, stored: Mapping[str, pl.DataFrame], rebuilt: Mapping[str, pl.DataFrame]
) -> list[str]:
    problems = [
        f"tables/{table}: the archive gives no such table"
        for table in sorted(stored.keys() - rebuilt.keys())
    ]
    for table, frame in rebuilt.items():
        if table not in stored:
            continue
        problems += _differences(table, stored[table], frame)
        csv = release / "tables" / f"{table}.csv"
        if csv.is_file() and csv.read_bytes() != frame.write_csv().encode():
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
