"""What a trial shows, and what it hides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.trial.files import GOFLOW2, MEDIATION, PMACCT, RADACCT, TELEGRAF, longflow


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_values_that_cannot_be_read_are_counted_with_lines_and_remedy(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RADACCT.replace("2024-06-03 09:05:00", "tomorrow").replace("2024-06-03 09:08:00", "x")
    (here / "radacct.csv").write_text(text)
    status, page, said = longflow(capsys, "--feed", "assignments", "radacct.csv")
    assert status == 1
    assert "2 of 21 values of acctstoptime are no time: lines 7, 10: 'aaaaaaaa', 'a'; rem" in page
    assert "radacct radacct.csv lines 7, 10: acctstoptime is no time in 2 of 21 rows" in said
    assert said.count("\n") == 1


def test_a_text_that_means_none_is_the_remedy(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = RADACCT.replace("2024-06-03 09:05:00", "n/a")
    (here / "radacct.csv").write_text(text)
    (here / "longflow.toml").write_text(
        '[provider]\nname = "x"\ntime_zone = "UTC"\n[[sources]]\nname = "r"\n'
        'feed = "assignments"\nformat = "csv"\n'
    )
    status, page, said = longflow(capsys, "r", "radacct.csv")
    assert status == 1
    assert "acctstoptime is no time in 1 of 21 rows" in said
    assert "this file cannot be loaded as it is, but with this section it can" in page
    assert '"n/a"]' in page


@pytest.mark.parametrize(
    ("feed", "name", "text"),
    [
        ("assignments", "radacct.csv", RADACCT),
        ("assignments", "radacct.csv", RADACCT.replace("2001:db8:7::/56", "a7@example.net")),
        ("usage", "cdr.csv", MEDIATION.replace("03.06.2024 08:05:00", "09012340099")),
        ("flows", "f.csv", PMACCT.replace(",tcp,", ",198.51.100.77,")),
        ("flows", "f.json", GOFLOW2),
        ("counters", "m.json", TELEGRAF),
        # Without titles, the first record must not be shown in their place.
        ("assignments", "radacct.csv", RADACCT.partition("\n")[2]),
        ("assignments", "radacct.csv", RADACCT.replace("login0@", "09012@").partition("\n")[2]),
    ],
)
def test_no_login_number_or_address_is_on_the_screen(
    feed: str, name: str, text: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / name).write_text(text)
    _, page, said = longflow(capsys, "--feed", feed, name)
    shown = page + said
    assert not re.search(
        r"@example|login\d|09012|198\.51\.100|203\.0\.113|192\.0\.2|2001:db8", shown
    )


def test_values_are_shown_on_demand(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "radacct.csv").write_text(RADACCT)
    _, page, _ = longflow(capsys, "--feed", "assignments", "radacct.csv", "--show-values")
    assert "login0@example.net" in page
    assert "2001:db8::/56" in page


def test_lines_add_up(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = PMACCT.splitlines()
    text = "\n".join(
        ["--START (1)--", *lines[:9], "", lines[0], *lines[9:], 'a,"odd', "--END (1)--", ""]
    )
    (here / "f.csv").write_text(text)
    _, page, _ = longflow(capsys, "--feed", "flows", "f.csv")
    assert "36 = 30 records + 1 not a record + 5 skipped" in page


@pytest.mark.parametrize(
    ("feed", "name", "text", "odd"),
    [
        ("usage", "u.csv", MEDIATION, None),
        (
            "usage",
            "u.csv",
            MEDIATION.replace("Uplink", "X").replace("Downlink", "Uplink").replace("X", "Downlink"),
            "OUT over IN",
        ),
        ("flows", "flows.json", GOFLOW2, None),
        # The collector has multiplied, and longflow would again.
        (
            "flows",
            "flows.json",
            re.sub(r'("packets": )(\d+)', r"\g<1>\g<2>000", GOFLOW2),
            "sampling",
        ),
        # Nobody has multiplied, and nobody says by what.
        ("flows", "f.csv", PMACCT.replace("SAMPLING_RATE", "rate"), "sampling"),
        ("counters", "m.json", TELEGRAF, None),
        (
            "counters",
            "m.json",
            TELEGRAF.replace("ifHCInOctets", "X")
            .replace("ifHCOutOctets", "ifHCInOctets")
            .replace("X", "ifHCOutOctets"),
            "OUT over IN",
        ),
        ("counters", "m.json", "".join(reversed(TELEGRAF.splitlines(keepends=True))), None),
    ],
)
def test_an_amount_that_is_not_usual_is_marked(
    feed: str,
    name: str,
    text: str,
    odd: str | None,
    here: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (here / name).write_text(text)
    _, page, _ = longflow(capsys, "--feed", feed, name)
    marked = [line.strip() for line in page.splitlines() if line.endswith("<- look at this")]
    if odd is None:
        assert not marked
    else:
        assert [line for line in marked if line.startswith(odd)]


def test_a_clock_in_another_zone_is_suspected(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "flows-202406030800.json").write_text(GOFLOW2)  # 2024-06-02 23:00 UTC
    _, page, _ = longflow(capsys, "--feed", "flows", "flows-202406030800.json")
    assert "the records are 9 hours earlier: is time_zone right?" in page


def test_the_shift_does_not_depend_on_the_length_of_the_files(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # An hour of flows from 2024-06-02 23:00 UTC.
    hour = "".join(
        line.replace("1717369210", str(1717369210 + 110 * number)) + "\n"
        for number, line in enumerate(GOFLOW2.splitlines())
    )
    for name in ("flows-202406030800.json", "flows-202406030900.json"):
        (here / name).write_text(hour)
    _, page, _ = longflow(capsys, "--feed", "flows", "flows-202406030800.json")
    assert "to 2024-06-03 09:00" in page
    assert "the records are 9 hours earlier: is time_zone right?" in page
