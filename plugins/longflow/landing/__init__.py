"""Where dumps are fetched from: sources' folders, checksums, and the manifest of what came."""

from longflow.landing.fetch import fetch_week

__all__ = ["fetch_week"]
