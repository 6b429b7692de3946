"""Footnotes that say how figures are defined: texts with the values of the edition's settings."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from longflow.edition.footnotes.note import Note
from longflow.edition.intervals import MINIMUM_SUBSCRIBERS
from longflow.edition.tables import is_published
from longflow.settings import Edition

_DEFINITIONS = Path(__file__).with_name("definitions.yml")


def definitions(edition: Edition) -> list[Note]:
    """The footnotes of `definitions.yml`; those of tables that the edition publishes."""
    values = {
        "threshold_percent": edition.port_rows.threshold_percent,
        "most_ports": edition.port_rows.most,
        "minimum_coverage_percent": edition.minimum_month_coverage_percent,
        "base_month": edition.base_month,
        **{f"least_{name}": least for name, least in MINIMUM_SUBSCRIBERS.items()},
    }
    return [
        Note(tuple(entry["tables"]), "definition", entry["text"].format(**values))
        for entry in _entries()
        if any(is_published(table, edition) for table in entry["tables"])
    ]


@cache
def _entries() -> list[dict[str, Any]]:
    """The definitions as they stand in their file, read once a process."""
    entries: list[dict[str, Any]] = yaml.safe_load(_DEFINITIONS.read_text(encoding="utf-8"))
    return entries
