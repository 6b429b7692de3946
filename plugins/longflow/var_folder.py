"""The layout of `var/`, the folder with everything that an installation produces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from longflow.settings import Settings


@dataclass(frozen=True)
class VarFolder:
    """The folder, and its places by name."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> VarFolder:
        """The folder of an installation."""
        return cls(settings.var)

    @property
    def workspaces(self) -> Path:
        """Workspaces of runs under way: `<run>/<Monday>/`."""
        return self.root / "staging"

    @property
    def spill(self) -> Path:
        """Data that DuckDB spills while it works."""
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
        """Refused rows: `<Monday>/<feed>/r<revision>.parquet`."""
        return self.root / "quarantine"

    @property
    def data_docs(self) -> Path:
        """Pages with the result of every check: `<Monday>.html`."""
        return self.root / "data_docs"

    @property
    def releases(self) -> Path:
        """Releases, a folder for each edition: `<year>/<time>/`."""
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
        """Locked by the demonstration that is using the folder."""
        return self.root / "run.lock"
