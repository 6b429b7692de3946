"""DuckLake: the weekly aggregates that outlive the raw dumps, and the log of what was loaded."""

from longflow.archive.lake import Archive, open_archive

__all__ = ["Archive", "open_archive"]
