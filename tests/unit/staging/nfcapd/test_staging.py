"""A week of nfcapd files from landing to staged rows, by one process and by several."""

from __future__ import annotations

import gzip
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from longflow.errors import MachineError
from longflow.records import Landed, LandedFile, NamedTime, Staged
from longflow.settings import Feed, Settings
from longflow.staging import stage
from longflow.staging.stage import stage_week
from longflow.week import Week
from longflow.workspace import Workspace

from tests.packing import PACKERS

if TYPE_CHECKING:
    from tests.unit.staging.nfcapd.conftest import Maker

WEEK = Week(date(2019, 6, 3), ZoneInfo("UTC"))
HOUR_MS = 3_600_000

SETTINGS = """
[provider]
name = "Test provider"
time_zone = "UTC"

[database]
threads = THREADS

[validation]
broken_files_max_share = 0.5

[[sources]]
name = "core"
feed = "flows"
service = "broadband"
format = "nfcapd"
slot_minutes = 60
scaled_by = "SCALED_BY"
sampling_interval = 100
"""


@dataclass
class Site:
    """Folders in which weeks are staged."""

    folder: Path

    def stage(
        self,
        contents: list[bytes],
        *,
        threads: int = 1,
        slots: bool = True,
        scaled_by: str = "collector",
    ) -> tuple[Staged, Workspace]:
        """Stage files of these contents, one an hour."""
        root = self.folder / f"{threads}-{slots}-{scaled_by}"
        root.mkdir()
        text = SETTINGS.replace("THREADS", str(threads)).replace("SCALED_BY", scaled_by)
        (root / "longflow.toml").write_text(text)
        settings = Settings.load(root / "longflow.toml")
        workspace = Workspace(root / "week")
        folder = workspace.landed / "flows" / "core"
        folder.mkdir(parents=True)
        files = []
        for index, content in enumerate(contents):
            start = WEEK.start_ms + index * HOUR_MS
            name = f"nfcapd.{index:04}"
            (folder / name).write_bytes(content)
            files.append(
                LandedFile(
                    index=index,
                    feed=Feed.FLOWS,
                    source="core",
                    name=name,
                    size_bytes=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    fetched_at=datetime(2024, 6, 10, tzinfo=UTC),
                    slot_ms=start if slots else None,
                    times=(NamedTime(start_ms=start, end_ms=start + HOUR_MS),) if slots else (),
                )
            )
        workspace.write("landed", Landed(feeds=(Feed.FLOWS,), files=tuple(files)))
        return stage_week(settings, WEEK, workspace), workspace


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def any_size_is_worth_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_BYTES_WORTH_A_PROCESS", 1)


def rows(workspace: Workspace) -> pl.DataFrame:
    return pl.read_parquet(workspace.staged / "flows" / "*.parquet").sort("file_index", "position")


def notes(workspace: Workspace) -> list[pl.DataFrame]:
    return [
        pl.read_parquet(workspace.notes / table / "core.parquet")
        for table in ("flow_sampling", "announcement")
    ]


def week_of(make: Maker) -> list[bytes]:
    """Sampled files of two exporters, an empty one, a broken one, a double, one of layout 1."""
    result = []
    for hour in range(12):
        sysid = hour % 2 + 1
        flows = [
            make.flow(
                first=WEEK.start_ms + hour * HOUR_MS + number,
                packets=512 * (number + 1),
                octets=51_200 * (number + 1),
                flags=2,
                sysid=sysid,
            )
            for number in range(20 + hour)
        ]
        exporter = make.exporter(f"203.0.113.{sysid}", sysid=sysid)
        heads = [exporter, make.sampler(512, sysid=sysid)]
        counts = make.exporter_counts((sysid, hour, 100, 20))
        result.append(make.content([*heads, *flows, counts], appendix=[make.statistics(flows=20)]))
    result.append(make.content([make.exporter("203.0.113.1")]))
    result.append(result[3][:-200])
    result.append(result[5])
    old = [make.flow_1_6(octets=number + 40, packets=1) for number in range(9)]
    result.append(make.file_1([make.extension_map(0), *old]).read_bytes())
    return result


