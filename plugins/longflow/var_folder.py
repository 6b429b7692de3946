"""Where things lie below `var/`, the folder of all that an installation makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from longflow.settings import Settings


@dataclass(frozen=True)
class VarFolder:
    """The folder, and the places in it that are known by name."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> VarFolder:
        """That of an installation."""
        return cls(settings.var)

    @property
    def workspaces(self) -> Path:
        """Workspaces of runs under way: `<run>/<Monday>/`."""
        return self.root / "staging"

    @property
    def spill(self) -> Path:
        """What DuckDB puts aside while it works."""
        return self.root / "tmp"

    @property
    def archive(self) -> Path:
        """The archive, unless the settings put its catalogue or data elsewhere; and its key."""
        return self.root / "archive"

    @property
    def catalogue(self) -> Path:
        """The archive's catalogue, unless the settings name another."""
        return self.archive / "catalogue.sqlite"

    @property
    def data(self) -> Path:
        """The archive's data files, unless the settings name another place."""
        return self.archive / "data"

    @property
    def pseudonym_key(self) -> Path:
        """The key of the pseudonyms."""
        return self.archive / "pseudonym.key"

    @property
    def quarantine(self) -> Path:
        """Rows that were refused: `<Monday>/<feed>/r<revision>.parquet`."""
        return self.root / "quarantine"

    @property
    def data_docs(self) -> Path:
        """Pages on what every check found: `<Monday>.html`."""
        return self.root / "data_docs"

    @property
    def releases(self) -> Path:
        """Releases, an edition a folder: `<year>/<time>/`."""
        return self.root / "releases"

    @property
    def airflow(self) -> Path:
        """The demonstration's Airflow."""
        return self.root / "airflow"

    @property
    def logs(self) -> Path:
        """Logs of the demonstration."""
        return self.root / "log"

    @property
    def truth(self) -> Path:
        """The truth about the demonstration's simulated provider."""
        return self.root / "truth"

    @property
    def run_lock(self) -> Path:
        """Held by the demonstration that is using the folder."""
        return self.root / "run.lock"
