"""A small simulated provider, its dumps in a landing folder, and weeks taken in from it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from longflow import steps
from longflow.archive import open_archive
from longflow.contract import contract
from longflow.settings import Settings
from longflow.simulator.provider import Provider
from longflow.simulator.simulate import simulate
from longflow.sqlfile import identifier, tables
from longflow.week import Week
from longflow.workspace import Workspace

PROJECT = Path(__file__).parents[2]
MONDAY = date(2024, 6, 3)
# What the archive notes of attempts to load, beside what it holds of the weeks.
NOTES = frozenset({"load_log", "finding", "week_load", "data_file"})


@dataclass(frozen=True)
class Site:
    """An installation: settings, landing folder and, beside it, the truth."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings.load(self.folder / "longflow.toml")

    @property
    def landing(self) -> Path:
        return self.folder / "var" / "landing"

    def workspace(self, run_key: str, monday: date = MONDAY) -> Workspace:
        return Workspace.of(self.settings, run_key, Week(monday, self.settings.zone))

    def truth(self, name: str, monday: date = MONDAY) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "var" / "truth" / str(monday) / f"{name}.parquet")

    def batch(
        self, run_key: str, feeds: list[str] | None = None, accept_reason: str | None = None
    ) -> steps.Batch:
        (batch,) = steps.plan(
            self.settings, run_key=run_key, first=MONDAY, feeds=feeds, accept_reason=accept_reason
        )
        return batch

    def ingest(
        self,
        run_key: str = "test",
        feeds: list[str] | None = None,
        accept_reason: str | None = None,
    ) -> steps.Conclusion:
        batch = self.batch(run_key, feeds, accept_reason)
        for step in (steps.fetch, steps.stage, steps.judge, steps.load):
            step(self.settings, batch)
        return steps.conclude(self.settings, batch)

    def query(self, sql: str) -> pl.DataFrame:
        with open_archive(self.settings) as archive:
            return archive.connection.execute(sql).pl()

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the archive, but for the time at which it was loaded, and names of files."""
        content = {}
        with open_archive(self.settings) as archive:
            for table in set(tables("archive")) - {"data_file"}:
                columns = [c for c in contract("archive", table).columns if c != "loaded_at"]
                names = ", ".join(map(identifier, columns))
                rows = archive.connection.execute(f"SELECT {names} FROM {table} ORDER BY ALL")
                content[table] = rows.fetchall()
        return content

    def volumes(self) -> dict[str, list[tuple[Any, ...]]]:
        """The same without what the archive notes of attempts."""
        return {table: rows for table, rows in self.content().items() if table not in NOTES}

    def take_key_of(self, other: Site) -> None:
        """Give the same subscribers the same pseudonyms as another installation."""
        key = Path("var", "archive", "pseudonym.key")
        (self.folder / key).parent.mkdir(parents=True)
        shutil.copyfile(other.folder / key, self.folder / key)

    def copy(self, folder: Path) -> Site:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Site(folder)


MakeSite = Callable[..., Site]


def new_site(folder: Path, provider: Provider, *weeks: date) -> Site:
    """An installation with the project's settings and the dumps of some weeks."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (PROJECT / "longflow.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?s)\n\[simulator\].*", "\n", text)
    (folder / "longflow.toml").write_text(text, encoding="utf-8")
    site = Site(folder)
    simulate(provider, weeks, [], site.landing, folder / "var" / "truth")
    return site


@pytest.fixture(scope="session")
def unsampled(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A tiny provider that counts every packet; its dumps, not yet taken in."""
    provider = Provider(
        sampling_interval=1, pppoe_contracts=5, ipoe_contracts=5, mobile_numbers=10, seed=11
    )
    return new_site(tmp_path_factory.mktemp("unsampled"), provider, MONDAY)


@pytest.fixture(scope="session")
def unsampled_week(unsampled: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same with its week taken in."""
    site = unsampled.copy(tmp_path_factory.mktemp("unsampled_week"))
    assert site.ingest().refusals == []
    return site


@pytest.fixture(scope="session")
def sampled_week(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A week of a provider that samples one packet in 1024, taken in."""
    provider = Provider(
        sampling_interval=1024, pppoe_contracts=40, ipoe_contracts=10, mobile_numbers=100, seed=12
    )
    site = new_site(tmp_path_factory.mktemp("sampled_week"), provider, MONDAY)
    assert site.ingest().refusals == []
    return site


@pytest.fixture
def site(unsampled: Site, tmp_path: Path) -> Site:
    """Dumps of the tiny provider that a test may spoil; nothing taken in."""
    return unsampled.copy(tmp_path)


@pytest.fixture
def loaded_site(unsampled_week: Site, tmp_path: Path) -> Site:
    """The tiny provider with its week taken in, that a test may spoil."""
    return unsampled_week.copy(tmp_path)
