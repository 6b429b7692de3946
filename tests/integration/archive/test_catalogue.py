"""A catalogue damaged by a crash or by hand: one clear line, or it is repaired on the way."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from longflow import steps
from longflow.archive import catalogue, open_archive
from longflow.archive.log import attempts
from longflow.archive.pseudonyms import pseudonym_key
from longflow.cli import main
from longflow.errors import LongflowError, MachineError
from longflow.settings import Feed, Settings

from tests.unit.conftest import insert, loads

WEEKS = (date(2024, 6, 3), date(2024, 6, 10))

# A writer that SQLite has made write pages of the catalogue before the commit, killed right there.
CUT_OFF = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE ducklake_snapshot SET next_file_id = 777777")
connection.execute("CREATE TABLE much (text)")
connection.executemany("INSERT INTO much VALUES (?)", [("x" * 1000,)] * 2000)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a log of two weeks, which tests copy."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "longflow.toml").write_text(
        '[provider]\nname = "Test"\ntime_zone = "Asia/Tokyo"\n\n[[sources]]\nname = "snmp"\n'
        'feed = "counters"\nformat = "csv"\n'
    )
    settings = Settings.load(folder / "longflow.toml")
    pseudonym_key(settings)
    with open_archive(settings, read_only=False) as archive:
        insert(archive.connection, "load_log", loads(WEEKS, ["counters"]))
    # The next one to write takes the digests of what was inserted by hand.
    with open_archive(settings, read_only=False):
        return folder


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    """Settings over a copy of it that a test may damage."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Settings.load(tmp_path / "longflow.toml")


@pytest.fixture
def file(settings: Settings) -> Path:
    """Its catalogue."""
    return settings.var / "archive" / "catalogue.sqlite"


def weeks(settings: Settings) -> list[date]:
    with open_archive(settings) as archive:
        return [attempt.week for attempt in attempts(archive.connection)]


