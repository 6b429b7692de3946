"""An archive filled by hand, for what reads the archive: editions and releases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.contract import contract
from longflow.database import connect
from longflow.edition import CompiledEdition, compile_edition
from longflow.edition.footnotes import Note
from longflow.release import publish
from longflow.release.figures import Drawing, draw_edition
from longflow.settings import Settings
from longflow.sqlfile import identifier, tables
from longflow.texts import wording

from tests.unit.port_rows import port_groups, ports

WEEKS = {2019: date(2019, 6, 3), 2023: date(2023, 5, 29), 2024: date(2024, 6, 3)}

SETTINGS = """
[provider]
name = "Test provider"
time_zone = "Asia/Tokyo"

[[sources]]
name = "east"
feed = "flows"
service = "broadband"
format = "nfcapd"
sampling_interval = 8192

[[sources]]
name = "core"
feed = "flows"
service = "mobile"
format = "nfcapd"

[[sources]]
name = "gateway"
feed = "usage"
service = "mobile"
access = ""
format = "csv"

[[sources]]
name = "partner"
feed = "usage"
service = "broadband"
access = "ipoe"
format = "csv"

# Tests run beside each other.
[database]
threads = 1

[editions.2024]
title = "Five years of traffic"
minimum_subscribers = 1
formats = []
day_weeks = [2023-06-05, 2024-06-03]

[editions.2024.analysis_weeks]
"""


def make_settings_over(lake: Path, var: Path) -> Settings:
    """Settings that read the DuckLake in a folder; everything else they make lies in `var`."""
    var.mkdir(parents=True, exist_ok=True)
    weeks = "".join(f"{year} = {monday}\n" for year, monday in WEEKS.items())
    file = var / "longflow.toml"
    head = f'archive_catalogue = "sqlite:{lake}/catalogue.sqlite"\n'
    head += f'archive_data = "{lake}/data"\n'
    file.write_text(head + SETTINGS + weeks)
    return Settings.load(file)


def with_minimum(settings: Settings, minimum: int) -> Settings:
    """Settings with which no value of the edition describes fewer subscribers."""
    return _rewritten(settings, "minimum_subscribers = 1\n", f"minimum_subscribers = {minimum}\n")


def with_formats(settings: Settings, *names: str) -> Settings:
    """The same settings, by which releases hold the report in these formats beside the page.

    Those of other tests hold neither workbook nor PDF, which take a second and more of each.
    """
    listed = ", ".join(f'"{name}"' for name in names)
    before = ", ".join(f'"{name}"' for name in settings.edition(2024).formats)
    return _rewritten(settings, f"formats = [{before}]\n", f"formats = [{listed}]\n")


def with_totals(settings: Settings) -> Settings:
    """The same settings, by which totals are published."""
    line = 'title = "Five years of traffic"\n'
    return _rewritten(settings, line, f"{line}publish_totals = true\n")


def _rewritten(settings: Settings, text: str, by: str) -> Settings:
    """A settings file beside the one at hand that says something else in one place."""
    file = settings.file.with_stem(f"{settings.file.stem}-{''.join(filter(str.isalnum, by))}")
    before = settings.file.read_text()
    assert text in before or by in before
    file.write_text(before.replace(text, by))
    return Settings.load(file)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Insert rows; columns that are not given take an empty value that the contract allows."""
    promise = contract("archive", table)
    defaults = {"VARCHAR": "''", "DATE": "DATE '2000-01-01'", "TIMESTAMPTZ": "now()"}
    values = [
        identifier(name)
        if name in rows.columns
        else ("NULL" if column.nullable else defaults.get(column.type, "0"))
        for name, column in promise.columns.items()
    ]
    connection.register("rows_to_insert", rows.to_arrow())
    connection.execute(
        f"INSERT INTO {identifier(table)} SELECT {', '.join(values)} FROM rows_to_insert"
    )
    connection.unregister("rows_to_insert")


