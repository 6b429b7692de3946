"""The settings under which a file can be read: what its first records show, where nobody set it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from longflow.errors import LongflowError
from longflow.masking import NO_VALUE_WORDS
from longflow.settings import Feed, delivered_columns
from longflow.settings.feeds import ends
from longflow.settings.presets import PRESETS, filled
from longflow.staging.tabular import json_series, line_protocol
from longflow.staging.tabular.blocks import Block
from longflow.staging.tabular.csv_text import Header
from longflow.staging.tabular.json_text import first_block, keys_of
from longflow.trial.head import Head
from longflow.trial.naming import folders_of, minutes_between, pattern_of, states_minutes
from longflow.trial.one_counter import for_both, is_one_a_row, with_counters
from longflow.trial.sample import Sample
from longflow.trial.spellings import found_columns, known_titles, plain, presets_of
from longflow.trial.times import with_duration, with_times
from longflow.trial.untitled import guessed_titles, has_titles
from longflow.trial.words import with_words


@dataclass
class Proposal:
    """Settings for a source.

    Attributes:
        given: the section, as plain values of TOML.
        titles: of the file's columns.
        missing: columns that the feed needs and no title is known to name.
        remarks: what to look at, for people.
        is_untitled: the file has no titles, and those in `titles` are a guess.
        middle_ms: the time of the first records, if they have one.
    """

    given: dict[str, Any]
    titles: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    is_untitled: bool = False
    middle_ms: int | None = None


def guessed_feed(head: Head, file: Path) -> Feed:
    """The feed whose columns a file has.

    Raises:
        LongflowError: its titles are those of no feed, or of several.
    """
    if head.format == "nfcapd":
        return Feed.FLOWS
    found: dict[Feed, float] = {}
    for feed in Feed:
        known = known_titles(feed)
        titles = _titles(head, file, head.delimiter(known), known)
        columns = found_columns(feed, titles)
        needed = [name for name, optional in delivered_columns(feed).items() if not optional]
        if is_one_a_row(columns):
            needed = ["time", "interface", "counter", "value"]
        found[feed] = sum(name in columns for name in needed) / len(needed)
    best = max(found, key=lambda feed: found[feed])
    if found[best] < 0.6 or list(found.values()).count(found[best]) > 1:
        raise LongflowError(
            "the titles do not show which feed this is",
            file=file,
            remedy=f"name it: --feed {'|'.join(Feed)}",
        )
    return best


def _titles(
    head: Head, file: Path, delimiter: str, known: frozenset[str] = frozenset()
) -> list[str]:
    """Titles of the columns, or names of the keys."""
    if head.format == "parquet":
        return list(pl.read_parquet_schema(file))
    if head.format == "json":
        block = first_block(head.text)
        return list(json_series.names_of(block) or keys_of(block))
    if head.format == "line-protocol":
        return line_protocol.keys_of(Block(1, head.text.encode()))
    if head.format == "nfcapd":
        return []
    rated = [
        (sum(plain(name) in known for name in names), -place, names)
        for place, line in enumerate(head.possible_titles)
        if line.strip() and (names := _of_line(line, delimiter))
    ]
    best = max(rated, default=(0, 0, ()), key=lambda one: one[:2])
    return list(best[2]) if best[0] or not known else list(_of_line(head.records[0], delimiter))


def _guess_titles(found: Proposal, feed: Feed, head: Head, delimiter: str) -> Iterator[str]:
    """Set titles for a table that has none, as its values show them; and a remark."""
    if set(found_columns(feed, found.titles)) or has_titles(head.records, delimiter):
        return
    titles = guessed_titles(head.records, delimiter, feed)
    if titles:
        found.titles = found.given["titles"] = titles
        found.is_untitled = True
        yield "the file has no titles; these are guessed from the values: check each of them"


def _of_line(line: str, delimiter: str) -> Sequence[str]:
    import csv  # noqa: PLC0415

    try:
        return Header.of_line(line, delimiter).names
    except (csv.Error, ValueError):
        return ()


def proposed(
    own: Mapping[str, Any], head: Head, file: Path, zone: ZoneInfo, folder: Path
) -> Proposal:
    """The section of a source, with what its file shows and nobody set.

    Args:
        own: what is set: at least name and feed.
        head: the beginning of the file.
        file: the file.
        zone: time zone of times without offset.
        folder: for temporary files.
    """
    feed = Feed(own["feed"])
    found = Proposal({**own})
    if feed is Feed.FLOWS:
        found.given.setdefault("service", "broadband")
    if "query" not in filled(own):
        found.given.setdefault("files", pattern_of(file.name))
    if not own.keys() & {"url", "pattern", "files"}:
        found.remarks += _place(found.given, file)
    if head.format == "nfcapd":
        if "preset" not in own:
            found.given["format"] = own.get("format", "nfcapd")
        _slot(found, own, file, 5)
        found.remarks += _guesses(found.given, own)
        return found
    known = known_titles(feed)
    form = filled(own).get("format", head.format)
    delimiter = filled(own).get("delimiter", head.delimiter(known) if form == "csv" else ",")
    found.titles = list(own.get("titles", [])) or _titles(head, file, delimiter, known)
    if form == "csv" and not own.keys() & {"titles", "preset", "columns"}:
        found.remarks += _guess_titles(found, feed, head, delimiter)
    sample = Sample(head.written(file, folder), zone)
    presets = presets_of(feed) if not own.keys() & {"preset", "format", "columns"} else []
    candidates = [
        _with_columns({**found.given, "format": form}, None, feed, found.titles),
        *(
            _with_columns({**found.given, "preset": name}, name, feed, found.titles)
            for name in presets
            if PRESETS[name]["format"] == form and _fits(name, head, found.titles)
        ),
    ]
    if own.get("preset") or own.get("columns"):
        candidates = [_with_columns({**found.given}, own.get("preset"), feed, found.titles)]
    candidates = [with_counters(one, head, file) for one in candidates]
    best = min(
        (_finished(one, feed, head, delimiter, sample) for one in candidates),
        key=lambda one: (sample.rate(one), "preset" not in one, len(one.get("columns", ()))),
    )
    if "duration_unit" not in own:
        best, remark = with_duration(best, feed, sample)
        found.remarks += [remark] if remark else []
    best, remarks = with_words(best, feed, sample)
    found.given = best
    found.remarks += remarks
    both = for_both(best["files"], best, head, file) if "files" not in own else None
    if both is not None:
        best["files"] = both
        found.remarks.append("files must name the files of both counters")
    found.missing = list(_missing(best, feed, found.titles))
    times = sample.times(best)
    found.middle_ms = times.middle_ms if times else None
    is_lone = head.is_whole and times is not None
    _slot(found, own, file, times.slot_minutes if times and is_lone else None)
    found.remarks += _guesses(best, own)
    return found


def _guesses(given: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
    """A remark on service and access that neither the file nor anybody states."""
    guessed = [f'{name} = "{given[name]}"' for name in ("service", "access") if name in given]
    if guessed and not own.keys() & {"service", "access"}:
        yield f"the file does not state {' and '.join(guessed)}: correct what is wrong"


def _place(given: dict[str, Any], file: Path) -> Iterator[str]:
    """Set where the source delivers; a remark if that cannot be known."""
    place = folders_of(file)
    if place is None:
        where = f"var/landing/{given['feed']}/{given['name']}/<Monday>/"
        yield f"the name states no time: deliver the files of each week in {where}"
    else:
        given["url"], given["pattern"] = place


def _slot(found: Proposal, own: Mapping[str, Any], file: Path, minutes: int | None) -> None:
    """Set the time that one file covers: as the names of its neighbours show, or its records."""
    if not states_minutes(found.given.get("files", "*")) or "slot_minutes" in own:
        return
    between = minutes_between(file)
    if between is not None and _is_slot(between):
        found.given["slot_minutes"] = between
    elif minutes is not None:
        found.given["slot_minutes"] = minutes
        found.remarks.append(f"slot_minutes = {minutes} is guessed from this file alone")
    else:
        found.remarks.append("set slot_minutes: the minutes that one file covers")


def _is_slot(minutes: int) -> bool:
    return 0 < minutes <= 1_440 and 1_440 % minutes == 0


def _fits(preset: str, head: Head, titles: Sequence[str]) -> bool:
    """Whether the titles are those of a preset."""
    columns = PRESETS[preset].get("columns")
    if not columns:
        mark = {"radacct-mysql": r"\bNULL\b", "radacct-postgresql": r":\d\d[+-]\d\d\b|\\N"}
        return re.search(mark[preset], head.text) is not None
    own = set(titles)
    wanted = [[one] if isinstance(one, str) else one for one in columns.values()]
    there = sum(any(name in own for name in names) for names in wanted)
    return there >= 0.6 * len(wanted)


def _with_columns(
    given: dict[str, Any], preset: str | None, feed: Feed, titles: Sequence[str]
) -> dict[str, Any]:
    """The settings with a mapping for columns that the file names otherwise."""
    mapped = dict(PRESETS[preset].get("columns", {})) if preset else {}
    mapped |= given.get("columns", {})
    constants = given.get("constants", {})
    there = set(titles)
    columns = dict(given.get("columns", {}))
    taken: set[str] = set()
    for names in mapped.values():
        taken |= {names} if isinstance(names, str) else set(names)
    free = [title for title in titles if title not in taken]
    proposed_columns = found_columns(feed, free)
    if not is_one_a_row(found_columns(feed, titles)):
        proposed_columns = {
            ours: names
            for ours, names in proposed_columns.items()
            if ours not in {"counter", "value"}
        }
    for ours, names in proposed_columns.items():
        known = mapped.get(ours, ours)
        present = [known] if isinstance(known, str) else known
        if ours in constants or there & set(present):
            continue
        columns[ours] = names[0]
    return {**given, "columns": columns} if columns else given


def _missing(given: Mapping[str, Any], feed: Feed, titles: Sequence[str]) -> Iterator[str]:
    columns = filled(given).get("columns", {})
    constants = given.get("constants", {})
    there = set(titles)

    def has(ours: str) -> bool:
        names = columns.get(ours, ours)
        names = [names] if isinstance(names, str) else list(names)
        names += [name.replace("4", "6") for name in names]
        return ours in constants or bool(there & set(names))

    wanted = delivered_columns(feed)
    if "counter" in filled(given).get("values", {}):
        del wanted["in_octets"], wanted["out_octets"]
    for ours, is_optional in wanted.items():
        if not is_optional and not has(ours) and not (ours in ends(feed) and has("duration")):
            yield ours


def _finished(
    given: dict[str, Any], feed: Feed, head: Head, delimiter: str, sample: Sample
) -> dict[str, Any]:
    """The settings with delimiter, encoding, times, and values that are none."""
    whole = filled(given)
    if whole["format"] == "csv" and delimiter != whole.get("delimiter", ","):
        given = {**given, "delimiter": delimiter}
    if head.encoding not in {"", "utf-8"} and not head.has_mark and "encoding" not in given:
        given = {**given, "encoding": head.encoding}
    given = _with_service(given, feed, sample)
    if "time_unit" not in given and "time_format" not in whole:
        # A program writes times as it is asked to: its preset states but the usual unit.
        given = with_times(given, feed, sample, whole.get("time_unit"))
    if "null_values" not in given:
        given = _with_nulls(given, feed, sample)
    return given


def _with_service(given: dict[str, Any], feed: Feed, sample: Sample) -> dict[str, Any]:
    """Service and access, if no column has them."""
    if feed not in {Feed.USAGE, Feed.COUNTERS} or "service" in given:
        return given
    texts = sample.texts(given)
    if texts is None or "service" in given.get("constants", {}):
        return given
    # Columns of JSON are there whether or not a record has them.
    if "service" in texts.columns and texts["service"].count():
        return given
    if feed is Feed.COUNTERS:
        return {**given, "service": "broadband", "access": given.get("access", "pppoe")}
    return {**given, "service": "broadband" if given.get("access") else "mobile"}


def _with_nulls(given: dict[str, Any], feed: Feed, sample: Sample) -> dict[str, Any]:
    """The texts that mean that there is no value, with those of the file that no default has."""
    source = sample.source(given)
    texts = sample.texts(given)
    if source is None or texts is None:
        return given
    found = {
        text
        for name in sample.unread(given)
        if name in texts.columns
        for text in texts[name].drop_nulls().unique()
        if text.strip().lower() in NO_VALUE_WORDS and text.strip() not in source.null_values
    }
    if not found:
        return given
    return {**given, "null_values": [*source.null_values, *sorted(t.strip() for t in found)]}
