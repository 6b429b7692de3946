"""Sound blocks are read by the compiled walk alone; what is odd is left to numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from longflow.staging.nfcapd import NfcapdError, compiled, open_flows, reader

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.staging.nfcapd.conftest import Maker


@pytest.fixture(autouse=True)
def only_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let numpy fail on whatever the walk leaves to it, looking ahead for exporters included."""

    def fail(block: object) -> None:
        raise AssertionError("left to numpy")

    monkeypatch.setattr(compiled, "LEAST_RECORDS", 1)
    monkeypatch.setattr(reader, "locate", fail)


def octets_of(path: Path) -> list[int]:
    with open_flows(path) as flows:
        return [number for batch in flows for number in batch.bytes.tolist()]


def test_mixed_records_of_1_7(make: Maker) -> None:
    sampling = (18, bytes(4) + (1024).to_bytes(4, "little"))
    block = [
        make.exporter("203.0.113.1"),
        make.flow(octets=1, router="203.0.113.1"),
        make.flow(octets=2, src="2001:db8::1", dst="2001:db8::2", behind=[sampling]),
        make.sampler(1024),
        make.flow(octets=3, behind=[(999, b"new!")]),
        make.flow(octets=4, addresses=False),
    ]
    assert octets_of(make.file(block, block)) == [1, 2, 3, 4] * 2


def test_mixed_records_of_1_6(make: Maker) -> None:
    block = [
        make.extension_map(0),
        make.flow_1_6(octets=1),
        make.flow_1_6(octets=2, wide=True),
        make.exporter("203.0.113.1"),
        make.flow_1_6(octets=3, src="2001:db8::1", dst="::2"),
    ]
    assert octets_of(make.file_1(block, block)) == [1, 2, 3] * 2


def test_records_of_the_first_1_6(make: Maker) -> None:
    block = [
        make.exporter("203.0.113.1"),
        make.extension_map(0),
        make.flow_1_6(octets=1, early=True),
    ]
    assert octets_of(make.file_1(block)) == [1]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param("element of odd length", id="no whole words"),
        pytest.param("both versions", id="addresses of both versions"),
        pytest.param("no counters", id="without counters"),
    ],
)
def test_odd_shapes_are_left_to_numpy(make: Maker, odd: str) -> None:
    flow = {
        "element of odd length": make.flow(behind=[(999, b"odd")]),
        "both versions": make.flow(behind=[make.pair("::1", "::2")]),
        "no counters": make.flow(generic=False),
    }[odd]
    with pytest.raises(AssertionError, match="left to numpy"):
        octets_of(make.file([make.flow(), flow]))


def test_small_blocks_are_left_to_numpy(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "LEAST_RECORDS", 3)
    with pytest.raises(AssertionError, match="left to numpy"):
        octets_of(make.file([make.flow()] * 2))
    exporter = make.exporter("203.0.113.1")
    assert octets_of(make.file([exporter, *[make.flow()] * 2])) == [1500] * 2


def test_number_out_of_range_is_reported_at_its_flow(make: Maker) -> None:
    path = make.file([make.flow(), make.flow(octets=2**63)])
    with pytest.raises(NfcapdError, match=f"a flow has {2**63} bytes, which cannot be"):
        octets_of(path)
