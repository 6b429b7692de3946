"""What only the aggregates show refuses a feed, and leaves the other feeds as they are."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Site

STRICT = {
    "flows": "flows_counters = {warn_percent = 0.000001, refuse_percent = 0.000001}",
    "assignments": "unexplained = {warn_percent = 0.000001, refuse_percent = 0.000001}",
}
# Nothing can be made of assignments without flows.
REFUSED = {"flows": ["assignments", "flows"], "assignments": ["assignments"]}


def refused_by_review(
    feed: str, unsampled: Site, loaded: Site, factory: pytest.TempPathFactory
) -> Site:
    """The week taken in with a tolerance that one of its feeds cannot keep."""
    site = unsampled.copy(factory.mktemp(feed))
    with (site.folder / "longflow.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[validation]\n{STRICT[feed]}\n")
    site.take_key_of(loaded)
    site.ingest()
    refused = site.query("SELECT feed FROM load_log WHERE verdict = 'refused' ORDER BY feed")
    assert refused["feed"].to_list() == REFUSED[feed]
    return site


@pytest.fixture(scope="module")
def without_flows(
    unsampled: Site, unsampled_week: Site, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    return refused_by_review("flows", unsampled, unsampled_week, tmp_path_factory)


@pytest.fixture(scope="module")
def without_assignments(
    unsampled: Site, unsampled_week: Site, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    return refused_by_review("assignments", unsampled, unsampled_week, tmp_path_factory)


def rows_of(site: Site, table: str, rows: str = "true") -> list[tuple[object, ...]]:
    return site.query(f"SELECT * FROM {table} WHERE {rows} ORDER BY ALL").rows()


def test_feeds_beside_a_refused_one_are_as_without_refusal(
    without_flows: Site, without_assignments: Site, unsampled_week: Site
) -> None:
    for site in (without_flows, without_assignments):
        for table, rows in (
            ("subscriber_day", "access <> 'pppoe'"),
            ("subscriber_snapshot", "true"),
            ("rate_hour", "true"),
        ):
            assert rows_of(site, table, rows) == rows_of(unsampled_week, table, rows)
        assert rows_of(site, "subscriber_day", "access = 'pppoe'") == []
        assert rows_of(site, "attribution_week") == []


def test_refused_flows_leave_nothing_but_a_line_in_the_log(without_flows: Site) -> None:
    assert rows_of(without_flows, "port_week") == []
    assert rows_of(without_flows, "port_group_hour") == []
    ((delivered, quarantined),) = without_flows.query(
        "SELECT delivered_rows, quarantined_rows FROM load_log WHERE feed = 'flows'"
    ).rows()
    assert delivered == quarantined > 0


def test_ports_without_believed_assignments_have_bytes_but_no_subscribers(
    without_assignments: Site, unsampled_week: Site
) -> None:
    ports = "SELECT service, protocol, port, sum(bytes) FROM port_week GROUP BY ALL ORDER BY ALL"
    assert without_assignments.query(ports).rows() == unsampled_week.query(ports).rows()
    assert rows_of(without_assignments, "port_week", "subscribers IS NOT NULL") == []
