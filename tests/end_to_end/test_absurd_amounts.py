"""Numbers that no network carries: rows are quarantined or the feed refused, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from longflow import cli
from longflow.records import Verdict
from longflow.week import Week

from tests.end_to_end.conftest import MONDAY, Site

SETTINGS = """
[provider]
name = "Test provider"
time_zone = "Asia/Tokyo"

[[sources]]
name = "core"
feed = "flows"
service = "mobile"
format = "csv"
files = "flows.csv"
"""
HEAD = (
    "first_seen_ms,last_seen_ms,protocol,src_addr,src_port,dst_addr,dst_port,packets,bytes,"
    "exporter,sampling_interval\n"
)
PACKET = 1000


@pytest.fixture
def absurd(tmp_path: Path) -> Site:
    """An installation that expects flows alone."""
    (tmp_path / "longflow.toml").write_text(SETTINGS)
    return Site(tmp_path)


def deliver(site: Site, amounts: list[int], packets: int | None = None) -> None:
    """Deliver flows with these bytes each, and with `packets` each if these should not match."""
    folder = site.landing / "flows" / "core" / str(MONDAY)
    folder.mkdir(parents=True)
    start = Week(MONDAY, site.settings.zone).start_ms
    lines = [
        f"{start + n},{start + n + 7_200_000},6,192.0.2.1,443,198.51.100.{n % 250},50000,"
        f"{packets or size // PACKET},{size},203.0.113.1,1\n"
        for n, size in enumerate(amounts)
    ]
    (folder / "flows.csv").write_text(HEAD + "".join(lines))


def logged(site: Site) -> tuple[Verdict, int, int, int]:
    """Verdict and bytes delivered, loaded and quarantined."""
    log = site.query(
        "SELECT verdict, delivered_bytes, loaded_bytes, quarantined_bytes FROM load_log"
    )
    (row,) = log.rows()
    return row


def test_a_few_absurd_flows_are_quarantined_and_the_rest_is_loaded(absurd: Site) -> None:
    deliver(absurd, [PACKET] * 2000 + [10**18] * 12)

    conclusion = absurd.ingest(feeds=["flows"])

    assert conclusion.refusals == []
    usual, most = 2000 * PACKET, 2**63 - 1
    assert logged(absurd) == ("warned", most, usual, most - usual)
    assert absurd.query("SELECT sum(bytes)::BIGINT FROM port_week").item() == usual


def test_a_week_that_is_too_large_is_refused_by_name(absurd: Site) -> None:
    deliver(absurd, [10**16] * 462)

    (line,) = absurd.ingest(feeds=["flows"]).refusals

    assert "flows: the rows add up to 4,620,000,000,000,000,000 bytes, more than any" in line
    assert logged(absurd) == ("refused", 462 * 10**16, 0, 462 * 10**16)


def test_a_refused_week_of_any_size_can_be_written_down(absurd: Site) -> None:
    deliver(absurd, [10**18] * 100)

    assert absurd.ingest(feeds=["flows"]).refusals != []
    assert logged(absurd) == ("refused", 2**63 - 1, 0, 2**63 - 1)


def test_sums_that_lenient_rules_let_pass_end_in_one_line(
    absurd: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = absurd.folder / "longflow.toml"
    lenient = '"flows.packets_positive" = "info"\n"flows.packet_size_least" = "info"\n'
    settings.write_text(f"{SETTINGS}\n[validation.severity]\n{lenient}")
    deliver(absurd, [PACKET] * 12, packets=10**18)

    words = ["ingest", "--settings", str(settings), "--first", str(MONDAY), "--feeds", "flows"]
    status = cli.main(words)

    assert status == 1
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert "flows: a sum over the feed's rows is too large to count" in line
