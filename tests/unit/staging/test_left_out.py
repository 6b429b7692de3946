"""Rows of counters that are not of the report are reported; a source without others is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.landing import fetch_week
from longflow.records import Finding, Staged
from longflow.settings import Feed, Settings
from longflow.staging.stage import stage_week
from longflow.week import Week
from longflow.workspace import Workspace

from tests.conftest import MakeSettings

SOURCE = 'service = "broadband"\naccess = "pppoe"\npreset = "prometheus-csv"\n'
TITLES = "__name__,ifName,timestamp,value\n"


def staged(loaded: Settings, tmp_path: Path, text: str) -> Staged:
    folder = tmp_path / "landing/counters/snmp/2024-06-03"
    folder.mkdir(parents=True)
    (folder / "counters.csv").write_text(text)
    week = Week.parse("2024-06-03", loaded.zone)
    workspace = Workspace.of(loaded, "test", week)
    fetch_week(loaded, week, [Feed.COUNTERS], workspace)
    return stage_week(loaded, week, workspace)


def only(found: Staged) -> Finding:
    (finding,) = found.findings
    return finding


def test_other_counters_are_a_finding(make_settings: MakeSettings, tmp_path: Path) -> None:
    names = ("ifHCInOctets", "ifHCOutOctets", "ifInErrors")
    rows = "".join(f"{name},ae1,1717369200,1\n" for name in names)
    found = staged(make_settings("counters", extra=SOURCE), tmp_path, TITLES + rows)
    finding = only(found)
    assert (finding.rule, finding.severity, finding.rows) == ("counters.other_counter", "info", 1)
    assert "found: ifInErrors" in finding.sentence
    (file,) = found.files
    assert (file.rows, file.joined, file.left_out) == (1, 1, 1)


def test_a_source_of_other_counters_alone_is_refused(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    text = f"{TITLES}ifInErrors,ae1,1717369200,1\n"
    found = staged(make_settings("counters", extra=SOURCE), tmp_path, text)
    assert (only(found).rule, only(found).severity) == ("counters.nothing_chosen", "critical")
    assert found.feeds == ()


def test_a_source_of_other_interfaces_alone_is_refused(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    lines = 'interfaces = { pppoe = "ae*" }\n'
    text = "time,interface,in_octets,out_octets\n2024-06-03 00:00:00,core0,1,2\n"
    found = staged(make_settings("counters", extra=lines), tmp_path, text)
    finding, names = found.findings
    assert (finding.rule, names.rule) == ("counters.nothing_chosen", "counters.name_unmatched")
    assert "correct the names there (found: core0)" in finding.sentence


WIDE = "time,interface,in_octets,out_octets\n2024-06-03 00:00:00,ae1,1,2\n"


@pytest.mark.parametrize(
    ("lines", "severity", "names"),
    [
        ('uplinks = ["xe*", "ae9"]', "critical", "xe*, ae9"),
        ('uplinks = ["xe*", "ae1"]', "warning", "xe*"),
        ('interfaces = { pppoe = "ae*", mobile = "gi*" }', "warning", "gi*"),
    ],
)
def test_names_that_no_interface_has_are_reported(
    make_settings: MakeSettings, tmp_path: Path, lines: str, severity: str, names: str
) -> None:
    found = staged(make_settings("counters", extra=f"{lines}\n"), tmp_path, WIDE)
    assert (only(found).rule, only(found).severity) == ("counters.name_unmatched", severity)
    assert f"({names})" in only(found).sentence