@cache
def volumes(year: int, monday: date, subscribers: int) -> pl.DataFrame:
    """Days of consumers and a business of each access: OUT about ten times IN."""
    random = np.random.default_rng(year)
    kinds = [("broadband", "pppoe", 8.9), ("broadband", "ipoe", 9.1), ("mobile", "", 7.4)]
    frames = []
    for service, access, centre in kinds:
        for segment, number in (("consumer", subscribers), ("business", 1)):
            names = [f"{access or 'n'}-{segment}-{n}" for n in range(number)]
            out = np.repeat(10 ** random.normal(centre, 0.5, number), 7)
            frames.append(
                pl.DataFrame(
                    {
                        "service": service,
                        "access": access,
                        "segment": segment,
                        "subscriber": np.repeat(names, 7),
                        "day": [monday + timedelta(days=d) for d in range(7)] * number,
                        "in_bytes": (out * random.lognormal(-2.5, 0.5, number * 7)).astype(int),
                        "out_bytes": (out * random.lognormal(0, 0.3, number * 7)).astype(int),
                        "coverage_percent": 100.0,
                    }
                )
            )
    return pl.concat(frames).with_columns(week=pl.lit(monday))


@cache
def snapshot(monday: date, subscribers: int) -> pl.DataFrame:
    """The customer system's numbers: a twentieth of the consumers is never seen."""
    kinds = [("broadband", "pppoe"), ("broadband", "ipoe"), ("mobile", "")]
    return pl.DataFrame(
        [
            {"service": service, "access": access, "segment": segment, "subscribers": number}
            for service, access in kinds
            for segment, number in (("consumer", subscribers * 20 // 19), ("business", 1))
        ]
    ).with_columns(week=pl.lit(monday))


@cache
def rates(month: date) -> pl.DataFrame:
    """Every hour of the weeks that touch a month; each year a tenth more, IPoE from 2020."""
    first = month - timedelta(days=month.weekday())
    kinds = [
        ("broadband", "pppoe", "bras-1", 10),
        ("broadband", "pppoe", "bras-2", 8),
        ("broadband", "ipoe", "partner-1", 3 * (month.year - 2019)),
        ("mobile", "", "gw-1", 4),
    ]
    growth = 1.1 ** (month.year + month.month / 12 - 2019)
    hours = pl.DataFrame({"hour": range(24 * 7 * 6)}).select(
        hour_start=pl.datetime(first.year, first.month, first.day, time_zone="Asia/Tokyo")
        + pl.duration(hours=pl.col("hour"))
    )
    return hours.join(
        pl.DataFrame(
            [
                {
                    "service": service,
                    "access": access,
                    "interface": interface,
                    "in_bytes": int(scale * growth * 3.6e9),
                    "out_bytes": int(scale * growth * 3.6e10),
                }
                for service, access, interface, scale in kinds
                if scale
            ]
        ),
        how="cross",
    ).with_columns(
        week=pl.col("hour_start").dt.truncate("1w").dt.date(),
        covered_ms=pl.lit(3_600_000),
        hour_ms=pl.lit(3_600_000),
    )


def loads(weeks: Iterable[date], feeds: Iterable[str]) -> pl.DataFrame:
    """Entries of the log: the first load of each feed's week, which passed."""
    return pl.DataFrame(
        [
            {
                "week": week,
                "feed": feed,
                "revision": 1,
                "input_digest": f"{feed}-{week}",
                "verdict": "passed",
                "coverage_percent": 100.0,
                "version": "0.1.0",
            }
            for week in weeks
            for feed in feeds
        ]
    )


def fill(connection: duckdb.DuckDBPyConnection, *, subscribers: int = 40) -> None:
    """Fill every table that an edition reads."""
    months = [*(date(year, 6, 1) for year in WEEKS), date(2020, 1, 1)]
    hours = pl.concat([rates(month) for month in months])
    for year, monday in WEEKS.items():
        insert(connection, "subscriber_day", volumes(year, monday, subscribers))
        insert(connection, "subscriber_snapshot", snapshot(monday, subscribers))
        insert(connection, "port_week", ports(year, monday))
        insert(connection, "port_group_hour", port_groups(year, monday))
    insert(connection, "rate_hour", hours)
    feeds = ("flows", "assignments", "usage", "subscribers")
    insert(connection, "load_log", loads(WEEKS.values(), feeds))
    insert(connection, "load_log", loads(sorted(set(hours["week"])), ["counters"]))


def worded(note: Note) -> str:
    """A footnote as people read it in English."""
    return wording().note(note.kind, note.key, note.values)


def findings_of(edition: CompiledEdition, table: str) -> list[str]:
    """What an edition's footnotes say was found about a table."""
    return [worded(n) for n in edition.notes if n.kind == "finding" and table in n.tables]


def make_lake(lake: Path) -> Path:
    """A filled DuckLake in a folder."""
    lake.mkdir()
    with open_archive(make_settings_over(lake, lake / "var"), read_only=False) as archive:
        archive.connection.execute("BEGIN")
        fill(archive.connection)
        archive.connection.execute("COMMIT")
    return lake


@pytest.fixture(scope="session")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive of three analysis weeks, made once."""
    return make_lake(tmp_path_factory.mktemp("archive") / "lake")


@pytest.fixture
def lake_settings(shared_lake: Path, tmp_path: Path) -> Settings:
    """Settings over an archive of three analysis weeks that a test only reads."""
    return make_settings_over(shared_lake, tmp_path / "installation")


@pytest.fixture
def own_lake_settings(shared_lake: Path, tmp_path: Path) -> Settings:
    """Settings over a copy of the same archive, for a test that changes it."""
    lake = shutil.copytree(shared_lake, tmp_path / "lake")
    return make_settings_over(lake, tmp_path / "installation")


@dataclass(frozen=True)
class MemoryArchive:
    """The archive's tables in memory; `folder` takes copies of them as files."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    snapshot: int = 1

    def files(self, table: str) -> list[tuple[str, str | None]]:
        """The rows of a table as they are now, in a Parquet file."""
        file = self.folder / f"{table}.parquet"
        self.connection.sql(f"FROM {identifier(table)}").write_parquet(str(file))
        return [(str(file), None)]


@contextmanager
def filled_memory(
    folder: Path, *, subscribers: int = 40
) -> Iterator[tuple[Settings, MemoryArchive]]:
    """The archive's tables of three analysis weeks in memory, and settings to read them."""
    settings = make_settings_over(folder, folder / "installation")
    with connect(settings) as connection:
        for table in tables("archive"):
            columns = contract("archive", table).column_definitions()
            connection.execute(f"CREATE TABLE {identifier(table)} ({columns})")
        fill(connection, subscribers=subscribers)
        yield settings, MemoryArchive(connection, folder)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledEdition:
    """The edition compiled from the archive as it was filled."""
    with filled_memory(tmp_path_factory.mktemp("compiled")) as (settings, archive):
        return compile_edition(settings, 2024, archive)


@pytest.fixture(scope="session")
def drawings(compiled: CompiledEdition) -> dict[str, Drawing]:
    """The figures of that edition."""
    return draw_edition(compiled, ())


@pytest.fixture
def memory_archive(tmp_path: Path) -> Iterator[tuple[Settings, MemoryArchive]]:
    """An archive in memory that a test may change."""
    with filled_memory(tmp_path) as filled:
        yield filled


@pytest.fixture
def memory_connection(
    memory_archive: tuple[Settings, MemoryArchive],
) -> duckdb.DuckDBPyConnection:
    """The connection to the archive in memory."""
    return memory_archive[1].connection


@pytest.fixture
def compile_memory(
    memory_archive: tuple[Settings, MemoryArchive],
) -> Callable[[], CompiledEdition]:
    """Compile the edition of the archive in memory, as it is when called."""
    settings, archive = memory_archive
    return lambda: compile_edition(settings, 2024, archive)


@pytest.fixture(scope="session")
def released_settings(shared_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings by which the archive in the shared lake was published once."""
    return make_settings_over(shared_lake, tmp_path_factory.mktemp("released"))


@pytest.fixture(scope="session")
def released(released_settings: Settings) -> Path:
    """The release of the archive in the shared lake, which tests only read."""
    return publish(released_settings, 2024).path


@pytest.fixture
def memory_settings(
    memory_archive: tuple[Settings, MemoryArchive], monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings by which the archive in memory is published."""
    settings, archive = memory_archive
    for module in ("publication", "verification.rebuild"):
        monkeypatch.setattr(
            f"longflow.release.{module}.open_archive", lambda *_, **__: nullcontext(archive)
        )
    return settings
