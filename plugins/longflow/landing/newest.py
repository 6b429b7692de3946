"""The newest file that a source has delivered, whatever week it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from longflow.errors import LongflowError
from longflow.landing.copying import ChangedError, Limits, copy, differ
from longflow.landing.databases import deliver
from longflow.landing.deliveries import CHECKSUMS
from longflow.landing.naming import FileName, folders_of_week
from longflow.landing.place import Place
from longflow.settings import Settings, Source
from longflow.settings.patterns import is_by_name
from longflow.week import Week, now

# A source that delivered nothing for longer is hardly one.
_WEEKS_BACK = 60


def fetch_newest(settings: Settings, source: Source, folder: Path) -> Path:
    """Copy the newest file of a source; of one in a database, the rows of the last whole week.

    Args:
        settings: where sources deliver.
        source: the source.
        folder: receives the copy, under the name of the file.

    Returns:
        The copy.

    Raises:
        LongflowError: there is no file whose name matches, in the last weeks.
        OSError: the source's server or disk failed.
    """
    if source.query is not None:
        today = now().astimezone(settings.zone).date()
        monday = today - timedelta(days=today.weekday() + 7)
        file = folder / f"{source.name}.csv"
        deliver(settings, Week(monday, settings.zone), source, file)
        return file
    place = Place.of(settings, source)
    names = FileName.of(source, settings.zone)
    looked: list[str] = []
    skipped: list[str] = []
    for folder_name in _folders(settings, source):
        path = f"{place.root}/{folder_name}"
        looked.append(path)
        listing = place.listing(path)
        if listing is None:
            continue
        files = listing.files
        found = [name for name in files if name != CHECKSUMS and names.matches(name)]
        skipped += [name for name in files if name not in found and name != CHECKSUMS]
        if found:
            # The last file may still be written, where it is not the only one.
            newest = sorted(found)[-2:][0]
            limits = Limits.of(settings)
            copied = copy(place, files[newest], folder / ".unfinished", folder / newest, limits)
            after = place.now(files[newest])
            if differ(copied.stated, after):
                raise ChangedError(copied.stated, after)
            return folder / newest
    other = f"; '{skipped[0]}' is there, and does not match" if skipped else ""
    raise LongflowError(
        f"no file of source '{source.name}' matches '{source.files}' in the last "
        f"{_WEEKS_BACK} weeks{other}",
        file=looked[0] if looked else place.root,
        remedy=f"check url, pattern and files, or name a file: longflow try {source.name} FILE",
    )


def _folders(settings: Settings, source: Source) -> Iterator[str]:
    """Folders of a source, the newest first, each once."""
    pattern = settings.folder_pattern(source)
    today = now().astimezone(settings.zone).date()
    monday = today - timedelta(days=today.weekday())
    seen: set[str] = set()
    for number in range(_WEEKS_BACK):
        week = Week(monday - timedelta(days=7 * number), settings.zone)
        grace = settings.week.grace_hours if is_by_name(pattern) else 0
        for folder in reversed(folders_of_week(pattern, source, week, grace)):
            if folder not in seen:
                seen.add(folder)
                yield folder
