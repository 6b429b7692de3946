"""Figures of a real release are followed back to their files; what is withheld stays so."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from longflow import cli
from longflow.archive import open_archive
from longflow.release import publish
from longflow.settings import Settings

from tests.unit.conftest import make_lake, make_settings_over, with_minimum

SHA256 = "ab" * 32
FIGURES = (
    "table,year,direction,column,value,note\ntable-1,2008,in,mean_mb,490,of the printed report\n"
)


@dataclass(frozen=True)
class Told:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    def bytes_of(self, table: str) -> list[int]:
        """Sums of bytes that stand beside a table: of the part, then of the whole."""
        text = " ".join(self.out.split())
        beside = text[text.index(f" {table} ") :].partition(" for ")[0]
        return [int(number.replace(",", "")) for number in re.findall(r"\bbytes ([\d,]+)", beside)]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings by which a release stands that withholds what describes fewer than 20."""
    folder = tmp_path_factory.mktemp("explained")
    settings = with_minimum(make_settings_over(make_lake(folder / "lake"), folder / "here"), 20)
    delivered = [
        {
            "source": source,
            "name": f"{source}.1",
            "size_bytes": 7,
            "sha256": SHA256,
            "slot_ms": None,
        }
        for source in ("east", "core")
    ]
    with open_archive(settings, read_only=False) as archive:
        archive.connection.execute(
            "UPDATE load_log SET files = ?, loaded_at = ? WHERE feed = 'flows'",
            [json.dumps(delivered), datetime(2024, 6, 10, tzinfo=UTC)],
        )
        archive.connection.execute(
            "INSERT INTO finding (week, feed, revision, number, rule, severity, source, rows,"
            " bytes, count, unit, sentence) VALUES (?, 'flows', 1, 1, 'flows.gap', 'warning',"
            " 'east', 0, 0, 2, 'slots', 'files are missing')",
            [date(2024, 6, 3)],
        )
    file = folder / "figures.csv"
    file.write_text(FIGURES)
    cli.main(["import-published", "--settings", str(settings.file), str(file)])
    publish(settings, 2024)
    return settings


Explain = Callable[..., Told]


