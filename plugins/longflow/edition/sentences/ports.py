"""Sentences on protocols, ports and IP versions."""

from __future__ import annotations

from collections.abc import Iterator

from longflow.edition.sentences.figures import Figure, Figures, Row
from longflow.edition.sentences.numbers import change_in_points, level
from longflow.edition.sentences.sentence import Numbers, Sentence
from longflow.edition.sentences.wanted import PORTS, SERVICES, is_said, last_two, sentence

_SHARE, _BY_VERSION = "share_percent", "table-4-by-ip-version"
_PORT = ("level", "protocol", "port")
_FIRST_DYNAMIC = 1024

# Rows of a port table, by the names that texts use.
_ROWS: dict[str, dict[str, str]] = {
    "tcp": {"level": "protocol", "protocol": "TCP"},
    "udp": {"level": "protocol", "protocol": "UDP"},
    "https": {"level": "port", "protocol": "TCP", "port": "443"},
    "quic": {"level": "port", "protocol": "UDP", "port": "443"},
    "http": {"level": "port", "protocol": "TCP", "port": "80"},
}


def ports(figures: Figures) -> Iterator[Sentence]:
    """Shares of protocols and ports in the last year, and how they moved."""
    for service in SERVICES:
        table = PORTS[service]
        years = figures.years(table, _SHARE)
        year, before = last_two(years)
        for key, names in (("protocols", ("tcp", "udp")), ("web", ("https", "quic", "http"))):
            numbers = _shares(figures, table, names, year, before)
            if is_said(numbers, *names[:2]):
                yield sentence("ports", key, numbers, service=service, year=year, before=before)
        yield from _since_first(figures, service, years)
        yield from _largest_dynamic(figures, service, year)


def _get(figures: Figures, table: str, year: int | None, **row: object) -> Figure | None:
    return figures.get(table, _SHARE, year=year, **row)


def _shares(
    figures: Figures, table: str, names: tuple[str, ...], year: int | None, before: int | None
) -> Numbers:
    """Of each row its share and how far it moved."""
    found = {
        (name, of): _get(figures, table, of, **_ROWS[name])
        for name in names
        for of in (year, before)
    }
    return {
        **{name: level(found[name, year], "percent") for name in names},
        **{
            f"{name}_change": change_in_points(found[name, year], found[name, before])
            for name in names
        },
    }


def _since_first(figures: Figures, service: str, years: list[int]) -> Iterator[Sentence]:
    """What moved over all the years of the table."""
    if len(years) < 3:
        return
    names = ("quic", "http")
    numbers = _shares(figures, PORTS[service], names, years[-1], years[0])
    changes: Numbers = {name: numbers[f"{name}_change"] for name in names}
    if is_said(changes, *names):
        span = {"first": years[0], "year": years[-1]}
        yield sentence("ports", "ports_since_first", changes, service=service, **span)


def _largest_dynamic(figures: Figures, service: str, year: int | None) -> Iterator[Sentence]:
    table = PORTS[service]
    found = [
        share
        for row in figures.rows(table, year=year)
        if _is_dynamic(row)
        and (share := _get(figures, table, year, **{of: row[of] for of in _PORT})) is not None
    ]
    found.sort(key=lambda share: share.value, reverse=True)
    # A withheld one could be larger.
    if not found or any(map(_is_dynamic, figures.withheld(table, year=year))):
        return
    largest, second = found[0], found[1] if len(found) > 1 else None
    numbers: Numbers = {
        "share": level(largest, "percent"),
        "second": level(second, "percent"),
        # Both are shares of the same bytes.
        "ahead": change_in_points(largest, second, independent=False),
    }
    yield sentence(
        "ports",
        "largest_dynamic",
        numbers,
        service=service,
        year=year,
        port=_name(largest),
        second_port=None if second is None else _name(second),
    )


def _name(share: Figure) -> str:
    return f"{share.row['protocol']} {share.row['port']}"


def _is_dynamic(row: Row) -> bool:
    port = str(row["port"])
    return row["level"] == "port" and port.isdigit() and int(port) >= _FIRST_DYNAMIC


def ip_versions(figures: Figures) -> Iterator[Sentence]:
    """IPv6 in mobile traffic, and how its ports differ from those of IPv4."""
    year, before = last_two(figures.years(_BY_VERSION, _SHARE))
    now, then = (
        _get(figures, _BY_VERSION, of, ip_version=6, level="version") for of in (year, before)
    )
    numbers: Numbers = {"share": level(now, "percent"), "change": change_in_points(now, then)}
    if is_said(numbers, "share"):
        yield sentence("ip_versions", "ipv6_share", numbers, year=year, before=before)
    of_versions: dict[tuple[str, int], Figure | None] = {
        (name, version): _get(figures, _BY_VERSION, year, ip_version=version, **_ROWS[name])
        for name in ("quic", "https")
        for version in (6, 4)
    }
    by_version: Numbers = {
        **{f"{name}_{of}": level(share, "percent") for (name, of), share in of_versions.items()},
        **{
            f"{name}_change": change_in_points(of_versions[name, 6], of_versions[name, 4])
            for name in ("quic", "https")
        },
    }
    if is_said(by_version, *by_version):
        yield sentence("ip_versions", "ports_by_version", by_version, year=year)
