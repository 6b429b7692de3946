"""A week whose files in the archive are damaged: its dumps bring it back, whatever was damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow.cli import main
from longflow.errors import LongflowError

from tests.end_to_end.conftest import MONDAY, Site


def files(site: Site, table: str = "*") -> list[Path]:
    """The archive's data files, or those of a table."""
    return sorted(site.folder.glob(f"var/archive/data/main/{table}/**/*.parquet"))


def spoil(file: Path, number: int) -> None:
    """Delete, empty, halve or change a file."""
    content = file.read_bytes()
    match number % 4:
        case 0:
            file.unlink()
        case 1:
            file.write_bytes(b"")
        case 2:
            file.write_bytes(content[: len(content) // 2])
        case _:
            file.write_bytes(bytes(byte ^ 1 for byte in content))


def test_the_same_dumps_bring_back_a_week_of_damaged_files(
    loaded_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    before = loaded_site.volumes()
    spoiled = files(loaded_site)
    for number, file in enumerate(spoiled):
        spoil(file, number)
    check = ["check", "--settings", str(loaded_site.folder / "longflow.toml")]
    assert main(check) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(spoiled)
    remedies = (f"longflow ingest --first {MONDAY}", "only earlier revisions read it")
    assert all(any(remedy in line for remedy in remedies) for line in lines)

    conclusion = loaded_site.ingest("again")

    assert conclusion.refusals == []
    assert loaded_site.volumes() == before
    revisions = loaded_site.query("FROM load_log")
    assert revisions.height == 5
    # The numbers of the five earlier attempts are lost, but none is assigned twice.
    assert set(revisions["revision"]) == {6}
    assert main(check) == 1
    reported = capsys.readouterr().err.splitlines()
    assert all("only earlier revisions read it" in line for line in reported)
    assert loaded_site.ingest("once more").lines[0].endswith("already in the archive, unchanged")


def test_a_damaged_table_alone_is_brought_back(loaded_site: Site) -> None:
    before = loaded_site.content()
    for file in files(loaded_site, "port_week"):
        spoil(file, 3)
    conclusion = loaded_site.ingest("again")
    assert conclusion.refusals == []
    assert any("[archive.damaged]" in line for line in conclusion.lines)
    after = loaded_site.content()
    assert after["port_week"] == before["port_week"]
    assert set(loaded_site.query("FROM load_log")["revision"]) == {1, 2}


def test_a_run_that_cannot_bring_back_all_changes_nothing(loaded_site: Site) -> None:
    for file in files(loaded_site, "load_log"):
        spoil(file, 0)
    with pytest.raises(LongflowError, match="may also hold rows of feeds that this run does not"):
        loaded_site.ingest("again", feeds=["counters"])
    assert not (loaded_site.folder / "var/archive/damaged").exists()
