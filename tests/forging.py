"""Change a release as a forger would: the file, and its checksum as well."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from longflow.release import files


def copied(released: Path, folder: Path) -> Path:
    """A copy of a release that may be tampered with."""
    copy = folder / released.name
    shutil.copytree(released, copy)
    for part in [copy, *copy.rglob("*")]:
        part.chmod(0o755)
    return copy


def sum_up(release: Path) -> None:
    """Rewrite the list of checksums."""
    sums = "".join(
        f"{files.sha256((release / file).read_bytes())}  {file}\n"
        for file in files.files_of(release)
    )
    (release / files.CHECKSUMS).write_text(sums)


def write_and_sum_up(release: Path, name: str, data: bytes) -> None:
    """Replace a file and its checksum."""
    (release / name).write_bytes(data)
    sum_up(release)


def forge_json(release: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON file and its checksum."""
    content = json.loads((release / name).read_bytes())
    change(content)
    write_and_sum_up(release, name, files.json_bytes(content))


def forge_text(release: Path, name: str, text: str, by: str) -> None:
    """Replace a text in a file, and its checksum."""
    before = (release / name).read_text(encoding="utf-8")
    assert text in before
    write_and_sum_up(release, name, before.replace(text, by, 1).encode())


def forged_table(release: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Change a table in both of its files, and their checksums."""
    file = release / "tables" / f"{table}.parquet"
    frame = change(pl.read_parquet(file))
    frame.write_parquet(file)
    frame.write_csv(file.with_suffix(".csv"))
    sum_up(release)
