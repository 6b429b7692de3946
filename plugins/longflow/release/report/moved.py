"""What moved since the release before, in the words of the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from longflow.release.changes import Changes
from longflow.release.changes.causes import Reload
from longflow.release.changes.moves import Move
from longflow.release.report.naming import Place
from longflow.release.report.printing import Printing
from longflow.release.report.sections import Section

# How many values are named.
_MOST_NAMED = 10

# The kind of differences that are named one by one.
_RELOADS = "revisions"


class MovedValue(NamedTuple):
    """A printed value that moved.

    Attributes:
        id: of its cell.
        place: the words that name its place.
        was: the value in the former release.
        now: the value in this release.
        relative_percent: by how much it moved; None where either is missing.
    """

    id: str
    place: str
    was: str
    now: str
    relative_percent: float | None


@dataclass(frozen=True)
class Moved:
    """What moved since a release.

    Attributes:
        since: name of that release.
        moves: how many values of the data files moved.
        stopping: how many of them are of closed years and moved beyond their error.
        accepted: why these may move.
        values: the largest moves of values that the report prints.
        reloads: weeks of feeds of which the releases hold different loads, in words.
        causes: how many other differences between the releases there are, by kind.
    """

    since: str
    moves: int
    stopping: int
    accepted: str | None
    values: tuple[MovedValue, ...]
    reloads: tuple[str, ...]
    causes: tuple[tuple[str, int], ...]


def moved(changes: Changes | None, sections: Iterable[Section], printing: Printing) -> Moved | None:
    """What moved since the release that changes name; None if they name none."""
    if changes is None or changes.compared_with is None:
        return None
    places = {
        cell.id: printing.say(
            "changes.place",
            table=section.words.number,
            place=printing.say("place", parts=parts),
        )
        for section in sections
        for cell, parts in section.body.cells
    }
    values = (
        _value(move, printing, places)
        for move in (changes.stopping or changes.largest)
        if _id(move) in places
    )
    return Moved(
        since=changes.compared_with,
        moves=len(changes.moves),
        stopping=len(changes.stopping),
        accepted=changes.accepted,
        values=tuple(islice(values, _MOST_NAMED)),
        reloads=tuple(
            printing.say(
                "changes.reload", feed=reload.feed, week=reload.week, was=reload.was, now=reload.now
            )
            for text in changes.causes.get(_RELOADS, [])
            if (reload := Reload.read(text)) is not None
        ),
        causes=tuple(
            (kind, len(found))
            for kind, found in changes.causes.items()
            if found and kind != _RELOADS
        ),
    )


def _id(move: Move) -> str:
    return Place(move.table, move.key, move.column).id


def _value(move: Move, printing: Printing, places: dict[str, str]) -> MovedValue:
    was, now = (
        printing.words.numbers.number(value)
        if isinstance(value, int | float)
        else printing.say("changes.none")
        for value in (move.was, move.now)
    )
    relative = None if move.relative is None else 100 * move.relative
    return MovedValue(_id(move), places[_id(move)], was, now, relative)
