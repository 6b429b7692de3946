"""Fetching dumps: sources' folders, checksums, and the manifest of what was delivered."""

from longflow.landing.fetch import fetch_week

__all__ = ["fetch_week"]
