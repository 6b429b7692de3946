"""An edition whose archive holds weeks around its analysis week: what they say is the truth."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from longflow import steps
from longflow.release import publish, verify
from longflow.simulator.provider import Provider

from tests.end_to_end.conftest import MONDAY, Site, new_site

OFFSETS = (-1, 2)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Path]:
    """A provider that samples, three weeks of it taken in, and the release of the middle one."""
    provider = Provider(
        sampling_interval=512, pppoe_contracts=15, ipoe_contracts=15, mobile_numbers=30, seed=21
    )
    weeks = [MONDAY, *(MONDAY + timedelta(weeks=offset) for offset in OFFSETS)]
    site = new_site(tmp_path_factory.mktemp("neighbours"), provider, *weeks)
    file = site.folder / "longflow.toml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"\n20(19|2[0-3]) = .*", "", text)
    # With so few subscribers everything would be withheld.
    text = re.sub(r"\nminimum_subscribers = .*", "\nminimum_subscribers = 1", text)
    file.write_text(text, encoding="utf-8")
    for week in weeks:
        (batch,) = steps.plan(site.settings, run_key=f"week-{week}", first=week)
        for step in (steps.fetch, steps.stage, steps.judge, steps.load):
            step(site.settings, batch)
        assert steps.conclude(site.settings, batch).refusals == []
    return site, publish(site.settings, 2024).path


def consumers(site: Site, week: date, service: str, direction: str) -> list[int]:
    """Bytes of every consumer with any, from what the simulator says it delivered."""
    who = "subscriber" if service == "mobile" else "contract"
    volumes = (
        site.truth("subscriber_day", week)
        .filter(service=service, segment="consumer")
        .group_by(who, "access")
        .agg(pl.col(f"sampled_{direction}_bytes").sum())
    )
    return [volume for volume in volumes[f"sampled_{direction}_bytes"] if volume > 0]


def test_release_is_verified(published: tuple[Site, Path]) -> None:
    site, release = published
    assert verify(site.settings, release).problems == ()


def test_volumes_of_the_weeks_around_are_the_truth(published: tuple[Site, Path]) -> None:
    site, release = published
    found = pl.read_parquet(release / "tables" / "sensitivity.parquet")
    assert sorted(set(found["offset_weeks"])) == list(OFFSETS)
    for table, service in (("table-1", "broadband"), ("table-2", "mobile")):
        means = found.filter(table=table, column="mean_mb")
        assert means.height == 2 * len(OFFSETS)
        for row in means.iter_rows(named=True):
            for week, value in ((row["week"], row["value"]), (MONDAY, row["edition_value"])):
                volumes = consumers(site, week, service, row["direction"])
                assert value == pytest.approx(sum(volumes) / len(volumes) / 7e6, rel=1e-12)


def test_shares_of_the_weeks_around_are_the_truth(published: tuple[Site, Path]) -> None:
    site, release = published
    found = pl.read_parquet(release / "tables" / "sensitivity.parquet").filter(
        table="table-4", level="port"
    )
    assert found.height > 0
    numbers = {"TCP": 6, "UDP": 17}
    for row in found.iter_rows(named=True):
        ports = site.truth("port_week", row["week"]).filter(service="mobile")
        own = ports.filter(protocol=numbers[row["protocol"]], port=int(row["port"]))
        share = 100 * int(own["sampled_bytes"].sum()) / int(ports["sampled_bytes"].sum())
        assert row["value"] == pytest.approx(share, rel=1e-12)


def test_report_shows_the_range(published: tuple[Site, Path]) -> None:
    report = (published[1] / "report.html").read_text(encoding="utf-8")
    section = report.split('<section id="sensitivity"')[1].split("</section>")[0]
    assert "IN mean" in section
    assert re.search(r"[+\N{MINUS SIGN}]\d+\.\d … [+\N{MINUS SIGN}]?\d+\.\d", section)
