"""What a user can do wrong: one clear line, and what was loaded before stays as it was."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.end_to_end.conftest import MONDAY, Site

pytestmark = pytest.mark.slow


def refusals(site: Site, feeds: list[str]) -> list[str]:
    """Take some feeds in again after they were spoiled; the archive must not move."""
    before = site.volumes()
    conclusion = site.ingest("spoiled", feeds)
    assert site.volumes() == before
    assert all("\n" not in line for line in conclusion.refusals)
    return conclusion.refusals


def dump(site: Site, feed: str, source: str) -> list[str]:
    return sorted(p.name for p in (site.landing / feed / source / str(MONDAY)).iterdir())


def test_a_source_that_is_not_expected(loaded_site: Site) -> None:
    stranger = loaded_site.landing / "counters" / "router-x" / str(MONDAY)
    stranger.mkdir(parents=True)
    (stranger / "counters.csv").write_text("")

    (line,) = refusals(loaded_site, ["counters"])

    assert line.startswith("week 2024-06-03: counters router-x:")
    assert (
        "source 'router-x' is not in the settings; name it under [[sources]] in longflow.toml"
        in line
    )


def test_a_source_that_is_missing(loaded_site: Site) -> None:
    shutil.rmtree(loaded_site.landing / "subscribers" / "crm")
    (line,) = refusals(loaded_site, ["subscribers"])
    assert "source 'crm' delivered nothing for week 2024-06-03; deliver its dump" in line


def cut_off(site: Site, files: int) -> None:
    """Take the end from the first files of a collector; their checksums were never delivered."""
    folder = site.landing / "flows" / "bb-east" / str(MONDAY)
    (folder / "SHA256SUMS").unlink()
    for file in sorted(folder.iterdir())[:files]:
        file.write_bytes(file.read_bytes()[:-20])


def tolerate_broken_files(site: Site) -> None:
    settings = site.folder / "longflow.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text + "\n[validation]\nbroken_files_max_share = 0.05\n")


def test_a_file_that_was_cut_off(loaded_site: Site) -> None:
    cut_off(loaded_site, 1)

    line, fallen = refusals(loaded_site, ["flows", "assignments", "subscribers"])

    assert "flows bb-east nfcapd.202406030000: " in line
    assert ": byte " in line
    assert "[staging.broken_file]" in line
    assert "assignments: no aggregate of assignments can be made without flows" in fallen


def test_a_tolerated_file_that_was_cut_off_lowers_the_coverage(site: Site) -> None:
    tolerate_broken_files(site)
    cut_off(site, 1)

    conclusion = site.ingest("spoiled", ["flows"])

    assert conclusion.refusals == []
    (line,) = [line for line in conclusion.lines if "staging.broken_file" in line]
    assert "quarantine: flows bb-east nfcapd.202406030000: " in line
    (log,) = site.query(
        "SELECT coverage_percent, quarantined_rows > 0 AS some FROM load_log "
        "WHERE feed = 'flows' AND revision = 1"
    ).to_dicts()
    assert log == {"coverage_percent": pytest.approx(100 * (3 * 168 - 1) / (3 * 168)), "some": True}


def test_more_cut_off_files_than_are_tolerated(loaded_site: Site) -> None:
    tolerate_broken_files(loaded_site)
    cut_off(loaded_site, 10)

    lines = refusals(loaded_site, ["flows"])

    assert len(lines) == 10
    assert all("[staging.broken_file]" in line for line in lines)


def test_a_checksum_that_disagrees(loaded_site: Site) -> None:
    folder = loaded_site.landing / "flows" / "bb-west" / str(MONDAY)
    file = folder / "nfcapd.202406050900"
    file.write_bytes(file.read_bytes() + b"x")

    (line,) = refusals(loaded_site, ["flows"])

    assert "nfcapd.202406050900: its SHA-256 is " in line
    assert line.endswith("deliver the file again [landing.source]")


def test_a_column_that_is_missing(loaded_site: Site) -> None:
    file = loaded_site.landing / "counters" / "snmp" / str(MONDAY) / "counters.csv"
    file.write_text(file.read_text().replace("in_octets", "octets_in", 1))

    (line,) = refusals(loaded_site, ["counters"])

    assert "counters.csv: header: column 'in_octets' is missing" in line
    assert "map 'in_octets' under columns of source 'snmp'" in line


def test_no_dumps_at_all(loaded_site: Site) -> None:
    shutil.rmtree(loaded_site.landing)
    lines = refusals(loaded_site, ["counters", "subscribers"])
    assert len(lines) == 2
    assert all("delivered nothing for week 2024-06-03" in line for line in lines)


def test_rows_beyond_what_a_rule_tolerates_refuse_the_feed(loaded_site: Site) -> None:
    file = loaded_site.landing / "subscribers" / "crm" / str(MONDAY) / "subscribers.csv"
    file.write_text(file.read_text().replace("consumer", "customer"))

    (line,) = refusals(loaded_site, ["subscribers"])

    assert "neither consumer nor business" in line
    assert "[subscribers.segment_known]" in line


def test_two_slot_files_taken_away_move_the_coverage_and_nothing_is_filled_in(
    site: Site, unsampled_week: Site
) -> None:
    folder = site.landing / "flows" / "mobile-core" / str(MONDAY)
    (folder / "SHA256SUMS").unlink()
    for name in ("nfcapd.202406050900", "nfcapd.202406051000"):
        (folder / name).unlink()

    assert site.ingest().refusals == []

    sql = (
        "SELECT sum(bytes)::BIGINT, any_value(coverage_percent) FROM port_week "
        "WHERE service = 'mobile'"
    )
    ((volume, coverage),) = site.query(sql).rows()
    ((whole, full),) = unsampled_week.query(sql).rows()
    assert full == 100
    assert coverage == pytest.approx(100 * 166 / 168)
    assert volume < whole
    lost = site.query(
        "SELECT coalesce(sum(bytes), 0)::BIGINT FROM port_group_hour "
        "WHERE service = 'mobile' AND coverage_percent = 0"
    ).item()
    assert lost < whole - volume  # at most what flows of other files left in those hours


def test_flows_without_assignments_still_give_port_tables(site: Site) -> None:
    shutil.rmtree(site.landing / "assignments")

    conclusion = site.ingest()

    assert len(conclusion.refusals) == 1
    assert site.query("SELECT count(*) FROM port_week WHERE bytes > 0").item() > 0
    assert site.query("SELECT count(subscribers) FROM port_week").item() == 0
    pppoe = site.query("SELECT count(*) FROM subscriber_day WHERE access = 'pppoe'").item()
    mobile = site.query("SELECT count(*) FROM subscriber_day WHERE service = 'mobile'").item()
    assert (pppoe, mobile > 0) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["--first", "2024-06-05"], 2, "2024-06-05 is a Wednesday; a week is named by its Monday"),
        (["--first", "last week"], 2, "'last week' is not a date"),
        (["--first", "2024-06-10", "--last", "2024-06-03"], 2, "is before the first"),
        (
            ["--first", "2999-01-07"],
            1,
            "week 2999-01-07 has not ended: it lasts until 2999-01-14 00:00",
        ),
        (["--first", "2999-01-07", "--dry-run"], 1, "week 2999-01-07 has not ended"),
        (["--first", "2024-06-03", "--feeds", "flow"], 2, "there is no feed 'flow'; feeds: flows,"),
        (
            ["--first", "2024-06-03", "--settings", "none.toml"],
            1,
            "none.toml: no such settings file",
        ),
    ],
)
def test_wrong_arguments_end_with_one_line(
    arguments: list[str], status: int, line: str, site: Site
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "longflow.cli", "ingest", *arguments],
        cwd=site.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("longflow: ")
    assert line in result.stderr
    # Nothing was begun: no workspace, and no archive that status could report.
    assert not (site.folder / "var" / "staging").exists()
    assert not (site.folder / "var" / "archive").exists()
