"""What sentences about ports should say."""

from __future__ import annotations

import polars as pl

from tests.end_to_end.published.said import Expected, Values
from tests.end_to_end.published.truth import edition, truth

NUMBERS = {"TCP": 6, "UDP": 17}
PORTS = {
    "tcp": ("TCP", None),
    "udp": ("UDP", None),
    "https": ("TCP", 443),
    "quic": ("UDP", 443),
    "http": ("TCP", 80),
}


def port_share(
    year: int, service: str, protocol: str, port: int | None, version: int | None = None
) -> float:
    """Percent of the bytes of a service, or of one IP version, in a year's week."""
    week = truth(edition().analysis_weeks[year], "port_week").filter(service=service)
    if version is not None:
        week = week.filter(ip_version=version)
    own = week.filter(protocol=NUMBERS[protocol])
    if port is not None:
        own = own.filter(port=port)
    return 100 * int(own["sampled_bytes"].sum()) / int(week["sampled_bytes"].sum())


def shares_of(of: Values, *names: str) -> Expected:
    found = {}
    for name in names:
        found[name] = port_share(of["year"], of["service"], *PORTS[name])
        if of["before"] is not None:
            before = port_share(of["before"], of["service"], *PORTS[name])
            found[f"{name}_change"] = found[name] - before
    return found


def ports_since_first(of: Values) -> Expected:
    return {
        name: port_share(of["year"], of["service"], *PORTS[name])
        - port_share(of["first"], of["service"], *PORTS[name])
        for name in ("quic", "http")
    }


def largest_dynamic(of: Values) -> Expected:
    found = {}
    for name, port in (("share", of["port"]), ("second", of["second_port"])):
        if port is not None:
            protocol, number = port.split()
            found[name] = port_share(of["year"], of["service"], protocol, int(number))
    week = truth(edition().analysis_weeks[of["year"]], "port_week").filter(
        pl.col("protocol").is_in([*NUMBERS.values()]),
        pl.col("port") >= 1024,
        service=of["service"],
    )
    largest = week.group_by("protocol", "port").agg(pl.col("sampled_bytes").sum())
    first = largest.sort("sampled_bytes").row(-1, named=True)
    assert of["port"].split() == [
        next(name for name, number in NUMBERS.items() if number == first["protocol"]),
        str(first["port"]),
    ]
    return {**found, **({"ahead": found["share"] - found["second"]} if len(found) > 1 else {})}


def ipv6_share(of: Values) -> Expected:
    def percent(year: int) -> float:
        week = truth(edition().analysis_weeks[year], "port_week").filter(service="mobile")
        own = week.filter(ip_version=6)
        return 100 * int(own["sampled_bytes"].sum()) / int(week["sampled_bytes"].sum())

    share = percent(of["year"])
    return {
        "share": share,
        **({} if of["before"] is None else {"change": share - percent(of["before"])}),
    }


def ports_by_version(of: Values) -> Expected:
    found = {
        f"{name}_{version}": port_share(of["year"], "mobile", *PORTS[name], version)
        for name in ("quic", "https")
        for version in (4, 6)
    }
    changes = {
        f"{name}_change": found[f"{name}_6"] - found[f"{name}_4"]
        for name in PORTS
        if f"{name}_6" in found
    }
    return {**found, **changes}
