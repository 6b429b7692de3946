"""The production files load as settings, with the schedule of a production installation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from longflow.orchestration.schedule import weekly_schedule
from longflow.settings import Feed, Settings

DOCKER = Path(__file__).parents[2] / "docker"


@pytest.fixture
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text("utf-8"))
    return content


def test_the_example_of_a_providers_settings_loads_and_has_a_schedule() -> None:
    settings = Settings.load(DOCKER / "longflow.example.toml")
    assert {source.feed for source in settings.sources} == set(Feed)
    assert weekly_schedule(settings) is not None


def test_every_component_runs_from_the_one_image(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services.keys() == {
        "postgres",
        "migrate",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
    }
    assert {name for name, one in services.items() if one["image"] == "longflow"} == (
        services.keys() - {"postgres"}
    )


def test_a_task_may_wait_a_week_in_the_queue(compose: dict[str, Any]) -> None:
    airflow = compose["x-airflow"]["environment"]
    assert airflow["AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME"] == "604800"


def test_the_ui_is_published_on_loopback_alone(compose: dict[str, Any]) -> None:
    ports = [port for one in compose["services"].values() for port in one.get("ports", [])]
    assert ports == ["127.0.0.1:8080:8080"]


def test_every_secret_is_named_in_the_example_and_none_has_a_value() -> None:
    asked = re.findall(r"\$\{(\w+):\?", (DOCKER / "compose.yaml").read_text("utf-8"))
    lines = (DOCKER / "env.example").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(asked) <= given.keys()
    assert [given[n] for n in ("POSTGRES_PASSWORD", "FERNET_KEY", "JWT_SECRET")] == ["", "", ""]
