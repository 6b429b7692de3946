"""What an edition draws on: populations, months, names."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from longflow.edition import scope
from longflow.errors import LongflowError
from longflow.settings import Edition, Feed, Provider, Settings, Source

EDITION = Edition(
    title="Look back", analysis_weeks={2020: date(2020, 6, 1), 2021: date(2021, 5, 31)}
)


def settings(*sources: Source) -> Settings:
    return Settings(
        file=Path("longflow.toml"),
        provider=Provider(name="Test", time_zone="Asia/Tokyo"),
        sources=sources,
    )


FLOWS = Source(name="east", feed=Feed.FLOWS, service="broadband", format="nfcapd")
PARTNER = Source(name="partner", feed=Feed.USAGE, service="broadband", access="ipoe", format="csv")
GATEWAY = Source(name="gateway", feed=Feed.USAGE, service="mobile", format="csv")


def test_an_edition_reads_of_the_archive_what_its_queries_name() -> None:
    reads = scope.reads(EDITION)
    of_all_weeks = {table for table, weeks in reads.items() if weeks is None}
    assert of_all_weeks == {"rate_hour", "published_figure"}
    log = reads["load_log"]
    assert log is not None
    assert date(2020, 10, 5) in log
    assert date(2020, 10, 5) not in (reads["subscriber_day"] or ())
    assert reads.keys() - of_all_weeks == {
        *("subscriber_day", "subscriber_snapshot", "sampling_day", "load_log"),
        *("port_week", "port_group_hour"),
    }


def test_ipoe_joins_the_population_in_2021() -> None:
    assert scope.populations(settings(FLOWS, PARTNER, GATEWAY), EDITION) == [
        (2020, "broadband", "pppoe", "pppoe"),
        (2020, "mobile", "", "numbers"),
        (2021, "broadband", "pppoe", "pppoe+ipoe"),
        (2021, "broadband", "ipoe", "pppoe+ipoe"),
        (2021, "mobile", "", "numbers"),
    ]


def test_ipoe_joins_the_population_in_the_year_of_the_setting() -> None:
    edition = EDITION.model_copy(update={"ipoe_since_year": 2022})
    found = scope.populations(settings(FLOWS, PARTNER), edition)
    assert found == [
        (2020, "broadband", "pppoe", "pppoe"),
        (2021, "broadband", "pppoe", "pppoe"),
    ]


def test_provider_without_partner_and_mobile_has_pppoe_alone() -> None:
    assert scope.populations(settings(FLOWS), EDITION) == [
        (2020, "broadband", "pppoe", "pppoe"),
        (2021, "broadband", "pppoe", "pppoe"),
    ]


def test_provider_without_volumes_of_subscribers_is_reported() -> None:
    with pytest.raises(LongflowError, match=r"longflow\.toml: sources: no source delivers volumes"):
        scope.populations(settings(), EDITION)


def test_months_are_the_growth_months_and_the_base_month() -> None:
    assert scope.months(EDITION) == [date(2020, 1, 1), date(2020, 6, 1), date(2021, 6, 1)]


def test_base_month_that_is_none_is_reported() -> None:
    edition = EDITION.model_copy(update={"base_month": "2020-13"})
    with pytest.raises(LongflowError, match="base_month: '2020-13' is not a month; write it as"):
        scope.months(edition)


@pytest.mark.parametrize(("kind", "key"), [("protocol", 1), ("port", 2)])
def test_every_name_stands_once(kind: str, key: int) -> None:
    with (Path(scope.__file__).parent / "names" / f"{kind}.csv").open() as lines:
        rows = list(csv.reader(lines))[1:]
    keys = [tuple(row[:key]) for row in rows]
    assert len(keys) > 30
    assert len(set(keys)) == len(keys)
