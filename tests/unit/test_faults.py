"""Faults of the machine end in one line, whatever library raised them; bugs in a traceback."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from longflow import cli, steps
from longflow.errors import LongflowError, MachineError
from longflow.faults import faults_in, machine_fault, raise_machine_fault
from longflow.staging.processes import _ended

from tests.conftest import MakeSettings

CATALOGUE = Path("/var/archive/catalogue.sqlite")


def raised(work: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever the library raises
        work()
    return caught.value


def full(file: str) -> dict[str, Callable[[], object]]:
    """What libraries do on a full disk: `/dev/full` takes nothing."""
    frame = pl.DataFrame({"a": range(100_000)})

    def by_python() -> None:
        with Path(file).open("wb", buffering=0) as stream:
            stream.write(b"x")

    def by_pyarrow() -> None:
        with pa.OSFile(file, "wb") as stream:
            pq.write_table(frame.to_arrow(), stream)

    return {
        "python": by_python,
        "polars": lambda: frame.write_parquet(file),
        "pyarrow": by_pyarrow,
        "duckdb": lambda: duckdb.sql(
            f"COPY (SELECT * FROM range(1000000)) TO '{file}' (FORMAT csv)"
        ),
    }


@pytest.mark.parametrize("library", ["python", "polars", "pyarrow", "duckdb"])
def test_a_full_disk_is_the_same_line_from_every_library(library: str) -> None:
    fault = machine_fault(raised(full("/dev/full")[library]))
    assert fault is not None
    assert fault.what == "no space is left on this disk"
    assert fault.remedy == "free space there, then try again"
    assert "\n" not in str(fault)


def test_a_full_disk_names_the_folder_of_the_work(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as caught, faults_in(tmp_path):
        full("/dev/full")["python"]()
    assert str(caught.value).startswith(f"{tmp_path}: no space is left on this disk; free space")


def test_a_limit_on_sizes_of_files_names_the_limit(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="raise the limit on file sizes") as caught:  # noqa: SIM117
        with faults_in(tmp_path):
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    assert caught.value.file == str(tmp_path)


def test_a_network_that_is_down_names_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="refused"), faults_in(tmp_path):
        raise OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))


def test_a_missing_permission_names_file_and_user() -> None:
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/var/releases")
    line = str(machine_fault(error))
    assert line.startswith("/var/releases: permission is denied; give user ")


def test_memory_of_the_database_names_its_settings(make_settings: MakeSettings) -> None:
    def work() -> None:
        with duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""}) as connection:
            connection.execute("CREATE TABLE big AS SELECT range AS n FROM range(50000000)")

    line = str(machine_fault(raised(work)))
    assert line.startswith("memory ran out (Out of Memory Error: ")
    assert "lower database.memory_limit" in line


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("Failed to flush changes into DuckLake: disk I/O error", "this disk failed to read or"),
        ("Failed to execute query: database or disk is full", "no space is left on this disk"),
        ("attempt to write a readonly database", "permission is denied"),
        ("Unable to open database: unable to open database file", "permission is denied"),
        ("database is locked", "another process keeps the archive's catalogue locked"),
    ],
)
def test_sqlite_names_no_file_and_the_line_names_the_catalogue(words: str, what: str) -> None:
    fault = machine_fault(duckdb.TransactionException(words), CATALOGUE)
    assert str(fault).startswith(f"{CATALOGUE}: {what}")


def test_what_a_library_wraps_is_found() -> None:
    try:
        try:
            raise OSError(errno.EIO, os.strerror(errno.EIO), "/var/staging/a")
        except OSError as error:
            raise ValueError("the checks failed") from error
    except ValueError as error:
        fault = machine_fault(error)
    assert str(fault).startswith("/var/staging/a: this disk failed to read or write; ")


@pytest.mark.parametrize(
    "bug",
    [
        KeyError("a"),
        RecursionError("maximum recursion depth exceeded"),
        RuntimeError("disk I/O error"),
        duckdb.BinderException('Binder Error: Referenced column "a" not found'),
        pl.exceptions.ColumnNotFoundError("a"),
        LongflowError("wrong", remedy="mend it"),
    ],
)
def test_a_bug_and_a_users_error_are_no_fault_of_the_machine(bug: Exception) -> None:
    assert machine_fault(bug) is None


def test_the_command_line_ends_with_one_line_and_status_3(
    make_settings: MakeSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = make_settings("counters")
    settings.var.mkdir()
    (settings.var / "staging").write_text("a file where the folder belongs")
    status = cli.main(["ingest", "--settings", str(settings.file), "--first", "2024-06-03"])
    (line,) = capsys.readouterr().err.splitlines()
    assert status == 3
    assert line.startswith(f"longflow: {settings.var}")


def test_a_bug_keeps_its_traceback(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(steps, "fetch", broken)
    settings = make_settings("counters")
    with pytest.raises(KeyError, match="a bug"):
        cli.main(["ingest", "--settings", str(settings.file), "--first", "2024-06-03"])


def test_output_onto_a_full_disk_is_a_line(make_settings: MakeSettings) -> None:
    command = [sys.executable, "-m", "longflow.cli", "status", "--settings"]
    settings = make_settings("counters")
    with Path("/dev/full").open("w") as output:
        ended = subprocess.run(
            [*command, settings.file],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 3
    assert ended.stderr == (
        "longflow: no space is left on this disk; free space there, then try again\n"
    )


def test_too_little_address_space_is_said_before_anything_runs(
    make_settings: MakeSettings,
) -> None:
    settings = make_settings("counters")
    command = [sys.executable, "-m", "longflow.cli", "ingest", "--first", "2024-06-03"]
    ended = subprocess.run(
        [*command, "--settings", settings.file],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2_200_000_000,) * 2),
    )
    assert ended.returncode == 3
    (line,) = ended.stderr.splitlines()
    assert "the limit on address space (ulimit -v) is 2,200 MB, but this needs " in line
    assert not (settings.var / "staging").exists()


def test_a_process_that_was_killed_while_staging_is_a_fault_of_the_machine() -> None:
    with subprocess.Popen([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) as process:
        process.wait()
        fault = _ended(process)  # type: ignore[arg-type] # text or bytes is all the same to it
    assert isinstance(fault, MachineError)
    assert fault.what == (
        "a process that stages flows was killed by signal 9 before its work was done"
    )


@pytest.mark.parametrize(
    ("error", "is_certain"),
    [
        (OSError(errno.EIO, os.strerror(errno.EIO), "a"), True),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE), "a"), True),
        (MemoryError(), True),
        (duckdb.IOException('IO Error: Could not read "/a": Input/output error'), True),
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a"), False),
        (duckdb.IOException('IO Error: No files found that match the pattern "/a"'), False),
        (pl.exceptions.ComputeError("parquet: File out of specification"), False),
    ],
)
def test_what_is_read_is_blamed_only_where_the_disk_surely_is_not(
    error: Exception, is_certain: bool
) -> None:
    if not is_certain:
        raise_machine_fault(error)
        return
    with pytest.raises(MachineError):
        raise_machine_fault(error)
