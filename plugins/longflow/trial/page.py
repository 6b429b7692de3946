"""What a trial found, on one screen."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from longflow.amounts import counted
from longflow.contract import contract
from longflow.masking import NO_VALUE_WORDS, address_kind, hidden, shape
from longflow.records import LINE
from longflow.settings import Feed, Source
from longflow.settings.presets import filled
from longflow.trial.amounts import amounts
from longflow.trial.collectors import collectors
from longflow.trial.reading import Reading, Unread
from longflow.trial.section import section
from longflow.trial.trial import NAMES, Trial
from longflow.validation.findings import no_value, places

_UNITS = {
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "ns": "nanoseconds since 1970",
}
# Delivered columns whose values are of a person, as the contracts' private ones are.
_PRIVATE = {
    *("username", "acctuniqueid", "framedipaddress", "framedipv6prefix", "delegatedipv6prefix"),
    *("subscriber", "record", "login_or_number", "contract", "src_addr", "dst_addr"),
}
_FINDINGS_SHOWN = 8
_CELL_WIDTH = 26


def page(trial: Trial, *, show_values: bool = False) -> Iterator[str]:
    """Lines about a trial.

    Args:
        trial: the trial.
        show_values: also print names, logins and addresses.
    """
    source = f"source '{trial.proposal.given['name']}'"
    origin = "proposed" if trial.asked.is_new else f"of {trial.asked.settings.file.name}"
    yield f"{trial.file.name}: feed {trial.feed}, {source} {origin}"
    yield from _block("recognised", list(_recognised(trial)))
    if trial.reading is not None:
        yield from _block("first rows", list(_first_rows(trial.reading, show_values)))
        unread = list(_unread(trial.reading, show_values))
        yield from _block("not read", unread or [("", "nothing: every value was read")])
        yield from _block("amounts", list(_amounts(trial.reading)))
        yield from _block("findings", list(_findings(trial.reading)))
    if trial.refusals:
        verdict = "this file cannot be loaded as it is"
        if trial.as_set:
            verdict += ", but with this section it can"
    else:
        verdict = "this file can be loaded as it is"
    yield ""
    yield verdict
    yield ""
    yield from section(trial.proposal.given)
    yield from (f"# {remark}" for remark in trial.proposal.remarks)


def _block(title: str, lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield title
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        yield f"  {name:<{width}}  {text}".rstrip() if width else f"  {text}"


def _recognised(trial: Trial) -> Iterator[tuple[str, str]]:
    head, given = trial.head, filled(trial.proposal.given)
    parts = [NAMES[head.format]]
    if head.packing:
        parts.append(f"compressed by {head.packing}")
    if head.encoding:
        mark = " with a byte order mark" if head.has_mark else ""
        parts.append(head.encoding.upper().replace("_", "-") + mark)
    if head.format == "csv":
        delimiter = given.get("delimiter", ",")
        parts.append("delimiter " + ("tab" if delimiter == "\t" else f"'{delimiter}'"))
    yield "format", ", ".join(parts)
    if head.format == "nfcapd":
        yield from collectors(trial.file)
    else:
        how = "none fits; columns are mapped one by one" if given.get("columns") else "none needed"
        yield "preset", str(given.get("preset") or how)
    source = trial.reading.source if trial.reading else None
    if source is not None:
        yield from _understood(trial, source)


def _understood(trial: Trial, source: Source) -> Iterator[tuple[str, str]]:
    reading = trial.reading
    if source.format != "nfcapd" and source.feed is not Feed.SUBSCRIBERS:
        unit = source.time_unit or ("ms" if source.feed is Feed.FLOWS else "iso")
        if source.time_format is not None:
            how = f"format {source.time_format}"
        elif unit == "iso":
            how = "dates with time of day"
        else:
            how = _UNITS[unit]
        zone = f"; {trial.zone.key} where they have no offset" if unit == "iso" else ""
        yield "times", how + zone
    if "duration_unit" in trial.proposal.given:
        yield "durations", f"in {source.duration_unit}, in place of an end"
    if source.feed is Feed.FLOWS:
        who = {
            "collector": "the collector has multiplied packets and bytes by the interval",
            "nobody": "longflow multiplies packets and bytes by the interval",
        }
        interval = source.sampling_interval
        yield "sampling", who[source.scaled_by] + (f" {interval:,}" if interval else "")
    if source.has_one_counter_a_row:
        words = source.values["counter"].items()
        yield "counters", "one a row: " + ", ".join(f"{word} is {ours}" for word, ours in words)
        if reading is not None and reading.other_half:
            there = "in_octets" if reading.other_half == "out_octets" else "out_octets"
            yield "", f"{there} alone: {reading.other_half} must be in another file of the week"
    if source.format != "nfcapd":
        yield "no value", ", ".join(["empty", *source.null_values])
    if reading is not None:
        yield _records(reading)


def _records(reading: Reading) -> tuple[str, str]:
    """What became of the lines of a file, or of its rows if it has no lines."""
    file = reading.file
    odd = sum(one.rows for one in reading.unread if one.column == LINE)
    text = counted(file.rows - odd, "records")
    if file.joined or file.left_out:
        text += f" + {file.joined:,} joined to them + {file.left_out:,} not of the report"
    if not file.lines:
        rows = file.rows + file.joined + file.left_out
        return "records", text if rows == file.rows else f"{rows:,} = {text}"
    text = f"{file.lines:,} = {text} + {odd:,} not a record + {file.passed_over:,} skipped"
    if reading.continued:
        text += f" + {reading.continued:,} continued"
    return "lines", text


def _first_rows(reading: Reading, show_values: bool) -> Iterator[tuple[str, str]]:
    """The first rows, each a column of the screen, so that wide feeds fit on it."""
    rows = reading.first_rows
    if not rows.height:
        return
    columns = contract("staged", reading.source.feed).columns
    zone = reading.week.zone
    done: set[str] = set()
    for name, column in columns.items():
        if name in {"file_index", "position", "unreadable"} or name in done:
            continue
        title, unit = name, column.unit or ""
        if name.endswith("_high"):
            title = name.removesuffix("_high")
            parts = [f"{title}_{part}" for part in ("high", "low", "length")]
            done |= set(parts)
            has_length = parts[2] in columns
            cells = [
                _address(row[parts[0]], row[parts[1]], row[parts[2]] if has_length else None, row)
                for row in rows.iter_rows(named=True)
            ]
            unit = "address"
        elif name == "ipv4_address":
            cells = [_address(0, one, None, {"ip_version": 4}) for one in rows[name]]
            unit = "address"
        elif name.endswith("_ms"):
            title, unit = name.removesuffix("_ms"), zone.key
            cells = ["–" if one is None else _moment(one, zone) for one in rows[name]]
        else:
            cells = ["–" if one is None else str(one) for one in rows[name]]
        if column.private and not show_values:
            cells = [one if one == "–" else hidden(one) for one in cells]
        elif not show_values:
            cells = [_without_addresses(one) for one in cells]
        shown = "  ".join(f"{one[:_CELL_WIDTH]:<{_CELL_WIDTH}}" for one in cells)
        yield f"{title} [{unit}]" if unit else title, shown


def _moment(instant_ms: int, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromtimestamp(instant_ms / 1000, tz=zone)
    except (ValueError, OverflowError, OSError):
        return f"{instant_ms:,} ms"
    text = f"{moment:%Y-%m-%d %H:%M:%S}"
    return text + (f".{instant_ms % 1000:03d}" if instant_ms % 1000 else "")


def _address(high: int | None, low: int | None, length: int | None, row: dict[str, object]) -> str:
    if high is None or low is None:
        return "–"
    is_ipv4 = row.get("ip_version") == 4
    text = str(ipaddress.IPv4Address(low) if is_ipv4 else ipaddress.IPv6Address(high << 64 | low))
    return text if length is None else f"{text}/{length}"


_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|(?<![\w:])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{2,}(?!\w)")


def _without_addresses(text: str) -> str:
    """A text that is nobody's, such as the name of an interface, without addresses in it."""
    return _ADDRESS.sub(lambda found: address_kind(found[0]) or found[0], text)


