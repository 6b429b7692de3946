"""What is no delivery ends in one clear line."""

from __future__ import annotations

import bz2
import datetime
import gzip
import json
import sqlite3
from pathlib import Path

import pytest

from tests.unit.trial.files import GOFLOW2, PMACCT, RADACCT, longflow

NOISE = bytes(range(1, 256)) * 40
CONTENTS = {
    "empty.csv": (b"", "the file is empty"),
    "white.csv": (b"\n\n  \n", "the file has only white space in it"),
    "junk.bin": (b"\0" + NOISE, "is neither text nor a format"),
    "noise.bin": (NOISE, "is neither text nor a format"),
    "half.csv.gz": (gzip.compress(PMACCT.encode())[:150], "compressed by gzip and cut off"),
    "half.csv.bz2": (bz2.compress(PMACCT.encode())[:60], "compressed by bzip2 and cut off"),
    "numbers.json": (b"[1, 2, 3]", "no title is recognised as"),
    "one.json": (b'{"a": {"b": [1]}}', "no title is recognised as"),
    "cut.json": (b'[{"a": 1}, {"a"', "no title is recognised as"),
    "table.xlsx": (b"PK\x03\x04" + NOISE, "a ZIP archive or a spreadsheet"),
    "nfcapd.202406030800": (b"\x0c\xa5\x02\x00" + NOISE[:40], "nfcapd.202406030800"),
    "f.parquet": (b"PAR1" + NOISE, "f.parquet"),
    "line.txt": (b"Date first seen  Proto  Src IP Addr\n", "is what nfdump prints for people"),
    "walk.txt": (b"IF-MIB::ifHCInOctets.1 = Counter64: 12\n" * 9, "is what snmpwalk prints"),
    "detail": (
        b'Mon Jun  3 08:00:00 2024\n\tAcct-Session-Id = "1"\n\tUser-Name = "a"\n\n',
        "is a detail file of FreeRADIUS",
    ),
    "sflow.csv": (b"FLOW,192.0.2.1,1,5,00,66,0x0800,1,1\n" * 9, "is what sflowtool -l prints"),
    "ft.csv": (
        b"#:unix_secs,unix_nsecs,sysuptime,exaddr,dpkts,doctets,first,last\n1,2,3,4,5,6,7,8\n",
        "make nfcapd files of it by ft2nfdump",
    ),
    "traffic.rrd": (b"RRD\x000003\0" + NOISE, "a database of RRDtool"),
    "records.cdr": (b"\x30\x82\x01\x0a" + NOISE, "in ASN.1 (BER)"),
    "words.txt": (b"Dear colleague,\nhere are the flows.\n", "no title is recognised as"),
    "no-titles.csv": (RADACCT.partition("\n")[2].encode(), "values do not show which column is"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_is_no_delivery(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, what = CONTENTS[name]
    (here / name).write_bytes(content)
    status, _, said = longflow(capsys, "--feed", "flows", name)
    assert status == 1
    assert what in said
    assert said.count("\n") == 1


def test_a_database_is_to_be_exported(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(here / "radius.db") as connection:
        connection.execute("CREATE TABLE radacct (username TEXT)")
    status, _, said = longflow(capsys, "--feed", "assignments", "radius.db")
    assert (status, said.count("\n")) == (1, 1)
    assert "is a database of SQLite" in said


@pytest.mark.parametrize(
    ("arguments", "status", "what"),
    [
        (["--feed", "flows", "absent.csv"], 1, "absent.csv: there is no such file"),
        (["--feed", "flows", "."], 1, "is a folder; name one of the files in it"),
        (["--feed", "flows", "sftp://host/f.csv"], 1, "a URL is no file here"),
        (["source"], 1, "no such settings file"),
        ([], 2, "names neither a source nor a file"),
        (["--feed", "flows", "--time-zone", "Nowhere", "f.csv"], 2, "is not a time zone"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], status: int, what: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "f.csv").write_text(PMACCT)
    found, _, said = longflow(capsys, *arguments)
    assert found == status
    assert what in said
    assert said.count("\n") == 1


SETTINGS = '[provider]\nname = "x"\ntime_zone = "UTC"\n[[sources]]\nname = "edge"\nfeed = "flows"\n'


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ('service = "broadband"\nformat = "csv"\npattern = "{sauce}/{monday}"', "'{sauce}' is not"),
        ('service = "broadband"\nformat = "csv"\nurl = "smb://host/f"', "driver of protocol"),
        ('service = "broadband"\nformat = "csv"\nurl = "gs://bucket/f"', "driver of protocol"),
        ('service = "broadband"\nformat = "csv"\ndelimiter = "||"', "is not one ASCII character"),
        ('service = "broadband"\nformat = "csv"', "no file of source 'edge' matches '*'"),
        ('service = "broadband"\nformat = "nfcapd"', "no file of source 'edge' matches '*'"),
    ],
)
def test_a_source_that_cannot_be_fetched(
    more: str, what: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "longflow.toml").write_text(SETTINGS + more + "\n")
    status, _, said = longflow(capsys, "edge")
    assert status == 1
    assert what in said
    assert said.count("\n") == 1


def test_a_source_of_another_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "longflow.toml").write_text(SETTINGS + 'service = "broadband"\nformat = "nfcapd"\n')
    (here / "f.csv").write_text(PMACCT)
    status, _, said = longflow(capsys, "edge", "f.csv")
    assert status == 1
    assert 'is CSV, and the source says nfcapd; set format = "csv"' in said


def test_an_unknown_source_names_the_known_ones(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "longflow.toml").write_text(SETTINGS + 'service = "broadband"\nformat = "csv"\n')
    status, _, said = longflow(capsys, "egde")
    assert status == 2
    assert "there is no source 'egde'; sources of longflow.toml: edge" in said


def test_the_newest_file_of_a_source_is_fetched(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "longflow.landing.newest.now", lambda: datetime.datetime(2024, 6, 20, tzinfo=datetime.UTC)
    )
    settings = 'preset = "goflow2"\nservice = "broadband"\nfiles = "flows-{time}.json"\n'
    (here / "longflow.toml").write_text(SETTINGS + settings + "slot_minutes = 5\n")
    folder = here / "var/landing/flows/edge/2024-05-27"
    folder.mkdir(parents=True)
    rows = [json.loads(line) for line in GOFLOW2.splitlines()]
    for name in ("202406022255", "202406022300", "202406022305"):
        (folder / f"flows-{name}.json").write_text("".join(json.dumps(r) + "\n" for r in rows))
    status, page, said = longflow(capsys, "edge")
    assert (status, said) == (0, "")
    # The last one may still be written.
    assert page.startswith("flows-202406022300.json: feed flows, source 'edge' of longflow.toml")
