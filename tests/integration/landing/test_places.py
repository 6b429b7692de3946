"""The same week from a folder, over SFTP, from S3 and over HTTP, and what can go wrong there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from longflow.faults import machine_fault
from longflow.landing.listing import list_week
from longflow.records import Landed
from longflow.settings import Feed
from longflow.week import Week

from tests.integration.landing.conftest import EAST, FOLDER, Fetch, connect, settings_of
from tests.integration.landing.servers import (
    HOST,
    CutNetwork,
    SftpServer,
    free_port,
    http_server,
)


def contents(landed: Landed) -> list[tuple[str, int, str, int | None]]:
    return [(file.name, file.size_bytes, file.sha256, file.slot_ms) for file in landed.files]


def refusals(landed: Landed) -> list[str]:
    return [one.sentence for one in landed.findings if one.severity == "critical"]


@pytest.mark.sshd
def test_sftp_delivers_what_the_folder_holds(
    delivered: Path, fetch: Fetch, sftp: SftpServer
) -> None:
    expected = contents(fetch(str(delivered)))
    assert len(expected) == 2
    assert contents(fetch(f"sftp://{HOST}:{sftp.port}{delivered}", "collector")) == expected


def test_s3_delivers_what_the_folder_holds(delivered: Path, fetch: Fetch, bucket: int) -> None:
    assert contents(fetch("s3://dumps", "store")) == contents(fetch(str(delivered)))


def test_http_delivers_what_the_folder_holds(delivered: Path, fetch: Fetch, http: int) -> None:
    landed = fetch(f"http://{HOST}:{http}", "pages")
    assert contents(landed) == contents(fetch(str(delivered)))


@pytest.mark.sshd
def test_a_copy_over_sftp_that_is_cut_goes_on(
    delivered: Path, fetch: Fetch, sftp: SftpServer
) -> None:
    network = CutNetwork(sftp.port, cuts=2, after_bytes=1_000_000)
    sftp.knows(network.port)
    landed = fetch(f"sftp://{HOST}:{network.port}{delivered}", "collector")
    network.close()
    assert network.cuts_left == 0
    assert contents(landed) == contents(fetch(str(delivered)))


def test_a_copy_over_http_that_is_cut_begins_again(
    delivered: Path, fetch: Fetch, http: int
) -> None:
    network = CutNetwork(http, cuts=2, after_bytes=1_000_000)
    landed = fetch(f"http://{HOST}:{network.port}", "pages")
    network.close()
    assert network.cuts_left == 0
    assert contents(landed) == contents(fetch(str(delivered)))


def test_a_copy_from_s3_that_is_cut_goes_on(
    delivered: Path, fetch: Fetch, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = CutNetwork(bucket, cuts=2, after_bytes=1_000_000)
    monkeypatch.setenv(
        "AIRFLOW_CONN_STORE",
        f"aws://one:two@/?endpoint_url=http://{HOST}:{network.port}&region_name=eu-north-1",
    )
    landed = fetch("s3://dumps", "store")
    network.close()
    assert network.cuts_left == 0
    assert contents(landed) == contents(fetch(str(delivered)))


@pytest.mark.sshd
def test_a_key_that_the_server_does_not_know_is_one_line(
    delivered: Path, fetch: Fetch, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, sftp, key_file=sftp.other_key_file)
    (line,) = refusals(fetch(f"sftp://{HOST}:{sftp.port}{delivered}", "collector"))
    assert line.startswith(f"sftp://{HOST}:{sftp.port}{delivered}: Permission denied for user")
    assert line.endswith(
        "check login, password and keys in connection 'collector', and the right to read there"
    )


@pytest.mark.sshd
def test_a_host_that_nobody_vouches_for_is_refused(
    delivered: Path, fetch: Fetch, sftp: SftpServer
) -> None:
    sftp.known_hosts.write_text("")
    (line,) = refusals(fetch(f"sftp://{HOST}:{sftp.port}{delivered}", "collector"))
    assert "Host key is not trusted" in line
    assert "add its key to known_hosts" in line


def test_a_wrong_password_is_one_line_without_the_password(
    fetch: Fetch, http: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PAGES", "http://reader:wrong@")
    (line,) = refusals(fetch(f"http://{HOST}:{http}", "pages"))
    assert "401" in line
    assert line.endswith(
        "check login, password and keys in connection 'pages', and the right to read there"
    )
    assert "wrong" not in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": there is no connection 'pages'; add it to Airflow, or set AIRFLOW_CONN_PAGES"),
        ("{", ": AIRFLOW_CONN_PAGES: connection 'pages' is neither a URI nor JSON"),
        ("secret", ": AIRFLOW_CONN_PAGES: connection 'pages' is neither a URI nor JSON"),
    ],
)
def test_a_connection_that_cannot_be_used_is_one_line(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PAGES", text)
    url = f"http://{HOST}:{free_port()}"
    (line,) = refusals(fetch(url, "pages"))
    assert line.startswith(url + said)
    assert "secret" not in line


def test_a_folder_with_a_connection_is_one_line(
    delivered: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PAGES", "any://user@")
    (line,) = refusals(fetch(str(delivered), "pages"))
    assert line == f"{delivered}: a folder needs no connection 'pages'; remove it"


@pytest.mark.parametrize("protocol", ["http", "sftp"])
def test_a_server_that_is_down_is_a_fault_of_the_machine(
    protocol: str, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tmp_path / "known_hosts"
    known.touch()
    monkeypatch.setenv("AIRFLOW_CONN_COLLECTOR", f"any://user:none@/?known_hosts={known}")
    port = free_port()
    with pytest.raises(OSError, match=f"{protocol}://{HOST}:{port}") as error:
        fetch(f"{protocol}://{HOST}:{port}/flows", "collector")
    fault = machine_fault(error.value)
    assert fault is not None
    assert "check that the server and the network are up" in str(fault)


def test_a_file_that_grows_while_it_is_copied_refuses_the_source(
    delivered: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_PAGES", "http://reader:let%20me%20in@")
    with http_server(delivered, grows=True) as port:
        (line,) = refusals(fetch(f"http://{HOST}:{port}", "pages"))
    assert "it changed while it was copied: 3,072,014 bytes, then 3,072,028 bytes" in line
    assert line.endswith("fetch again when the collector has finished it")


def hostile(folder: Path) -> None:
    """Put into a folder what is no dump."""
    outside = folder.parents[3] / "outside.csv"
    outside.write_text("nothing for longflow\n")
    (folder / "flows-202406050000.csv").symlink_to(outside)
    (folder / "flows-202406080000.csv").symlink_to(folder / "flows-202406040000.csv")
    os.mkfifo(folder / "flows-202406060000.csv")
    (folder / "flows-202406070000.csv").symlink_to("flows-202406070000.csv")
    Path(os.fsdecode(os.fsencode(folder) + b"/flows-\xff.csv")).write_text("bytes\n")


def test_what_is_no_file_of_the_folder_is_named_and_left(delivered: Path, fetch: Fetch) -> None:
    expected = contents(fetch(str(delivered)))
    hostile(delivered / FOLDER)
    landed = fetch(str(delivered))
    # A link within the tree is a file like others.
    assert [file[:3] for file in contents(landed)] == [
        *(file[:3] for file in expected),
        ("flows-202406080000.csv", *expected[1][1:3]),
    ]
    assert {one.file: one.sentence for one in landed.findings} == {
        "flows-202406050000.csv": f"it is a link to a place outside {delivered}, "
        "so the file was skipped",
        "flows-202406060000.csv": "it is not a regular file, so the file was skipped",
        "flows-202406070000.csv": "it is not a regular file, so the file was skipped",
        "flows-\\xff.csv": "its name is not UTF-8, so the file was skipped",
    }


@pytest.mark.sshd
def test_over_sftp_links_devices_and_other_names_are_left_too(
    delivered: Path, fetch: Fetch, sftp: SftpServer
) -> None:
    url = f"sftp://{HOST}:{sftp.port}{delivered}"
    expected = contents(fetch(url, "collector"))
    hostile(delivered / FOLDER)
    landed = fetch(url, "collector")
    assert contents(landed) == expected
    assert [(one.file, one.sentence) for one in landed.findings] == [
        ("flows-202406050000.csv", "it is not a regular file, so the file was skipped"),
        ("flows-202406060000.csv", "it is not a regular file, so the file was skipped"),
        ("flows-202406070000.csv", "it is not a regular file, so the file was skipped"),
        ("flows-202406080000.csv", "it is not a regular file, so the file was skipped"),
        ("flows-\\xff.csv", "its name is not UTF-8, so the file was skipped"),
    ]


def listed(folder: Path, url: str, connection: str) -> list[tuple[str, int | None, str]]:
    """Name, size and time of change of each file that a listing of the week finds."""
    settings = settings_of(folder, f'{EAST}url = "{url}"\nconnection = "{connection}"\n')
    week = Week.parse("2024-06-03", settings.zone)
    (found,) = list_week(settings, week, [Feed.FLOWS], {})
    assert found.problem is None
    return [
        (one.entry.name, one.entry.size_bytes, f"{one.entry.modified_at or one.entry.version}")
        for one in found.files
    ]


@pytest.fixture
def dated(delivered: Path) -> Path:
    for file in (delivered / FOLDER).iterdir():
        os.utime(file, (1_717_500_000, 1_717_500_000))
    return delivered


TOLD = [
    ("flows-202406030000.csv", 3_072_000, "2024-06-04 11:20:00+00:00"),
    ("flows-202406040000.csv", 6, "2024-06-04 11:20:00+00:00"),
]


@pytest.mark.sshd
def test_a_listing_over_sftp(dated: Path, tmp_path: Path, sftp: SftpServer) -> None:
    assert listed(tmp_path, f"sftp://{HOST}:{sftp.port}{dated}", "collector") == TOLD


def test_a_listing_of_s3_asks_once(
    tmp_path: Path, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = CutNetwork(bucket)
    monkeypatch.setenv(
        "AIRFLOW_CONN_STORE",
        f"aws://one:two@/?endpoint_url=http://{HOST}:{network.port}&region_name=eu-north-1",
    )
    found = listed(tmp_path, "s3://dumps", "store")
    network.close()
    assert [one[:2] for one in found] == [one[:2] for one in TOLD]
    assert len(network.asked) == 1


def test_a_listing_over_http_asks_once(tmp_path: Path, http: int) -> None:
    network = CutNetwork(http)
    found = listed(tmp_path, f"http://{HOST}:{network.port}", "pages")
    network.close()
    # Python's server states names alone.
    assert found == [(name, None, "None") for name, _, _ in TOLD]
    assert network.asked == [f"GET /{FOLDER}/"]