def _unread(reading: Reading, show_values: bool) -> Iterator[tuple[str, str]]:
    for one in reading.unread:
        yield "", _unread_line(reading, one, show_values)


def _unread_line(reading: Reading, one: Unread, show_values: bool) -> str:
    kind = "line" if reading.file.is_by_line else "row"
    where = places(kind, one.places, one.rows)
    if one.column == LINE:
        return (
            f"{one.rows:,} of {reading.file.rows:,} lines are no record: {where}; "
            "look at quotes, delimiter and number of fields"
        )
    texts = list(dict.fromkeys(one.texts))
    mask = hidden if one.column in _PRIVATE else shape
    shown = ", ".join(dict.fromkeys(f"'{t}'" if show_values else mask(t) for t in texts))
    what = no_value(reading.source.feed, one.column)
    verb = "is" if one.rows == 1 else "are"
    line = f"{one.rows:,} of {one.values:,} values of {one.column} {verb} {what}"
    line += f": {where}: {shown}"
    return f"{line}; remedy: {_remedy(reading, one)}"


def _remedy(reading: Reading, one: Unread) -> str:
    words = sorted({t.strip() for t in one.texts if t.strip().lower() in NO_VALUE_WORDS})
    if words:
        values = ", ".join(f'"{word}"' for word in [*reading.source.null_values, *words])
        return f"null_values = [{values}]"
    what = no_value(reading.source.feed, one.column)
    if what == "no time":
        return "time_format or time_unit of the source, or correct the values"
    number = r"\s*-?\d{1,3}(?:[., '\u2019]\d{3})*(?:[.,]\d+)?\s*"
    if what == "no whole number" and any(re.fullmatch(number, text) for text in one.texts):
        return "export whole numbers without separators and decimals, such as 1234567"
    return f"map another column to {one.column}, add to null_values, or correct the values"


def _amounts(reading: Reading) -> Iterator[tuple[str, str]]:
    for one in amounts(reading):
        mark = "  <- look at this" if one.is_odd else ""
        usual = f"  (expected: {one.usual})" if one.usual else ""
        yield one.name, f"{one.value}{usual}{mark}"


def _findings(reading: Reading) -> Iterator[tuple[str, str]]:
    """What a run would report about the file."""
    found = [one for one in reading.findings if one.severity != "info"]
    for one in found[:_FINDINGS_SHOWN]:
        name = {"critical": "refuses"}.get(one.severity, one.severity)
        yield name, one.line
    if len(found) > _FINDINGS_SHOWN:
        yield "", f"and {len(found) - _FINDINGS_SHOWN:,} more"
