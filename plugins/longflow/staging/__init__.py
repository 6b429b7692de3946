"""Readers: delivered files become one Parquet schema a feed, each record with file and position."""

from longflow.staging.stage import stage_week

__all__ = ["stage_week"]
