"""Fetch a week: copy what the expected sources delivered, and report what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from longflow.errors import LongflowError
from longflow.landing.databases import deliver
from longflow.landing.deliveries import CHECKSUMS, deliveries_of
from longflow.landing.entries import Entry
from longflow.landing.hosts import Bounds, on_all_hosts
from longflow.landing.naming import folder_of
from longflow.landing.place import Place
from longflow.landing.transfer import Transfer
from longflow.landing.urls import host_of
from longflow.records import Finding, Landed, LandedFile
from longflow.settings import Feed, Settings, Source
from longflow.settings.patterns import is_by_name
from longflow.week import Week
from longflow.workspace import Workspace

_FILES_NAMED = 5


class Fetched(NamedTuple):
    """A file in the workspace, and its line of the manifest, which is not numbered yet."""

    path: Path
    file: LandedFile
    is_reused: bool = False


def fetch_week(
    settings: Settings, week: Week, feeds: Sequence[Feed], workspace: Workspace
) -> Landed:
    """Copy the week's dumps of some feeds into the workspace and write the manifest.

    Hosts are asked at the same time, and copies that an earlier try has made are used again if the
    source still has the same files. A feed with a missing source, an unexpected source or a file
    that contradicts `SHA256SUMS` gets a critical finding; the other feeds continue.

    Raises:
        OSError: the source's server or disk failed; a retry may help, and copies what is missing.
        MachineError: a file disappeared meanwhile; a retry may help as well.
    """
    workspace.fresh(workspace.unfinished)
    files, findings, reused = fetch_feeds(settings, week, feeds, workspace, 0)
    landed = Landed(feeds=tuple(feeds), files=tuple(files), findings=tuple(findings), reused=reused)
    workspace.write("landed", landed)
    return landed


def fetch_feeds(
    settings: Settings, week: Week, feeds: Sequence[Feed], workspace: Workspace, first_index: int
) -> tuple[list[LandedFile], list[Finding], int]:
    """Copy the week's dumps of some feeds into the workspace.

    Args:
        settings: the expected sources.
        week: the week.
        feeds: the feeds.
        workspace: receives the copies, under `landed/<feed>`.
        first_index: number of the first file in the week's manifest.

    Returns:
        The delivered files, what is wrong with the delivery, and how many files were there from an
        earlier try.

    Raises:
        OSError: the source's server or disk failed; a retry may help.
        MachineError: a file disappeared meanwhile; a retry may help as well.
    """
    bounds = Bounds(settings.landing.copies_at_once_per_host, settings.landing.copies_at_once)
    transfer = Transfer(settings, workspace, bounds)
    sources = [source for feed in feeds for source in settings.sources_of(feed)]

    def one(source: Source) -> tuple[list[Fetched], list[Finding]]:
        return _of_source(settings, week, source, transfer)

    done = on_all_hosts(one, sources, partial(host_of, settings), bounds.stopping)
    outcomes = {
        (source.feed, source.name): outcome for source, outcome in zip(sources, done, strict=True)
    }
    fetched: list[Fetched] = []
    findings: list[Finding] = []
    for feed in feeds:
        findings += _about_sources(settings, week, feed)
        for source in settings.sources_of(feed):
            came, found = outcomes[feed, source.name]
            fetched += came
            findings += found
        _remove_others(workspace.landed / feed, [one.path for one in fetched])
    files = [
        one.file.model_copy(update={"index": index})
        for index, one in enumerate(fetched, start=first_index)
    ]
    return files, findings, sum(one.is_reused for one in fetched)


def _remove_others(folder: Path, copies: Sequence[Path]) -> None:
    """Remove copies of an earlier try of what is no longer delivered."""
    used = set(copies)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in used:
            path.unlink()


def _about_sources(settings: Settings, week: Week, feed: Feed) -> list[Finding]:
    """What is wrong with the sources of a feed: those that nobody expects, or none at all."""
    found = _unexpected_sources(settings, week, feed)
    if not settings.sources_of(feed):
        found.append(
            Finding(
                rule="landing.no_source",
                severity="critical",
                feed=feed,
                sentence=f"{settings.file}: no source is configured for this feed; "
                "name one under [[sources]]",
            )
        )
    return found


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


def _of_source(
    settings: Settings, week: Week, source: Source, transfer: Transfer
) -> tuple[list[Fetched], list[Finding]]:
    """The copied files of one source, and the findings about it."""
    try:
        if source.query is not None:
            return [_fetch_rows(settings, week, source, transfer.folder_of(source))], []
        return _fetch_source(settings, week, source, transfer)
    except LongflowError as error:
        refusal = Finding(
            rule="landing.source",
            severity="critical",
            feed=source.feed,
            source=source.name,
            sentence=str(error),
        )
        return [], [refusal]


def _fetch_source(
    settings: Settings, week: Week, source: Source, transfer: Transfer
) -> tuple[list[Fetched], list[Finding]]:
    delivered = deliveries_of(settings, week, source)
    findings = list(delivered.findings)
    if not delivered.files:
        raise LongflowError(
            f"source '{source.name}' delivered nothing for week {week}",
            file=delivered.folders[0],
            remedy="deliver its dump, or remove the source from the settings",
        )
    sums: dict[tuple[str, str], str] = {}
    for folder, listing in delivered.listings.items():
        stated = _checksums(delivered.place, folder, listing.files)
        findings += _otherwise_listed(source, folder, listing.files, stated)
        sums |= {(folder, name): digest for name, digest in stated.items()}
    copies = transfer.of(source, delivered)
    for one in copies:
        stated_sum = sums.get((one.delivery.folder, one.delivery.entry.name))
        if stated_sum not in {None, one.sha256}:
            raise LongflowError(
                f"its SHA-256 is {one.sha256[:12]}…, {CHECKSUMS} says {str(stated_sum)[:12]}…",
                file=one.delivery.entry.path,
                remedy="deliver the file again",
            )
    return [Fetched(one.path, one.file(0), one.is_reused) for one in copies], findings


def _fetch_rows(settings: Settings, week: Week, source: Source, folder: Path) -> Fetched:
    """The file made of the rows of a source's query."""
    path = folder / f"{source.name}.csv"
    fetched_at = datetime.now(UTC)
    delivered = deliver(settings, week, source, path)
    file = LandedFile(
        index=0,
        feed=source.feed,
        source=source.name,
        name=path.name,
        size_bytes=delivered.size_bytes,
        sha256=delivered.sha256,
        fetched_at=fetched_at,
        database=delivered.read,
    )
    return Fetched(path, file)


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
