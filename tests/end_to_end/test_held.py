"""A revision that holds less than the load in force is held until a person accepts it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from longflow.archive import open_archive
from longflow.cli import main
from longflow.errors import LongflowError

from tests.end_to_end.conftest import MONDAY, Site

REASON = "The gateway counted roaming twice"


def folder(site: Site, feed: str, source: str) -> Path:
    """The week's dump of a source, without the checksums that a spoiled one would break."""
    dump = site.landing / feed / source / str(MONDAY)
    (dump / "SHA256SUMS").unlink(missing_ok=True)
    return dump


def verdicts(site: Site, feed: str) -> list[tuple[int, str, str | None]]:
    sql = "SELECT revision, verdict, accepted_reason FROM load_log WHERE feed = '{}' ORDER BY 1"
    return site.query(sql.format(feed)).rows()


def copy_a_day(site: Site) -> None:
    """The charging records of Tuesday under the name of Wednesday."""
    dump = folder(site, "usage", "mobile-gateway")
    shutil.copyfile(dump / "cdr-20240604.csv", dump / "cdr-20240605.csv")


def lose_a_day(site: Site) -> None:
    (folder(site, "usage", "mobile-gateway") / "cdr-20240605.csv").unlink()


def set_instead(site: Site, was: str, now: str) -> None:
    """Change a line of the settings."""
    file = site.settings.file
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, now), encoding="utf-8")


def test_one_day_under_the_name_of_another_is_refused(loaded_site: Site) -> None:
    before = loaded_site.volumes()
    copy_a_day(loaded_site)

    refusals = loaded_site.ingest("worse", ["usage", "subscribers"]).refusals

    assert loaded_site.volumes() == before
    (line,) = [line for line in refusals if "[coverage.file_of_another_time]" in line]
    assert "usage mobile-gateway cdr-20240605.csv" in line


def test_the_content_of_another_day_is_held_where_its_time_is_not_looked_at(
    loaded_site: Site,
) -> None:
    set_instead(
        loaded_site,
        'name = "mobile-gateway"',
        'name = "mobile-gateway"\nfile_time_least_percent = 0',
    )
    copy_a_day(loaded_site)

    refusals = loaded_site.ingest("worse", ["usage", "subscribers"]).refusals

    assert verdicts(loaded_site, "usage")[1] == (2, "held", None)
    (line,) = [line for line in refusals if "[revision.copied_file]" in line]
    assert "cdr-20240605.csv: has the same content as cdr-20240604.csv, loaded in week" in line


def test_a_day_that_is_gone_is_held(loaded_site: Site) -> None:
    before = loaded_site.volumes()
    lose_a_day(loaded_site)

    refusals = loaded_site.ingest("worse", ["usage", "subscribers"]).refusals

    assert loaded_site.volumes() == before
    assert verdicts(loaded_site, "usage") == [(1, "passed", None), (2, "held", None)]
    (slots,) = [line for line in refusals if "[revision.slots_lost]" in line]
    assert "usage mobile-gateway: time of 2024-06-05 is in revision 1 but was not deliv" in slots
    assert "revision 1 stays in force" in slots
    (day,) = [line for line in refusals if "bytes of mobile on 2024-06-05 fall by" in line]
    assert f'longflow ingest --first {MONDAY} --accept "REASON"' in day


def test_a_held_week_again_is_held_again_and_changes_nothing(loaded_site: Site) -> None:
    lose_a_day(loaded_site)
    first = loaded_site.ingest("worse", ["usage", "subscribers"]).refusals
    before = loaded_site.content()

    again = loaded_site.ingest("again", ["usage", "subscribers"]).refusals

    assert again == first
    assert loaded_site.content() == before


