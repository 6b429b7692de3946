"""Whether a release reports what moved since the one before it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from longflow.errors import LongflowError
from longflow.faults import raise_machine_fault
from longflow.release import changes, files
from longflow.release.verification.checked import Checked
from longflow.release.verification.found import one_line


def moved_since(
    checked: Checked, tables: Mapping[str, pl.DataFrame], rebuilt: dict[str, Any]
) -> changes.Changes | None:
    """The changes since the release that this one was compared with; None if it is gone."""
    stated = checked.manifest.get("changes")
    if stated is None:
        checked.found.not_held.append(f"{changes.CHANGES}: {checked.writer} wrote none")
        return None
    folder = files.edition_folder(
        checked.release, checked.settings.var, checked.manifest["edition"]
    )
    former = None if stated["compared_with"] is None else folder / stated["compared_with"]
    if former is None:
        older = [
            release.name
            for release in files.releases(folder)
            if release.name < checked.manifest["release"]
        ]
        if older:
            checked.found.problems.append(
                f"{files.MANIFEST}: changes.compared_with: None, but there was {older[-1]}"
            )
    elif not former.is_dir():
        checked.found.not_held.append(
            f"{changes.CHANGES}: the release {former.name}, with which this one was compared,"
            " is gone"
        )
        return None
    try:
        if former is not None:
            _require_intact(former)
        moved = changes.compare(former, tables, rebuilt)
    except (LongflowError, OSError) as error:
        raise_machine_fault(error)
        checked.found.not_held.append(f"{changes.CHANGES}: {one_line(error)}")
        return None
    if not moved.stopping:
        return moved
    if stated["accepted"] is None:
        checked.found.problems.append(
            f"{changes.CHANGES}: values of closed years moved beyond their error, and no reason"
            " is given"
        )
        return moved
    return changes.accept(moved, checked.manifest["edition"], stated["accepted"])


def stated_changes(checked: Checked) -> changes.Changes | None:
    """The changes that the release itself states; its report must state the same."""
    try:
        content = json.loads((checked.release / changes.CHANGES).read_bytes())
        stated = changes.Changes.read(content)
        same = stated.summary() == checked.manifest.get("changes") and content == json.loads(
            files.json_bytes(stated.content())
        )
    except OSError as error:
        raise_machine_fault(error)
        return None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        checked.unless_of_another(changes.CHANGES, "it is not what was written")
        return None
    if not same:
        checked.unless_of_another(changes.CHANGES, f"it does not agree with {files.MANIFEST}")
    return stated


def _require_intact(release: Path) -> None:
    """Raise LongflowError if a file of a release does not match its list of checksums."""
    for name, digest in files.checksums(release).items():
        file = release / name
        if not file.is_file() or files.sha256(file.read_bytes()) != digest:
            raise LongflowError(
                "the file is missing, or has changed since the release",
                file=file,
                remedy="restore the release from a backup",
            )
