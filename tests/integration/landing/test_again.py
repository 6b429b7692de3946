"""A fetch that is tried again: what is copied once more, and what a server is asked for."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from longflow.errors import MachineError
from longflow.records import Landed
from longflow.settings import Feed

from tests.integration.landing.conftest import EAST, FOLDER, Fetch, fetch_source
from tests.integration.landing.servers import (
    HOST,
    CutNetwork,
    SftpServer,
    free_port,
    http_server,
)

FIRST, SECOND = "flows-202406030000.csv", "flows-202406040000.csv"


def copied(landed: Landed) -> int:
    return len(landed.files) - landed.reused


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "var").rglob("*.csv"))


def rewrite(delivered: Path) -> None:
    """Give a file other bytes of the same number, at another time."""
    file = delivered / FOLDER / SECOND
    file.write_text("SMALL\n")
    os.utime(file, (1_800_000_000, 1_800_000_000))


def only_what_changed(fetched: Callable[[], Landed], rewritten: Callable[[], None]) -> None:
    first = fetched()
    assert (copied(first), copied(fetched())) == (2, 0)
    rewritten()
    last = fetched()
    assert copied(last) == 1
    then, now = (tuple(one.sha256 for one in landed.files) for landed in (first, last))
    assert (then[0], then[1]) == (now[0], hashlib.sha256(b"small\n").hexdigest())
    assert now[1] == hashlib.sha256(b"SMALL\n").hexdigest()


def test_of_a_folder(delivered: Path, fetch: Fetch) -> None:
    only_what_changed(lambda: fetch(str(delivered)), lambda: rewrite(delivered))


@pytest.mark.sshd
def test_over_sftp(delivered: Path, fetch: Fetch, sftp: SftpServer) -> None:
    url = f"sftp://{HOST}:{sftp.port}{delivered}"
    only_what_changed(lambda: fetch(url, "collector"), lambda: rewrite(delivered))


def test_of_s3(delivered: Path, fetch: Fetch, bucket: int) -> None:
    def rewritten() -> None:
        boto3.client(
            "s3",
            endpoint_url=f"http://{HOST}:{bucket}",
            aws_access_key_id="one",
            aws_secret_access_key="two",  # noqa: S106 - of a server that checks none
            region_name="eu-north-1",
        ).put_object(Bucket="dumps", Key=f"{FOLDER}/{SECOND}", Body=b"SMALL\n")

    only_what_changed(lambda: fetch("s3://dumps", "store"), rewritten)


def test_over_http_nothing_is_downloaded_twice(delivered: Path, fetch: Fetch, http: int) -> None:
    network = CutNetwork(http)
    url = f"http://{HOST}:{network.port}"
    only_what_changed(lambda: fetch(url, "pages"), lambda: rewrite(delivered))
    network.close()
    downloads = [one for one in network.asked if one.startswith("GET") and one.endswith(".csv")]
    assert sorted(one.rpartition("/")[2] for one in downloads) == [FIRST, SECOND, SECOND]


def test_s3_is_asked_for_the_folder_twice_and_for_each_file_once(
    fetch: Fetch, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = CutNetwork(bucket)
    monkeypatch.setenv(
        "AIRFLOW_CONN_STORE",
        f"aws://one:two@/?endpoint_url=http://{HOST}:{network.port}&region_name=eu-north-1",
    )
    fetch("s3://dumps", "store")
    network.close()
    of_folder = [one for one in network.asked if f"prefix={FOLDER.replace('/', '%2F')}%2F&" in one]
    of_files = [one for one in network.asked if one.endswith(".csv")]
    assert len(of_folder) == 2
    assert sorted(one.partition("dumps/")[2] for one in of_files) == [
        f"{FOLDER}/{FIRST}",
        f"{FOLDER}/{SECOND}",
    ]
    assert {one.partition(" ")[0] for one in network.asked} == {"GET"}


def test_a_copy_that_lost_its_digest_is_copied_again(
    delivered: Path, fetch: Fetch, tmp_path: Path
) -> None:
    fetch(str(delivered))
    (copy,) = (one for one in copies(tmp_path) if one.name == SECOND)
    copy.write_text("SMALL\n")
    assert copied(fetch(str(delivered))) == 1
    assert copy.read_text() == "small\n"


def test_what_is_no_longer_delivered_leaves(delivered: Path, fetch: Fetch, tmp_path: Path) -> None:
    fetch(str(delivered))
    (delivered / FOLDER / SECOND).unlink()
    assert [one.name for one in fetch(str(delivered)).files] == [FIRST]
    assert [one.name for one in copies(tmp_path)] == [FIRST]


@pytest.fixture
def held(delivered: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, threading.Event]]:
    """A server of the delivered folder that sends two bytes of a file, and what it waits for."""
    monkeypatch.setenv("AIRFLOW_CONN_PAGES", "http://reader:let%20me%20in@")
    goes_on = threading.Event()
    with http_server(delivered, held=goes_on) as port:
        yield port, goes_on
        goes_on.set()


def test_a_fetch_that_is_killed_leaves_no_half_copy(
    delivered: Path, tmp_path: Path, held: tuple[int, threading.Event]
) -> None:
    port, goes_on = held
    source = f'{EAST}url = "http://{HOST}:{port}"\nconnection = "pages"\n'
    program = (
        "import pathlib, sys\n"
        "from tests.integration.landing.conftest import fetch_source\n"
        "from longflow.settings import Feed\n"
        "fetch_source(pathlib.Path(sys.argv[1]), sys.argv[2], Feed.FLOWS)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path), source]) as process:
        while not list((tmp_path / "var").rglob("unfinished/*")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert copies(tmp_path) == []
    goes_on.set()
    assert copied(fetch_source(tmp_path, source, Feed.FLOWS)) == 2
    assert [one.stat().st_size for one in copies(tmp_path)] == [3_072_000, 6]
    assert list((tmp_path / "var").rglob("unfinished/*")) == []


def test_a_slow_host_does_not_hold_another(
    delivered: Path, tmp_path: Path, held: tuple[int, threading.Event]
) -> None:
    port, goes_on = held
    slow = f'{EAST}url = "http://{HOST}:{port}"\nconnection = "pages"\n'
    fast = (
        EAST.replace('"east"', '"west"')
        + f'url = "{delivered}"\npattern = "flows/east/{{monday}}"\n'
    )
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(fetch_source, tmp_path, slow + fast, Feed.FLOWS)
        while len(copies(tmp_path)) < 2:
            assert not fetching.done()
            time.sleep(0.05)
        assert {one.parent.name for one in copies(tmp_path)} == {"west"}
        goes_on.set()
        assert len(fetching.result().files) == 4


def test_a_host_that_fails_costs_no_other_copies(delivered: Path, tmp_path: Path) -> None:
    down = f'{EAST}url = "http://{HOST}:{free_port()}"\n'
    up = (
        EAST.replace('"east"', '"west"')
        + f'url = "{delivered}"\npattern = "flows/east/{{monday}}"\n'
    )
    with pytest.raises(OSError, match="Cannot connect"):
        fetch_source(tmp_path, down + up, Feed.FLOWS)
    assert fetch_source(tmp_path, up, Feed.FLOWS).reused == 2


def test_a_folder_that_vanishes_during_a_fetch_is_a_fault_of_the_machine(
    delivered: Path, tmp_path: Path, held: tuple[int, threading.Event]
) -> None:
    port, goes_on = held
    source = f'{EAST}url = "http://{HOST}:{port}"\nconnection = "pages"\n'
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(fetch_source, tmp_path, source, Feed.FLOWS)
        while len(list((tmp_path / "var").rglob("unfinished/*"))) < 2:
            assert not fetching.done()
            time.sleep(0.05)
        (delivered / FOLDER).rename(tmp_path / "elsewhere")
        goes_on.set()
        with pytest.raises(MachineError, match="it was listed, and is gone"):
            fetching.result()
