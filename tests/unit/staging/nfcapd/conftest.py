"""Files made byte by byte, by rules written down apart from the reader's."""

import bz2
import ipaddress
import struct
from collections.abc import Sequence
from pathlib import Path

import lz4.block
import lzallright
import pytest
import zstandard
from longflow.staging.nfcapd import compiled

CODEC_NUMBERS = {"none": 0, "lzo": 1, "bz2": 2, "lz4": 3, "zstd": 4}


class Maker:
    """Makes records, blocks and files of layout 2."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def element(self, kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data) + 4) + data

    def record(self, kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data) + 4) + data

    def flow(
        self,
        *,
        first: int = 1_560_000_000_000,
        last: int = 1_560_000_001_500,
        src: str = "192.0.2.1",
        dst: str = "198.51.100.7",
        src_port: int = 443,
        dst_port: int = 50_000,
        protocol: int = 6,
        packets: int = 3,
        octets: int = 1500,
        tcp_flags: int = 0x18,
        sysid: int = 1,
        flags: int = 0,
        router: str | None = None,
        before: Sequence[tuple[int, bytes]] = (),
        behind: Sequence[tuple[int, bytes]] = (),
        generic: bool = True,
        addresses: bool = True,
    ) -> bytes:
        """Make a flow record; `before` and `behind` are further elements around the usual ones."""
        elements = [*before]
        if generic:
            elements.append(
                (
                    1,
                    struct.pack("<QQQQQ", first, last, last, packets, octets)
                    + struct.pack("<HHBBBB", src_port, dst_port, protocol, tcp_flags, 0, 0),
                )
            )
        if addresses:
            elements.append(self.pair(src, dst))
        if router is not None:
            address = ipaddress.ip_address(router)
            elements.append((12 if address.version == 4 else 13, self.halves(address)))
        elements += behind
        body = b"".join(self.element(kind, data) for kind, data in elements)
        head = struct.pack("<HBBHBB", len(elements), 0, 0, sysid, flags, 9)
        return self.record(11, head + body)

    def pair(self, src: str, dst: str) -> tuple[int, bytes]:
        both = [ipaddress.ip_address(src), ipaddress.ip_address(dst)]
        return (2 if both[0].version == 4 else 3, b"".join(self.halves(end) for end in both))

    def halves(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
        number = int(address)
        if address.version == 4:
            return struct.pack("<I", number)
        return struct.pack("<QQ", number >> 64, number & (1 << 64) - 1)

    def exporter(self, address: str, *, sysid: int = 1, number: int = 0, version: int = 9) -> bytes:
        ip = ipaddress.ip_address(address)
        raw = self.halves(ip) if ip.version == 6 else bytes(8) + self.halves(ip) + bytes(4)
        family = 2 if ip.version == 4 else 10
        return self.record(
            7, struct.pack("<I", version) + raw + struct.pack("<HHI", family, sysid, number)
        )

    def sampler(self, interval: int, *, sysid: int = 1, number: int = -1) -> bytes:
        return self.record(15, struct.pack("<HHqII", sysid, 1, number, 1, interval - 1))

    def exporter_counts(self, *entries: tuple[int, int, int, int]) -> bytes:
        return self.record(
            8,
            struct.pack("<I", len(entries))
            + b"".join(struct.pack("<IIQQ", *entry) for entry in entries),
        )

    def statistics(self, **numbers: int) -> bytes:
        names = ["flows", "bytes", "packets", *range(12), "first", "last", "failures"]
        return self.record(
            0x8002, b"".join(struct.pack("<Q", numbers.get(str(name), 0)) for name in names)
        )

    def ident(self, text: str) -> bytes:
        return self.record(0x8001, text.encode() + b"\0")

    def pack(self, codec: str, data: bytes) -> bytes:
        if codec == "lz4":
            packed: bytes = lz4.block.compress(data, store_size=False)
            return packed
        if codec == "lzo":
            return lzallright.LZOCompressor().compress(data)
        if codec == "bz2":
            return bz2.compress(data)
        if codec == "zstd":
            return zstandard.ZstdCompressor().compress(data)
        return data

    def block(
        self,
        records: Sequence[bytes],
        *,
        codec: str = "none",
        kind: int = 3,
        count: int | None = None,
    ) -> bytes:
        data = self.pack(codec, b"".join(records))
        number = len(records) if count is None else count
        return struct.pack("<IIHH", number, len(data), kind, 0) + data

    def content(
        self,
        *blocks: Sequence[bytes],
        codec: str = "none",
        appendix: Sequence[bytes] | None = None,
        promised: int | None = None,
        kind: int = 3,
        count: int | None = None,
        version: int = 0xF1070100,
    ) -> bytes:
        """Return a whole file with one block for each sequence of records."""
        body = b"".join(
            self.block(records, codec=codec, kind=kind, count=count) for records in blocks
        )
        tail = b"" if appendix is None else self.block(appendix, codec=codec)
        head = struct.pack(
            "<HHIqBBHIqII",
            0xA50C,
            2,
            version,
            1_560_000_300,
            CODEC_NUMBERS[codec],
            0,
            0 if appendix is None else 1,
            0,
            0 if appendix is None else 40 + len(body),
            0,
            len(blocks) if promised is None else promised,
        )
        return head + body + tail

    def file(
        self,
        *blocks: Sequence[bytes],
        codec: str = "none",
        appendix: Sequence[bytes] | None = None,
        promised: int | None = None,
        count: int | None = None,
    ) -> Path:
        """Write what `content` makes."""
        return self.write(
            self.content(*blocks, codec=codec, appendix=appendix, promised=promised, count=count)
        )

    # Layout 1

    def extension_map(self, number: int, *extensions: tuple[int, int]) -> bytes:
        """Make a map of (extension, its size)."""
        listed = [kind for kind, _ in extensions] + [0]
        if len(listed) % 2:
            listed.append(0)
        size = sum(width for _, width in extensions)
        return self.record(2, struct.pack(f"<HH{len(listed)}H", number, size, *listed))

    def flow_1_6(
        self,
        *,
        src: str = "192.0.2.1",
        dst: str = "198.51.100.7",
        packets: int = 3,
        octets: int = 1500,
        sysid: int = 1,
        sampled: bool = False,
        wide: bool = False,
        extension_map: int = 0,
        extensions: bytes = b"",
        early: bool = False,
    ) -> bytes:
        """Make a flow record of nfdump 1.6, or of its early versions; `wide`: 64-bit counters."""
        is_v6 = ":" in src
        flags = is_v6 * 1 + wide * 6 + sampled * 128
        times = struct.pack("<HHII", 250, 999, 1_560_000_000, 1_560_000_001)
        rest = struct.pack("<BBBBHH", 0, 0x18, 6, 0, 443, 50_000)
        counters = struct.pack("<QQ" if wide else "<II", packets, octets)
        tail = self.pair(src, dst)[1] + counters + extensions
        if early:
            head = struct.pack("<BBH", flags, sysid, extension_map)
            return self.record(1, head + times + rest + tail)
        head = struct.pack("<HH", flags, extension_map)
        return self.record(10, head + times + rest + struct.pack("<HH", sysid, 0) + tail)

    def flow_1_5(
        self,
        *,
        src: str = "192.0.2.1",
        dst: str = "198.51.100.7",
        packets: int = 3,
        octets: int = 9,
    ) -> bytes:
        """Make a flow record of nfdump 1.5."""
        times = struct.pack("<HHII", 250, 999, 1_200_000_000, 1_200_000_001)
        rest = struct.pack("<BBBBHHHHHH", 0, 0x18, 6, 0, 1, 2, 443, 50_000, 64496, 64497)
        tail = self.pair(src, dst)[1] + struct.pack("<IQ", packets, octets)
        flags = (":" in src) * 1 + 4
        body = times + rest + tail
        return struct.pack("<IHH", flags, len(body) + 8, 0) + body

    def file_1(
        self,
        *blocks: Sequence[bytes],
        codec: str = "none",
        kind: int = 2,
        ident: str = "",
        flows: int = 0,
    ) -> Path:
        """Write a file of layout 1."""
        bits = {"none": 0, "lzo": 1, "bz2": 8, "lz4": 16}[codec]
        head = struct.pack("<HHII128s", 0xA50C, 1, bits, len(blocks), ident.encode())
        counts = struct.pack("<15Q", flows, 22, 33, *range(12))
        times = struct.pack("<IIHHI", 100, 200, 5, 7, 4)
        packed = [self.block(records, codec=codec, kind=kind) for records in blocks]
        return self.write(head + counts + times + b"".join(packed))

    def write(self, content: bytes, *, name: str = "nfcapd.201906080000") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@pytest.fixture(params=["numpy", "walk"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every block by numpy, then by the compiled walk where it is sound."""
    least = 1 if request.param == "walk" else 1 << 62
    monkeypatch.setattr(compiled, "LEAST_RECORDS", least)


@pytest.fixture(scope="module")
def module_make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("made"))


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)
