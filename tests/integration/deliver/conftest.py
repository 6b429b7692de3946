"""Releases to deliver, and the servers that take them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from longflow.release import files
from longflow.settings import Settings

from tests.integration.landing.conftest import bucket, delivered, sftp

__all__ = ["bucket", "delivered", "sftp"]

OLDER, NEWER = "20240701T000000Z", "20240708T000000Z"
LARGE = bytes(range(256)) * 8_000

Targets = Callable[..., Settings]


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """The folder of an edition with two releases; the newer one is in force."""
    folder = tmp_path / "var" / "releases" / "2024"
    folder.mkdir(parents=True)
    for name in (OLDER, NEWER):
        contents = {"report.html": name.encode(), "tables/table-1.parquet": LARGE}
        files.write_release(folder / name, contents)
    files.write_release(folder / f"{NEWER}.rejected", {"report.html": b"wrong"})
    files.point_latest(folder / NEWER, "digest")
    folder.with_name("index.html").write_text("the index")
    return folder


@pytest.fixture
def targets(tmp_path: Path) -> Targets:
    """Return a function that makes settings with one place for releases."""

    def made(url: str, connection: str = "") -> Settings:
        named = f'connection = "{connection}"' if connection else ""
        file = tmp_path / "longflow.toml"
        file.write_text(
            'sources = []\n[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n'
            f'[[deliver]]\nname = "portal"\nurl = "{url}"\n{named}\n'
        )
        return Settings.load(file)

    return made
