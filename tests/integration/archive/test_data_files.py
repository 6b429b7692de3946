"""Data files of the archive that were lost, cut, changed or swapped: never a figure from them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from longflow.archive import data_files, open_archive
from longflow.archive.damaged_week import DamagedWeek
from longflow.archive.data_files import DataFiles, sha256_of
from longflow.cli import main
from longflow.errors import LongflowError, MachineError
from longflow.release import files as release_files
from longflow.release import publish, verify
from longflow.settings import Settings
from longflow.week import Week

from tests.unit.conftest import WEEKS, insert, loads, make_settings_over


@pytest.fixture(scope="session")
def known_lake(shared_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of three analysis weeks, with digests, and with a release."""
    folder = tmp_path_factory.mktemp("known")
    lake = shutil.copytree(shared_lake, folder / "lake")
    settings = make_settings_over(lake, folder / "installation")
    with open_archive(settings, read_only=False) as archive:
        insert(archive.connection, "load_log", loads([date(2024, 7, 1)], ["flows"]))
    with open_archive(settings, read_only=False):
        pass
    publish(settings, 2024)
    return folder


@pytest.fixture
def settings(known_lake: Path, tmp_path: Path) -> Settings:
    """Settings over a copy that a test may damage, with its release."""
    shutil.copytree(known_lake, tmp_path, dirs_exist_ok=True)
    return make_settings_over(tmp_path / "lake", tmp_path / "installation")


def file_of(settings: Settings, table: str, week: date = WEEKS[2024]) -> Path:
    """A data file of a table and week."""
    folder = Path(settings.archive_data or "") / "main" / table / f"week={week}"
    return min(folder.glob("*.parquet"), key=lambda path: (-path.stat().st_size, path))


def halve(file: Path) -> None:
    with file.open("rb+") as opened:
        opened.truncate(file.stat().st_size // 2)


def flip(file: Path) -> None:
    """One bit, in the first page of data."""
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)


