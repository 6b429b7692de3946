"""Editions with other weeks, years, months and spans than those of June 2019 to June 2024."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from longflow.archive import open_archive
from longflow.release import publish, verify
from longflow.settings import Settings

from tests.unit.conftest import SETTINGS, insert, loads, rates, snapshot, volumes
from tests.unit.port_rows import ports

# The last one begins in the calendar year before its own.
WEEKS = {2021: date(2021, 1, 11), 2022: date(2022, 1, 10), 2023: date(2022, 12, 26)}
RULES = """
base_month = "2021-04"
formats = []
growth_month = 11
port_years = 2
neighbour_weeks = 1
minimum_subscribers = 1

[editions.2023.analysis_weeks]
"""


def settings_for(folder: Path, weeks: dict[int, date]) -> Settings:
    """Settings of an edition 2023 of these weeks, over an archive of its own."""
    head = SETTINGS.split("[editions.2024]")[0]
    lines = "".join(f"{year} = {monday}\n" for year, monday in weeks.items())
    file = folder / "longflow.toml"
    file.write_text(f'{head}[editions.2023]\ntitle = "Two years"{RULES}{lines}')
    return Settings.load(file)


def fill(settings: Settings) -> None:
    """Every analysis week, the one after that of 2022, and the months of growth."""
    months = [date(2021, 4, 1), *(date(year, 11, 1) for year in WEEKS)]
    hours = pl.concat([rates(month) for month in months])
    with open_archive(settings, read_only=False) as archive:
        for year, monday in [*WEEKS.items(), (2020, WEEKS[2022] + timedelta(weeks=1))]:
            insert(archive.connection, "subscriber_day", volumes(year, monday, 30))
            insert(archive.connection, "subscriber_snapshot", snapshot(monday, 30))
            insert(archive.connection, "port_week", ports(year, monday))
            insert(archive.connection, "load_log", loads([monday], ["flows", "usage"]))
        insert(archive.connection, "rate_hour", hours)
        insert(archive.connection, "load_log", loads(sorted(set(hours["week"])), ["counters"]))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_for(tmp_path_factory.mktemp("span"), WEEKS)
    fill(settings)
    return settings


@pytest.fixture(scope="module")
def release(settings: Settings) -> Path:
    return publish(settings, 2023).path


def table(release: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(release / "tables" / f"{name}.parquet")


def test_every_value_of_it_is_verified(settings: Settings, release: Path) -> None:
    assert verify(settings, release).problems == ()


def test_tables_hold_the_years_of_the_edition(release: Path) -> None:
    for name in ("table-1", "table-2", "concentration"):
        assert sorted(set(table(release, name)["year"])) == [2021, 2022, 2023]
    for name in ("table-3", "table-4", "table-4-by-ip-version"):
        assert sorted(set(table(release, name)["year"])) == [2022, 2023]


@pytest.mark.parametrize(
    ("measure", "first", "last", "value"),
    [
        # `rates`: interfaces of 18 and of IPoE 3 more a year, a tenth more a year on all of them.
        ("yearly_growth_percent", "2021-11", "2022-11", 100 * (27 / 24 * 1.1 - 1)),
        ("yearly_growth_percent", "2022-11", "2023-11", 100 * (30 / 27 * 1.1 - 1)),
        ("ratio_to_base", "2021-04", "2023-11", 30 / 24 * 1.1 ** (2 + 7 / 12)),
        ("two_year_ratio", "2021-11", "2023-11", 30 / 24 * 1.1**2),
        ("annualised_ratio", "2021-11", "2023-11", (30 / 24 * 1.1**2) ** 0.5),
        ("ipoe_share_percent", "2023-11", "2023-11", 100 * 12 / 30),
    ],
)
def test_growth_is_measured_from_its_months(
    release: Path, measure: str, first: str, last: str, value: float
) -> None:
    rows = table(release, "growth").filter(
        pl.col("from") == first, measure=measure, service="broadband", direction="out", to=last
    )
    assert rows["value"].to_list() == [pytest.approx(value, rel=1e-6)]


def test_modes_and_parts_compare_its_years(release: Path) -> None:
    growth = table(release, "growth")
    spans = {"two_year_mode_ratio": {("2021", "2023")}}
    spans["yearly_mode_ratio"] = {("2021", "2022"), ("2022", "2023")}
    for measure, expected in spans.items():
        assert set(growth.filter(measure=measure).select("from", "to").iter_rows()) == expected
    parts = table(release, "growth-parts")
    assert set(parts.select("from", "to").iter_rows()) == {
        ("2021", "2022"),
        ("2022", "2023"),
        ("2021", "2023"),
    }


def test_the_week_around_an_analysis_week_is_found(release: Path) -> None:
    found = table(release, "sensitivity").select("year", "offset_weeks", "week").unique()
    assert found.rows() == [(2022, 1, date(2022, 1, 17))]


def test_a_single_year_has_no_growth_but_everything_else(
    settings: Settings, tmp_path: Path
) -> None:
    single = settings_for(tmp_path, {2023: WEEKS[2023]})
    fill(single)
    release = publish(single, 2023).path
    assert verify(single, release).problems == ()
    assert table(release, "growth-parts").is_empty()
    assert set(table(release, "growth")["measure"]) == {"ratio_to_base", "ipoe_share_percent"}
    assert set(table(release, "table-1")["year"]) == {2023}
