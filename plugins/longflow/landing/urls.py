"""Where sources deliver: URLs, and the machines that they are about."""

from __future__ import annotations

from urllib.parse import urlsplit

from longflow.settings import Settings, Source


def in_full(settings: Settings, url: str) -> str:
    """A URL; a bare path is relative to the settings file."""
    return url if "://" in url else str((settings.file.parent / url).resolve())


def url_of(settings: Settings, source: Source | None = None) -> str:
    """Where a source delivers, or `[landing]`; a bare path in full."""
    return in_full(
        settings, source.url if source is not None and source.url else settings.landing.url
    )


def host_of(settings: Settings, source: Source) -> str:
    """The machine that a source is about; empty for folders of this one."""
    url = url_of(settings, source)
    parts = urlsplit(url) if "://" in url else None
    return (
        ""
        if parts is None or parts.scheme in {"file", "local"}
        else parts.netloc.rpartition("@")[2]
    )
