"""The section about the terms of publication: licence and contact."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from longflow.settings.section import Kind, Section, Text, shown, wrong

_URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _url(value: str) -> str:
    if _URL.fullmatch(value) is None:
        raise wrong(f"{shown(value)} is not a web address", "write it as https://example.net/page")
    return value


def _email(value: str) -> str:
    if _EMAIL.fullmatch(value) is None:
        raise wrong(f"{shown(value)} is not an e-mail address", "write one like name@example.net")
    return value


WebAddress = Annotated[Text, AfterValidator(_url), Kind("web address")]


class PublicationSettings(Section):
    """On what terms releases are published, and whom readers ask; releases state it."""

    licence: Text | None = None
    """Licence of the data, best by its SPDX identifier, such as `CC-BY-4.0`."""
    licence_url: WebAddress | None = None
    """Where the licence stands."""
    contact: Text | None = None
    """Person or department that answers questions."""
    email: Annotated[Text, AfterValidator(_email), Kind("e-mail address")] | None = None
    """Address for questions."""
    homepage: WebAddress | None = None
    """Where the releases are published."""
