"""Releases as a person names them: by folder or by name."""

from __future__ import annotations

from pathlib import Path

from longflow.errors import LongflowError
from longflow.release import files
from longflow.settings import Settings
from longflow.var_folder import VarFolder


def named_release(settings: Settings, named: str) -> Path:
    """The folder of a release that is named by its path or by its name.

    Raises:
        LongflowError: there is no such release.
    """
    path = Path(named)
    if (path / files.MANIFEST).is_file() or (path / files.CHECKSUMS).is_file():
        return path
    found = [p for folder in edition_folders(settings) for p in files.releases(folder)]
    for one in found:
        if one.name == named:
            return one
    listed = ", ".join(one.name for one in found[-5:])
    raise LongflowError(
        f"there is no release '{named[:80]}'",
        file=VarFolder.of(settings).releases,
        remedy=f"name a folder, or one of {listed}" if listed else "nothing was published yet",
    )


def edition_folders(settings: Settings) -> list[Path]:
    """Folders of editions with releases, by year."""
    root = VarFolder.of(settings).releases
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if path.name.isdigit() and path.is_dir())
