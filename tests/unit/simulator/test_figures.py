"""The provider resembles the published figures: ports, levels, hours, daily volumes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from longflow.simulator.clock import WeekClock
from longflow.simulator.levels import level
from longflow.simulator.population import Lines, lines_of_week
from longflow.simulator.ports import KINDS, TCP, UDP, shares
from longflow.simulator.profiles import hour_weights
from longflow.simulator.provider import Provider

PROVIDER = Provider()


def lines(service: str, access: str, monday: date) -> Lines:
    return lines_of_week(PROVIDER, WeekClock.of(PROVIDER, monday), service, access)


def broadband_bytes(monday: date, access: str, direction: str) -> float:
    population = lines("broadband", access, monday)
    volumes = population.out_bytes if direction == "out" else population.in_bytes
    return float(volumes[:, 1:8].sum())


@pytest.mark.parametrize(
    ("service", "year", "protocol", "percent"),
    [
        ("broadband", 2024, TCP, 67.5),
        ("broadband", 2020, UDP, 19.4),
        ("mobile", 2024, UDP, 27.5),
        ("mobile", 2021, TCP, 70.3),
    ],
)
def test_protocols_have_their_published_share_over_both_ip_versions(
    service: str, year: int, protocol: int, percent: float
) -> None:
    ipv4, ipv6 = shares(service, year, 0.4)
    together = 0.6 * ipv4 + 0.4 * ipv6
    mine = [kind.protocol == protocol for kind in KINDS[service]]
    assert 100 * together[mine].sum() == pytest.approx(percent, abs=0.15)


def test_https_is_larger_on_ipv6() -> None:
    ipv4, ipv6 = shares("mobile", 2024, 0.5)
    https = [kind.among == (443,) for kind in KINDS["mobile"]]
    assert ipv6[https].sum() > ipv4[https].sum() + 0.1


def test_years_before_the_first_table_have_its_shares() -> None:
    np.testing.assert_array_equal(shares("broadband", 2019, 0.3), shares("broadband", 2020, 0.3))


@pytest.mark.parametrize(
    ("service", "access", "direction", "mean_mb", "top_10_percent"),
    [
        ("mobile", "", "out", 150.4, 48),
        ("mobile", "", "in", 16.3, 45),
        ("broadband", "pppoe", "in", 946, 75),
        ("broadband", "pppoe", "out", 5973, 50),
    ],
)
def test_consumers_of_2024_use_what_was_published(
    service: str, access: str, direction: str, mean_mb: float, top_10_percent: float
) -> None:
    population = lines(service, access, date(2024, 6, 3))
    volumes = population.out_bytes if direction == "out" else population.in_bytes
    daily = np.sort(volumes[:, 1:8].mean(axis=1)[~population.business])
    daily = daily[daily > 0] / 1e6
    assert daily.mean() == pytest.approx(mean_mb, rel=0.06)
    top = daily[-len(daily) // 10 :].sum() / daily.sum()
    assert 100 * top == pytest.approx(top_10_percent, abs=6)


@pytest.mark.parametrize(
    ("year", "monday", "out", "into"),
    [
        (2023, date(2023, 5, 29), 44, 42),
        (2024, date(2024, 6, 3), 48, 43),
    ],
)
def test_ipoe_has_its_published_share(year: int, monday: date, out: int, into: int) -> None:
    for direction, percent in (("out", out), ("in", into)):
        ipoe = broadband_bytes(monday, "ipoe", direction)
        pppoe = broadband_bytes(monday, "pppoe", direction)
        assert 100 * ipoe / (ipoe + pppoe) == pytest.approx(percent, abs=2), (year, direction)


def test_broadband_doubles_in_five_years_and_most_from_2019_to_2020() -> None:
    june = {
        2019: date(2019, 6, 3),
        2020: date(2020, 6, 1),
        2021: date(2021, 5, 31),
        2022: date(2022, 5, 30),
        2023: date(2023, 5, 29),
        2024: date(2024, 6, 3),
    }
    total = {
        year: sum(broadband_bytes(day, access, "out") for access in ("pppoe", "ipoe"))
        for year, day in june.items()
    }
    steps = {year: total[year] / total[year - 1] for year in range(2020, 2025)}
    assert total[2024] / total[2019] == pytest.approx(2.01, abs=0.1)
    assert max(steps, key=lambda year: steps[year]) == 2020


def test_a_level_stands_still_after_the_last_figures() -> None:
    assert level("mobile", "", date(2024, 6, 6)) == level("mobile", "", date(2026, 6, 6))


def test_a_line_keeps_contract_and_segment_over_the_years() -> None:
    early, late = (lines("broadband", "pppoe", day) for day in (date(2019, 6, 3), date(2024, 6, 3)))
    assert len(early) > len(late)
    assert early.names[: len(late)] == late.names
    assert early.contracts[: len(late)] == late.contracts
    np.testing.assert_array_equal(early.business[: len(late)], late.business)


def test_about_eight_percent_are_businesses_and_some_contracts_have_both_lines() -> None:
    pppoe, ipoe = (lines("broadband", access, date(2024, 6, 3)) for access in ("pppoe", "ipoe"))
    assert pppoe.business.mean() == pytest.approx(0.08, abs=0.01)
    both = {contract: index for index, contract in enumerate(pppoe.contracts)}
    shared = [
        (both[contract], index) for index, contract in enumerate(ipoe.contracts) if contract in both
    ]
    assert len(shared) == 60
    assert all(pppoe.business[one] == ipoe.business[other] for one, other in shared)


@pytest.mark.parametrize("monday", [date(2024, 6, 3), date(2024, 10, 21)])
def test_the_hours_of_a_day_add_up_to_the_day(monday: date) -> None:
    clock = WeekClock.of(PROVIDER, monday)
    weights = hour_weights(clock, "mobile", "out")
    by_day = np.bincount(clock.hour_day, weights=weights)
    np.testing.assert_allclose(by_day[1:8], 1.0)
    evening = hour_weights(clock, "broadband", "out")[1:25]
    assert 19 <= int(evening.argmax()) <= 22
