"""Shared by all tests: Debian's tools or a clear message, and a small provider's settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from longflow.settings import Settings

# A busy machine is not the code's fault: no test has a time limit.
hypothesis_settings.register_profile("longflow", deadline=None)
hypothesis_settings.load_profile("longflow")

MakeSettings = Callable[..., Settings]


# Tools that tests run, each with Debian's package of it.
_TOOLS = {
    "nfdump": "nfdump",
    "nfacctd": "pmacct",
    "minisign": "minisign",
    "chromium": "chromium",
    "soffice": "libreoffice-calc",
    "sshd": "openssh-server",
    "postgres": "postgresql",
    "mariadbd": "mariadb-server-core",
}


def _is_installed(tool: str) -> bool:
    # Debian keeps PostgreSQL's programs out of the path, and servers out of a user's.
    if tool == "postgres":
        return any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    for tool, package in _TOOLS.items():
        if item.get_closest_marker(tool) and not _is_installed(tool):
            if os.environ.get("CI"):
                pytest.fail(f"{tool} is missing; install Debian's package {package}")
            pytest.skip(f"needs Debian's {package}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test come first, so that no core waits for one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


SOURCE = {
    "flows": """
[[sources]]
name = "east"
feed = "flows"
service = "broadband"
format = "csv"
files = "flows-{time}.csv"
slot_minutes = 1440
""",
    "assignments": """
[[sources]]
name = "radius"
feed = "assignments"
format = "csv"
files = "radacct.csv"
""",
    "usage": """
[[sources]]
name = "gateway"
feed = "usage"
service = "mobile"
access = ""
format = "csv"
files = "cdr-{date}.csv"
slot_minutes = 1440
""",
    "counters": """
[[sources]]
name = "snmp"
feed = "counters"
format = "csv"
files = "counters.csv"
slot_minutes = 5
""",
    "subscribers": """
[[sources]]
name = "crm"
feed = "subscribers"
format = "csv"
files = "subscribers.csv"
""",
}


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    """Settings with one CSV source for each of some feeds; `extra` is TOML put at the end.

    `landing` is TOML of its section.
    """

    def make(*feeds: str, extra: str = "", landing: str = "") -> Settings:
        file = tmp_path / "longflow.toml"
        sources = "".join(SOURCE[feed] for feed in feeds)
        file.write_text(
            '[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n\n'
            f'[landing]\nurl = "landing"\n{landing}\n{sources}{extra}'
        )
        return Settings.load(file)

    return make
