"""Export packets as routers send them: NetFlow 5 and 9, IPFIX."""

import socket
import struct
from collections.abc import Sequence
from typing import Any

# What exporters send

NOW = 1_600_000_000
UPTIME_MS = 10_000_000


def netflow_5(flows: Sequence[tuple[Any, ...]], *, sequence: int = 0, sampling: int = 0) -> bytes:
    """Make an export packet of (src, dst, sport, dport, protocol, packets, bytes, flags)."""
    records = b"".join(
        socket.inet_aton(src)
        + socket.inet_aton(dst)
        + socket.inet_aton("0.0.0.0")  # noqa: S104 # no next hop
        + struct.pack("!HHIIIIHH", 1, 2, packets, octets, UPTIME_MS - 9_123, UPTIME_MS - 7, sp, dp)
        + struct.pack("!BBBBHHBBH", 0, flags, protocol, 0, 64496, 64497, 24, 24, 0)
        for src, dst, sp, dp, protocol, packets, octets, flags in flows
    )
    head = struct.pack(
        "!HHIIIIBBH",
        5,
        len(flows),
        UPTIME_MS,
        NOW,
        0,
        sequence,
        0,
        0,
        sampling and 1 << 14 | sampling,
    )
    return head + records


Fields = list[tuple[int, int]]
V4: Fields = [(8, 4), (12, 4)]
V6: Fields = [(27, 16), (28, 16)]
PORTS: Fields = [(7, 2), (11, 2)]
COUNTERS: Fields = [(2, 8), (1, 8)]
PROTOCOL_AND_FLAGS: Fields = [(4, 1), (6, 1)]
UPTIMES: Fields = [(22, 4), (21, 4)]
MILLISECONDS: Fields = [(152, 8), (153, 8)]
ICMP_V4: Fields = [(32, 2)]
INTERFACES: Fields = [(10, 4), (14, 4)]


def flow_set(number: int, data: bytes) -> bytes:
    data += bytes(-len(data) % 4)
    return struct.pack("!HH", number, len(data) + 4) + data


def template(number: int, fields: Fields, *, version: int) -> bytes:
    data = struct.pack("!HH", number, len(fields)) + b"".join(
        struct.pack("!HH", *entry) for entry in fields
    )
    return flow_set(0 if version == 9 else 2, data)


def sampling_template(number: int, fields: Fields, *, version: int) -> bytes:
    """Make an options template with one scope field and then `fields`."""
    described = b"".join(struct.pack("!HH", *entry) for entry in fields)
    if version == 9:
        head = struct.pack("!HHHHH", number, 4, len(described), 1, 4)
        return flow_set(1, head + described)
    head = struct.pack("!HHHHH", number, len(fields) + 1, 1, 143, 4)
    return flow_set(3, head + described)


def values(fields: Fields, *numbers: int) -> bytes:
    return b"".join(
        number.to_bytes(length, "big") for (_, length), number in zip(fields, numbers, strict=True)
    )


def export(
    version: int, sets: Sequence[bytes], *, sequence: int = 0, domain: int = 0, records: int = 1
) -> bytes:
    """Make an export packet of NetFlow 9 or IPFIX."""
    body = b"".join(sets)
    if version == 9:
        head = struct.pack("!HHIIII", 9, records, UPTIME_MS, NOW, sequence, domain)
    else:
        head = struct.pack("!HHIII", 10, 16 + len(body), NOW, sequence, domain)
    return head + body


def v4(text: str) -> int:
    return int.from_bytes(socket.inet_aton(text), "big")


def v6(text: str) -> int:
    return int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big")


def netflow_9_v4(sequence: int = 0, domain: int = 0) -> bytes:
    fields = V4 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + UPTIMES
    flows = [
        (443, 50_000 + number, 3 + number, 2**33 * number + 1, 6, 0x18) for number in range(20)
    ]
    data = b"".join(
        values(
            fields,
            v4("192.0.2.9"),
            v4("198.51.100.9"),
            *ports_and_counters,
            UPTIME_MS - 5000,
            UPTIME_MS - 17,
        )
        for ports_and_counters in flows
    )
    return export(
        9,
        [template(260, fields, version=9), flow_set(260, data)],
        sequence=sequence,
        domain=domain,
        records=21,
    )


def ipfix_v6(sequence: int = 0, domain: int = 0) -> bytes:
    fields = V6 + PORTS + COUNTERS + PROTOCOL_AND_FLAGS + MILLISECONDS
    data = b"".join(
        values(
            fields,
            v6("2001:db8::a") + number,
            v6("2001:db8:ffff:ffff::1"),
            50_000,
            443,
            number + 1,
            1400 * number,
            17 if number % 2 else 6,
            0,
            NOW * 1000 - 50_000 + number,
            NOW * 1000 - number,
        )
        for number in range(15)
    )
    return export(
        10,
        [template(300, fields, version=10), flow_set(300, data)],
        sequence=sequence,
        domain=domain,
    )


# What exporters do besides


def flows_9(fields: Fields, number: int, *rows: tuple[int, ...], version: int = 9) -> list[bytes]:
    """Return a template and flows of it."""
    data = b"".join(values(fields, *row) for row in rows)
    return [template(number, fields, version=version), flow_set(number, data)]


PAIR = (v4("192.0.2.9"), v4("198.51.100.9"))
TIMES = (UPTIME_MS - 5000, UPTIME_MS - 17)
