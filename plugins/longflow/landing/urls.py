"""Where sources deliver: URLs, and the machines that they are about."""

from __future__ import annotations

from urllib.parse import urlsplit

from longflow.settings import Settings, Source


def url_of(settings: Settings, source: Source | None = None) -> str:
    """Where a source delivers, or `[landing]`; a bare path in full."""
    url = source.url if source is not None and source.url else settings.landing.url
    return url if "://" in url else str((settings.file.parent / url).resolve())


def host_of(url: str) -> str:
    """The machine that a URL is about; empty for folders of this one."""
    parts = urlsplit(url) if "://" in url else None
    return (
        ""
        if parts is None or parts.scheme in {"file", "local"}
        else parts.netloc.rpartition("@")[2]
    )
