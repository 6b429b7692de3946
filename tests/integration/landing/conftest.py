"""Places that hold the same week."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from longflow.landing import fetch_week
from longflow.records import Landed
from longflow.settings import Feed, Settings
from longflow.week import Week
from longflow.workspace import Workspace
from moto.server import ThreadedMotoServer

from tests.integration.landing.servers import HOST, SftpServer, http_server

Fetch = Callable[..., Landed]

FOLDER = "flows/east/2024-06-03"
EAST = """
[[sources]]
name = "east"
feed = "flows"
service = "broadband"
format = "csv"
files = "flows-{time}.csv"
"""


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    """A folder of dumps: two files of a week, one of them longer than a few blocks."""
    folder = tmp_path / "delivered" / FOLDER
    folder.mkdir(parents=True)
    (folder / "flows-202406030000.csv").write_bytes(bytes(range(256)) * 12_000)
    (folder / "flows-202406040000.csv").write_text("small\n")
    return tmp_path / "delivered"


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """Return a function that fetches the week from a URL."""

    def fetched(url: str, connection: str = "") -> Landed:
        named = f'connection = "{connection}"' if connection else ""
        return fetch_source(tmp_path, f'{EAST}url = "{url}"\n{named}\n', Feed.FLOWS)

    return fetched


def fetch_source(folder: Path, source: str, feed: Feed, landing: str = "") -> Landed:
    """Fetch the week of some sources, written as in a settings file."""
    settings = settings_of(folder, source, landing)
    week = Week.parse("2024-06-03", settings.zone)
    return fetch_week(settings, week, [feed], Workspace.of(settings, "test", week))


def settings_of(folder: Path, source: str, landing: str = "") -> Settings:
    """Settings with some sources, written as in a settings file."""
    file = folder / "longflow.toml"
    provider = '[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n'
    file.write_text(f"{provider}[landing]\nretry_seconds = 0.01\n{landing}{source}")
    return Settings.load(file)


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    """OpenSSH's server, and a connection `collector` that may log in to it."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    server = SftpServer(folder)
    connect(monkeypatch, server)
    with server.running():
        yield server


def connect(
    monkeypatch: pytest.MonkeyPatch, server: SftpServer, *, key_file: Path | None = None
) -> None:
    """Set the connection `collector` to a user of the server."""
    monkeypatch.setenv(
        "AIRFLOW_CONN_COLLECTOR",
        f"sftp://{server.user}@/?key_file={key_file or server.key_file}"
        f"&known_hosts={server.known_hosts}",
    )


@pytest.fixture
def http(delivered: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """An HTTP server of the delivered folder, and a connection `pages`; its port."""
    monkeypatch.setenv("AIRFLOW_CONN_PAGES", '{"login": "reader", "password": "let me in"}')
    with http_server(delivered) as port:
        yield port


@pytest.fixture
def bucket(delivered: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of S3 with the delivered folder in a bucket, and a connection `store`; its port."""
    server = ThreadedMotoServer(HOST, 0)
    server.start()
    _, port = server.get_host_and_port()
    address = f"http://{HOST}:{port}"
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="one",
        aws_secret_access_key="two",  # noqa: S106 - of a server that checks none
        region_name="eu-north-1",
    )
    location = {"LocationConstraint": "eu-north-1"}
    client.create_bucket(Bucket="dumps", CreateBucketConfiguration=location)
    for file in delivered.rglob("*.csv"):
        client.upload_file(str(file), "dumps", str(file.relative_to(delivered)))
    monkeypatch.setenv(
        "AIRFLOW_CONN_STORE", f"aws://one:two@/?endpoint_url={address}&region_name=eu-north-1"
    )
    yield port
    # Its buckets belong to the process, not to the server.
    httpx.post(f"{address}/moto-api/reset")
    server.stop()