def swap(file: Path) -> None:
    """The file of another week in its place."""
    (other,) = file.parent.with_name(f"week={WEEKS[2023]}").glob("*.parquet")
    shutil.copyfile(other, file)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (Path.unlink, "is missing"),
    "halved": (halve, "is cut off at "),
    "emptied": (lambda file: file.write_bytes(b""), "is empty"),
    "flipped": (flip, "is not as it was written: its bytes have changed"),
    "swapped": (swap, "holds the content of another file, main/port_week/week=2023-05-29/"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_gives_no_figure(settings: Settings, damage: str) -> None:
    file = file_of(settings, "port_week")
    do, said = DAMAGES[damage]
    do(file)
    with pytest.raises(LongflowError) as reported:
        publish(settings, 2024)
    line = str(reported.value)
    assert line.startswith(f"{file}: a data file of port_week of week 2024-06-03 {said}")
    assert line.endswith(
        "restore it from a backup; or load the week again from its dumps (longflow ingest --first "
        "2024-06-03), after which earlier revisions of the week, and releases made from them, can "
        "no longer be read"
    )
    (release,) = release_files.releases(settings.var / "releases" / "2024")
    (problem,) = verify(settings, release).problems
    assert f"{file}: a data file of port_week of week 2024-06-03 {said}" in problem


@pytest.mark.parametrize("damage", DAMAGES)
def test_check_says_what_is_damaged_who_reads_it_and_what_mends_it(
    settings: Settings, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["check", "--settings", str(settings.file)]
    assert main(arguments) == 0
    assert "; damaged: 0" in capsys.readouterr().out
    file = file_of(settings, "port_week")
    do, said = DAMAGES[damage]
    do(file)
    assert main(arguments) == 1
    reported = capsys.readouterr()
    (release,) = release_files.releases(settings.var / "releases" / "2024")
    (line,) = reported.err.splitlines()
    assert line.startswith(
        f"longflow: {file}: this data file of port_week of week 2024-06-03 {said}"
    )
    assert f"read it, and so do the releases 2024/{release.name}; " in line
    assert "restore it from a backup" in line
    assert "; damaged: 1" in reported.out


def test_files_that_changed_places_are_put_back(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (file_of(settings, "port_week", WEEKS[year]) for year in (2023, 2024))
    content = one.read_bytes()
    shutil.copyfile(other, one)
    other.write_bytes(content)

    assert run(settings, "check") == 1

    lines = capsys.readouterr().err.splitlines()
    assert [f"; move it to {other}, and" in line for line in lines] == [True, False]
    assert [f"; move it to {one}, and" in line for line in lines] == [False, True]


def test_a_file_that_a_load_replaced_is_named_where_it_lies(settings: Settings) -> None:
    with open_archive(settings) as archive:
        files = DataFiles.read(archive.connection, settings)
    file = next(one for one in files.files if one.table == "port_week")
    files.aside(file).parent.mkdir()
    files.place(file).rename(files.aside(file))

    (damage,) = files.damage([file])

    assert damage.what == f"was damaged, and lies in {files.aside(file)}"


def run(settings: Settings, *arguments: str) -> int:
    return main([*arguments, "--settings", str(settings.file)])


@pytest.mark.parametrize("damage", ["deleted", "flipped"])
def test_other_weeks_go_on_where_the_log_of_one_is_damaged(
    settings: Settings, damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    DAMAGES[damage][0](file_of(settings, "load_log"))
    assert run(settings, "status") == 1
    reported = capsys.readouterr()
    assert "2023-05-29" in reported.out
    assert "2024-07-01" in reported.out
    assert "2024-06-03" not in reported.out
    assert len(reported.err.splitlines()) == 1
    assert "a data file of load_log of week 2024-06-03" in reported.err
    assert run(settings, "status", "--week", "2023-05-29") == 0
    capsys.readouterr()
    assert run(settings, "status", "--week", "2024-06-03") == 1
    assert "a data file of load_log of week 2024-06-03" in capsys.readouterr().err
    output = str(tmp_path / "out")
    assert run(settings, "export", "--week", "2024-06-03", "--output", output) == 1
    assert run(settings, "export", "--week", "2023-05-29", "--output", output) == 0


def test_a_week_that_an_edition_does_not_use_may_be_damaged(settings: Settings) -> None:
    Path.unlink(file_of(settings, "load_log", date(2024, 7, 1)))
    assert not publish(settings, 2024).created


def test_an_import_is_not_mixed_with_damaged_figures(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.csv"
    figures.write_text("table,year,direction,column,value\ntable-1,2007,in,mean_mb,436\n")
    assert run(settings, "import-published", str(figures)) == 0
    (file,) = (Path(settings.archive_data or "") / "main" / "published_figure").glob("*.parquet")
    flip(file)
    figures.write_text("table,year,direction,column,value\ntable-1,2008,in,mean_mb,500\n")
    capsys.readouterr()
    assert run(settings, "import-published", str(figures)) == 1
    assert capsys.readouterr().err.startswith(
        f"longflow: {file}: a data file of published_figure is not as it was written"
    )
    assert run(settings, "import-published", str(figures), "--anew") == 0
    with open_archive(settings, reads={"published_figure": None}) as archive:
        rows = archive.connection.execute("SELECT year, value FROM published_figure").fetchall()
    assert rows == [(2008, 500.0)]


def test_files_of_an_older_version_get_their_digests_at_the_next_write(
    own_lake_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(own_lake_settings, "check") == 0
    assert "without a digest yet: " in capsys.readouterr().out
    with open_archive(own_lake_settings, read_only=False):
        pass
    assert run(own_lake_settings, "check") == 0
    assert "without a digest yet: " not in capsys.readouterr().out


def test_a_damaged_file_without_digest_gets_none(own_lake_settings: Settings) -> None:
    file = file_of(own_lake_settings, "port_week")
    halve(file)
    for _ in range(2):
        with open_archive(own_lake_settings, read_only=False) as archive:
            assert archive.data_files is not None
            without = [one.path for one in archive.data_files.files if not one.sha256]
    assert [Path(path).name for path in without] == [file.name]


def test_digests_lie_in_the_catalogue_and_have_no_file(settings: Settings) -> None:
    folder = Path(settings.archive_data or "") / "main" / "data_file"
    assert list(folder.rglob("*.parquet")) == []


@pytest.mark.parametrize(
    "compaction",
    [
        "CALL ducklake_merge_adjacent_files('archive')",
        "CALL ducklake_rewrite_data_files('archive', delete_threshold => 0.01)",
        "CALL ducklake_flush_inlined_data('archive')",
        "CALL ducklake_expire_snapshots('archive', older_than => now())",
    ],
)
def test_digests_follow_a_compaction(
    settings: Settings, compaction: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute("DELETE FROM port_week WHERE port = 22")
        insert(archive.connection, "load_log", loads([date(2024, 7, 1)], ["usage"]))
        archive.connection.execute(compaction)
        archive.connection.execute(
            "CALL ducklake_cleanup_old_files('archive', cleanup_all => true)"
        )
    assert run(settings, "check") == 0
    with open_archive(settings, read_only=False) as archive:
        files = DataFiles.read(archive.connection, settings)
        assert all(file.sha256 for file in files.files)
    assert run(settings, "check") == 0
    assert capsys.readouterr().err == ""
    publish(settings, 2024, "port 22 was deleted")
    flip(file_of(settings, "port_week"))
    assert run(settings, "check") == 1


def test_files_that_are_not_the_archives_are_counted(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of(settings, "port_week")
    shutil.copyfile(file, file.with_name("ducklake-0.parquet"))
    assert run(settings, "check") == 0
    assert ": 1 file in " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EIO, "cannot be read (Input/output error)"),
        (errno.ESTALE, "cannot be read (Stale file handle)"),
    ],
)
def test_a_file_that_the_disk_fails_to_read_is_a_fault_of_the_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    fail_to_read(monkeypatch, file_of(settings, "port_week"), number)

    with pytest.raises(MachineError) as caught, open_archive(settings, reads={"port_week": None}):
        pass

    assert said in caught.value.what
    assert "check the disk" in str(caught.value.remedy)


def test_a_log_that_the_disk_fails_to_read_is_not_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = Week.parse("2024-07-01", settings.zone)
    fail_to_read(monkeypatch, file_of(settings, "load_log", week.monday), errno.EIO)
    with open_archive(settings, reads={}) as archive:
        files = DataFiles.read(archive.connection, settings)

        with pytest.raises(MachineError, match="cannot be read"):
            DamagedWeek.find(files, archive.snapshot, week)


def test_want_of_open_files_is_no_damage(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_to_read(monkeypatch, file_of(settings, "load_log", date(2024, 7, 1)), errno.EMFILE)

    with (
        pytest.raises(OSError, match="Too many open files"),
        open_archive(settings, leave_out_damage_of=["load_log"]),
    ):
        pass


def fail_to_read(monkeypatch: pytest.MonkeyPatch, broken: Path, number: int) -> None:
    """Let a disk fail to read one file."""

    def read(path: Path) -> str:
        if path == broken:
            raise OSError(number, os.strerror(number), str(path))
        return sha256_of(path)

    monkeypatch.setattr(data_files, "sha256_of", read)
