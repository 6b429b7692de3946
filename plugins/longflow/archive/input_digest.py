"""The digest of what a load is made of: equal input is not loaded twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from longflow.contract import Contract
from longflow.contract.reading import contract
from longflow.records import Finding, Judged, Landed
from longflow.settings import Feed, Settings
from longflow.sqlfile import sql_root, tables, without_comments

# Raise this number when a fix changes what is loaded from an unchanged dump: in a reader, in
# staging, in the judge or in the load. A week loaded under another number is loaded again when it
# is taken in again; otherwise the fix would never reach weeks that are already in the archive. SQL,
# contracts and settings are part of the digest, so a change to them needs nothing here. Loads older
# than this number have the package's version in its place, which stood still through many such
# fixes; they count as different.
# 2: digests no longer cover prose, so those of version 1 cannot be compared with them.
LOAD_VERSION = 6

_STEPS = ("staged", "judge", "week", "archive")


def input_digests(settings: Settings, landed: Landed, judged: Judged) -> dict[Feed, str]:
    """SHA-256 of what a feed itself brings: files, findings, settings, SQL, contracts, version.

    Only what has an effect counts. Comments and line breaks of SQL, the prose of contracts and the
    sentences of findings do not, so rewording makes no new revision. Feeds that this one is joined
    with have digests of their own.
    """
    accepted = judged.accepted()
    common = hashlib.sha256(f"load {LOAD_VERSION}\n".encode())
    for part in _definitions():
        common.update(part.encode() + b"\0")
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
            [_effect(finding) for finding in judgement.findings],
        ]
        digest.update(json.dumps(parts, sort_keys=True).encode())
        digests[feed] = digest.hexdigest()
    return digests


def _effect(finding: Finding) -> dict[str, Any]:
    return finding.model_dump(mode="json", exclude={"sentence"})


def _definitions() -> Iterator[str]:
    """The SQL and the contracts that a load is made by, each after its place, without prose."""
    root = sql_root()
    yield without_comments((root / "functions.sql").read_text(encoding="utf-8"))
    for step in _STEPS:
        for table in tables(step):
            for file in sorted((root / step / table).glob("*.sql")):
                yield file.relative_to(root).as_posix()
                yield without_comments(file.read_text(encoding="utf-8"))
            if (root / step / table / "contract.yml").is_file():
                yield f"{step}/{table}"
                yield json.dumps(_promise(contract(step, table)), sort_keys=True)


def _promise(table: Contract) -> dict[str, Any]:
    """A contract without what only people read; what it leaves to defaults is left out."""
    promise = table.model_dump(mode="json", exclude={"meaning"}, exclude_defaults=True)
    # As a list, because the order of columns is part of the promise.
    promise["columns"] = [
        [name, {k: said for k, said in column.items() if k != "meaning"}]
        for name, column in promise["columns"].items()
    ]
    for rule in promise.get("rules", ()):
        del rule["sentence"], rule["remedy"]
    return promise
