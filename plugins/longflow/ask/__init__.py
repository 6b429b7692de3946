"""Questions to the archive in SQL: of one snapshot, read-only, and of nothing beside it."""

from longflow.ask.opening import Questions, open_to_ask

__all__ = ["Questions", "open_to_ask"]
