"""The section that a trial prints is one that the loader takes, and that reads the file alike."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.unit.trial.files import (
    GOFLOW2,
    INFLUXDB_2,
    LINES,
    MEDIATION,
    OWN_COUNTERS,
    PMACCT,
    PROMETHEUS,
    RADACCT,
    SNAPSHOT,
    SNAPSHOT_IN_JAPANESE,
    TELEGRAF,
    WINDOWS_TEXT,
    longflow,
    parquet_flows,
)

PROVIDER = '[provider]\nname = "Example"\ntime_zone = "UTC"\n\n'
FILES = {
    "pmacct": ("flows", "flows-202406030800.csv", PMACCT.encode()),
    "goflow2": ("flows", "flows-202406022300.json", GOFLOW2.encode()),
    "packed": ("flows", "flows-202406022300.json.gz", gzip.compress(GOFLOW2.encode())),
    "radacct": ("assignments", "radacct.csv", RADACCT.encode()),
    "windows": ("assignments", "radacct.txt", WINDOWS_TEXT),
    "mediation": ("usage", "cdr-20240603.csv", MEDIATION.encode()),
    "telegraf": ("counters", "metrics.json", TELEGRAF.encode()),
    "prometheus": ("counters", "range.json", PROMETHEUS.encode()),
    "influxdb 2": ("counters", "query.csv", INFLUXDB_2.encode()),
    "own counters": ("counters", "readings.csv", OWN_COUNTERS.encode()),
    "line protocol": ("counters", "metrics.out", LINES.encode()),
    "words": ("subscribers", "customers.csv", SNAPSHOT_IN_JAPANESE.encode()),
    "snapshot": ("subscribers", "customers.csv", SNAPSHOT.encode()),
    "marked": ("assignments", "radacct.csv", RADACCT.encode("utf-8-sig").replace(b"\n", b"\r\n")),
}


# What the files show of themselves.
SHOWN = {
    "pmacct": ['preset = "pmacct-csv"', 'files = "flows-{time}.csv"', "slot_minutes = 5"],
    "goflow2": ['preset = "goflow2"'],
    "radacct": ['preset = "radacct-mysql"'],
    "windows": ['encoding = "cp932"', 'delimiter = "\\t"'],
    "mediation": ['time_format = "%d.%m.%Y %H:%M:%S"', 'in_bytes = "Uplink Bytes"'],
    "telegraf": ['preset = "telegraf"'],
    "prometheus": ['preset = "prometheus"'],
    "influxdb 2": ['preset = "influxdb-2"'],
    "own counters": [
        'counter = "metric"',
        'value = "reading"',
        "[sources.values.counter]",
        'octets_in = "in_octets"',
        'octets_out = "out_octets"',
    ],
    "line protocol": ['preset = "telegraf-lines"'],
    "words": ["[sources.values.segment]", '"法人" = "business"', 'IPoE = "ipoe"'],
}


def parts(page: str) -> tuple[str, str]:
    """What a page says of the file, and its section."""
    about, _, section = page.partition("\n[[sources]]\n")
    return about.split("\n", 1)[1], f"[[sources]]\n{section}"


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("goflow2", 'service = "broadband"'),
        ("telegraf", 'service = "broadband" and access = "pppoe"'),
        ("radacct", None),
        ("snapshot", None),
    ],
)
def test_what_is_guessed_is_said(
    name: str,
    guess: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    _, file_name, content = FILES[name]
    Path(file_name).write_bytes(content)
    _, page, _ = longflow(capsys, file_name)
    said = f"# the file does not state {guess}: correct what is wrong"
    assert (said in page.splitlines()) == (guess is not None)


@pytest.mark.parametrize("name", [*FILES, "parquet"])
def test_a_file_reads_under_its_section_as_it_was_shown(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    feed, file_name, content = FILES.get(name, ("flows", "flows.parquet", b""))
    if content:
        Path(file_name).write_bytes(content)
    else:
        parquet_flows(Path(file_name))
    status, first, _ = longflow(capsys, file_name)
    about, section = parts(first)
    assert status == 0, first
    assert f": feed {feed}, " in first.splitlines()[0]
    assert set(SHOWN.get(name, [])) <= set(section.splitlines())
    assert "nothing: every value was read" in about

    Path("longflow.toml").write_text(PROVIDER + section, encoding="utf-8")
    source = section.split('"')[1]
    status, again, said = longflow(capsys, source, file_name)

    assert (status, said) == (0, "")
    assert parts(again)[0] == about
    # Nothing is proposed any more.
    assert [line for line in parts(again)[1].splitlines() if not line.startswith("#")] == [
        line for line in section.splitlines() if not line.startswith("#")
    ]


SECONDS_PMACCT = re.sub(
    r"2024-06-03 08:(\d\d):(\d\d)\.\d",
    lambda found: f"{1717401600 + 60 * int(found[1]) + int(found[2])}.000000",
    PMACCT,
)
INFLUXDB = "name,time,agent_host,ifHCInOctets,ifHCOutOctets,ifName\n" + "".join(
    f"interface,{1717369200 + 300 * n},r1,{10**9 * n},{10**10 * n},xe-0\n" for n in range(12)
)
# TimeStamp of 3GPP TS 32.298.
TIMESTAMPS = re.sub(r"03\.06\.2024 (\d\d):(\d\d):(\d\d)", r"240603\1\2\3+0900", MEDIATION)


@pytest.mark.parametrize(
    ("feed", "text", "shown"),
    [
        ("flows", SECONDS_PMACCT, ['preset = "pmacct-csv"', 'time_unit = "s"']),
        ("counters", INFLUXDB, ['preset = "influxdb"', 'time_unit = "s"']),
        ("usage", TIMESTAMPS, ['time_format = "%y%m%d%H%M%S%z"']),
    ],
    ids=["pmacct", "influxdb", "3gpp"],
)
def test_times_are_as_the_file_has_them_not_as_the_preset_expects(
    feed: str,
    text: str,
    shown: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("delivered.csv").write_text(text)
    status, page, _ = longflow(capsys, "--feed", feed, "delivered.csv")
    about, section = parts(page)
    assert status == 0, page
    assert set(shown) <= set(section.splitlines())
    *_, time = (line for line in about.splitlines() if line.startswith("  time "))
    assert "2024-06-0" in time


ECS = "".join(
    json.dumps(
        {
            "event": {"start": f"2024-06-03T08:00:{n:02d}.000Z", "end": "2024-06-03T08:01:00Z"},
            "source": {"ip": "192.0.2.1", "port": 443, "bytes": 100 * n + 100},
            "destination": {"ip": "198.51.100.1", "port": 50000 + n},
            "network": {"transport": "tcp", "bytes": 100 * n + 100, "packets": n + 1},
        }
    )
    + "\n"
    for n in range(30)
)
VPC = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status\n"
    + "".join(
        f"2 1 eni-1 192.0.2.1 198.51.100.1 443 {50000 + n} 6 {n + 1} {100 * n + 100} "
        f"{1717401600 + n} {1717401660 + n} ACCEPT OK\n"
        for n in range(30)
    )
)
GERMAN = "Login;Vertrag;Dienst;Zugang;Kundentyp\n" + "".join(
    f"login{n};V{n};Breitband;PPPoE;{'Geschäftskunde' if n % 3 else 'Privatkunde'}\n"
    for n in range(30)
)
FREE5GC = json.dumps(
    [
        {
            "Supi": f"imsi-2089300000{n:05d}",
            "StartTime": f"2024-06-03T08:{n:02d}:00Z",
            "EndTime": f"2024-06-03T09:{n:02d}:00Z",
            "UlVol": 10 * n,
            "DlVol": 200 * n,
        }
        for n in range(30)
    ]
)


@pytest.mark.parametrize(
    ("feed", "content", "shown"),
    [
        ("flows", ECS.encode(), ['bytes = "source.bytes"', 'protocol = "network.transport"']),
        ("flows", VPC.encode(), ['delimiter = " "', 'time_unit = "s"']),
        ("subscribers", GERMAN.encode("cp1252"), ['"Geschäftskunde" = "business"']),
        ("subscribers", GERMAN.encode("utf-16"), ['"Geschäftskunde" = "business"']),
        ("usage", FREE5GC.encode(), ['subscriber = "Supi"', 'in_bytes = "UlVol"']),
    ],
    ids=["ecs", "vpc", "german", "excel", "free5gc"],
)
def test_programs_without_a_preset(
    feed: str,
    content: bytes,
    shown: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("delivered").write_bytes(content)
    status, page, _ = longflow(capsys, "--feed", feed, "delivered")
    assert status == 0, page
    assert set(shown) <= set(parts(page)[1].splitlines())


@pytest.mark.parametrize(
    ("titles", "row"),
    [
        (
            "StartTime,LastTime,Proto,SrcAddr,Sport,DstAddr,Dport,SrcPkts,DstPkts,SrcBytes,DstBytes",
            "2024/06/03 08:00:00.1,2024/06/03 08:01:00.5,tcp,192.0.2.1,443,198.51.100.1,{},9,8,"
            "900,80",
        ),
        (
            "FIRST_SWITCHED,LAST_SWITCHED,PROTOCOL,IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,"
            "L4_DST_PORT,IN_PKTS,OUT_PKTS,IN_BYTES,OUT_BYTES",
            "1717401600,1717401660,6,192.0.2.1,443,198.51.100.1,{},9,8,900,80",
        ),
    ],
    ids=["argus", "nprobe"],
)
def test_both_directions_in_one_record_are_not_lost_in_silence(
    titles: str,
    row: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(row.format(50_000 + n) + "\n" for n in range(30))
    Path("flows.csv").write_text(f"{titles}\n{rows}")
    status, _, said = longflow(capsys, "--feed", "flows", "flows.csv")
    assert status == 1
    assert "records count both directions of a connection" in said


DURATIONS = "MSISDN;Start;{title};Uplink Bytes;Downlink Bytes;Record ID\n" + "".join(
    f"0901234{n:04d};2024-06-03 08:{n:02d}:00;{{{n}}};{n * 10};{n * 200};r{n}\n" for n in range(30)
)


@pytest.mark.parametrize(
    ("title", "length", "line"),
    [
        ("Duration", "{}", None),
        ("Duration", "{}000", 'duration_unit = "ms"'),
        ("Duration", "{}000000", 'duration_unit = "us"'),
        ("Duration (ms)", "{}", 'duration_unit = "ms"'),
        ("duration_us", "{}", 'duration_unit = "us"'),
        ("Session Duration", "0:{}:00", None),
    ],
)
def test_a_duration_in_place_of_an_end(
    title: str,
    length: str,
    line: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    lengths = [length.format(20 + n) for n in range(30)]
    Path("cdr-20240603.csv").write_text(DURATIONS.format(*lengths, title=title))
    status, page, _ = longflow(capsys, "--feed", "usage", "cdr-20240603.csv")
    section = parts(page)[1].splitlines()
    assert status == 0, page
    assert [one for one in section if one.startswith("duration_unit")] == ([line] if line else [])
    is_guessed = title == "Duration" and line is not None
    assert (f"# {line} is guessed from the values" in section) == is_guessed


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("ifHCInOctets-20240603.json", "*-{date}.json"),
        ("octets_in_20240603.json", "octets_*_{date}.json"),
    ],
)
def test_a_file_of_one_counter_needs_one_of_the_other(
    name: str,
    files: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(PROMETHEUS.replace("ifHCOutOctets", "ifOutErrors"))
    status, page, _ = longflow(capsys, "--feed", "counters", "--time-zone", "Asia/Tokyo", name)
    about, section = parts(page)
    assert status == 0, page
    assert "in_octets alone: out_octets must be in another file of the week" in about
    assert f'files = "{files}"' in section.splitlines()
    assert "look at this" not in about


def test_a_time_zone_that_was_given_is_in_the_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the provider's section, which may state another one, the file reads as it was shown."""
    monkeypatch.chdir(tmp_path)
    Path("radacct.csv").write_text(RADACCT)
    arguments = ("--feed", "assignments", "--time-zone", "Asia/Tokyo", "radacct.csv")
    _, page, _ = longflow(capsys, *arguments)
    assert 'time_zone = "Asia/Tokyo"' in parts(page)[1].splitlines()


def test_settings_without_a_source_give_the_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("longflow.toml").write_text(PROVIDER.replace("UTC", "Asia/Tokyo"))
    Path("radacct.csv").write_text(RADACCT)
    status, page, said = longflow(capsys, "--feed", "assignments", "radacct.csv")
    assert (status, said) == (0, "")
    assert "start [Asia/Tokyo]" in page
    assert "time_zone" not in parts(page)[1]


def test_wrong_settings_without_a_source_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("longflow.toml").write_text(PROVIDER.replace("UTC", "Nowhere"))
    Path("radacct.csv").write_text(RADACCT)
    status, _, said = longflow(capsys, "--feed", "assignments", "radacct.csv")
    assert status == 1
    assert "provider.time_zone" in said


def test_words_that_nobody_knows_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_text(SNAPSHOT_IN_JAPANESE.replace("法人", "官公庁"))
    status, page, _ = longflow(capsys, "customers.csv")
    assert status == 1
    assert "# state under [sources.values.segment] what these mean: 官公庁" in page.splitlines()
