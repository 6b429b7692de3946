"""Whether a manifest says what archive and settings give."""

from __future__ import annotations

from typing import Any

from longflow.release import files
from longflow.release.manifest import FORMAT, content_digest
from longflow.release.verification.checked import Checked
from longflow.release.verification.differences import Difference, json_differences

# What of a manifest comes from archive and settings, whichever version writes it. The rest is
# wording, and what only the version that wrote it can give again.
_FACTS = {
    *("edition", "title", "provider", "release", "archive", "inputs"),
    *("published_figures", "coverage_percent", "settings"),
}


def check_manifest(checked: Checked, rebuilt: dict[str, Any]) -> None:
    """Hold a manifest against the rebuilt one, facts strictly, wording by who wrote it."""
    wording = set()
    csv = [name for name in files.files_of(checked.release) if name.endswith(".csv")]
    for difference in json_differences(checked.manifest, rebuilt):
        if checked.writer.is_this or _is_fact(difference):
            checked.found.problems.append(difference.line(files.MANIFEST, "the archive gives"))
        else:
            wording.add(difference.place[0])
    if checked.writer.is_this:
        return
    _say_who(checked, sorted(wording))
    # Format 1 counted revisions of loads among what is published; later ones are not known.
    if 1 < checked.manifest["format"] <= FORMAT:
        digests = {name: files.sha256((checked.release / name).read_bytes()) for name in csv}
        if content_digest(checked.manifest, digests) != checked.manifest["content_sha256"]:
            checked.found.problems.append(
                f"{files.MANIFEST}: content_sha256: not the digest of what the release states"
            )


def _is_fact(difference: Difference) -> bool:
    """Whether a place of the manifest must hold the same whichever version wrote it."""
    place = difference.place
    # A version may add a column to what it records of loads, and a table with its coverage.
    is_whole_entry = len(place) <= {"inputs": 2, "published_figures": 2}.get(place[0], 1)
    return place[0] in _FACTS and (not difference.is_absent or is_whole_entry)


def _say_who(checked: Checked, wording: list[str]) -> None:
    queries = checked.writer.differing_queries
    parts = [f"{files.MANIFEST} ({', '.join(wording)})"] if wording else []
    parts += [f"{queries} digests of SQL"] if queries else []
    if parts:
        checked.found.not_held.append(
            f"{', '.join(parts)}: only {checked.writer}, which wrote it, can verify it"
        )
