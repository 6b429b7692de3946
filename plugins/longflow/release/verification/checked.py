"""A release with an intact manifest, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longflow.release.manifest import code_at_hand
from longflow.release.recorded import recorded_settings
from longflow.release.verification.found import Found
from longflow.release.verification.writer import Writer
from longflow.settings import Settings


@dataclass(frozen=True)
class Checked:
    """One release that is being checked.

    Attributes:
        settings: the settings at hand.
        release: its folder.
        manifest: its intact manifest.
        listed: names in its list of checksums.
        found: the results; the checks add to them.
        writer: the code that wrote it.
        recorded: the settings with which it was compiled.
    """

    settings: Settings
    release: Path
    manifest: dict[str, Any]
    listed: set[str]
    found: Found
    writer: Writer
    recorded: Settings

    @classmethod
    def of(
        cls,
        settings: Settings,
        release: Path,
        manifest: dict[str, Any],
        listed: set[str],
        found: Found,
    ) -> Checked:
        """A release with the writer and settings of its manifest."""
        writer = Writer(manifest["code"], code_at_hand())
        recorded = recorded_settings(manifest, settings)
        return cls(settings, release, manifest, listed, found, writer, recorded)

    def unless_of_another(self, name: str, what: str) -> None:
        """Report a problem if this version wrote the release; for another one it can be right."""
        if self.writer.is_this:
            self.found.problems.append(f"{name}: {what}")
        else:
            self.found.not_held.append(f"{name}: {what}; {self.writer} wrote it")
