"""Readers: delivered files become one Parquet schema a feed, each record with file and position.

Start with `stage.stage_week`. Nothing is imported here, so that processes that only read nfcapd
files start faster.
"""
