"""The verdict on a file that nfcapd wrote on production routers."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from longflow import steps
from longflow.records import Finding, Judged
from longflow.settings import Settings
from longflow.week import Week
from longflow.workspace import Workspace

REAL_FILE = Path(__file__).parents[3] / "shared" / "data" / "nfcapd-v1-bz2-2019.nfcapd"
MONDAY = date(2019, 8, 12)

pytestmark = pytest.mark.skipif(not REAL_FILE.exists(), reason="no real file beside the project")

# Flows of five days lie in this file of a few minutes.
SETTINGS = """
[provider]
name = "Real"
time_zone = "UTC"

[[sources]]
name = "core"
feed = "flows"
service = "broadband"
format = "nfcapd"
files = "nfcapd.{time}"
slot_minutes = 5
scaled_by = "collector"
clock_limit_minutes = 10080
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("real")
    dump = folder / "var" / "landing" / "flows" / "core" / str(MONDAY)
    dump.mkdir(parents=True)
    shutil.copy(REAL_FILE, dump / "nfcapd.201908121850")
    file = folder / "longflow.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    settings = Settings.load(file)
    (batch,) = steps.plan(settings, run_key="real", first=str(MONDAY), feeds=["flows"])
    for step in (steps.fetch, steps.stage, steps.judge):
        step(settings, batch)
    return Workspace.of(settings, "real", Week(MONDAY, settings.zone))


def found(workspace: Workspace, rule: str) -> list[Finding]:
    record = workspace.read("judged", Judged)
    assert record is not None
    return [f for judgement in record.feeds for f in judgement.findings if f.rule == rule]


def test_the_ledger_holds_the_flows_of_each_interval_and_who_announced_it(
    judged: Workspace,
) -> None:
    ledger = duckdb.sql(
        "SELECT told_interval, samplers, count(*), sum(flows)::INT FROM read_parquet("
        f"'{judged.sampling_ledger}') GROUP BY ALL ORDER BY ALL"
    )
    # -1: announced for the whole exporter.
    assert ledger.fetchall() == [(1, None, 2, 120), (3000, "-1", 51, 99_880)]


def test_packet_counts_agree_with_the_announcement(judged: Workspace) -> None:
    inferred = duckdb.sql(
        "SELECT DISTINCT inferred_interval FROM read_parquet("
        f"'{judged.sampling_ledger}') WHERE told_interval = 3000 AND flows >= 20"
    )
    assert inferred.fetchall() == [(3000,)]
    assert not found(judged, "sampling.disagrees")


def test_all_flows_of_exporters_that_announce_1000_are_unmarked(judged: Workspace) -> None:
    announced = duckdb.sql(
        "SELECT announced_interval, count(DISTINCT exporter), sum(flows)::INT, max(told_interval) "
        f"FROM read_parquet('{judged.notes}/announcement/*.parquet') AS announcement "
        f"LEFT JOIN read_parquet('{judged.sampling_ledger}') AS ledger USING (exporter) "
        "GROUP BY ALL ORDER BY ALL"
    )
    assert announced.fetchall() == [(1000, 5, 120, 1), (3000, 56, 99_880, 3000)]


def test_unsampled_flows_of_exporters_that_sample_are_quarantined(judged: Workspace) -> None:
    (unflagged,) = found(judged, "sampling.unflagged")
    assert (unflagged.severity, unflagged.rows, unflagged.bytes) == ("quarantine", 120, 116_515)
