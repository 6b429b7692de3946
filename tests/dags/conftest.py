"""Airflow for tests: a home of its own, the project's DAGs, a provider in production."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from longflow.settings import Settings

PROJECT = Path(__file__).parents[2]

# Read when Airflow is first imported, which is before any fixture.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="longflow-airflow-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

Provider = Callable[..., Settings]


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """The project's DAGs by id; an error of import is a failure of every test that asks."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - after its home is set

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGFLOW_SETTINGS", str(PROJECT / "longflow.toml"))
        bag = DagBag(dag_folder=PROJECT / "dags", bundle_name="tests")
    assert bag.import_errors == {}
    return dict(bag.dags)


@pytest.fixture
def provider(make_settings: Callable[..., Settings]) -> Provider:
    """Settings of a provider that is not simulated, with a zone and a grace."""

    def make(zone: str = "Asia/Tokyo", grace_hours: float = 6, editions: str = "") -> Settings:
        text = f"\n[week]\ngrace_hours = {grace_hours}\n{editions}"
        settings = make_settings("counters", extra=text)
        return settings.model_copy(
            update={"provider": settings.provider.model_copy(update={"time_zone": zone})}
        )

    return make
