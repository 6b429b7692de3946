"""The command `decode`, on made files."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from longflow.staging.nfcapd import decode
from longflow.staging.nfcapd.files import files_of
from longflow.staging.nfcapd.table import addresses_as_text

if TYPE_CHECKING:
    from tests.unit.staging.nfcapd.conftest import Maker

import numpy as np

HEAD = (
    "first_seen_ms,last_seen_ms,protocol,src_addr,src_port,dst_addr,dst_port,packets,bytes,"
    "exporter,sampling_interval"
)


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    decode.add_arguments(parser)
    return decode.run(parser.parse_args(words))


def mixed_file(make: Maker) -> Path:
    return make.file(
        [
            make.exporter("203.0.113.9"),
            make.sampler(16),
            make.flow(flags=2, packets=16, octets=1600),
            make.flow(
                src="2001:db8::1", dst="2001:db8::2", protocol=58, src_port=0, dst_port=32768
            ),
            make.flow(sysid=9, dst_port=0),
        ]
    )


LINES = [
    HEAD,
    "1560000000000,1560000001500,6,192.0.2.1,443,198.51.100.7,50000,16,1600,203.0.113.9,16",
    "1560000000000,1560000001500,58,2001:db8::1,0,2001:db8::2,32768,3,1500,203.0.113.9,1",
    "1560000000000,1560000001500,6,192.0.2.1,443,198.51.100.7,0,3,1500,,1",
]


def test_csv_on_standard_output(make: Maker, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(str(mixed_file(make))) == 0
    assert capfdbinary.readouterr().out.decode().splitlines() == LINES


def test_csv_into_a_file(make: Maker, tmp_path: Path) -> None:
    target = tmp_path / "flows.csv"
    assert run(str(mixed_file(make)), "--output", str(target)) == 0
    assert target.read_text().splitlines() == LINES


def test_parquet_holds_the_same(make: Maker, tmp_path: Path) -> None:
    target = tmp_path / "flows.parquet"
    assert run(str(mixed_file(make)), "--format", "parquet", "--output", str(target)) == 0
    rows = pq.read_table(target).to_pylist()
    texts = [["" if v is None else str(v) for v in row.values()] for row in rows]
    assert texts == [line.split(",") for line in LINES[1:]]


def test_a_broken_file_is_one_line_and_leaves_no_output(
    make: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make.write(make.content([make.flow()] * 2)[:-4])
    target = tmp_path / "flows.csv"
    assert run(str(path), "--output", str(target)) == 1
    reported = capsys.readouterr().err
    assert reported.startswith(f"{path}: byte 40: the file is cut off")
    assert reported.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("words", [["absent"], ["file", "--output", "no/such/folder/x"]])
def test_wrong_names_are_one_line(
    make: Maker,
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(make.folder)
    mixed_file(make).rename("file")
    assert run(*words) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_folders_and_patterns_stand_for_their_files_in_order(make: Maker) -> None:
    day = make.folder / "2019" / "06"
    day.mkdir(parents=True)
    for name in ("nfcapd.2", "nfcapd.1", ".nfstat", "nfcapd.current.4711"):
        (day / name).touch()
    expected = [str(day / "nfcapd.1"), str(day / "nfcapd.2")]
    assert files_of([str(make.folder)]) == expected
    assert files_of([str(make.folder / "**" / "nfcapd.[0-9]")]) == expected
    assert files_of([expected[1], expected[0]]) == expected[::-1]


def test_addresses_as_text() -> None:
    version = np.array([4, 6, 4, 6, 6], dtype=np.uint8)
    high = np.array([0, 0x20010DB8 << 32, 0, 0, 0xFE80 << 48], dtype=np.uint64)
    low = np.array([0, 1, 2**32 - 1, 1, 2**64 - 1], dtype=np.uint64)
    assert addresses_as_text(version, high, low).to_pylist() == [
        "0.0.0.0",  # noqa: S104 # an address, not an interface
        "2001:db8::1",
        "255.255.255.255",
        "::1",
        "fe80::ffff:ffff:ffff:ffff",
    ]


def test_the_reader_imports_nothing_of_longflow() -> None:
    folder = Path(str(decode.__file__)).parent
    found = [
        line
        for path in folder.glob("*.py")
        for line in path.read_text().splitlines()
        if re.match(r"\s*(from|import) ", line) and "longflow" in line
    ]
    assert found == []


def many_blocks(make: Maker) -> Path:
    return make.file(
        [make.exporter("203.0.113.9")],
        *(
            [make.flow(first=1_560_000_000_000 + block * 1000, octets=block * 10 + number)]
            for block in range(40)
            for number in range(2)
        ),
        codec="lz4",
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(make: Maker, tmp_path: Path, threads: int) -> None:
    target = tmp_path / "flows.csv"
    words = ["--threads", str(threads), "--output", str(target)]
    assert run(str(many_blocks(make)), *words) == 0
    octets = [int(line.split(",")[8]) for line in target.read_text().splitlines()[1:]]
    assert octets == [block * 10 + number for block in range(40) for number in range(2)]


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        (["--since", "1560000038"], [38, 39]),
        (["--until", "2019-06-08T22:20:02+09:00"], [0, 1]),
        (["--since", "2019-06-08T13:20:05Z", "--until", "1560000006.5"], [5, 6]),
    ],
)
def test_only_flows_that_start_within_a_time(
    make: Maker, tmp_path: Path, words: list[str], starts: list[int]
) -> None:
    target = tmp_path / "flows.csv"
    assert run(str(many_blocks(make)), *words, "--output", str(target)) == 0
    lines = target.read_text().splitlines()[1:]
    seconds = [int(line.split(",")[0]) // 1000 - 1_560_000_000 for line in lines]
    assert seconds == [second for second in starts for _ in range(2)]


@pytest.mark.parametrize("text", ["2019-06-08T13:20:05", "yesterday"])
def test_a_time_without_offset_is_refused(
    make: Maker, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(many_blocks(make)), "--since", text) == 1
    assert capsys.readouterr().err.startswith(f"{text}: this is not a time; ")


@pytest.mark.parametrize("threads", [1, 3])
def test_whole_blocks_of_broken_files_on_demand(
    make: Maker, tmp_path: Path, threads: int, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = make.write(make.content(*([make.flow(octets=n)] for n in range(5)))[:-4])
    whole = make.write(make.content([make.flow(octets=99)]), name="nfcapd.201906080005")
    target = tmp_path / "flows.csv"
    words = [str(broken), str(whole), "--output", str(target), "--threads", str(threads)]
    assert run(*words, "--keep-whole-blocks") == 1
    octets = [int(line.split(",")[8]) for line in target.read_text().splitlines()[1:]]
    assert octets == [0, 1, 2, 3, 99]
    assert "(4 flows before it)" in capsys.readouterr().err


def test_the_end_of_a_pipe_is_no_error_worth_a_word(make: Maker) -> None:
    path = make.file(*([make.flow()] * 3000 for _ in range(10)))
    words = [sys.executable, "-m", "longflow.staging.nfcapd", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().decode().strip() == HEAD
        process.stdout.close()
        assert process.stderr.read() == b""
