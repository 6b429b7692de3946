"""Airflow's connections reach the places that sources name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from longflow.landing.connections import connection
from longflow.orchestration.connections import export_connections

from tests.conftest import MakeSettings


@pytest.fixture
def kept_by_airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection `collector` in one of Airflow's secrets backends."""
    file = tmp_path / "connections.json"
    extra = {"key_file": "/etc/key", "known_hosts": "/etc/hosts with spaces"}
    file.write_text(
        json.dumps(
            {
                "collector": {
                    "conn_type": "sftp",
                    "login": "long flow",
                    "password": "p@ss:/word",
                    "extra": extra,
                }
            }
        )
    )
    backend = "airflow.secrets.local_filesystem.LocalFilesystemBackend"
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", backend)
    arguments = json.dumps({"connections_file_path": str(file)})
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND_KWARGS", arguments)
    yield
    os.environ.pop("AIRFLOW_CONN_COLLECTOR", None)


@pytest.mark.usefixtures("kept_by_airflow")
def test_a_connection_that_airflow_keeps_is_exported(make_settings: MakeSettings) -> None:
    export_connections(make_settings("flows", extra='connection = "collector"\n'))
    assert connection("collector") == (
        "long flow",
        "p@ss:/word",
        {"key_file": "/etc/key", "known_hosts": "/etc/hosts with spaces"},
    )