@pytest.mark.usefixtures("any_size_is_worth_a_process")
@pytest.mark.parametrize("slots", [True, False])
def test_how_many_processes_stage_changes_nothing(make: Maker, site: Site, slots: bool) -> None:
    contents = week_of(make)

    alone, by_one = site.stage(contents, threads=1, slots=slots)
    together, by_three = site.stage(contents, threads=3, slots=slots)

    assert len(list((by_one.staged / "flows").iterdir())) == 1
    parts = [pl.read_parquet(path).height for path in (by_three.staged / "flows").iterdir()]
    assert len(parts) == 3
    assert min(parts) > 0
    assert together == alone
    assert rows(by_three).equals(rows(by_one))
    for one, three in zip(notes(by_one), notes(by_three), strict=True):
        assert three.equals(one)
    (finding,) = alone.findings
    assert finding.file == "nfcapd.0013"
    assert alone.files[14].double_of == 5
    assert alone.files[7].sequence_failures == 7
    assert alone.slots[0].expected - len(alone.slots[0].missing_ms) == (14 if slots else 13)


def test_small_deliveries_are_staged_by_one_process(make: Maker, site: Site) -> None:
    _, workspace = site.stage(week_of(make), threads=4)
    assert [path.name for path in (workspace.staged / "flows").iterdir()] == ["core.parquet"]


