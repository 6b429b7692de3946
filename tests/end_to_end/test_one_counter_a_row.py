"""A week of counters in rows of one counter each: every row is loaded, quarantined or counted."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.conftest import MONDAY, Site

SETTINGS = """
[provider]
name = "Test"
time_zone = "Asia/Tokyo"

[[sources]]
name = "snmp"
feed = "counters"
preset = "prometheus-csv"
files = "*.csv"

[sources.interfaces]
pppoe = "r1 ae1"
mobile = "r2 *"

[validation.max_share]
"counters.in_octets_present" = 1.0
"counters.out_octets_present" = 1.0
"""
# 00:00 of the Monday in Tokyo.
START_S = 1_717_340_400
IN, OUT = "ifHCInOctets", "ifHCOutOctets"


def test_rows_of_one_counter_add_up(tmp_path: Path) -> None:
    rows = [
        f"{name},{device},{port},{START_S + 300 * n},{octets * n}"
        for name, octets in ((IN, 1_000), (OUT, 50_000), ("ifInErrors", 1))
        for device, port in (("r1", "ae1"), ("r2", "gi0"), ("r1", "core0"))
        for n in range(2016)
    ]
    alone = [f"{IN},r1,ae1,{START_S + 7},1", f"{OUT},r2,gi0,{START_S + 8},1"]
    site = Site(tmp_path)
    (tmp_path / "longflow.toml").write_text(SETTINGS)
    path = site.landing / "counters" / "snmp" / str(MONDAY) / "counters.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(["__name__,instance,ifName,timestamp,value", *rows, *alone]) + "\n")

    site.ingest()

    log = site.query(
        "SELECT delivered_rows, loaded_rows, quarantined_rows, out_of_week_rows "
        "FROM load_log WHERE feed = 'counters'"
    )
    assert log.rows() == [(2 * 2016 + 2, 2 * 2016, 2, 0)]
    findings = site.query("SELECT rule, rows FROM finding WHERE feed = 'counters' ORDER BY rule")
    found = dict(findings.rows())
    assert found["counters.other_interface"] == 3 * 2016
    assert found["counters.other_counter"] == 2 * 2016
    # Every delivered row: two in each reading, one in each that is alone, and those left out.
    assert len(rows) + len(alone) == 2 * 2 * 2016 + 2 + 3 * 2016 + 2 * 2016
    octets = site.query("SELECT service, sum(in_bytes), sum(out_bytes) FROM rate_hour GROUP BY 1")
    assert sorted(octets.rows()) == [
        ("broadband", 2015 * 1_000, 2015 * 50_000),
        ("mobile", 2015 * 1_000, 2015 * 50_000),
    ]
