"""Releases arrive whole, `latest.json` last, in a folder, over SFTP and in S3; what goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest
from longflow.cli import main
from longflow.deliver import Delivered, deliver
from longflow.release import files
from longflow.settings import Settings

from tests.integration.deliver.conftest import NEWER, OLDER, Targets
from tests.integration.landing.servers import HOST, CutNetwork, SftpServer, free_port

WHOLE = {
    "index.html",
    f"2024/{files.LATEST}",
    *(
        f"2024/{name}/{file}"
        for name in (OLDER, NEWER)
        for file in ("SHA256SUMS", "report.html", "tables/table-1.parquet")
    ),
}


def delivered_to(settings: Settings) -> Delivered:
    (one,) = deliver(settings, settings.deliver)
    return one


def names_in(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


def agrees(folder: Path, releases: Path) -> bool:
    """Whether every delivered file equals ours."""
    return all(
        (folder / name).read_bytes() == (releases.parent / name).read_bytes()
        for name in names_in(folder)
    )


def test_a_folder_gets_every_release_once(
    tmp_path: Path, targets: Targets, releases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = targets("portal")
    assert main(["deliver", "--settings", str(settings.file)]) == 0
    assert capsys.readouterr().out == (
        f"portal (portal): 2024/{OLDER}, 2024/{NEWER}; in force: 2024\n"
    )
    portal = tmp_path / "portal"
    assert names_in(portal) == WHOLE
    assert agrees(portal, releases)
    assert str(delivered_to(settings)) == "portal (portal): nothing new"


def test_a_release_that_comes_back_into_force_moves_latest_alone(
    tmp_path: Path, targets: Targets, releases: Path
) -> None:
    settings = targets("portal")
    delivered_to(settings)
    files.point_latest(releases / OLDER, "digest")
    assert str(delivered_to(settings)) == "portal (portal): nothing new; in force: 2024"
    assert OLDER in (tmp_path / "portal" / "2024" / files.LATEST).read_text()


def test_what_a_killed_delivery_left_is_replaced(
    tmp_path: Path, targets: Targets, releases: Path
) -> None:
    left = tmp_path / "portal" / "2024"
    (left / f"{NEWER}.incoming" / "old").mkdir(parents=True)
    (left / f"{NEWER}.incoming" / "old" / "part").write_text("half")
    assert delivered_to(targets("portal")).failed is None
    assert names_in(tmp_path / "portal") == WHOLE
    assert agrees(tmp_path / "portal", releases)


def test_a_damaged_release_does_not_leave(
    tmp_path: Path, targets: Targets, releases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = releases / NEWER / "report.html"
    file.chmod(0o644)
    file.write_text("changed")
    settings = targets("portal")
    assert main(["deliver", "--settings", str(settings.file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "report.html does not agree with SHA256SUMS" in line
    assert "restore it from a backup" in line
    assert not (tmp_path / "portal" / "2024" / NEWER).exists()
    assert not (tmp_path / "portal" / "2024" / files.LATEST).exists()


@pytest.mark.sshd
def test_over_sftp_a_cut_connection_is_made_up_for(
    tmp_path: Path, targets: Targets, releases: Path, sftp: SftpServer
) -> None:
    network = CutNetwork(sftp.port, cuts=2, after_bytes=6_000)
    sftp.knows(network.port)
    portal = tmp_path / "portal"
    done = delivered_to(targets(f"sftp://{HOST}:{network.port}{portal}", "collector"))
    network.close()
    assert done.failed is None
    assert network.cuts_left == 0
    assert names_in(portal) == WHOLE
    assert agrees(portal, releases)


@pytest.mark.sshd
def test_a_network_that_stays_down_leaves_nothing_in_force_and_is_made_up_for(
    tmp_path: Path,
    targets: Targets,
    releases: Path,
    sftp: SftpServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert releases.is_dir()
    portal = tmp_path / "portal"
    network = CutNetwork(sftp.port, cuts=10_000, after_bytes=6_000)
    sftp.knows(network.port)
    settings = targets(f"sftp://{HOST}:{network.port}{portal}", "collector")
    assert main(["deliver", "--settings", str(settings.file)]) == 3
    network.close()
    (line,) = capsys.readouterr().err.splitlines()
    assert "delivery to portal failed" in line
    assert "run longflow deliver; the release stays in force" in line
    assert not (portal / "2024" / NEWER).exists()
    assert not (portal / "2024" / files.LATEST).exists()
    assert delivered_to(targets(f"sftp://{HOST}:{sftp.port}{portal}", "collector")).failed is None
    assert names_in(portal) == WHOLE


@pytest.mark.sshd
def test_no_right_to_write_is_one_line(
    targets: Targets, releases: Path, sftp: SftpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert releases.is_dir()
    # Not even root makes a folder there.
    settings = targets(f"sftp://{HOST}:{sftp.port}/proc/releases", "collector")
    assert main(["deliver", "--settings", str(settings.file)]) in {1, 3}
    (line,) = capsys.readouterr().err.splitlines()
    assert "delivery to portal failed" in line


def in_bucket() -> set[str]:
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["AIRFLOW_CONN_STORE"].partition("endpoint_url=")[2].split("&")[0],
        aws_access_key_id="one",
        aws_secret_access_key="two",  # noqa: S106 - of a server that checks none
        region_name="eu-north-1",
    )
    listed = client.list_objects_v2(Bucket="dumps", Prefix="portal/")
    return {one["Key"].removeprefix("portal/") for one in listed.get("Contents", ())}


def test_in_s3_a_cut_connection_is_made_up_for(
    targets: Targets, releases: Path, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert releases.is_dir()
    direct = os.environ["AIRFLOW_CONN_STORE"]
    network = CutNetwork(bucket, cuts=2, after_bytes=200)
    monkeypatch.setenv("AIRFLOW_CONN_STORE", direct.replace(f":{bucket}", f":{network.port}"))
    done = delivered_to(targets("s3://dumps/portal", "store"))
    network.close()
    assert done.failed is None
    assert network.cuts_left == 0
    monkeypatch.setenv("AIRFLOW_CONN_STORE", direct)
    assert in_bucket() == WHOLE
    assert str(delivered_to(targets("s3://dumps/portal", "store"))).endswith("nothing new")


def test_in_s3_a_server_that_is_gone_is_one_line(
    targets: Targets,
    releases: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert releases.is_dir()
    address = f"http://{HOST}:{free_port()}"
    monkeypatch.setenv(
        "AIRFLOW_CONN_STORE", f"aws://one:hidden@/?endpoint_url={address}&region_name=eu-north-1"
    )
    settings = targets("s3://dumps/portal", "store")
    assert main(["deliver", "--settings", str(settings.file)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "delivery to portal failed" in line
    assert "hidden" not in line
