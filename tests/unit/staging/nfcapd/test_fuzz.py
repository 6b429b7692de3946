"""Damaged files: a verdict, in bounded time and memory, and never a flow that was not there.

A few hundred cases run always; `NFCAPD_FUZZ_CASES=100000` makes it a long run.
"""

from __future__ import annotations

import os
import resource
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longflow.staging.nfcapd import NfcapdError, compiled, open_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.staging.nfcapd.conftest import Maker

CASES = int(os.environ.get("NFCAPD_FUZZ_CASES", "300"))
MEMORY = 512 * 1024 * 1024
SECONDS = 5.0
REAL_FILE = Path(__file__).parents[5] / "shared" / "data" / "nfcapd-v2-2023.nfcapd"

Row = tuple[int, ...]


@pytest.fixture(autouse=True)
def memory_limit(bases: list[bytes], tmp_path: Path) -> Iterator[None]:
    """Let the process take no more than `MEMORY` on top of what it has, compiled code included."""
    for content in bases:
        rows_until_break(content, tmp_path / "sound")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.fixture(scope="module")
def bases(module_make: Maker) -> list[bytes]:
    """Return sound files of both layouts, in every packing, with all kinds of records."""
    make = module_make
    flows = [
        make.flow(flags=2, packets=1024, octets=1024 * number, router="203.0.113.1")
        for number in range(40)
    ]
    other = [
        make.flow(src="2001:db8::1", dst="2001:db8::2", behind=[(4, bytes(20)), (99, b"odd!")]),
        make.flow(before=[(27, b"abc")], sysid=2),
        make.record(12, bytes(20)),
        make.exporter_counts((1, 2, 3, 4), (2, 0, 0, 1)),
    ]
    heads = [make.exporter("203.0.113.1"), make.sampler(1024), make.exporter("::5", sysid=2)]
    appendix = [make.ident("tokyo"), make.statistics(flows=48)]
    files = [
        make.content([*heads, *flows], other * 4, flows[:5], codec=codec, appendix=appendix)
        for codec in ("none", "lz4", "lzo", "bz2", "zstd")
    ]
    old = [
        make.flow_1_6(octets=number, wide=number % 2 == 0, extensions=bytes(4))
        for number in range(40)
    ]
    maps = [make.extension_map(0, (23, 4)), make.extension_map(1, (4, 4), (24, 16))]
    more = [
        make.flow_1_6(src="2001:db8::1", dst="::2", extension_map=1, extensions=bytes(20)),
        make.flow_1_6(early=True, extensions=bytes(4)),
    ]
    for codec in ("none", "lz4", "lzo", "bz2"):
        files.append(make.file_1([*heads, *maps, *old], more * 5, codec=codec).read_bytes())
    files.append(make.file_1([make.flow_1_5() for _ in range(20)], kind=1).read_bytes())
    if REAL_FILE.exists():
        # The first flows of a real file, in a block cut to their size.
        real = REAL_FILE.read_bytes()
        size = position = 0
        while size < 20_000:
            position = 52 + size
            size += struct.unpack_from("<HH", real, position)[1]
        records = 0
        position = 52
        while position < 52 + size:
            position += struct.unpack_from("<HH", real, position)[1]
            records += 1
        block = struct.pack("<IIHH", records, size, 3, 0) + real[52 : 52 + size]
        files.append(real[:18] + bytes(2) + real[20:36] + struct.pack("<I", 1) + block)
    return files


def rows_until_break(content: bytes, path: Path) -> tuple[list[Row], NfcapdError | None]:
    """Return the flows of a file up to its break, and the verdict; both ways give the same."""
    path.write_bytes(content)
    rows, verdict = rows_in_order(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "LEAST_RECORDS", 1)
        walked, same_verdict = rows_in_order(path)
    assert walked == rows
    assert str(same_verdict) == str(verdict)
    assert rows_of_batches(path) == rows
    if verdict is not None:
        assert "\n" not in str(verdict)
        assert 0 <= verdict.offset <= len(content)
        assert verdict.flows_before == len(rows)
    return rows, verdict