def kill_a_writer(file: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CUT_OFF, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.with_name("catalogue.sqlite-journal").stat().st_size > 0


def test_a_reader_undoes_a_commit_that_was_cut_off(settings: Settings, file: Path) -> None:
    kill_a_writer(file)
    assert weeks(settings) == list(WEEKS)
    assert not file.with_name("catalogue.sqlite-journal").exists()
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT max(next_file_id) < 777777 FROM ducklake_snapshot")


def test_a_reader_without_write_access_learns_who_can_undo_it(
    settings: Settings,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kill_a_writer(file)
    # Root may write everywhere, so that the right to write is taken away here.
    monkeypatch.setattr(catalogue, "roll_back_journal", lambda *_: False)
    assert main(["status", "--settings", str(settings.file)]) == 3
    assert capsys.readouterr().err == (
        f"longflow: {file}: a run was killed while it wrote the catalogue, and rolling its "
        "commit back needs write access; run any longflow command once as the user who "
        "owns the archive, such as longflow status\n"
    )


def halve(file: Path) -> None:
    with file.open("rb+") as opened:
        opened.truncate(file.stat().st_size // 2)


def flip(file: Path) -> None:
    """Another digit in the catalogue: sound for SQLite, but no longer what was written."""
    content = file.read_bytes()
    place = content.rindex(b"week=2024-06-10")
    file.write_bytes(content[:place] + b"week=2024-06-03" + content[place + 15 :])


def other(file: Path) -> None:
    file.write_bytes(b"<html>404</html>" * 4096)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "halved": (halve, "the catalogue of the archive is damaged: it is cut off at"),
    "flipped": (
        flip,
        "the catalogue of the archive is damaged: it differs from what was last written",
    ),
    "no database": (other, "the catalogue of the archive is damaged: it differs from"),
    "missing": (Path.unlink, "the catalogue of the archive is missing, but its data files are in"),
    "empty": (lambda file: file.write_bytes(b""), "the catalogue of the archive is empty, but its"),
}
COMMANDS = {
    "status": ["status"],
    "status of a week": ["status", "--week", "2024-06-03"],
    "export": ["export", "--week", "2024-06-03", "--output", "out"],
    "import": ["import-published", "figures.csv", "--table", "table-1"],
    "ingest": ["ingest", "--first", "2024-06-03"],
}


@pytest.mark.parametrize(
    ("damage", "command"),
    [
        *((damage, "status") for damage in DAMAGES),
        *((damage, command) for damage in ("flipped", "missing") for command in COMMANDS),
    ],
)
def test_every_command_says_in_a_line_that_the_catalogue_is_damaged(
    settings: Settings,
    file: Path,
    damage: str,
    command: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(settings.file.parent)
    Path("figures.csv").write_text("year,direction,mean_mb\n2007,in,436\n")
    do, said = DAMAGES[damage]
    do(file)
    before = file.read_bytes() if file.exists() else None
    (settings.var / "landing").mkdir()
    assert main([*COMMANDS[command], "--settings", str(settings.file)]) == 1
    (line,) = [
        line for line in capsys.readouterr().err.splitlines() if not line.startswith("2024-06-03: ")
    ]
    assert line.startswith(f"longflow: {file}: {said}")
    assert "restore it from a backup" in line
    assert (file.read_bytes() if file.exists() else None) == before


@pytest.mark.parametrize(
    ("do", "said"), [(halve, "is damaged"), (other, "is not an SQLite database")]
)
def test_without_a_seal_what_sqlite_says_is_reported(
    settings: Settings, file: Path, do: Callable[[Path], object], said: str
) -> None:
    catalogue.seal_of(file).unlink()
    do(file)
    with pytest.raises(LongflowError, match=f"the catalogue of the archive {said}"):
        weeks(settings)


def test_what_another_tool_wrote_is_no_damage(settings: Settings, file: Path) -> None:
    assert catalogue.sealed(file) is True
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE note (text)")
    assert catalogue.sealed(file) is None
    assert weeks(settings) == list(WEEKS)
    with open_archive(settings, read_only=False) as archive:
        insert(archive.connection, "load_log", loads([date(2024, 6, 17)], ["counters"]))
    assert catalogue.sealed(file) is True


def test_a_run_that_wrote_nothing_seals_nothing(settings: Settings, file: Path) -> None:
    with open_archive(settings, read_only=False):
        flip(file)
    assert catalogue.sealed(file) is False


def test_a_catalogue_that_another_process_holds_is_reported(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longflow.archive.lake.ATTEMPTS", 2)
    holding = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys\n"
            "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "connection.execute('BEGIN EXCLUSIVE')\n"
            "print('held', flush=True)\n"
            "sys.stdin.read()\n",
            str(file),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == b"held\n"
        with pytest.raises(MachineError, match="another process holds the catalogue"):
            weeks(settings)
        os.kill(holding.pid, signal.SIGKILL)


def test_a_sound_catalogue_that_sqlite_calls_malformed_was_not_read_by_the_disk(
    settings: Settings, file: Path
) -> None:
    # SQLite says so where the disk answers with an I/O error.
    with pytest.raises(MachineError, match="failed to read the catalogue"), open_archive(settings):
        raise duckdb.IOException("Failed to execute query: database disk image is malformed")


def test_a_malformed_catalogue_is_damaged_whatever_another_tool_did_to_it(
    settings: Settings, file: Path
) -> None:
    catalogue.seal_of(file).unlink()
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    file.write_bytes(content)

    with pytest.raises(LongflowError, match="damaged"):
        weeks(settings)


def test_a_catalogue_that_was_cut_off_is_restored_whatever_its_seal_says(
    settings: Settings, file: Path
) -> None:
    size = file.stat().st_size
    with file.open("rb+") as opened:
        opened.truncate(size // 2)
    with pytest.raises(LongflowError) as caught:
        weeks(settings)
    assert f"it is cut off at {size // 2:,} of {size:,} bytes" in caught.value.what
    assert "remove" not in str(caught.value.remedy)


def test_a_damaged_catalogue_ends_a_run_before_anything_is_fetched(
    settings: Settings, file: Path
) -> None:
    halve(file)
    batch = steps.Batch("run", ("2024-06-03",), (Feed.COUNTERS,))
    with pytest.raises(LongflowError, match="it is cut off at"):
        steps.fetch(settings, batch)