@pytest.fixture
def explain(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Explain:
    def run(*arguments: str, by: Settings = settings) -> Told:
        capsys.readouterr()
        status = cli.main(["explain", "--settings", str(by.file), *arguments])
        printed = capsys.readouterr()
        return Told(status, printed.out, printed.err)

    return run


def where(**values: object) -> list[str]:
    return [part for name, value in values.items() for part in ("--where", f"{name}={value}")]


def share(settings: Settings, **key: object) -> float:
    (release,) = (settings.var / "releases" / "2024").glob("*Z")
    frame = pl.read_parquet(release / "tables" / "table-3.parquet")
    return float(frame.filter(**key)["share_percent"].item())


def test_bytes_of_a_port_by_those_of_all_are_its_share(
    settings: Settings, explain: Explain
) -> None:
    key = {"year": 2024, "level": "port", "protocol": "TCP", "port": "443"}
    told = explain("table-3", *where(**key))
    assert told.status == 0
    for table in ("port_volume", "port_week"):
        part, whole = told.bytes_of(table)
        assert 100 * part / whole == pytest.approx(share(settings, **key), rel=1e-12)


def test_files_and_findings_are_those_of_the_service(explain: Explain) -> None:
    told = explain("table-3", *where(year=2024, level="protocol", protocol="ESP"))
    assert f"{SHA256}  east/east.1" in told.out
    assert "core.1" not in told.out
    assert "flows.gap (east · 2 slots): files are missing" in told.out


def test_of_persons_there_are_rounded_numbers_alone(explain: Explain) -> None:
    told = explain("table-1", *where(year=2024, direction="out"))
    assert "about 80 subscribers" in told.out
    assert "consumer-" not in told.out
    steps = told.out.partition("edition:")[2].partition("loads:")[0]
    assert "bytes" not in steps


def test_what_is_withheld_shows_its_loads_and_nothing_of_its_rows(explain: Explain) -> None:
    told = explain("table-2", *where(year=2024, direction="in"))
    assert told.status == 0
    assert "would describe fewer than 20 subscribers" in " ".join(told.out.split())
    steps, loads = told.out.split("loads: ")
    beside = [line.split()[1:] for line in steps.splitlines() if line.startswith("  ")]
    assert ["not", "shown,", "because", "the", "row", "is", "withheld"] in beside
    assert not re.search(r"about|[\d,]+ subscribers:|GB|rows", steps.partition("edition:")[2])
    assert "2024-06-03 usage" in loads


def test_an_imported_figure_leads_to_its_file(explain: Explain) -> None:
    told = explain("table-1", *where(year=2008, direction="in"), "--column", "mean_mb")
    assert "490.0, figure 1 of figures.csv" in told.out
    assert re.search(r"\b[0-9a-f]{64}  figures.csv", told.out)
    assert "of the printed report" in told.out
    assert "median_mb" not in told.out


def test_errors_lead_to_the_figure_that_they_are_of(explain: Explain) -> None:
    key = {"table_id": "table-3", "year": 2024, "level": "protocol", "protocol": "TCP"}
    told = explain("errors", *where(**key))
    assert told.status == 0
    assert len(told.bytes_of("port_volume")) == 2


def test_no_such_release(settings: Settings, explain: Explain) -> None:
    told = explain("table-3", "--release", "20200101T000000Z")
    assert told.status == 1
    assert "there is no release '20200101T000000Z'; name a folder, or one of 2" in told.err


def test_a_release_of_another_archive(settings: Settings, explain: Explain, tmp_path: Path) -> None:
    (release,) = (settings.var / "releases" / "2024").glob("*Z")
    other = make_settings_over(make_lake(tmp_path / "lake"), tmp_path / "there")
    with open_archive(other, read_only=False) as archive:
        for _ in range(8):
            archive.connection.execute("UPDATE load_log SET input_digest = 'other'")
    told = explain(
        "table-3",
        "--release",
        str(release),
        *where(year=2024, level="protocol", protocol="TCP"),
        by=other,
    )
    assert told.status == 1
    assert "the release was not made from this archive" in told.err
    assert len(told.err.splitlines()) == 1


def test_damage_is_one_line(settings: Settings, explain: Explain, tmp_path: Path) -> None:
    """Of the archive, and of the release."""
    (release,) = (settings.var / "releases" / "2024").glob("*Z")
    lake = shutil.copytree(settings.file.parents[1] / "lake", tmp_path / "lake")
    damaged = make_settings_over(lake, tmp_path / "there")
    for file in (lake / "data" / "main" / "port_week").rglob("*.parquet"):
        file.write_bytes(b"PAR1" + bytes(100))
    key = where(year=2024, level="protocol", protocol="TCP")
    told = explain("table-3", "--release", str(release), *key, by=damaged)
    assert told.status == 1
    assert len(told.err.splitlines()) == 1

    copy = shutil.copytree(release, tmp_path / "2024" / release.name)
    table = copy / "tables" / "table-3.parquet"
    table.chmod(0o644)
    table.parent.chmod(0o755)
    table.write_bytes(b"")
    told = explain("table-3", "--release", str(copy), *key)
    assert told.err.endswith("does not agree with SHA256SUMS; restore the release from a backup\n")


def test_a_snapshot_that_is_gone_is_one_line(
    settings: Settings, explain: Explain, tmp_path: Path
) -> None:
    (release,) = (settings.var / "releases" / "2024").glob("*Z")
    copy = shutil.copytree(release, tmp_path / "2024" / release.name)
    copy.chmod(0o755)
    manifest = copy / "manifest.json"
    manifest.chmod(0o644)
    content = json.loads(manifest.read_text())
    content["archive"]["snapshot"] = 9999
    manifest.write_text(json.dumps(content))
    told = explain(
        "table-3", "--release", str(copy), *where(year=2024, level="protocol", protocol="TCP")
    )
    assert told.status == 1
    (line,) = told.err.splitlines()
    assert "the archive has no snapshot 9999" in line