def rows_in_order(path: Path) -> tuple[list[Row], NfcapdError | None]:
    rows: list[Row] = []
    try:
        with open_flows(path) as reader:
            for batch in reader:
                columns = batch.columns()
                del columns["exporter_index"]
                assert {len(column) for column in columns.values()} == {len(batch)}
                rows += zip(*(column.tolist() for column in columns.values()), strict=True)
    except NfcapdError as error:
        return rows, error
    return rows, None


def rows_of_batches(path: Path) -> list[Row]:
    """Return the flows up to the break as staging reads them."""
    rows: list[Row] = []
    with suppress(NfcapdError), open_flows(path) as reader:
        for batch in reader.batches(50, reuse=True):
            columns = batch.columns()
            del columns["exporter_index"]
            rows += zip(*(column.tolist() for column in columns.values()), strict=True)
    return rows


numbers = st.sampled_from([0, 1, 3, 4, 7, 11, 12, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
places = st.floats(0, 1, exclude_max=True)
damages = st.one_of(
    st.tuples(st.just("byte"), places, st.integers(0, 255)),
    st.tuples(st.just("bit"), places, st.integers(0, 7)),
    st.tuples(st.just("number"), places, numbers),
    st.tuples(st.just("cut out"), places, st.integers(1, 200)),
    st.tuples(st.just("double"), places, st.integers(1, 200)),
    st.tuples(st.just("end"), places, st.just(0)),
)
# Most of a file is flows; what steers reading is at its front.
fronts = st.tuples(st.sampled_from(["byte", "number"]), places.map(lambda x: x / 40), numbers)


def damaged(content: bytes, damage: tuple[str, float, int]) -> bytes:
    kind, share, value = damage
    place = int(share * len(content))
    before, behind = content[:place], content[place:]
    if kind == "byte":
        return before + bytes([value & 0xFF]) + behind[1:]
    if kind == "bit":
        return before + bytes([behind[0] ^ 1 << value]) + behind[1:] if behind else before
    if kind == "number":
        return before + struct.pack("<I", value) + behind[4:]
    if kind == "cut out":
        return before + behind[value:]
    if kind == "double":
        return before + behind[:value] + behind
    return before


@given(
    base=st.integers(0, 10),
    what=st.lists(st.one_of(damages, fronts), min_size=1, max_size=4),
)
@settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_gives_flows_or_a_verdict(
    bases: list[bytes], tmp_path: Path, base: int, what: list[tuple[str, float, int]]
) -> None:
    content = bases[base % len(bases)]
    for damage in what:
        content = damaged(content, damage)
    started = time.process_time()
    rows_until_break(content, tmp_path / "damaged")
    assert time.process_time() - started < SECONDS


@given(base=st.integers(0, 10), share=places)
@settings(
    max_examples=CASES // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_file_cut_anywhere_gives_the_first_flows_and_a_verdict(
    bases: list[bytes], tmp_path: Path, base: int, share: float
) -> None:
    content = bases[base % len(bases)]
    whole, verdict = rows_until_break(content, tmp_path / "whole")
    assert verdict is None
    rows, verdict = rows_until_break(content[: int(share * len(content))], tmp_path / "cut")
    assert verdict is not None
    assert rows == whole[: len(rows)]


@given(base=st.integers(0, 10), tail=st.binary(min_size=1, max_size=300))
@settings(
    max_examples=CASES // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_follows_behind_a_file_gives_no_flow_but_a_verdict(
    bases: list[bytes], tmp_path: Path, base: int, tail: bytes
) -> None:
    content = bases[base % len(bases)]
    whole, _ = rows_until_break(content, tmp_path / "whole")
    rows, verdict = rows_until_break(content + tail, tmp_path / "longer")
    assert rows == whole
    assert verdict is not None
