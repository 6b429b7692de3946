"""The examples of docs/sources.md, with servers of this machine in the place of those they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from longflow.settings import Feed

from tests.integration.landing.conftest import fetch_source
from tests.integration.landing.servers import HOST, SftpServer

PAGE = Path(__file__).parents[3] / "docs" / "sources.md"


def example(url: str, real: str) -> str:
    """The section of the page that has a URL, with another one in its place."""
    sections = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (section,) = (one for one in sections if f'url = "{url}"' in one)
    return str(section).replace(url, real)


def deliver(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("delivered\n")


@pytest.mark.sshd
def test_sftp(delivered: Path, sftp: SftpServer, tmp_path: Path) -> None:
    deliver(delivered / "2024/06/04", "flows-202406040000.csv")
    source = example("sftp://collector.example.net/flows", f"sftp://{HOST}:{sftp.port}{delivered}")
    landed = fetch_source(tmp_path, source, Feed.FLOWS)
    assert [file.name for file in landed.files] == ["flows-202406040000.csv"]


def test_s3(request: pytest.FixtureRequest, delivered: Path, tmp_path: Path) -> None:
    deliver(delivered / "osaka/2024-06-03", "flows-202406040000.csv")
    request.getfixturevalue("bucket")
    landed = fetch_source(tmp_path, example("s3://dumps/osaka", "s3://dumps/osaka"), Feed.FLOWS)
    assert [file.name for file in landed.files] == ["flows-202406040000.csv"]


def test_http(delivered: Path, http: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_FILES", "https://reader:let%20me%20in@")
    deliver(delivered / "2024-06-03", "radacct-20240603.csv")
    source = example("https://files.example.net/radius", f"http://{HOST}:{http}")
    landed = fetch_source(tmp_path, source, Feed.ASSIGNMENTS)
    assert [file.name for file in landed.files] == ["radacct-20240603.csv"]
