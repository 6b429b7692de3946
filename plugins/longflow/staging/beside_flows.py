"""What files hold besides flows of one direction: counted file by file, and reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from longflow.records import Finding, LandedFile, Severity
    from longflow.staging.nfcapd import NfcapdReader


class Amount(NamedTuple):
    """Records of one kind, and their bytes."""

    rows: int
    bytes: int = 0


class _Kind(NamedTuple):
    """How a kind is reported."""

    severity: Severity
    sentence: str


# Of fewer biflows, most may be equal by chance: an answer to each packet.
_LEAST_BOTH_WAYS = 100
_MOST_EQUAL_SHARE = 0.9

_KINDS: Mapping[str, _Kind] = {
    "flows.nat_events": _Kind(
        "info",
        "events of NAT gateways or firewalls, without packets and bytes, were left out: they are "
        "not flows",
    ),
    "flows.both_ways": _Kind(
        "info",
        "records count both directions of a connection (biflows): the reverse direction of each "
        "became a flow of its own, from destination to source",
    ),
    "flows.equal_ways": _Kind(
        "critical",
        "nearly all records that count both directions have the same numbers for both: the "
        "exporter probably counts the same packets twice, before and after treatment (IPFIX "
        "postOctetDeltaCount); configure it to send only one of the counters; if both directions "
        "really are equal, set validation.severity of this rule to info",
    ),
    "flows.way_back_lost": _Kind(
        "warning",
        "the collector stored the packets of the reverse direction but not its bytes, so this "
        "volume is missing; configure the exporter to send reverseOctetDeltaCount, or a flow for "
        "each direction",
    ),
    "flows.way_back_unread": _Kind(
        "critical",
        "records count both directions of a connection, but only the forward direction of a table "
        "is read, so the bytes of the reverse direction would be missing; deliver the nfcapd files "
        "themselves, or a record for each direction (nfdump without -b); if the exporter counts "
        "the same packets twice, set validation.severity of this rule to info",
    ),
    "flows.without_map": _Kind(
        "warning",
        "flows were left out, as nfdump leaves them out, because their extension map is missing "
        "from the file; deliver the file as its collector wrote it",
    ),
    "flows.collector_counted_more": _Kind(
        "warning",
        "by the collector's own statistics, the file should hold more flows or bytes than it does; "
        "compare with `nfdump -I`, and deliver the file again if it was changed or cut off",
    ),
    "flows.passed_over": _Kind(
        "warning",
        "records or blocks of unknown kinds were skipped; if nfdump shows more flows or bytes than "
        "longflow, report this to longflow's developers, with the version of nfdump",
    ),
}


def beside(reader: NfcapdReader) -> dict[str, Amount]:
    """What a file holds besides flows of one direction, by rule; only what there is.

    `reader` has been read to its end, or to where its file is broken.
    """
    skipped = reader.skipped
    unknown = skipped.record_types.total() + skipped.block_types.total()
    found = {
        "flows.nat_events": Amount(skipped.events),
        "flows.both_ways": Amount(reader.flows_back, reader.bytes_back),
        "flows.equal_ways": Amount(reader.equal_ways),
        "flows.way_back_lost": Amount(skipped.ways_back_without_bytes),
        "flows.without_map": Amount(skipped.flows_without_map, skipped.bytes_without_map),
        "flows.passed_over": Amount(unknown),
    }
    return {rule: amount for rule, amount in found.items() if any(amount)}


def uncounted(reader: NfcapdReader, rows: int, size: int) -> dict[str, Amount]:
    """By how much the statistics that the collector left in a file exceed what was read of it.

    Args:
        reader: has been read to its end.
        rows: flows read.
        size: bytes of these flows, as stored.
    """
    statistics, skipped = reader.statistics, reader.skipped
    if statistics is None:
        return {}
    records = rows - reader.flows_back + skipped.events + skipped.flows_without_map
    more = Amount(
        max(statistics.flows - records, 0),
        max(statistics.bytes - size - skipped.bytes_without_map, 0),
    )
    return {"flows.collector_counted_more": more} if any(more) else {}


def beside_findings(
    source: str, files: Sequence[tuple[LandedFile, Mapping[str, Amount]]]
) -> list[Finding]:
    """One finding for each kind that some files of a source hold, with the sums of all files.

    Args:
        source: the source.
        files: files with what they hold besides flows.
    """
    # The processes that only read files start faster without these.
    from longflow.records import Finding  # noqa: PLC0415
    from longflow.settings import Feed  # noqa: PLC0415

    result = []
    for rule, (severity, sentence) in _KINDS.items():
        having = [(file, amounts[rule]) for file, amounts in files if rule in amounts]
        if having and (rule != "flows.equal_ways" or _are_suspicious(files)):
            file = having[0][0].name
            result.append(
                Finding(
                    rule=rule,
                    severity=severity,
                    feed=Feed.FLOWS,
                    source=source,
                    file=file if len(having) == 1 else None,
                    sentence=sentence,
                    rows=sum(amount.rows for _, amount in having),
                    bytes=sum(amount.bytes for _, amount in having),
                    count=0 if len(having) == 1 else len(having),
                    unit="" if len(having) == 1 else "files",
                )
            )
    return result


def _are_suspicious(files: Sequence[tuple[LandedFile, Mapping[str, Amount]]]) -> bool:
    """Whether the counters of so many biflows are equal that they hardly are two directions."""
    equal, both = (
        sum(amounts[rule].rows for _, amounts in files if rule in amounts)
        for rule in ("flows.equal_ways", "flows.both_ways")
    )
    return both >= _LEAST_BOTH_WAYS and equal > _MOST_EQUAL_SHARE * both
