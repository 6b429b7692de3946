"""Tables without titles: which column is which, guessed from the values."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from longflow.settings import Feed
from longflow.trial.untitled import guessed_titles, has_titles

from tests.unit.trial.files import MEDIATION, PMACCT, RADACCT, SNAPSHOT, longflow

CHANCE = random.Random(7)  # noqa: S311 - values for tests
ROWS = range(40)
AT = [datetime(2024, 6, 3, 8, tzinfo=UTC) + timedelta(seconds=97 * n) for n in ROWS]
LENGTHS = [CHANCE.randrange(20, 3_000) for _ in ROWS]
UP = [int(10 ** CHANCE.uniform(2, 6)) for _ in ROWS]
DOWN = [int(10 ** CHANCE.uniform(3, 8)) for _ in ROWS]


def cdr(form: str) -> list[str]:
    return [
        form.format(
            n=n,
            msisdn=f"81901234{n:04d}",
            start=AT[n].replace(tzinfo=None),
            end=AT[n].replace(tzinfo=None) + timedelta(seconds=LENGTHS[n]),
            epoch=int(AT[n].timestamp()),
            length=LENGTHS[n],
            up=UP[n],
            down=DOWN[n],
            id=1_834_000_000 + 7_919 * n,
        )
        for n in ROWS
    ]


@pytest.mark.parametrize(
    ("form", "delimiter", "titles"),
    [
        (
            "{msisdn},{start},{end},{up},{down}",
            ",",
            "subscriber,start_time,end_time,in_bytes,out_bytes",
        ),
        (
            "{id};{end:%d.%m.%Y %H:%M:%S};{start:%d.%m.%Y %H:%M:%S};{down};{up};+{msisdn}",
            ";",
            "record,end_time,start_time,out_bytes,in_bytes,subscriber",
        ),
        (
            "S-CDR|{msisdn}|{start:%Y%m%d%H%M%S}|{length}|1|{up}|{down}|192.0.2.1",
            "|",
            "column 1,subscriber,start_time,duration,column 5,in_bytes,out_bytes,gateway",
        ),
        (
            "{epoch},{length},u{n}@isp.example,{down},{up},{n}",
            ",",
            "start_time,duration,subscriber,out_bytes,in_bytes,column 6",
        ),
    ],
)
def test_columns_of_charging_records(form: str, delimiter: str, titles: str) -> None:
    lines = cdr(form)
    assert not has_titles(lines, delimiter)
    assert guessed_titles(lines, delimiter, Feed.USAGE) == titles.split(",")


@pytest.mark.parametrize(
    ("text", "delimiter", "feed", "columns"),
    [
        (
            RADACCT,
            ",",
            Feed.ASSIGNMENTS,
            "acctuniqueid,username,nasipaddress,acctstarttime,column 5,acctstoptime,"
            "framedipaddress,column 8,delegatedipv6prefix,acctterminatecause",
        ),
        (
            PMACCT,
            ",",
            Feed.FLOWS,
            "src_addr,dst_addr,src_port,dst_port,protocol,first_seen_ms,last_seen_ms,column 8,"
            "packets,bytes",
        ),
        (SNAPSHOT, ",", Feed.SUBSCRIBERS, "login_or_number,contract,service,access,segment"),
    ],
)
def test_columns_of_other_feeds(text: str, delimiter: str, feed: Feed, columns: str) -> None:
    lines = text.splitlines()[1:]
    assert guessed_titles(lines, delimiter, feed) == columns.split(",")


@pytest.mark.parametrize("text", [RADACCT, PMACCT, MEDIATION, SNAPSHOT])
def test_titles_are_none_of_the_values(text: str) -> None:
    delimiter = ";" if ";" in text else ","
    assert has_titles(text.splitlines(), delimiter)


def test_a_table_without_titles_is_read_by_guessed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = cdr("{msisdn};{start:%d.%m.%Y %H:%M:%S};{length}000;{up};{down};{id}")
    Path("cdr-20240603.csv").write_text("\n".join(lines) + "\n")
    status, page, _ = longflow(capsys, "--feed", "usage", "cdr-20240603.csv")
    section = page.partition("[[sources]]")[2].splitlines()
    assert status == 0, page
    assert 'duration_unit = "ms"' in section
    assert "# the file has no titles; these are guessed from the values: check each of them" in (
        section
    )
    assert "8190" not in page


def test_values_that_show_too_little_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cdr.csv").write_text("\n".join(cdr("{msisdn},{start},{end},{up}")) + "\n")
    status, _, said = longflow(capsys, "--feed", "usage", "cdr.csv")
    assert status == 1
    assert "has no titles, and its values do not show which column is in_bytes or out_bytes" in said
    assert said.count("\n") == 1
