"""On what terms a release is published, and whom readers ask, as its settings state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Terms(NamedTuple):
    """Licence and contact, each in one line; empty where the settings state none."""

    licence: str
    contact: str


def terms_of(manifest: Mapping[str, Any]) -> Terms:
    """The terms of a release, from its manifest."""
    stated: Mapping[str, str] = manifest["settings"].get("publication", {})

    def line(*names: str) -> str:
        return ", ".join(stated[name] for name in names if name in stated)

    return Terms(line("licence", "licence_url"), line("contact", "email", "homepage"))
