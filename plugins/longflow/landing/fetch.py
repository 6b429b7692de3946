"""Fetch a week: copy what the expected sources delivered, and report what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from longflow.errors import LongflowError
from longflow.landing.databases import deliver
from longflow.landing.naming import (
    FileName,
    FileTime,
    folder_of,
    folders_of_week,
    received_in_week,
)
from longflow.landing.place import Entry, Place
from longflow.records import Finding, Landed, LandedFile
from longflow.settings import Feed, Settings, Source
from longflow.settings.patterns import is_by_name
from longflow.week import Week
from longflow.workspace import Workspace

CHECKSUMS = "SHA256SUMS"
_FILES_NAMED = 5


def fetch_week(
    settings: Settings, week: Week, feeds: Sequence[Feed], workspace: Workspace
) -> Landed:
    """Copy the week's dumps of some feeds into the workspace and write the manifest.

    A feed with a missing source, an unexpected source or a file that contradicts `SHA256SUMS` gets
    a critical finding; the other feeds continue.

    Raises:
        OSError: the source's server or disk failed; a retry may help.
    """
    workspace.fresh(workspace.landed)
    files: list[LandedFile] = []
    findings: list[Finding] = []
    for feed in feeds:
        came, found = fetch_feed(settings, week, feed, workspace, len(files))
        files += came
        findings += found
    landed = Landed(feeds=tuple(feeds), files=tuple(files), findings=tuple(findings))
    workspace.write("landed", landed)
    return landed


def fetch_feed(
    settings: Settings, week: Week, feed: Feed, workspace: Workspace, first_index: int
) -> tuple[list[LandedFile], list[Finding]]:
    """Copy the week's dumps of one feed into the workspace.

    Args:
        settings: the expected sources.
        week: the week.
        feed: the feed.
        workspace: receives the copies, under `landed/<feed>`.
        first_index: number of the first file in the week's manifest.

    Returns:
        The delivered files, and what is wrong with the delivery.

    Raises:
        OSError: the source's server or disk failed; a retry may help.
    """
    files: list[LandedFile] = []
    findings = _unexpected_sources(settings, week, feed)
    sources = settings.sources_of(feed)
    if not sources:
        findings.append(
            Finding(
                rule="landing.no_source",
                severity="critical",
                feed=feed,
                sentence=f"{settings.file}: no source is configured for this feed; "
                "name one under [[sources]]",
            )
        )
    for source in sources:
        first = first_index + len(files)
        try:
            fetch = _fetch_source if source.query is None else _fetch_rows
            came, found = fetch(settings, week, source, workspace.landed, first)
            files += came
        except LongflowError as error:
            findings.append(
                Finding(
                    rule="landing.source",
                    severity="critical",
                    feed=feed,
                    source=source.name,
                    sentence=str(error),
                )
            )
        else:
            findings += found
    return files, findings


def _unexpected_sources(settings: Settings, week: Week, feed: Feed) -> list[Finding]:
    """Sources that delivered this week but are not in the settings.

    They can be seen only where the landing's pattern has a folder for each source.
    """
    pattern = settings.landing.pattern
    if "/{source}/" not in pattern or is_by_name(pattern):
        return []
    above, below = pattern.split("/{source}/", maxsplit=1)
    place = Place.of(settings)
    folder = f"{place.root}/{folder_of(above, feed.value, '', week, week.monday)}"
    expected = {source.name for source in settings.sources_of(feed)}
    findings = []
    for name in place.folders(folder):
        rest = folder_of(below, feed.value, name, week, week.monday)
        delivered = f"{folder}/{name}/{rest}"
        if name not in expected and place.is_folder(delivered):
            findings.append(
                Finding(
                    rule="landing.source_unexpected",
                    severity="critical",
                    feed=feed,
                    source=name,
                    sentence=f"{delivered}: source '{name}' is not in the settings; name it under "
                    f"[[sources]] in {settings.file.name}, or remove its folder",
                )
            )
    return findings


def _name_finding(rule: str, source: Source, name: str, sentence: str) -> Finding:
    """A warning about the name of a file."""
    return Finding(
        rule=rule,
        severity="warning",
        feed=source.feed,
        source=source.name,
        file=name,
        sentence=sentence,
    )


def _fetch_source(
    settings: Settings, week: Week, source: Source, target: Path, first_index: int
) -> tuple[list[LandedFile], list[Finding]]:
    """The copied files of one source, and the findings about their names."""
    place = Place.of(settings, source)
    pattern = settings.folder_pattern(source)
    zone = source.zone(settings.zone)
    names = FileName.of(source, settings.zone)
    folder_paths = [
        f"{place.root}/{folder}"
        for folder in folders_of_week(pattern, source, week, settings.week.grace_hours)
    ]
    deliveries: list[_Delivery] = []
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for folder in folder_paths:
        listing = place.listing(folder)
        if listing is None:
            continue
        listed = listing.files
        for name, problem in sorted(listing.others.items()):
            found.append(
                _name_finding(
                    "landing.file_unexpected", source, name, f"{problem}, so the file was skipped"
                )
            )
        sums = _checksums(place, folder, listed)
        found += _otherwise_listed(source, folder, listed, sums)
        for name in sorted(listed):
            if name == CHECKSUMS:
                continue
            if not names.matches(name):
                passed_over = f"the name does not match '{source.files}', so the file was skipped"
                found.append(_name_finding("landing.file_unexpected", source, name, passed_over))
                continue
            time = names.time(name)
            if is_by_name(pattern) and (
                time is None or not received_in_week(time, week, settings.week.grace_hours)
            ):
                continue
            if time is not None and time.is_left_out:
                left_out = (
                    f"the name states a time that clocks in {zone.key} skipped when they went "
                    "forward, so the records decide its time; check time_zone of source "
                    f"'{source.name}'"
                )
                found.append(_name_finding("landing.time_left_out", source, name, left_out))
            if name in seen:
                raise LongflowError(
                    f"file '{name}' is also in the folder {seen[name]} of the same week",
                    file=folder,
                    remedy="delete or move the wrong copy, then load the week again",
                )
            seen[name] = folder
            deliveries.append(_Delivery(name, listed[name], time, sums.get(name)))
    folder_of_copies = target / source.feed / source.name
    folder_of_copies.mkdir(parents=True, exist_ok=True)
    landed: list[LandedFile] = []
    with ThreadPoolExecutor(place.copies_at_once(settings.database.threads)) as pool:
        copies = pool.map(
            lambda one: place.copy(one.entry, folder_of_copies / one.name), deliveries
        )
        try:
            for number, (delivery, copied) in enumerate(zip(deliveries, copies, strict=True)):
                landed.append(_landed(source, first_index + number, delivery, *copied))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if not landed:
        raise LongflowError(
            f"source '{source.name}' delivered nothing for week {week}",
            file=folder_paths[0],
            remedy="deliver its dump, or remove the source from the settings",
        )
    return landed, found


def _fetch_rows(
    settings: Settings, week: Week, source: Source, target: Path, first_index: int
) -> tuple[list[LandedFile], list[Finding]]:
    """The file made of the rows of a source's query; no findings."""
    folder = target / source.feed / source.name
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{source.name}.csv"
    delivered = deliver(settings, week, source, folder / name)
    landed = LandedFile(
        index=first_index,
        feed=source.feed,
        source=source.name,
        name=name,
        size_bytes=delivered.size_bytes,
        sha256=delivered.sha256,
        fetched_at=datetime.now(UTC),
        database=delivered.read,
    )
    return [landed], []


