"""What sources have delivered of a week by now, beside what the archive was last made from."""

from __future__ import annotations

from collections.abc import Iterable

from longflow.archive.catalogue import catalogue_exists
from longflow.archive.lake import open_archive
from longflow.archive.log import newest_files
from longflow.landing.listing import SourceListing, list_week
from longflow.settings import Feed, Settings
from longflow.week import Week


def delivered(settings: Settings, week: Week, feeds: Iterable[Feed]) -> list[SourceListing]:
    """What every source of some feeds has delivered of a week; nothing is downloaded or kept.

    Files are compared with the manifest of the newest attempt to load the week, refused ones
    included: what has not changed since would be refused again.

    Raises:
        LongflowError: the archive is damaged.
    """
    manifest = {}
    if catalogue_exists(settings):
        with open_archive(settings, reads={"load_log": [week.monday]}) as archive:
            manifest = newest_files(archive.connection, week)
    return list_week(settings, week, feeds, manifest)
