"""The digest of what a load is made of: equal input is not loaded twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from longflow.contract.reading import FIELDS
from longflow.records import Judged, Landed
from longflow.settings import Feed, Settings
from longflow.sqlfile import sql_root

# Raise it when a fix changes what is loaded of an equal dump: in a reader, in staging, in the judge
# or in the load. A week whose load has a digest of another number is made anew when it is taken in
# again; else a mended reader would never reach weeks that are in the archive. SQL, contracts and
# settings are in the digest themselves and ask for nothing here. Loads from before there was this
# number have the package's version in its place, which had stood still through many such fixes:
# they count as other.
LOAD_VERSION = 1


def input_digests(settings: Settings, landed: Landed, judged: Judged) -> dict[Feed, str]:
    """SHA-256 of what a feed itself brings: files, settings, SQL, contracts, and `LOAD_VERSION`.

    Feeds that it is joined with have digests of their own.
    """
    accepted = judged.accepted()
    common = hashlib.sha256(f"load {LOAD_VERSION}\n".encode())
    for path in sorted(_sql_files()):
        common.update(path.relative_to(sql_root()).as_posix().encode() + path.read_bytes())
    common.update(
        json.dumps(
            settings.model_dump(
                mode="json",
                include={"provider", "week", "sessions", "validation", "known_breaks"},
            ),
            sort_keys=True,
        ).encode()
    )
    digests = {}
    for judgement in judged.feeds:
        feed = judgement.feed
        digest = common.copy()
        parts = [
            feed.value,
            feed in accepted,
            [(f.source, f.name, f.sha256) for f in landed.files if f.feed is feed],
            [s.model_dump(mode="json") for s in settings.sources_of(feed)],
            [f.model_dump(mode="json") for f in judgement.findings],
        ]
        digest.update(json.dumps(parts, sort_keys=True).encode())
        digests[feed] = digest.hexdigest()
    return digests


def _sql_files() -> list[Path]:
    root = sql_root()
    return [
        root / "functions.sql",
        root / FIELDS,
        *(p for step in ("staged", "judge", "week", "archive") for p in (root / step).rglob("*.*")),
    ]
