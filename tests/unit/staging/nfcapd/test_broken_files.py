"""Broken files: reported by the byte, after the intact flows."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from longflow.staging.nfcapd import NfcapdError, open_flows

from tests.unit.staging.nfcapd.reading import flows_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.staging.nfcapd.conftest import Maker

pytestmark = pytest.mark.usefixtures("both_ways")


def verdict(path: Path) -> NfcapdError:
    """Read a file to its break."""
    with pytest.raises(NfcapdError) as caught:
        flows_of(path)
    return caught.value


def test_an_empty_file(make: Maker) -> None:
    error = verdict(make.write(b""))
    assert str(error).endswith(
        ": byte 0: the file is empty; fetch the file again, or quarantine it"
    )


def test_a_file_of_something_else(make: Maker) -> None:
    assert "not an nfcapd file" in verdict(make.write(b"date,bytes\n2019-06-03,1\n")).reason


def test_a_file_of_the_other_byte_order(make: Maker) -> None:
    assert "big-endian" in verdict(make.write(b"\xa5\x0c" + bytes(60))).reason


def test_layout_3(make: Maker) -> None:
    error = verdict(make.write(struct.pack("<HH", 0xA50C, 3) + bytes(100)))
    assert error.reason == "file layout 3, of nfdump 1.8 or later, cannot be read"
    assert error.offset == 2


def test_an_encrypted_file(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[17] = 1
    error = verdict(make.write(bytes(content)))
    assert (error.offset, error.reason) == (17, "the file is encrypted")


def test_an_unknown_compression(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[16] = 9
    error = verdict(make.write(bytes(content)))
    assert (error.offset, error.reason) == (16, "unknown compression 9")


@pytest.mark.parametrize("kept", [1, 3, 20, 39])
def test_a_head_cut_off(make: Maker, kept: int) -> None:
    assert verdict(make.write(make.content([make.flow()])[:kept])).offset == 0


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_whole_blocks_before_a_cut_are_given(make: Maker, codec: str) -> None:
    content = make.content([make.flow()], [make.flow()], [make.flow()], codec=codec)
    with open_flows(make.write(content[:-1])) as reader:
        batches = iter(reader)
        assert [len(next(batches)), len(next(batches))] == [1, 1]
        with pytest.raises(NfcapdError, match="cut off") as caught:
            next(batches)
    assert caught.value.flows_before == 2
    assert caught.value.offset == 40 + (len(content) - 40) // 3 * 2


def test_a_head_that_promises_more_blocks_than_follow(make: Maker) -> None:
    path = make.file([make.flow()], promised=2)
    error = verdict(path)
    assert error.offset == path.stat().st_size
    assert error.flows_before == 1


def test_a_head_that_promises_fewer_blocks_than_follow(make: Maker) -> None:
    error = verdict(make.file([make.flow()], [make.flow()], promised=1))
    assert "more follows" in error.reason
    assert error.flows_before == 1


def test_a_block_that_promises_more_records_than_follow(make: Maker) -> None:
    error = verdict(make.file([make.flow()], count=2))
    assert "promises 2 records, but only 1 follow" in error.reason


def test_a_block_with_more_records_than_it_promises(make: Maker) -> None:
    assert "follow behind the last of 1" in verdict(make.file([make.flow()] * 2, count=1)).reason


def test_a_block_larger_than_the_file(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[44:48] = struct.pack("<I", 4_000_000)
    assert "cut off" in verdict(make.write(bytes(content))).reason


def test_a_block_larger_than_any_collector_writes(make: Maker) -> None:
    content = bytearray(make.content([make.flow()]))
    content[44:48] = struct.pack("<I", 0xFFFFFFFF)
    assert "claims to be 4294967295 bytes" in verdict(make.write(bytes(content))).reason


def test_a_block_that_unpacks_to_more_than_the_bound(make: Maker) -> None:
    path = make.file([make.record(77, bytes(60_000))] * 100, codec="lz4")
    assert "does not decompress" in verdict(path).reason


def test_a_damaged_packed_block(make: Maker) -> None:
    content = bytearray(make.content([make.flow()] * 50, codec="lz4"))
    content[52:70] = b"\xff" * 18
    error = verdict(make.write(bytes(content)))
    assert "does not decompress as lz4" in error.reason
    assert error.offset == 40


def test_a_record_of_size_0(make: Maker) -> None:
    error = verdict(make.file([make.flow(), struct.pack("<HH", 5, 0), make.flow()]))
    assert "a record claims to be 0 bytes long" in error.reason
    assert error.offset == 40 + 12 + len(make.flow())


def test_elements_that_do_not_fill_their_record(make: Maker) -> None:
    flow = bytearray(make.flow())
    flow[4] -= 1
    assert "the elements of a flow record fill" in verdict(make.file([bytes(flow)])).reason


def test_an_element_of_size_0(make: Maker) -> None:
    flow = bytearray(make.flow())
    flow[14:16] = bytes(2)
    assert "element 1 of a flow record claims 0 bytes" in verdict(make.file([bytes(flow)])).reason


def test_an_element_too_short_for_its_fields(make: Maker) -> None:
    short = make.flow(generic=False, before=[(1, bytes(40))])
    assert "element 1 of a flow record has only 44 bytes" in verdict(make.file([short])).reason


def test_a_number_beyond_63_bits(make: Maker) -> None:
    error = verdict(make.file([make.flow(), make.flow(octets=2**63)]))
    assert "9223372036854775808 bytes" in error.reason


def test_flows_of_nfdump_1_8(make: Maker) -> None:
    assert "nfdump 1.8" in verdict(make.file([make.record(16, bytes(20))])).reason


def test_a_broken_appendix_is_reported_after_the_flows(make: Maker) -> None:
    path = make.file([make.flow()], appendix=[make.ident("x")])
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert verdict(path).flows_before == 1


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "not a file" in verdict(tmp_path).reason
