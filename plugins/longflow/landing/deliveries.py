"""Which files of a source belong to a week, by the listings of its folders alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from longflow.errors import LongflowError
from longflow.landing.entries import Entry, Listing
from longflow.landing.naming import FileName, FileTime, folders_of_week, received_in_week
from longflow.landing.place import Place
from longflow.records import Finding
from longflow.settings import Settings, Source
from longflow.settings.patterns import is_by_name
from longflow.week import Week

CHECKSUMS = "SHA256SUMS"


class Delivery(NamedTuple):
    """A file of the week.

    Attributes:
        folder: in which it lies.
        entry: the file as the folder's listing describes it.
        time: which its name states, if any.
    """

    folder: str
    entry: Entry
    time: FileTime | None


@dataclass(frozen=True)
class Deliveries:
    """What a source has delivered of a week.

    Attributes:
        place: where it delivers.
        folders: that can hold files of the week, the oldest first.
        listings: of those that exist, by folder.
        files: the week's files, by folder and name.
        findings: warnings about names.
    """

    place: Place
    folders: tuple[str, ...]
    listings: Mapping[str, Listing]
    files: list[Delivery] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def deliveries_of(settings: Settings, week: Week, source: Source) -> Deliveries:
    """List the folders of a source: one call to its server for each; nothing is downloaded.

    Raises:
        LongflowError: the server refuses the login, a name comes twice, or there are too many.
        OSError: the source's server or disk failed; a retry may help.
    """
    place = Place.of(settings, source)
    folders = tuple(
        f"{place.root}/{folder}"
        for folder in folders_of_week(
            settings.folder_pattern(source), source, week, settings.week.grace_hours
        )
    )
    listed = ((folder, place.listing(folder)) for folder in folders)
    listings = {folder: listing for folder, listing in listed if listing is not None}
    found = Deliveries(place, folders, listings)
    for folder, listing in listings.items():
        _add(settings, week, source, found, folder, listing)
    _require_each_name_once(found)
    if len(found.files) > settings.landing.most_files:
        raise LongflowError(
            f"source '{source.name}' delivered {len(found.files):,} files for week {week}, more "
            f"than {settings.landing.most_files:,}",
            file=folders[0],
            remedy="check pattern and files of the source, or raise landing.most_files",
        )
    return found


def _add(
    settings: Settings,
    week: Week,
    source: Source,
    found: Deliveries,
    folder: str,
    listing: Listing,
) -> None:
    """Add the files of a folder that belong to the week, and warnings about the others."""
    names = FileName.of(source, settings.zone)
    by_name = is_by_name(settings.folder_pattern(source))
    found.findings.extend(
        _about(source, name, "landing.file_unexpected", f"{problem}, so the file was skipped")
        for name, problem in sorted(listing.others.items())
    )
    for name, entry in sorted(listing.files.items()):
        if name == CHECKSUMS:
            continue
        if not names.matches(name):
            passed_over = f"the name does not match '{source.files}', so the file was skipped"
            found.findings.append(_about(source, name, "landing.file_unexpected", passed_over))
            continue
        time = names.time(name)
        if by_name and (
            time is None or not received_in_week(time, week, settings.week.grace_hours)
        ):
            continue
        if time is not None and time.is_left_out:
            left_out = (
                f"the name states a time that clocks in {names.zone.key} skipped when they went "
                "forward, so the records decide its time; check time_zone of source "
                f"'{source.name}'"
            )
            found.findings.append(_about(source, name, "landing.time_left_out", left_out))
        found.files.append(Delivery(folder, entry, time))


def _about(source: Source, name: str, rule: str, sentence: str) -> Finding:
    """A warning about the name of a file."""
    return Finding(
        rule=rule,
        severity="warning",
        feed=source.feed,
        source=source.name,
        file=name,
        sentence=sentence,
    )


def _require_each_name_once(found: Deliveries) -> None:
    seen: dict[str, str] = {}
    for folder, entry, _ in found.files:
        if (first := seen.setdefault(entry.name, folder)) != folder:
            raise LongflowError(
                f"file '{entry.name}' is also in the folder {first} of the same week",
                file=folder,
                remedy="delete or move the wrong copy, then load the week again",
            )
