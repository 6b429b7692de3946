"""Refused rows are kept, shown without private values, and taken in after a setting changed."""

from __future__ import annotations

import pytest
from longflow.cli import main
from longflow.validation.quarantine import kept

from tests.end_to_end.conftest import MONDAY, Site

FILE = "nfcapd.202406050900"


@pytest.fixture
def cut_off(site: Site) -> Site:
    """A site whose week was taken in with one file cut off behind its first block."""
    folder = site.landing / "flows" / "bb-east" / str(MONDAY)
    (folder / "SHA256SUMS").unlink()
    file = folder / FILE
    file.write_bytes(file.read_bytes()[:-20])
    settings = site.settings.file
    settings.write_text(settings.read_text() + "\n[validation]\nbroken_files_max_share = 0.05\n")
    assert site.ingest().refusals == []
    return site


def run(site: Site, *arguments: str) -> int:
    action, *rest = arguments
    return main(["quarantine", action, "--settings", str(site.settings.file), *rest])


def test_what_was_refused_is_listed_shown_and_released(
    cut_off: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--week", str(MONDAY), "--feed", "flows"]
    (one,) = [one for one in kept(cut_off.settings) if one.feed == "flows"]
    assert one.path.stat().st_mode & 0o777 == 0o600

    assert run(cut_off, "list") == 0
    listed = capsys.readouterr().out
    assert "2024-06-03 flows" in listed
    assert "staging.broken_file" in listed

    assert run(cut_off, "show", *where, "--most", "2") == 0
    shown = capsys.readouterr().out
    assert f"rule=staging.broken_file  source=bb-east  file={FILE}  position=0" in shown
    assert "addr" not in shown

    assert run(cut_off, "release", *where) == 1
    assert "the judgement of flows of week 2024-06-03 is as before" in capsys.readouterr().err

    settings = cut_off.settings.file
    settings.write_text(
        settings.read_text() + '\n[validation.severity]\n"staging.broken_file" = "warn"\n'
    )
    assert run(cut_off, "release", *where) == 0
    assert "rows in quarantine before, 0 now" in capsys.readouterr().out
    log = cut_off.query(
        "SELECT revision, quarantined_rows FROM load_log WHERE feed = 'flows' ORDER BY revision"
    )
    assert log["revision"].to_list() == [1, 2]
    assert log["quarantined_rows"][0] > 0
    assert log["quarantined_rows"][1] == 0
    changed = cut_off.query("SELECT sentence FROM finding WHERE rule = 'revision.changed'")
    assert any(text.startswith("port_week: bytes were ") for text in changed["sentence"])


def test_an_empty_quarantine_and_an_unknown_week(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(site, "list") == 0
    assert capsys.readouterr().out == "nothing is in quarantine\n"
    assert run(site, "show", "--week", str(MONDAY), "--feed", "usage") == 1
    assert "no rows of usage of week 2024-06-03 are in quarantine" in capsys.readouterr().err