def test_the_status_names_the_revision_in_force(
    loaded_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    lose_a_day(loaded_site)
    loaded_site.ingest("worse", ["usage", "subscribers"])
    settings = str(loaded_site.settings.file)

    assert main(["status", "--settings", settings]) == 0
    assert "held, revision 1 in force" in " ".join(capsys.readouterr().out.split())
    assert main(["status", "--settings", settings, "--week", str(MONDAY)]) == 0
    (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("│ usage")]
    assert [cell.strip() for cell in line.split("│")][2:5] == ["held", "2", "1"]


def test_a_person_takes_it_in_with_a_reason_that_the_log_keeps(loaded_site: Site) -> None:
    lose_a_day(loaded_site)
    loaded_site.ingest("worse", ["usage", "subscribers"])

    settings = str(loaded_site.settings.file)
    arguments = ["--first", str(MONDAY), "--feeds", "usage,subscribers", "--accept", REASON]
    assert main(["ingest", "--settings", settings, *arguments]) == 0

    assert verdicts(loaded_site, "usage")[2] == (3, "warned", REASON)
    wednesday = loaded_site.query(
        "SELECT count(*) FROM subscriber_day WHERE service = 'mobile' AND day = '2024-06-05'"
    )
    assert wednesday.item() == 0
    reported = loaded_site.query(
        "SELECT DISTINCT severity FROM finding WHERE revision = 3 AND rule LIKE 'revision.%lost'"
    )
    assert reported["severity"].to_list() == ["warning"]


def test_a_corrected_dump_needs_no_reason(loaded_site: Site, unsampled: Site) -> None:
    before = loaded_site.volumes()
    lose_a_day(loaded_site)
    loaded_site.ingest("worse", ["usage", "subscribers"])
    shutil.copytree(unsampled.landing, loaded_site.landing, dirs_exist_ok=True)

    assert loaded_site.ingest("corrected", ["usage", "subscribers"]).refusals == []

    assert loaded_site.volumes() == before
    assert verdicts(loaded_site, "usage")[2] == (3, "passed", None)


def test_an_hour_of_a_collector_that_is_gone(loaded_site: Site) -> None:
    (folder(loaded_site, "flows", "bb-east") / "nfcapd.202406050900").unlink()

    refusals = loaded_site.ingest("worse").refusals

    assert verdicts(loaded_site, "flows")[1] == (2, "held", None)
    (line,) = [line for line in refusals if "[revision.slots_lost]" in line]
    assert line.startswith("week 2024-06-03: flows bb-east: time of 2024-06-05 is in revision 1 bu")
    assert " bytes; 1 slot) [" in line


def test_a_log_that_holds_a_revision_twice_is_read_all_the_same(loaded_site: Site) -> None:
    """As archives have it where runs over one week did not take turns yet."""
    with open_archive(loaded_site.settings, read_only=False) as archive:
        archive.connection.execute("INSERT INTO load_log SELECT * FROM load_log")
    file = folder(loaded_site, "subscribers", "crm") / "subscribers.csv"
    header, *lines = file.read_text().splitlines(keepends=True)
    file.write_text(header + "".join(reversed(lines)))

    assert loaded_site.ingest("again", ["subscribers"]).refusals == []

    assert verdicts(loaded_site, "subscribers")[-1] == (2, "passed", None)


def test_half_of_a_snapshot(loaded_site: Site) -> None:
    file = folder(loaded_site, "subscribers", "crm") / "subscribers.csv"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[: len(lines) // 2]))

    refusals = loaded_site.ingest("worse", ["subscribers"]).refusals

    assert verdicts(loaded_site, "subscribers")[1] == (2, "held", None)
    assert any("subscribers of mobile consumer fall by" in line for line in refusals)


def test_an_interface_that_is_no_longer_counted(loaded_site: Site) -> None:
    file = folder(loaded_site, "counters", "snmp") / "counters.csv"
    header, *readings = file.read_text().splitlines(keepends=True)
    interface = readings[0].split(",")[header.split(",").index("interface")]
    file.write_text(header + "".join(line for line in readings if interface not in line))

    refusals = loaded_site.ingest("worse", ["counters"]).refusals

    assert any(f"bytes of {interface} on 2024-06-09 fall by 100.0 %" in line for line in refusals)


def test_a_file_of_another_week_is_held_even_where_nothing_was_loaded(loaded_site: Site) -> None:
    set_instead(
        loaded_site,
        "counters = { warn_percent = 95, refuse_percent = 50 }",
        "counters = { warn_percent = 95, refuse_percent = 0 }",
    )
    dump = loaded_site.landing / "counters" / "snmp"
    shutil.copytree(dump / str(MONDAY), dump / "2024-06-10")
    settings = str(loaded_site.settings.file)

    arguments = ["--first", "2024-06-10", "--feeds", "counters"]
    assert main(["ingest", "--settings", settings, *arguments]) == 1

    held = loaded_site.query(
        "SELECT f.sentence FROM finding AS f WHERE week = '2024-06-10' AND severity = 'hold'"
    )
    (sentence,) = held["sentence"].to_list()
    assert "has the same content as counters.csv, loaded in week 2024-06-03" in sentence
    assert "nothing is loaded" in sentence


def test_the_reason_must_say_something(
    loaded_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LongflowError, match="the reason is empty; write why"):
        loaded_site.batch("worse", accept_reason=" ")
    with pytest.raises(SystemExit):
        main(["ingest", "--first", str(MONDAY), "--accept", " "])
    assert "argument --accept: the reason is empty; write why" in capsys.readouterr().err
