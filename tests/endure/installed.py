"""The content of an installation: digests of what two equal runs share, and file names."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from longflow.archive.catalogue import catalogue_exists
from longflow.archive.lake import open_archive
from longflow.contract import contract
from longflow.owners import TOKEN
from longflow.sqlfile import identifier, tables

from tests.end_to_end.conftest import Site

# Columns that two equal runs fill differently: times, and pseudonyms, whose key is random.
_BY_CHANCE = {"loaded_at", "imported_at", "subscriber"}
# Counters of a week's loads, including one that was only about to begin, and the random names of
# data files: nothing is derived from either.
_BOOKKEEPING = {"week_load", "data_file"}


def content(folder: Path) -> dict[str, str]:
    """Digests of an installation's content: tables of the archive, releases, quarantine."""
    site = Site(folder)
    held: dict[str, str] = {}
    # A first load that was interrupted before any commit leaves an empty archive.
    if catalogue_exists(site.settings):
        with open_archive(site.settings) as opened:
            for table in sorted(set(tables("archive")) - _BOOKKEEPING):
                columns = [c for c in contract("archive", table).columns if c not in _BY_CHANCE]
                names = ", ".join(map(identifier, columns))
                rows = opened.connection.execute(f"SELECT {names} FROM {table}").fetchall()
                if rows:
                    held[table] = f"{len(rows)} rows {_digest(sorted(map(repr, rows)))}"
    in_force = {
        latest.parent: json.loads(latest.read_bytes())
        for latest in (folder / "var" / "releases").glob("*/latest.json")
    }
    for release in sorted((folder / "var" / "releases").glob("*/2*Z")):
        # A release is not in force until `latest.json` moves: the next run puts it in force.
        if release.name <= in_force.get(release.parent, {"release": ""})["release"]:
            manifest = json.loads((release / "manifest.json").read_bytes())
            held[f"release {len(held)}"] = manifest["content_sha256"]
        for line in (release / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ")
            if hashlib.sha256((release / name).read_bytes()).hexdigest() != digest:
                held[f"release {len(held)}"] = f"{name} is damaged"
    for latest in in_force.values():
        held["latest"] = latest["content_sha256"]
    return held


def files(folder: Path) -> Counter[str]:
    """Files below `var`, by their names without random parts."""
    var = folder / "var"
    names = (str(p.relative_to(var)) for p in var.rglob("*") if p.is_file())
    kept = (n for n in names if not n.startswith("landing/"))
    return Counter(masked(name) for name in kept)


def masked(name: str) -> str:
    """A name without process numbers, times and random parts."""
    name = TOKEN.sub("#", name)
    name = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "#", name)
    name = re.sub(r"\d{8}T\d{6}", "#", name)
    name = re.sub(r"(?<=/\.)(\w+)\.\w{8}$", r"\1.#", name)
    return re.sub(r"(?<!week=)(?<!/r)\d+(?![-\d]*/)", "#", name)


def _digest(what: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    return hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()[:16]