@pytest.mark.usefixtures("any_size_is_worth_a_process")
def test_a_process_that_dies_is_reported_in_one_line(
    make: Maker, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(MachineError, match="ended with status 1 before its work was done"):
        site.stage(week_of(make), threads=2)


def test_counters_that_nobody_scaled_are_multiplied(make: Maker, site: Site) -> None:
    heads = [make.exporter("203.0.113.1"), make.sampler(512)]
    flows = [
        make.flow(packets=3, octets=1500, flags=2),
        make.flow(packets=3, octets=1500),
        make.flow(packets=3, octets=1500, flags=2, sysid=2),
    ]
    _, workspace = site.stage([make.content([*heads, *flows])], scaled_by="nobody")
    found = rows(workspace).select("packets", "bytes", "sampling_interval").rows()
    assert found == [(1536, 768_000, 512), (3, 1500, 1), (300, 150_000, 100)]


def test_what_is_too_large_when_multiplied_stays_large(make: Maker, site: Site) -> None:
    heads = [make.exporter("203.0.113.1"), make.sampler(512)]
    flow = make.flow(packets=3, octets=2**62, flags=2)
    staged, workspace = site.stage([make.content([*heads, flow, flow])], scaled_by="nobody")
    assert rows(workspace)["bytes"].to_list() == [2**63 - 1, 2**63 - 1]
    assert staged.files[0].bytes == 2**64 - 2


def test_an_exporter_is_named_as_sessions_name_their_access_server(make: Maker, site: Site) -> None:
    routers = ["::ffff:203.0.113.5", "203.0.113.5", "2001:db8::5"]
    flows = [make.flow(sysid=4, first=WEEK.start_ms, router=router) for router in routers]

    _, workspace = site.stage([make.content(flows)])

    assert rows(workspace)["exporter"].to_list() == ["203.0.113.5", "203.0.113.5", "2001:db8::5"]


@pytest.mark.parametrize("packer", PACKERS)
def test_files_that_were_packed_as_a_whole_are_unpacked(
    make: Maker, site: Site, packer: str
) -> None:
    plain = make.content([make.exporter("203.0.113.1"), *[make.flow(octets=1500)] * 3])
    staged, workspace = site.stage([PACKERS[packer](plain)])
    assert rows(workspace)["bytes"].to_list() == [1500] * 3
    assert [file.broken for file in staged.files] == [False]
    assert list(workspace.staged.rglob("*.unpacked")) == []


def test_a_packed_file_that_is_cut_off_is_broken(make: Maker, site: Site) -> None:
    packed = gzip.compress(make.content([make.exporter("203.0.113.1"), make.flow()]))
    whole = make.content([make.exporter("203.0.113.1"), make.flow()])
    staged, workspace = site.stage([packed[:-20], whole])
    assert [file.broken for file in staged.files] == [True, False]
    (finding,) = staged.findings
    assert finding.sentence == (
        "nfcapd.0000: compressed by gzip and cut off: its data end in the middle; "
        "deliver the whole file again"
    )
    assert rows(workspace)["file_index"].to_list() == [1]


@pytest.mark.usefixtures("any_size_is_worth_a_process")
@pytest.mark.parametrize("threads", [1, 2])
def test_records_that_are_not_one_flow_are_findings_with_rows_and_bytes(
    make: Maker, site: Site, threads: int
) -> None:
    event = make.flow(packets=0, octets=0, flags=1)
    both_ways = make.flow(behind=[(5, struct.pack("<QQQ", 1, 100, 150_000))])
    staged, workspace = site.stage(
        [
            make.content([make.flow(), event, both_ways]),
            make.content([make.flow(), event, event, make.record(77, b"new!")]),
        ],
        threads=threads,
    )
    found = [
        (one.rule, one.severity, one.file, one.rows, one.bytes, one.count)
        for one in staged.findings
    ]
    assert found == [
        ("flows.nat_events", "info", None, 3, 0, 2),
        ("flows.both_ways", "info", "nfcapd.0000", 1, 150_000, 0),
        ("flows.passed_over", "warning", "nfcapd.0001", 1, 0, 0),
    ]
    assert [one.rows for one in staged.files] == [3, 1]
    assert rows(workspace)["bytes"].to_list() == [1500, 1500, 150_000, 1500]


def test_what_the_collector_counted_beyond_the_flows_of_a_file(make: Maker, site: Site) -> None:
    both_ways = make.flow(behind=[(5, struct.pack("<QQQ", 1, 100, 500))])
    event = make.flow(packets=0, octets=0, flags=1)
    flows = [make.flow(), both_ways, event]
    whole = make.statistics(flows=3, bytes=3500)
    beyond = make.statistics(flows=5, bytes=10_000)
    staged, _ = site.stage([make.content(flows, appendix=[one]) for one in (whole, beyond)])
    found = {one.rule: (one.file, one.rows, one.bytes) for one in staged.findings}
    assert found["flows.collector_counted_more"] == ("nfcapd.0001", 2, 6500)


def test_what_lies_before_the_break_of_a_file_is_accounted_for(make: Maker, site: Site) -> None:
    event = make.flow(packets=0, octets=0, flags=1)
    content = make.content([make.flow(), event], [make.flow()])
    staged, _ = site.stage([content[:-20], make.content([make.flow()])])
    assert [one.rule for one in staged.findings] == ["staging.broken_file", "flows.nat_events"]


def test_flows_without_an_address_at_one_end_have_no_version(make: Maker, site: Site) -> None:
    flows = [
        make.flow(),
        make.flow(addresses=False),
        make.flow(dst="0.0.0.0"),  # noqa: S104 # no address
        make.flow(src="2001:db8::", dst="2001:db8:1::"),
        make.flow(src="::", dst="2001:db8::1"),
    ]
    _, workspace = site.stage([make.content(flows)])
    assert rows(workspace)["ip_version"].to_list() == [4, 0, 0, 6, 0]


@pytest.mark.parametrize(("unequal", "refused"), [(9, True), (11, False)])
def test_records_that_count_the_same_both_ways_refuse_the_week(
    make: Maker, site: Site, unequal: int, refused: bool
) -> None:
    def both_ways(octets: int) -> bytes:
        return make.flow(packets=3, octets=1500, behind=[(5, struct.pack("<QQQ", 1, 3, octets))])

    flows = [both_ways(1500)] * (100 - unequal) + [both_ways(900)] * unequal
    staged, _ = site.stage([make.content(flows)])
    assert ("flows.equal_ways" in [one.rule for one in staged.findings]) == refused
    assert (Feed.FLOWS in staged.feeds) != refused
