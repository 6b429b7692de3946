"""Flows of tables that count both ways, of which only the way there is read, are reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.landing import fetch_week
from longflow.records import Staged
from longflow.settings import Feed, Settings
from longflow.staging.stage import stage_week
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

TITLES = "first_seen_ms,last_seen_ms,protocol,src_addr,src_port,dst_addr,dst_port,packets,bytes"
FLOW = "1717369200000,1717369210000,6,192.0.2.1,50000,198.51.100.2,443,4,500"
RULE = "flows.way_back_unread"


def staged(loaded: Settings, tmp_path: Path, *bytes_back: str) -> Staged:
    """What comes of flows with these bytes of the way back."""
    folder = tmp_path / "landing/flows/east/2024-06-03"
    folder.mkdir(parents=True)
    rows = "".join(f"{FLOW},{back}\n" for back in bytes_back)
    (folder / "flows-202406030000.csv").write_text(f"{TITLES},bytes_back\n{rows}")
    week = Week.parse("2024-06-03", loaded.zone)
    workspace = Workspace.of(loaded, "test", week)
    fetch_week(loaded, week, [Feed.FLOWS], workspace)
    return stage_week(loaded, week, workspace)


def test_bytes_of_the_way_back_refuse_the_week(make_settings: MakeSettings, tmp_path: Path) -> None:
    found = staged(make_settings("flows"), tmp_path, "9000", "0", "", "50")
    assert [(one.rule, one.severity, one.rows, one.bytes) for one in found.findings] == [
        (RULE, "critical", 2, 9050)
    ]
    assert found.feeds == ()


@pytest.mark.parametrize("back", ["0", "", "-"])
def test_flows_of_one_way_are_no_finding(
    back: str, make_settings: MakeSettings, tmp_path: Path
) -> None:
    found = staged(make_settings("flows"), tmp_path, back)
    assert (found.findings, found.feeds) == ((), (Feed.FLOWS,))


@pytest.mark.parametrize(
    "extra",
    [
        f'[validation.severity]\n"{RULE}" = "info"\n',
        f'[[known_breaks]]\nfirst = 2024-06-03\nrule = "{RULE}"\nreason = "counted twice"\n',
    ],
    ids=["severity", "known break"],
)
def test_what_the_settings_tolerate_is_staged(
    extra: str, make_settings: MakeSettings, tmp_path: Path
) -> None:
    found = staged(make_settings("flows", extra=extra), tmp_path, "9000")
    assert found.feeds == (Feed.FLOWS,)
    assert [one.rule for one in found.findings] == [RULE]
