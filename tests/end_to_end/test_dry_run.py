"""A dry run writes nothing into the archive, and leaves what it would quarantine to look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.cli import main

from tests.conftest import MakeSettings

WEEK = ["--week", "2024-06-03", "--feed", "subscribers"]


def test_rows_that_would_be_quarantined_are_shown_until_the_week_is_loaded(
    make_settings: MakeSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(make_settings("subscribers").file)
    folder = tmp_path / "landing/subscribers/crm/2024-06-03"
    folder.mkdir(parents=True)
    lines = [f"l{n},c{n},broadband,pppoe,consumer" for n in range(200)]
    lines[7] = "l7,c7,broadband,pppoe,neither"
    titles = "login_or_number,contract,service,access,segment"
    (folder / "subscribers.csv").write_text("\n".join([titles, *lines]) + "\n")
    ingest = ["ingest", "--settings", file, "--first", "2024-06-03", "--feeds", "subscribers"]
    show = ["quarantine", "show", "--settings", file, *WEEK, "--dry-run"]

    assert main([*ingest, "--dry-run"]) == 0
    hint = "would quarantine 1; dry run, nothing loaded; longflow quarantine show --week 2024-06-03"
    assert hint in capsys.readouterr().out
    assert not (tmp_path / "var/archive").exists()
    assert main(show) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("rule=subscribers.segment_known  source=crm  file=subscribers.csv")
    assert "position=9" in shown

    assert main(ingest) == 0
    capsys.readouterr()
    assert main(show) == 1
    assert "or the week was loaded since" in capsys.readouterr().err