class _Delivery(NamedTuple):
    """A file that a source delivered, and what is known about it before it is copied."""

    name: str
    entry: Entry
    time: FileTime | None
    sha256: str | None


def _landed(source: Source, index: int, delivery: _Delivery, size: int, digest: str) -> LandedFile:
    """The record of a copied file.

    Raises:
        LongflowError: the copy contradicts `SHA256SUMS`.
    """
    if delivery.sha256 is not None and delivery.sha256 != digest:
        raise LongflowError(
            f"its SHA-256 is {digest[:12]}…, {CHECKSUMS} says {delivery.sha256[:12]}…",
            file=delivery.entry.path,
            remedy="deliver the file again",
        )
    return LandedFile(
        index=index,
        feed=source.feed,
        source=source.name,
        name=delivery.name,
        size_bytes=size,
        sha256=digest,
        fetched_at=datetime.now(UTC),
        slot_ms=None if delivery.time is None else delivery.time.start_ms,
        times=() if delivery.time is None else delivery.time.times,
    )


def _checksums(place: Place, folder: str, listed: Mapping[str, Entry]) -> dict[str, str]:
    """Name → SHA-256 from a folder's `SHA256SUMS`; empty if there is no such file.

    Raises:
        LongflowError: a line is not in the format of `sha256sum`.
    """
    if CHECKSUMS not in listed:
        return {}
    sums: dict[str, str] = {}
    text = place.read(listed[CHECKSUMS]).decode("utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        digest, _, name = line.strip().partition(" ")
        name = name.strip().removeprefix("*").removeprefix("./")
        if len(digest) != 64 or not name:
            raise LongflowError(
                "not a line of sha256sum",
                file=f"{folder}/{CHECKSUMS}",
                place=f"line {number}",
                remedy="write the file with sha256sum",
            )
        sums[name] = digest.lower()
    return sums


def _otherwise_listed(
    source: Source, folder: str, listed: Mapping[str, Entry], sums: Mapping[str, str]
) -> Iterator[Finding]:
    """Files that `SHA256SUMS` names and the folder lacks, and the other way round.

    They refuse the feed's week. What did arrive is fetched anyway, so that it is read and counted.
    """
    if CHECKSUMS not in listed:
        return
    for names, where, remedy in (
        (sums.keys() - listed.keys(), f"named in {CHECKSUMS} but missing", "deliver {them}"),
        (
            listed.keys() - sums.keys() - {CHECKSUMS},
            f"present but not named in {CHECKSUMS}",
            f"add {{them}} to {CHECKSUMS}, or remove {{them}}",
        ),
    ):
        if not names:
            continue
        shown = ", ".join(f"'{name}'" for name in sorted(names)[:_FILES_NAMED])
        if len(names) > _FILES_NAMED:
            shown += f" and {len(names) - _FILES_NAMED:,} more"
        one = len(names) == 1
        yield Finding(
            rule="landing.source",
            severity="critical",
            feed=source.feed,
            source=source.name,
            sentence=f"{folder}: {'file' if one else 'files'} {shown} {'is' if one else 'are'} "
            f"{where}; {remedy.format(them='it' if one else 'them')}",
            count=len(names),
            unit="files",
        )
