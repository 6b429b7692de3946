"""Which code wrote a release, and whether the present code writes the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Writer:
    """The code that wrote a release.

    Attributes:
        recorded: the code in its manifest, which is `code_at_hand` of that time.
        at_hand: the same for this installation.
    """

    recorded: Mapping[str, Any]
    at_hand: Mapping[str, Any]

    @property
    def is_this(self) -> bool:
        """Whether the same code with the same packages wrote it, so that everything must be equal.

        The digest of the code decides, not the version: two working trees of one version, or of
        one commit, can write different releases.
        """
        return bool(
            self.recorded.get("sources_sha256") == self.at_hand["sources_sha256"]
            and self.recorded["packages"] == self.at_hand["packages"]
        )

    @property
    def packs_the_same(self) -> bool:
        """Whether equal tables give equal Parquet files."""
        return bool(self.recorded["packages"].get("polars") == self.at_hand["packages"]["polars"])

    @property
    def problems(self) -> list[str]:
        """Contradictions in the manifest, one line each."""
        if self.recorded.get("sources_sha256") == self.at_hand["sources_sha256"]:
            # The digest covers the queries.
            wrong = [
                name
                for name, digest in self.at_hand["sql_sha256"].items()
                if self.recorded["sql_sha256"].get(name) != digest
            ]
            wrong += self.recorded["sql_sha256"].keys() - self.at_hand["sql_sha256"].keys()
            found = [
                f"manifest.json: code.sql_sha256.{name}: not the digest of that query"
                for name in sorted(wrong)
            ]
            if self.recorded["longflow"] != self.at_hand["longflow"]:
                found.append(
                    f"manifest.json: code.longflow: {self.recorded['longflow']}, but its code is"
                    f" that of {self.at_hand['longflow']}"
                )
            return found
        commits = [self.recorded.get("commit"), self.at_hand["commit"]]
        modified = [self.recorded.get("modified"), self.at_hand["modified"]]
        if commits[0] is not None and commits[0] == commits[1] and modified == [False, False]:
            return ["manifest.json: code.sources_sha256: not the digest of the code of its commit"]
        return []

    @property
    def differing_queries(self) -> int:
        """Number of queries that differ in this installation, or are missing."""
        digests = [self.recorded["sql_sha256"], self.at_hand["sql_sha256"]]
        return sum(
            digests[0].get(name) != digests[1].get(name) for name in {**digests[0], **digests[1]}
        )

    def __str__(self) -> str:
        """Version, commit and packages: `longflow 0.1.0, commit 4fe776c0ffee, polars 2.0.0`."""
        parts = [f"longflow {self.recorded['longflow']}"]
        if self.recorded.get("commit"):
            changed = " with changes that are not committed" if self.recorded["modified"] else ""
            parts.append(f"commit {self.recorded['commit'][:12]}{changed}")
        parts += [
            f"{name} {version}"
            for name, version in self.recorded["packages"].items()
            if self.at_hand["packages"].get(name) != version
        ]
        return ", ".join(parts)
