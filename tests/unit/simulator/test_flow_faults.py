"""What a planted fault leaves in flow files, read by nfdump, is what its truth says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from longflow.simulator import nfcapd_file

from tests.unit.simulator.planted import (
    BYTES,
    DESTINATION_PORT,
    FIRST,
    LAST,
    MONDAY,
    PACKETS,
    PROTOCOL,
    SOURCE_PORT,
    Flow,
    N,
    Week,
    digests,
    flows,
    flows_of,
    make,
    nfdump,
    says,
    size,
)


def test_missing_slots_are_not_delivered(clean: Week, damaged: Week) -> None:
    rows = damaged.planted("missing-slots")
    assert [(row["count"], row["source"]) for row in rows] == [(2, "bb-east"), (1, "bb-east")]
    assert [(row["to_ms"] - row["from_ms"]) // 3_600_000 for row in rows] == [2, 1]
    for row in rows:
        for name in row["files"]:
            assert clean.file("bb-east", name).exists()
            assert not damaged.file("bb-east", name).exists()


def test_a_missing_hour_is_missing_from_every_collector(damaged: Week) -> None:
    (row,) = damaged.planted("missing-hour")
    assert (row["source"], row["files"], row["count"]) == (None, ["nfcapd.202406080400"], 3)
    for source in ("bb-east", "bb-west", "mobile-core"):
        assert not damaged.file(source, "nfcapd.202406080400").exists()


@pytest.mark.nfdump
def test_sequence_failures_stand_in_the_collectors_records(damaged: Week) -> None:
    rows = damaged.planted("sequence-gaps")
    assert [row["count"] for row in rows] == [7, 5]
    for row in rows:
        (name,) = row["files"]
        assert f"Sequence failures: {row['count']}," in nfdump("-E", damaged.file("bb-west", name))


@pytest.mark.nfdump
def test_a_changed_interval_is_announced_and_used(clean: Week, tmp_path: Path) -> None:
    week = make(tmp_path, "interval-changed")
    (row,) = week.planted("interval-changed")
    assert (row["files"][0], row["files"][-1]) == ("nfcapd.202406060000", "nfcapd.202406100500")
    assert "packet space: 63" in nfdump("-E", week.file("mobile-core", "nfcapd.202406052300"))
    for name in (row["files"][0], row["files"][-1]):
        assert "packet space: 127" in nfdump("-E", week.file("mobile-core", name))
    before, now = (flows(one.source("flows", "mobile-core")) for one in (clean, week))
    earlier = Counter({one: count for one, count in now.items() if one[LAST] < row["from_ms"]})
    assert earlier <= before
    changed = flows_of(week, "mobile-core", row["files"])
    assert says(row, changed)
    assert all(flow[PACKETS] % (2 * N) == 0 < flow[PACKETS] for flow in changed)
    assert size(now) == pytest.approx(size(before), rel=0.02)


@pytest.mark.nfdump
def test_interval_zero_is_announced_and_leaves_no_volume(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("interval-zero")
    (name,) = row["files"]
    path = damaged.file("bb-east", name)
    assert "packet interval: 0, packet space: 0" in nfdump("-E", path)
    assert row["rows"] == flows(path).total() == flows(clean.file("bb-east", name)).total() > 0
    assert {(flow[PACKETS], flow[BYTES]) for flow in flows(path)} == {(0, 0)}
    assert " Unsampled" not in nfdump("-r", path, "-o", "raw")


@pytest.mark.nfdump
def test_late_intervals_leave_files_unflagged_and_unscaled(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("interval-late")
    assert row["files"] == [f"nfcapd.20240604{hour:02d}00" for hour in range(3)]
    found: Counter[Flow] = Counter()
    for name in row["files"]:
        path = damaged.file("bb-west", name)
        assert "Sampler" not in nfdump("-E", path)
        assert not re.search(r"\bSampled", nfdump("-r", path, "-o", "raw"))
        assert scaled(flows(path), N) == flows(clean.file("bb-west", name))
        found.update(flows(path))
    assert says(row, found)


def scaled(some: Counter[Flow], factor: int) -> Counter[Flow]:
    return Counter(
        {
            (*flow[:PACKETS], flow[PACKETS] * factor, flow[BYTES] * factor): count
            for flow, count in some.items()
        }
    )


@pytest.mark.nfdump
def test_some_flows_lose_their_flag_and_their_scale(clean: Week, damaged: Week) -> None:
    rows = damaged.planted("unflagged-flows")
    assert [row["rows"] for row in rows] == [12, 12]
    for row in rows:
        (name,) = row["files"]
        path = damaged.file("bb-east", name)
        before, now = flows(clean.file("bb-east", name)), flows(path)
        assert says(row, now - before)
        assert scaled(now - before, N) == before - now
        assert len(re.findall(r", Unsampled", nfdump("-r", path, "-o", "raw"))) == 12
        assert "packet space: 63" in nfdump("-E", path)


@pytest.mark.nfdump
@pytest.mark.parametrize(
    ("fault", "source", "up", "down"),
    [("scaled-twice", "bb-east", N, 1), ("not-scaled", "bb-west", 1, N)],
)
def test_a_whole_source_can_be_scaled_wrongly(
    clean: Week, broken: Week, fault: str, source: str, up: int, down: int
) -> None:
    found = flows(broken.source("flows", source))
    (row,) = broken.planted(fault)
    assert says(row, found)
    assert scaled(found, down) == scaled(flows(clean.source("flows", source)), up)


@pytest.mark.nfdump
@pytest.mark.parametrize(
    ("fault", "source"),
    [
        ("clock-1970", "bb-east"),
        ("clock-future", "bb-east"),
        ("last-before-first", "bb-west"),
        ("outside-file", "bb-west"),
    ],
)
def test_some_flows_have_wrong_times(clean: Week, damaged: Week, fault: str, source: str) -> None:
    (row,) = damaged.planted(fault)
    (name,) = row["files"]
    before, now = flows(clean.file(source, name)), flows(damaged.file(source, name))
    wrong = now - before
    assert row["rows"] == 10
    assert says(row, wrong)
    assert size(wrong) == size(before - now)
    assert (now - wrong) < before
    for flow in wrong:
        begun, length = flow[FIRST], flow[LAST] - flow[FIRST]
        assert {
            "clock-1970": 0 <= begun < 31 * 86_400_000 and length >= 0,
            "clock-future": begun - row["from_ms"] > 360 * 86_400_000 and length >= 0,
            "last-before-first": length == -5_000,
            "outside-file": row["from_ms"] - flow[LAST] > 28 * 3_600_000 and length >= 0,
        }[fault]


@pytest.mark.nfdump
def test_a_file_comes_twice(damaged: Week) -> None:
    (row,) = damaged.planted("same-file-twice")
    again = damaged.file("bb-east", "nfcapd.202406060501")
    assert row["files"] == [again.name]
    assert again.read_bytes() == damaged.file("bb-east", "nfcapd.202406060500").read_bytes()
    assert says(row, flows(again))


@pytest.mark.nfdump
def test_records_of_a_file_stand_in_the_next_again(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("same-records")
    assert row["files"] == ["nfcapd.202406060800"]
    copies = flows(damaged.file("bb-west", row["files"][0])) - flows(
        clean.file("bb-west", row["files"][0])
    )
    assert says(row, copies)
    assert copies <= flows(damaged.file("bb-west", "nfcapd.202406060700"))
    assert all(row["from_ms"] - flow[LAST] < 3_600_000 for flow in copies)


@pytest.mark.nfdump
def test_flows_of_one_exporter_are_exported_by_another_as_well(clean: Week, damaged: Week) -> None:
    (row,) = damaged.planted("two-exporters")
    assert len(row["files"]) == 12
    copies: Counter[Flow] = Counter()
    first: dict[Flow, list[Flow]] = {}
    for name in row["files"]:
        copies += flows(damaged.file("bb-west", name)) - flows(clean.file("bb-west", name))
        for flow in flows(damaged.file("bb-east", name)):
            first.setdefault(flow[PROTOCOL:PACKETS], []).append(flow)
    assert says(row, copies)
    for copy in copies:
        assert copy[PACKETS] % N == 0
        assert copy[BYTES] % N == 0
        assert any(
            0 <= copy[FIRST] - flow[FIRST] <= 20
            and copy[LAST] - flow[LAST] == copy[FIRST] - flow[FIRST]
            and copy[PACKETS] != flow[PACKETS]
            for flow in first[copy[PROTOCOL:PACKETS]]
        )


@pytest.mark.nfdump
def test_a_file_is_cut_off_after_whole_blocks(
    clean: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nfcapd_file, "LARGEST_BLOCK", 600)
    whole = flows(clean.file("bb-east", "nfcapd.202406090300"))
    week = make(tmp_path, "cut-off-file")
    (row,) = week.planted("cut-off-file")
    content = week.file("bb-east", "nfcapd.202406090300").read_bytes()
    appendix = int.from_bytes(content[24:32], "little")
    assert row["files"] == ["nfcapd.202406090300"]
    assert 0 < len(content) < appendix
    assert 0 < row["rows"] < whole.total()
    assert 0 < row["bytes"] < size(whole)


def test_a_file_of_one_block_that_is_cut_off_has_no_whole_rows(damaged: Week) -> None:
    (row,) = damaged.planted("cut-off-file")
    assert (row["rows"], row["bytes"], row["count"]) == (0, 0, 1)


@pytest.mark.nfdump
def test_late_files_make_the_week_whole_when_they_are_copied_over_it(
    clean: Week, shrunk: Week
) -> None:
    (row,) = shrunk.planted("late-files")
    folder, late = (
        shrunk.source("flows", "bb-east"),
        shrunk.folder / "late/flows/bb-east" / str(MONDAY),
    )
    assert sorted(path.name for path in late.iterdir()) == ["SHA256SUMS", *row["files"]]
    found: Counter[Flow] = Counter()
    for name in row["files"]:
        assert not (folder / name).exists()
        found.update(flows(late / name))
    assert says(row, found)
    assert digests(folder) | digests(late) == digests(clean.source("flows", "bb-east"))


@pytest.mark.nfdump
def test_a_port_moves(clean: Week, broken: Week) -> None:
    before, now = (flows(one.source("flows", "mobile-core")) for one in (clean, broken))
    moved = now - before
    (row,) = broken.planted("port-shift")
    assert says(row, moved)

    def ports(some: Counter[Flow]) -> set[tuple[int, int]]:
        return {(flow[PROTOCOL], min(flow[SOURCE_PORT], flow[DESTINATION_PORT])) for flow in some}

    assert (ports(before - now), ports(moved)) == ({(6, 443)}, {(6, 8443)})
    left = sum(count for flow, count in now.items() if ports(Counter([flow])) == {(6, 443)})
    assert abs(left - moved.total()) <= 1


@pytest.mark.nfdump
def test_rows_can_be_many_more_of_the_same_volume(clean: Week, shrunk: Week) -> None:
    before, now = (flows(one.source("flows", "mobile-core")) for one in (clean, shrunk))
    (row,) = shrunk.planted("rows-break")
    assert now.total() == before.total() + row["count"] > 2 * before.total()
    assert size(now) == size(before)
    assert says(row, now - before)
    assert max(now.values()) == 1
    assert all(flow[PACKETS] % N == 0 < flow[PACKETS] for flow in now)
    assert all(20 <= flow[BYTES] / flow[PACKETS] <= 65_535 for flow in now)
