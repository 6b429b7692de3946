"""Port shares of a published edition against the simulator's truth."""

from __future__ import annotations

import itertools

import polars as pl
import pytest

from tests.end_to_end.published.truth import edition, least, needs_published, same, table, truth

pytestmark = needs_published

PROTOCOLS = {
    "TCP": (6,), "UDP": (17,), "ESP": (50,), "GRE": (47,), "IP-ENCAP": (4,), "ICMP": (1, 58),
}  # fmt: skip

CLASSES = {
    "<1024": pl.col("port") < 1024,
    ">=1024": pl.col("port") >= 1024,
    "unknown": pl.col("port").is_null(),
}


@pytest.mark.parametrize(
    ("name", "service", "version"),
    [
        ("table-3", "broadband", None),
        ("table-4", "mobile", None),
        ("table-4-by-ip-version", "mobile", 4),
        ("table-4-by-ip-version", "mobile", 6),
    ],
)
def test_port_shares(name: str, service: str, version: int | None) -> None:
    rows = table(name)
    if version is not None:
        rows = rows.filter(ip_version=version)
    years = edition().years[-edition().port_years :]
    assert sorted(rows["year"].unique()) == years
    named = {
        (row["protocol"], int(row["port"]))
        for row in rows.filter(pl.col("level") == "port").iter_rows(named=True)
        if str(row["port"]).isdigit()
    }
    reported = rows.filter(pl.col("status") == "computed")
    if version is None:
        assert reported.filter(protocol="TCP", level="protocol").height == len(years)
    assert reported["share_percent"].null_count() == 0
    assert rows.filter(pl.col("status") == "withheld")["share_percent"].drop_nulls().is_empty()
    for row in reported.iter_rows(named=True):
        week = truth(edition().analysis_weeks[row["year"]], "port_week").filter(
            pl.col("service") == service
        )
        own = week if version is None else week.filter(ip_version=version)
        if row["level"] == "version":
            share = 100 * int(own["sampled_bytes"].sum()) / int(week["sampled_bytes"].sum())
            assert same(row["share_percent"], share), row
            continue
        week = own
        chosen = week.filter(pl.col("protocol").is_in(PROTOCOLS[row["protocol"]]))
        if row["level"] == "class":
            chosen = chosen.filter(CLASSES[row["port"]])
        elif row["level"] == "port" and str(row["port"]).isdigit():
            chosen = chosen.filter(pl.col("port") == int(row["port"]))
        elif row["level"] == "port":
            taken = [port for protocol, port in named if protocol == row["protocol"]]
            rest = pl.col("port").is_not_null() & ~pl.col("port").is_in(taken)
            limits = {
                "other": rest,
                "other <1024": rest & CLASSES["<1024"],
                "other >=1024": rest & CLASSES[">=1024"],
                "unknown": CLASSES["unknown"],
            }
            chosen = chosen.filter(limits[row["port"]])
        share = 100 * int(chosen["sampled_bytes"].sum()) / int(week["sampled_bytes"].sum())
        assert same(row["share_percent"], share), row
        # For mobile a row's number of subscribers is unknown and estimated by the mean volume.
        if service == "mobile" and share:
            of_both = truth(edition().analysis_weeks[row["year"]], "port_week").filter(
                service=service
            )
            part = int(chosen["sampled_bytes"].sum()) / int(of_both["sampled_bytes"].sum())
            numbers = truth(edition().analysis_weeks[row["year"]], "subscriber_day").filter(
                service=service
            )["subscriber"]
            assert least() == 1 or part * numbers.n_unique() >= least() - 1e-6


@pytest.mark.parametrize(
    ("name", "service", "versions"),
    [
        ("table-3", "broadband", [[4, 6]]),
        ("table-4", "mobile", [[4, 6]]),
        ("table-4-by-ip-version", "mobile", [[4], [6]]),
    ],
)
def test_ports_over_the_threshold_have_a_row(
    name: str, service: str, versions: list[list[int]]
) -> None:
    largest: dict[tuple[int, int], float] = {}
    for year, of in itertools.product(edition().years[-edition().port_years :], versions):
        week = truth(edition().analysis_weeks[year], "port_week").filter(
            (pl.col("service") == service) & pl.col("ip_version").is_in(of)
        )
        by_port = week.filter(pl.col("port").is_not_null()).group_by("protocol", "port")
        for protocol, port, volume in by_port.agg(pl.col("sampled_bytes").sum()).iter_rows():
            share = 100 * int(volume) / int(week["sampled_bytes"].sum())
            largest[protocol, port] = max(share, largest.get((protocol, port), 0))
    rule = edition().port_rows
    over = [key for key, share in largest.items() if share > rule.threshold_percent]
    expected = set(sorted(over, key=lambda key: -largest[key])[: rule.most])

    ports = table(name).filter(
        (pl.col("level") == "port") & pl.col("port").cast(pl.String).str.contains(r"^\d+$")
    )
    numbers = {"TCP": 6, "UDP": 17}
    assert {
        (numbers[p], int(n)) for p, n in ports.select("protocol", "port").iter_rows()
    } == expected
